// SPDX-License-Identifier: MIT
// Laws about the order of a list alone, whatever made it. They throw `std::runtime_error`.
//
// Strong list specification: Attiya et al., "Specification and Complexity of Collaborative Text
// Editing", PODC 2016. Non-interleaving: Weidner and Kleppmann, "The Art of the Fugue", 2023.
// Pure functions.
#pragma once

#include "support/naive_list.hpp"

#include <string>
#include <vector>

namespace weft::test {

/// There is one total order of all characters that every one of `texts` follows. Pre: inside each
/// text all characters differ, and a character means the same item in all of them.
void check_one_order(const std::vector<std::u32string>& texts);

/// `order` is a list order with all items ever inserted. (F): what stands between an item and one
/// typed right after it descends from the former. (B): what stands between an item and its right
/// neighbour of the same left neighbour descends from the latter, and of two items typed after one
/// item, the one whose right neighbour is nearer stands nearer to it. (T): equal neighbours, order
/// of ids.
void check_no_interleaving(const std::vector<list_item>& order);

}  // namespace weft::test

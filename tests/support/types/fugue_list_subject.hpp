// SPDX-License-Identifier: MIT
// fugue_list for the generic tests. The specification by neighbours: an element whose right
// neighbour has the same left neighbour is the left child of that one, every other one the right
// child of its left neighbour; the list is the walk of the tree.
#pragma once

#include "support/types/list_edits.hpp"
#include "weft/crdt/types/fugue_list.hpp"
#include "weft/testing/subject.hpp"

#include <tuple>

namespace weft::tests {

struct fugue_rule {
  static constexpr bool lamport = false;
  static void arrange(std::vector<std::size_t>& list, const std::vector<listed_element>& elements,
                      std::size_t fresh) {
    const std::vector<std::size_t> before = list;
    std::vector<std::size_t> all = before;
    all.push_back(fresh);
    list.clear();
    walk(nothing, all, before, elements, list);
  }

private:
  static constexpr std::size_t nothing = listed_element::nothing;
  static bool is_left(const std::vector<listed_element>& elements, std::size_t e) {
    const std::size_t right = elements[e].right;
    return right != nothing && elements[right].left == elements[e].left;
  }
  static void walk(std::size_t at, const std::vector<std::size_t>& all,
                   const std::vector<std::size_t>& places,
                   const std::vector<listed_element>& elements, std::vector<std::size_t>& out) {
    std::vector<std::size_t> left;
    std::vector<std::size_t> right;
    for (const std::size_t e : all) {
      const bool hangs_left = is_left(elements, e);
      if (hangs_left && elements[e].right == at) {
        left.push_back(e);
      } else if (!hangs_left && elements[e].left == at) {
        right.push_back(e);
      }
    }
    const auto id = [&](std::size_t e) {
      return std::pair(elements[e].replica, elements[e].counter);
    };
    // How far from the end its right neighbour stands.
    const auto nearness = [&](std::size_t e) {
      return places.end() - std::find(places.begin(), places.end(), elements[e].right);
    };
    std::sort(left.begin(), left.end(),
              [&](std::size_t a, std::size_t b) { return id(a) < id(b); });
    std::sort(right.begin(), right.end(), [&](std::size_t a, std::size_t b) {
      return std::tuple(nearness(a), id(a)) < std::tuple(nearness(b), id(b));
    });
    for (const std::size_t e : left) {
      walk(e, all, places, elements, out);
    }
    if (at != nothing) {
      out.push_back(at);
    }
    for (const std::size_t e : right) {
      walk(e, all, places, elements, out);
    }
  }
};

struct fugue_list_subject {
  using state = crdt::fugue_list<std::uint8_t>;
  using op = list_edit;
  static std::vector<op> alphabet() { return op::inserts_and_erases(); }
  static crdt::result<state> apply(state& s, const crdt::replica_id& me, const op& o) {
    return apply_edit(s, me, o);
  }
  static std::string name(const op& o) { return o.name(); }
  static std::string shown(const state& s) { return shown_letters(s); }
  static std::string expected(const testing::history<op>& h) {
    return list_replay<fugue_rule>(h).letters();
  }
};

}  // namespace weft::tests

// SPDX-License-Identifier: MIT
// Slow twin of the text order: an operation-based list that keeps every item for ever.
//
// Each item names the item that stood left of it when it was typed and the one that followed that
// in the list, erased ones included. The order is FugueMax by its tree definition (Weidner and
// Kleppmann, "The Art of the Fugue", 2023): an item whose right neighbour has the same left
// neighbour is that one's left child, every other one is a right child of its left neighbour; the
// list is the in-order walk. O(n) per call. Not thread-safe.
#pragma once

#include "weft/crdt/ids.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace weft::test {

struct list_item {
  crdt::op_id id{};
  std::optional<crdt::op_id> left;   ///< nullopt: the start of the list
  std::optional<crdt::op_id> right;  ///< nullopt: its end
  char32_t scalar = 0;
  bool erased = false;
};

class naive_list {
public:
  /// Pre: both neighbours are here, the id is not.
  void insert(const crdt::op_id& id, std::optional<crdt::op_id> left,
              std::optional<crdt::op_id> right, char32_t scalar);
  /// Pre: the item is here. Erasing twice is once.
  void erase(const crdt::op_id& id);

  /// All items in list order, erased ones too.
  [[nodiscard]] std::vector<list_item> order() const;
  [[nodiscard]] const list_item& find(const crdt::op_id& id) const;

private:
  using place = std::size_t;
  struct children {
    std::vector<place> left;
    std::vector<place> right;
  };
  void walk(place at, std::vector<place>& out) const;
  [[nodiscard]] std::vector<place> walk_all() const;
  [[nodiscard]] bool tie_before(place a, place b) const;
  [[nodiscard]] bool right_sibling_before(place a, place b) const;

  std::vector<list_item> items_;
  std::vector<children> below_;  ///< children of each item
  std::vector<place> roots_;     ///< right children of the start
  std::map<crdt::op_id, place> index_;
};

}  // namespace weft::test

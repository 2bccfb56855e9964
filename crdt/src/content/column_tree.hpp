// SPDX-License-Identifier: MIT
// column_tree: what column_list does, for windows of many records: everything in O(log n).
//
// The records stand in a tree that sums up what each column sees. Nothing is forgotten and no
// column is ever idle: each begins at the base of the window, where all that it was not told yet is
// unknown to it. So a replica may come back from anywhere, and only what it learns costs anything.
//
// Where concurrent insertions meet, the place follows from the tree definition of FugueMax: of few
// authors an element has few children, and what stands below each is found, and skipped, by how far
// the origins in a part of the tree reach. Not thread-safe. Method: docs/internals/text-merging.md.
#pragma once

#include "content/column_list.hpp"
#include "content/column_mask.hpp"
#include "content/record_tree.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace weft::crdt {

class column_tree {
public:
  // As in column_list.
  void reset(std::uint32_t length);
  void author(std::uint32_t column, const replica_id& id) noexcept { authors_[column] = id; }
  static constexpr std::uint32_t outside = column_list::outside;
  [[nodiscard]] std::uint32_t insert(std::uint32_t author, column_mask known,
                                     std::uint32_t position, std::uint32_t length);
  column_list::erased erase(std::uint32_t author, column_mask known, std::uint32_t position,
                            std::uint32_t length, bool backward);
  void learn_inserted(std::uint32_t c, element_id first, std::uint32_t length);
  void learn_erased(std::uint32_t c, element_id first, std::uint32_t length);

  [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return records_.size_bytes(); }
  [[nodiscard]] element_id next_id() const noexcept { return next_id_; }
  void check_invariants() const { records_.check_invariants(); }

private:
  using tree = basic_record_tree<column_record>;

  [[nodiscard]] tree::place choose(tree::place from, tree::place end,
                                   const column_record& fresh) const;
  tree::place isolate(tree::place p, std::uint32_t skip, std::uint32_t length);
  template <class F>
  void change_each(element_id first, std::uint32_t length, F&& f);

  tree records_;
  std::array<replica_id, max_columns> authors_{};
  element_id next_id_ = 0;
};

}  // namespace weft::crdt

// SPDX-License-Identifier: MIT
// What undo does to one text: the inverse of own operations, with returned scalars kept apart from
// fresh ones.
//
// A scalar that comes back is a new element. `revivals` remembers which element it stands for (its
// *root*: the one first inserted), so that later steps find it. Not thread-safe.
// Method: docs/internals/document.md.
#pragma once

#include "content/text_state.hpp"
#include "history/local_index.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace weft::crdt {

/// Which element each returned scalar stands for; run-length encoded, ascending.
class revivals {
public:
  struct run {
    local_index first = 0;  ///< the new elements
    local_index root = 0;   ///< those they stand for
    std::uint32_t length = 0;
    friend bool operator==(const run&, const run&) = default;
  };

  /// `first` is greater than all before. `element` may itself have been returned.
  void add(local_index first, local_index element, std::uint32_t length);
  /// Calls f(element, root, length) for consecutive parts of `elements`: what each stands for;
  /// itself if it was never returned. O(log runs + parts).
  template <class F>
  void for_each_root(index_range elements, F&& f) const;
  [[nodiscard]] const std::vector<run>& runs() const noexcept { return runs_; }
  void clear() { runs_.clear(); }

private:
  [[nodiscard]] std::vector<run>::const_iterator run_at(local_index element) const;

  std::vector<run> runs_;
  std::vector<run> fresh_;  // while they are added
};

template <class F>
void revivals::for_each_root(index_range elements, F&& f) const {
  auto at = run_at(elements.first);
  if (at == runs_.end()) {
    at = runs_.begin();
  }
  while (!elements.empty()) {
    while (at != runs_.end() && at->first + at->length <= elements.first) {
      ++at;
    }
    const local_index first = elements.first;
    const bool returned = at != runs_.end() && at->first <= first;
    const local_index stop = at == runs_.end() ? no_index
                             : returned        ? at->first + at->length
                                               : at->first;
    const local_index end = stop < elements.end ? stop : elements.end;
    f(first, returned ? at->root + (first - at->first) : first, end - first);
    elements.first = end;
  }
}

/// One replacement in the present text, as text_patch, and the elements that `inserted` stands for.
struct undo_patch {
  std::uint32_t position = 0;
  std::uint32_t erased = 0;
  std::string inserted;
  std::vector<index_range> elements;
};

/// What takes back the own operations in `ranges` (ascending): all that were made from the start of
/// a step on, what was undone and redone since included. Patches apply in order.
[[nodiscard]] std::vector<undo_patch> undo_patches(const text_state& text,
                                                   std::span<const index_range> ranges,
                                                   const revivals& revived);

}  // namespace weft::crdt

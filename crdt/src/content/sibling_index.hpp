// SPDX-License-Identifier: MIT
// sibling_index: where an element stands among those with the same left origin, in O(log n).
//
// For places where many replicas insert, or one inserts often: the tracker opens a *family* for a
// left origin when a scan there grew long, and from then on adds each new sibling. By FugueMax a
// sibling is a *left child* of its right origin R if R has the same left origin, else a *right
// child* of the left origin. Right children stand by the position of R, farther first, then by
// replica id; left children by replica id, before R.
//
// Invariants: an open family has all siblings that the record_tree has; `links_` chains them in
// list order. Not thread-safe. Method: docs/internals/text-merging.md.
#pragma once

#include "content/element_id.hpp"
#include "content/record_tree.hpp"
#include "weft/crdt/ids.hpp"

#include <compare>
#include <cstddef>
#include <map>
#include <memory_resource>
#include <optional>
#include <unordered_map>
#include <vector>

namespace weft::crdt {

class sibling_index {
public:
  static constexpr element_id none = list_start;

  struct sibling {
    element_id id = 0;
    element_id left = list_start;
    element_id right = list_end;
    bool left_child = false;  ///< the right origin has the same left origin
    replica_id author;
  };

  void clear();
  [[nodiscard]] bool has(element_id left) const {
    return !families_.empty() && families_.contains(left);
  }
  /// Opens a family without members. Pre: it is not open.
  void open(element_id left) { families_.try_emplace(left); }
  /// Adds the next sibling of an open family in list order, while it is read from the tree.
  void read(const sibling& s);

  /// Who stands left and right of an added sibling.
  struct neighbours {
    element_id elder = none;  ///< the next one left among equals; its descendants come between
    element_id next = none;   ///< next sibling in list order, elder's descendants past
  };
  /// Adds a sibling that the tree does not have yet. Pre: its family is open.
  neighbours add(const record_tree& records, const sibling& s);

  [[nodiscard]] std::size_t size_bytes() const noexcept;

private:
  // One replica has at most one element with given origins.
  struct key {
    element_id left = 0;
    element_id right = 0;
    replica_id author;
    friend auto operator<=>(const key&, const key&) = default;
  };
  struct family {
    element_id head = none;
    element_id tail = none;
    std::vector<element_id> rights;  // right origins of right children, farthest first
  };
  struct link {
    element_id previous = none;
    element_id next = none;
  };
  using members = std::pmr::map<key, element_id>;

  [[nodiscard]] static bool of(const members::const_iterator& at, element_id left,
                               element_id right) {
    return at->first.left == left && at->first.right == right;
  }
  [[nodiscard]] members::iterator place_of(const key& k);
  element_id elder_right_child(const record_tree& records, family& f, const sibling& s);
  [[nodiscard]] element_id first_before(element_id left, element_id right) const;
  void chain(family& f, element_id id, element_id before);
  link& link_of(element_id id);

  std::unordered_map<element_id, family> families_;
  std::pmr::monotonic_buffer_resource memory_;  // members only go all at once
  members members_{&memory_};
  std::optional<members::iterator> newest_;  // added last
  std::vector<link> links_;                  // by element id
};

}  // namespace weft::crdt

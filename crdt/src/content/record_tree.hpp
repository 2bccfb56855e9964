// SPDX-License-Identifier: MIT
// record_tree: all elements that a replay window knows, in list order, erased ones included.
//
// A record is a run of elements with consecutive ids and equal state; inside, each element was
// typed after the one before and all have the same right origin. Ids are given by the tracker:
// inserted elements count from 0, elements older than the window are `old_element | position`.
//
// A B+tree whose leaves hold records. Inner nodes sum up what is visible in the prepare version,
// what has happened in it (erased or not), what is visible in the effect version, and how many
// elements are old. Invariants: sums agree;
// `leaf_of_` names the leaf of every inserted element; old elements stand in ascending order.
// Not thread-safe. Method: docs/internals/text-merging.md.
#pragma once

#include "content/element_id.hpp"
#include "weft/crdt/assert.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::crdt {

inline constexpr element_id old_element = 0x8000'0000U;  // flag

struct element_record {
  element_id id = 0;  ///< of the first element
  std::uint32_t length = 0;
  element_id left = list_start;  ///< left origin of the first element
  element_id right = list_end;   ///< right origin of all
  std::uint32_t prepared = 0;    ///< 0: not inserted yet; 1: visible; n: erased n - 1 times
  bool gone = false;             ///< erased in the effect version

  [[nodiscard]] std::uint32_t visible() const noexcept { return prepared == 1 ? length : 0; }
  [[nodiscard]] std::uint32_t known() const noexcept { return prepared != 0 ? length : 0; }
  [[nodiscard]] std::uint32_t shown() const noexcept { return gone ? 0 : length; }
  [[nodiscard]] std::uint32_t old() const noexcept { return (id & old_element) != 0 ? length : 0; }
};

class record_tree {
public:
  /// Place of a record; valid until records come or go.
  struct place {
    std::uint32_t leaf = 0;
    std::uint32_t index = 0;
    friend bool operator==(const place&, const place&) = default;
  };
  /// An element: its record, how deep inside, and how much is shown left of the record.
  struct found {
    place at;
    std::uint32_t offset = 0;
    std::uint32_t shown_before = 0;
  };

  /// `length` old elements, all visible.
  void reset(std::uint32_t length);
  [[nodiscard]] std::uint32_t visible() const noexcept { return visible_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }  ///< records
  [[nodiscard]] std::size_t size_bytes() const noexcept {
    return leaves_.capacity() * sizeof(leaf) + inners_.capacity() * sizeof(inner) +
           leaf_of_.capacity() * sizeof(std::uint32_t);
  }

  [[nodiscard]] const element_record& operator[](place p) const {
    return leaves_[p.leaf].records[p.index];
  }
  /// The element at `position` of the prepare version. Pre: `position < visible()`.
  [[nodiscard]] found find_visible(std::uint32_t position) const;
  [[nodiscard]] found find_id(element_id id) const;
  [[nodiscard]] place begin() const noexcept { return {first_leaf_, 0}; }
  [[nodiscard]] bool at_end(place p) const {
    return p.index >= leaves_[p.leaf].count && leaves_[p.leaf].next == none;
  }
  /// The same place as one that names a record, if there is one.
  [[nodiscard]] place forward(place p) const {
    while (p.index >= leaves_[p.leaf].count && leaves_[p.leaf].next != none) {
      p = {leaves_[p.leaf].next, 0};
    }
    return p;
  }
  /// The first record from `p` on that the prepare version has, erased or not; else one at_end.
  [[nodiscard]] place next_known(place p) const;
  /// How much is shown left of the record at `p`.
  [[nodiscard]] std::uint32_t shown_before(place p) const;
  /// Left origin of an element.
  [[nodiscard]] element_id left_of(element_id id) const;
  /// List order of two elements; list_start and list_end are allowed.
  [[nodiscard]] int compare(element_id a, element_id b) const;

  /// Cuts a record so that `keep` elements stay left; returns where the left part is. The right
  /// part follows it in the same leaf.
  place split(place p, std::uint32_t keep);
  /// Puts a record before the one at `p`.
  void insert(place p, const element_record& record);
  /// Adds elements to the end of the record at `p`.
  void extend(place p, std::uint32_t length);
  void set_state(place p, std::uint32_t prepared, bool gone);
  /// Joins the record at `p` with its neighbours in the leaf where they are alike.
  void join(place p);

  void check_invariants() const;

private:
#ifdef WEFT_DEEP_CHECKS
  static constexpr std::uint32_t leaf_room = 4;
  static constexpr std::uint32_t fanout = 4;
#else
  static constexpr std::uint32_t leaf_room = 32;
  static constexpr std::uint32_t fanout = 32;
#endif
  static constexpr std::uint32_t none = 0xffff'ffffU;

  struct sums {
    std::uint32_t visible = 0;
    std::uint32_t known = 0;
    std::uint32_t shown = 0;
    std::uint32_t old = 0;
    void add(const element_record& r) noexcept {
      visible += r.visible();
      known += r.known();
      shown += r.shown();
      old += r.old();
    }
    void add(const sums& s) noexcept {
      visible += s.visible;
      known += s.known;
      shown += s.shown;
      old += s.old;
    }
  };
  struct leaf {
    std::uint32_t parent = none;
    std::uint32_t slot = 0;  // place in the parent
    std::uint32_t next = none;
    std::uint32_t count = 0;
    std::array<element_record, leaf_room> records;
  };
  struct inner {
    std::uint32_t parent = none;
    std::uint32_t slot = 0;
    std::uint32_t count = 0;
    bool above_leaves = false;
    std::array<std::uint32_t, fanout> child;
    std::array<std::uint32_t, fanout> visible;
    std::array<std::uint32_t, fanout> known;
    std::array<std::uint32_t, fanout> shown;
    std::array<std::uint32_t, fanout> old;

    [[nodiscard]] sums of(std::uint32_t i) const noexcept {
      return {visible[i], known[i], shown[i], old[i]};
    }
    void take(std::uint32_t i, const sums& s) noexcept {
      visible[i] -= s.visible;
      known[i] -= s.known;
      shown[i] -= s.shown;
      old[i] -= s.old;
    }
  };

  [[nodiscard]] std::uint32_t index_in(const leaf& l, element_id id) const;
  [[nodiscard]] std::uint32_t leaf_of_old(element_id id) const;
  [[nodiscard]] bool leaf_before(std::uint32_t a, std::uint32_t b) const;
  [[nodiscard]] place last_place() const;
  [[nodiscard]] place make_room(place p);
  void split_leaf(std::uint32_t full);
  void make_room_above(std::uint32_t node);
  void put_child(std::uint32_t node, std::uint32_t slot, std::uint32_t child, const sums& s);
  void insert_child(std::uint32_t node, std::uint32_t slot, std::uint32_t child, const sums& s);
  void add_sums(std::uint32_t leaf_index, const sums& s);
  void remember_leaf(const element_record& r, std::uint32_t leaf_index);
  sums check_node(std::uint32_t node, std::uint32_t parent, std::uint32_t slot, bool is_leaf) const;

  std::vector<leaf> leaves_;
  std::vector<inner> inners_;
  std::vector<std::uint32_t> leaf_of_;  // by id of inserted elements
  std::uint32_t root_ = none;           // an inner node; none: one leaf
  std::uint32_t first_leaf_ = 0;
  std::uint32_t visible_ = 0;
  std::size_t size_ = 0;
};

}  // namespace weft::crdt

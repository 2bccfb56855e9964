// SPDX-License-Identifier: MIT
// record_tree: all elements that a replay window knows, in list order, erased ones included.
//
// A record is a run of elements with consecutive ids and equal state; inside, each element was
// typed after the one before and all have the same right origin. Ids are given by the tracker:
// inserted elements count from 0, elements older than the window are `old_element | position`.
//
// A B+tree whose leaves hold records. What a record's state is depends on who replays: `tracker`
// moves one prepare version back and forth (element_record), `column_tree` has eight versions that
// only learn (column_record). Inner nodes sum up, for each of these versions, what is visible in it
// and what has happened in it (erased or not), further what is visible in the effect version, and
// how many elements are old. With columns they also name the leftmost left origin and the rightmost
// right origin below, by which subtrees of the order of insertion are found.
//
// Invariants: sums agree; `leaf_of_` names the leaf of every inserted element; old elements stand
// in ascending order; a left origin stands left of its element, a right origin right of it.
// Not thread-safe. Method: docs/internals/text-merging.md.
#pragma once

#include "content/column_mask.hpp"
#include "content/element_id.hpp"
#include "weft/crdt/assert.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace weft::crdt {

inline constexpr element_id old_element = 0x8000'0000U;  // flag

struct element_record {
  static constexpr std::uint32_t versions = 1;

  element_id id = 0;  ///< of the first element
  std::uint32_t length = 0;
  element_id left = list_start;  ///< left origin of the first element
  element_id right = list_end;   ///< right origin of all
  std::uint32_t prepared = 0;    ///< 0: not inserted yet; 1: visible; n: erased n - 1 times
  bool gone = false;             ///< erased in the effect version

  [[nodiscard]] std::uint32_t visible(std::uint32_t /*version*/) const noexcept {
    return prepared == 1 ? length : 0;
  }
  [[nodiscard]] std::uint32_t known(std::uint32_t /*version*/) const noexcept {
    return prepared != 0 ? length : 0;
  }
  [[nodiscard]] std::uint32_t shown() const noexcept { return gone ? 0 : length; }
  [[nodiscard]] std::uint32_t old() const noexcept { return (id & old_element) != 0 ? length : 0; }
  [[nodiscard]] bool same_state(const element_record& o) const noexcept {
    return prepared == o.prepared && gone == o.gone;
  }
  static element_record all_old(std::uint32_t length) noexcept {
    return {old_element, length, old_element - 1, list_end, 1, false};
  }
};

struct column_record {
  static constexpr std::uint32_t versions = max_columns;

  element_id id = 0;  ///< as above
  std::uint32_t length = 0;
  element_id left = list_start;
  element_id right = list_end;
  column_mask inserted = 0;  ///< columns that know that they are there
  column_mask erased = 0;    ///< columns that know that they are gone; 0: shown
  std::uint8_t author = 0;   ///< its column

  [[nodiscard]] std::uint32_t visible(std::uint32_t c) const noexcept {
    return ((inserted & ~erased) >> c & 1) != 0 ? length : 0;
  }
  [[nodiscard]] std::uint32_t known(std::uint32_t c) const noexcept {
    return (inserted >> c & 1) != 0 ? length : 0;
  }
  [[nodiscard]] std::uint32_t shown() const noexcept { return erased == 0 ? length : 0; }
  [[nodiscard]] std::uint32_t old() const noexcept { return (id & old_element) != 0 ? length : 0; }
  [[nodiscard]] bool same_state(const column_record& o) const noexcept {
    return inserted == o.inserted && erased == o.erased && author == o.author;
  }
  static column_record all_old(std::uint32_t length) noexcept {
    return {old_element, length, old_element - 1, list_end, all_columns, 0, 0};
  }
};

template <class Record>
class basic_record_tree {
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
  [[nodiscard]] std::uint32_t visible(std::uint32_t version = 0) const noexcept {
    return visible_[version];
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }  ///< records
  [[nodiscard]] std::size_t size_bytes() const noexcept {
    return leaves_.capacity() * sizeof(leaf) + inners_.capacity() * sizeof(inner) +
           leaf_of_.capacity() * sizeof(std::uint32_t);
  }

  [[nodiscard]] const Record& operator[](place p) const { return leaves_[p.leaf].records[p.index]; }
  /// The element at `position` of a version. Pre: `position < visible(version)`.
  [[nodiscard]] found find_visible(std::uint32_t position, std::uint32_t version = 0) const;
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
  /// The first record from `p` on that a version has, erased or not; else one at_end.
  [[nodiscard]] place next_known(place p, std::uint32_t version = 0) const;
  // With columns only. Old elements count as if their left origins stood left of everything.
  /// The first record from `p` on whose left origin does not stand right of `left` (`strictly`:
  /// stands left of it): where what descends from `left` ends; else one at_end.
  [[nodiscard]] place next_outside(place p, element_id left, bool strictly) const
    requires(Record::versions > 1);
  /// The first record from `p` on whose right origin does not stand left of `right`; else at_end.
  [[nodiscard]] place next_reaching(place p, element_id right) const
    requires(Record::versions > 1);
  /// The last record before `p` whose right origin stands right of `right`.
  [[nodiscard]] std::optional<place> last_passing(place p, element_id right) const
    requires(Record::versions > 1);
  [[nodiscard]] bool is_before(place a, place b) const {
    return a.leaf == b.leaf ? a.index < b.index : leaf_before(a.leaf, b.leaf);
  }
  /// How much is shown left of the record at `p`.
  [[nodiscard]] std::uint32_t shown_before(place p) const;
  /// Left origin of an element.
  [[nodiscard]] element_id left_of(element_id id) const;
  /// List order of two elements; list_start and list_end are allowed.
  [[nodiscard]] int compare(element_id a, element_id b) const;

  /// Cuts a record so that `keep` elements stay left; returns where the left part is. The right
  /// part follows it in the same leaf.
  place split(place p, std::uint32_t keep);
  /// Puts a record before the one at `p`; returns where it is.
  place insert(place p, const Record& record);
  /// Adds elements to the end of the record at `p`.
  void extend(place p, std::uint32_t length);
  /// Lets f change the state of the record at `p`.
  template <class F>
  void change(place p, F&& f) {
    Record& r = leaves_[p.leaf].records[p.index];
    sums before;
    before.add(r);
    f(r);
    sums after;
    after.add(r);
    if (after.n != before.n) {
      after.take(before);
      add_sums(p.leaf, after);
    }
  }
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

  static constexpr std::uint32_t versions = Record::versions;
  static constexpr bool has_reach = versions > 1;
  // Of old elements, whose left origins are not kept.
  static constexpr element_id before_start = list_end - 1;

  struct sums {
    static constexpr std::uint32_t visible = 0;  // of the first version
    static constexpr std::uint32_t known = versions;
    static constexpr std::uint32_t shown = 2 * versions;
    static constexpr std::uint32_t old = 2 * versions + 1;
    static constexpr std::uint32_t kinds = 2 * versions + 2;
    std::array<std::uint32_t, kinds> n{};

    void add(const Record& r) noexcept {
      for (std::uint32_t v = 0; v < versions; ++v) {
        n[visible + v] += r.visible(v);
        n[known + v] += r.known(v);
      }
      n[shown] += r.shown();
      n[old] += r.old();
    }
    void add(const sums& s) noexcept {
      for (std::uint32_t k = 0; k < kinds; ++k) {
        n[k] += s.n[k];
      }
    }
    void take(const sums& s) noexcept {
      for (std::uint32_t k = 0; k < kinds; ++k) {
        n[k] -= s.n[k];
      }
    }
  };
  struct leaf {
    std::uint32_t parent = none;
    std::uint32_t slot = 0;  // place in the parent
    std::uint32_t next = none;
    std::uint32_t count = 0;
    std::array<Record, leaf_room> records;
  };
  // How far the origins of the records below a child reach.
  struct reach {
    element_id left = list_end;
    element_id right = list_start;
    friend bool operator==(const reach&, const reach&) = default;
  };
  struct inner {
    std::uint32_t parent = none;
    std::uint32_t slot = 0;
    std::uint32_t count = 0;
    bool above_leaves = false;
    std::array<std::uint32_t, fanout> child;
    std::array<std::array<std::uint32_t, fanout>, sums::kinds> sum;
    std::array<reach, has_reach ? fanout : 1> reaches;

    [[nodiscard]] sums of(std::uint32_t i) const noexcept {
      sums s;
      for (std::uint32_t k = 0; k < sums::kinds; ++k) {
        s.n[k] = sum[k][i];
      }
      return s;
    }
    void set(std::uint32_t i, const sums& s) noexcept {
      for (std::uint32_t k = 0; k < sums::kinds; ++k) {
        sum[k][i] = s.n[k];
      }
    }
    void add(std::uint32_t i, const sums& s) noexcept {
      for (std::uint32_t k = 0; k < sums::kinds; ++k) {
        if (versions == 1 || s.n[k] != 0) {
          sum[k][i] += s.n[k];
        }
      }
    }
    void take(std::uint32_t i, const sums& s) noexcept {
      for (std::uint32_t k = 0; k < sums::kinds; ++k) {
        sum[k][i] -= s.n[k];
      }
    }
  };

  [[nodiscard]] std::uint32_t index_in(const leaf& l, element_id id) const;
  [[nodiscard]] std::uint32_t leaf_of_old(element_id id) const;
  [[nodiscard]] bool leaf_before(std::uint32_t a, std::uint32_t b) const;
  [[nodiscard]] place last_place() const;
  template <class R, class N>
  place next_with(place p, R&& record_fits, N&& child_fits) const;
  [[nodiscard]] static element_id left_key(const Record& r) noexcept {
    return r.old() != 0 ? before_start : r.left;
  }
  [[nodiscard]] int compare_left(element_id a, element_id b) const {
    if (a == before_start || b == before_start) {
      return a == b ? 0 : a == before_start ? -1 : 1;
    }
    return compare(a, b);
  }
  [[nodiscard]] std::uint32_t leaf_with(element_id id) const;
  void widen(std::uint32_t leaf_index, const Record& record);
  void widen(reach& far, element_id left, element_id right) const;
  [[nodiscard]] reach reach_of(std::uint32_t node, std::uint32_t slot) const;
  void refresh_reach(std::uint32_t node, std::uint32_t slot) {
    if constexpr (has_reach) {
      inners_[node].reaches[slot] = reach_of(node, slot);
    }
  }
  [[nodiscard]] place make_room(place p);
  void split_leaf(std::uint32_t full);
  void make_room_above(std::uint32_t node);
  void put_child(std::uint32_t node, std::uint32_t slot, std::uint32_t child, const sums& s);
  void insert_child(std::uint32_t node, std::uint32_t slot, std::uint32_t child, const sums& s);
  void add_sums(std::uint32_t leaf_index, const sums& s);
  void remember_leaf(element_id first, std::uint32_t length, std::uint32_t leaf_index);
  sums check_node(std::uint32_t node, std::uint32_t parent, std::uint32_t slot, bool is_leaf) const;

  std::vector<leaf> leaves_;
  std::vector<inner> inners_;
  std::vector<std::uint32_t> leaf_of_;  // by id of inserted elements
  std::uint32_t root_ = none;           // an inner node; none: one leaf
  std::uint32_t first_leaf_ = 0;
  std::array<std::uint32_t, versions> visible_{};
  std::size_t size_ = 0;
};

using record_tree = basic_record_tree<element_record>;
extern template class basic_record_tree<element_record>;
extern template class basic_record_tree<column_record>;

}  // namespace weft::crdt

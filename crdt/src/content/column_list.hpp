// SPDX-License-Identifier: MIT
// column_list: the elements of a replay window as several authors see them at the same time.
//
// One *column* (a bit) for each of at most eight authors says what that author has seen. An author
// only ever learns, so nothing is taken back. What all columns know is forgotten at once: visible
// text melts into *background* records, of which only the first and the last element have a name;
// an erased element between elements known to all goes. So the list stays a handful of records
// while people write together, and is scanned as it stands.
//
// A record is a run of elements in equal state. Unless it is background, its elements have
// consecutive ids; inside, each was typed after the one before, with one right origin for all.
// Names matter where a scan for a place (`choose`) may meet them again, that is next to records
// that some column does not know: docs/internals/text-merging.md tells why forgetting is safe.
//
// Bits of columns that are not in use are set everywhere. Not thread-safe.
#pragma once

#include "content/column_mask.hpp"
#include "content/element_id.hpp"
#include "weft/crdt/ids.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::crdt {

class column_list {
public:
  /// `length` elements that all columns see.
  void reset(std::uint32_t length);
  /// Who writes in a column; ids decide ties.
  void author(std::uint32_t column, const replica_id& id) noexcept { authors_[column] = id; }

  static constexpr std::uint32_t outside = 0xffff'ffffU;
  /// Inserts `length` elements at `position` as `author` sees the list; `known` to these columns,
  /// the author among them. The first of them gets the id next_id(). Returns how much of what is
  /// shown stands left of them, or `outside` if the position is that.
  [[nodiscard]] std::uint32_t insert(std::uint32_t author, column_mask known,
                                     std::uint32_t position, std::uint32_t length);
  /// What one step of an erasure hit.
  struct erased {
    std::uint32_t length = 0;    ///< elements, all in one record; 0: the position is outside
    std::uint32_t position = 0;  ///< where they stood in what is shown
    bool shown = false;          ///< false: they had been erased before
    element_id first = 0;        ///< of the elements, ascending
  };
  /// Erases up to `length` elements from `position` on as `author` sees them, or, if `backward`,
  /// those that end before position + length. To be called again for the rest.
  erased erase(std::uint32_t author, column_mask known, std::uint32_t position,
               std::uint32_t length, bool backward);
  /// Column `c` learns of elements (consecutive ids): that they are there, or that they are gone.
  void learn_inserted(std::uint32_t c, element_id first, std::uint32_t length);
  void learn_erased(std::uint32_t c, element_id first, std::uint32_t length);
  /// Column `c` learns everything.
  void learn_all(std::uint32_t c);

  [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }
  [[nodiscard]] std::size_t size_bytes() const noexcept {
    return records_.capacity() * sizeof(record);
  }
  /// Whether all columns see the same.
  [[nodiscard]] bool settled() const noexcept {
    return records_.empty() || (records_.size() == 1 && is_background(records_[0]));
  }
  /// Ids given so far; a window ends before they run out.
  [[nodiscard]] element_id next_id() const noexcept { return next_id_; }
  void check_invariants() const;

private:
  struct record {
    std::uint32_t length = 0;
    element_id first = 0;     // id of the first element
    element_id left = 0;      // left origin of the first element
    element_id right = 0;     // right origin of all; of background: id of the last element
    std::uint16_t state = 0;  // columns that know that they are there; above: that they are gone
    std::uint16_t author = 0;

    [[nodiscard]] bool is_shown() const noexcept { return state <= all_columns; }
    [[nodiscard]] std::uint32_t seen_by(column_mask c) const noexcept {
      return (state & ~(state >> gone_bits) & c) != 0 ? length : 0;
    }
    [[nodiscard]] std::uint32_t shown() const noexcept { return is_shown() ? length : 0; }
    [[nodiscard]] bool known_to_all() const noexcept {
      return (state & all_columns) == all_columns;
    }
  };
  // Mostly a handful: a loop that moves them costs less than a call, and so does a count that need
  // not be divided out.
  class record_row {
  public:
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t capacity() const noexcept { return room_.capacity(); }
    [[nodiscard]] record* begin() noexcept { return room_.data(); }
    [[nodiscard]] record* end() noexcept { return room_.data() + size_; }
    [[nodiscard]] const record& operator[](std::size_t i) const { return room_[i]; }
    [[nodiscard]] record& operator[](std::size_t i) { return room_[i]; }
    void clear() noexcept { size_ = 0; }
    /// Makes room for a record; all its parts are to be set.
    record& open(std::size_t i) {
      if (size_ == room_.size()) [[unlikely]] {
        room_.resize(std::max<std::size_t>(16, 2 * size_));
      }
      record* const at = room_.data() + i;
      for (record* r = room_.data() + size_; r != at; --r) {
        *r = r[-1];
      }
      ++size_;
      return *at;
    }
    void remove(std::size_t i, std::size_t count) noexcept {
      size_ -= count;
      record* const stop = end();
      for (record* r = begin() + i; r != stop; ++r) {
        *r = r[count];
      }
    }

  private:
    std::vector<record> room_;
    std::size_t size_ = 0;
  };
  static constexpr unsigned gone_bits = 8;
  static constexpr std::uint16_t background_state = all_columns;
  static constexpr std::uint16_t gone_state = all_columns << gone_bits | all_columns;
  using index = std::size_t;
  static constexpr index no_record = static_cast<index>(-1);

  [[nodiscard]] static bool is_background(const record& r) noexcept {
    return r.state == background_state;
  }
  [[nodiscard]] static bool is_gone_for_all(const record& r) noexcept {
    return r.state == gone_state;
  }
  [[nodiscard]] static element_id last_of(const record& r) noexcept {
    return is_background(r) ? r.right : r.first + r.length - 1;
  }
  [[nodiscard]] bool known_at(index i) const noexcept {
    return i >= records_.size() || records_[i].known_to_all();
  }
  element_id fresh_id() noexcept { return next_id_++; }

  struct gap {
    index at = 0;
    std::uint32_t shown = 0;
  };
  [[nodiscard]] gap choose(gap from, index end, record fresh) const;
  inline void put(index at, index from, record fresh);
  void split(index i, std::uint32_t keep);
  index isolate(index i, std::uint32_t from, std::uint32_t length);
  void cut_background(index i, std::uint32_t from, std::uint32_t length);
  void settle(index i);
  index forget_round(index i);
  void melt(index i);
  [[nodiscard]] bool may_go(index i) const noexcept {
    return i < records_.size() && is_gone_for_all(records_[i]) &&
           (i == 0 || records_[i - 1].known_to_all()) && known_at(i + 1);
  }
  template <class F>
  void change_each(element_id first, std::uint32_t length, F&& f);

  record_row records_;
  std::array<replica_id, max_columns> authors_{};
  element_id next_id_ = 0;
};

}  // namespace weft::crdt

// SPDX-License-Identifier: MIT
// effect_log: what each operation did to the text here, in the order of local indexes.
//
// A run holds positions in the text as the runs before it left it; operations that had no effect
// (their scalar was gone already) stand in no run. So the log is one linear history, and questions
// about elements become maps of positions: no tombstones are needed.
//
// Mostly an operation does here what it did to its author's text. So the log is a list of pieces:
// each names a range of operations whose effects are the runs of the text's own log, or runs kept
// here because they differ.
// Invariants: pieces ascend and do not overlap; each spans at most piece_runs runs and knows the
// length of the text before it; the text's log holds every operation that has an effect, and only
// its end changes.
//
// Not thread-safe for writers. Method: docs/internals/rope.md.
#pragma once

#include "content/run_list.hpp"
#include "content/sequence_run.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace weft::crdt {

class effect_log {
public:
  /// `log` is the text's own log; it stays where it is.
  explicit effect_log(const run_list& log) : log_(&log) {}

  /// Appends; keeps the length of the text. Pre: the run fits the text; the log's run at
  /// `logged` holds its first operation.
  void push(const sequence_run& run, std::size_t logged) {
    if (is_same(run, logged)) {
      put(run, logged, 0);
    } else {
      own_.push(run);
      put(run, own_.size() - 1, own_bit);
    }
  }
  /// As push, of what the log says itself.
  void push_same(const sequence_run& run, std::size_t logged) { put(run, logged, 0); }
  /// Length of the text after all runs.
  [[nodiscard]] std::uint32_t length() const noexcept { return length_; }
  /// Length of the text after the operations up to and with `last`; no_index: before all.
  [[nodiscard]] std::uint32_t length_after(local_index last) const;
  /// First local index past the last run; 0 if there is none.
  [[nodiscard]] local_index end() const noexcept {
    return pieces_.empty() ? 0 : pieces_.back().end;
  }
  /// Calls f(run) for the runs inside `range`, cut to it, ascending; neighbours that can be one are
  /// one. `content` means nothing.
  template <class F>
  void for_each_in(index_range range, F&& f) const;

  /// The operation that inserted the scalar now at `position`. O(runs).
  [[nodiscard]] local_index element_at(std::uint32_t position) const;
  struct place {
    std::uint32_t position = 0;
    bool visible = false;
  };
  /// Where the scalar of insertion `element` stands now. O(runs after it).
  [[nodiscard]] std::optional<place> find(local_index element) const;
  /// The insertions of the scalars at [position, position + count) as the text was before operation
  /// `before`; ranges in text order. O(runs before it times ranges).
  [[nodiscard]] std::vector<index_range> elements(local_index before, std::uint32_t position,
                                                  std::uint32_t count) const;

  /// One change of the present text: `erased` scalars at `position` go, or those that `text` names
  /// (insertions) come back there. In the order in which they apply.
  struct reversal {
    std::uint32_t position = 0;
    std::uint32_t erased = 0;
    std::vector<index_range> text;
  };
  /// What takes back the operations in `ranges`. O(runs since the first of them, squared at worst).
  [[nodiscard]] std::vector<reversal> inverse(std::span<const index_range> ranges) const;

  struct saved {
    std::size_t pieces = 0;
    local_index end = 0;
    run_list::saved own;
    std::uint32_t length = 0;
  };
  [[nodiscard]] saved save() const { return {pieces_.size(), end(), own_.save(), length_}; }
  void restore(const saved& to);
  void check_invariants() const;

private:
  static constexpr std::uint32_t own_bit = 0x8000'0000U;
  static constexpr std::uint32_t piece_runs = 64;

  struct piece {
    local_index first = 0;
    local_index end = 0;
    std::uint32_t before = 0;  // length of the text before `first`
    std::uint32_t where = 0;   // place of the run that holds `first`; own_bit: in own_

    [[nodiscard]] bool own() const noexcept { return (where & own_bit) != 0; }
    [[nodiscard]] std::uint32_t place() const noexcept { return where & ~own_bit; }
  };

  void put(const sequence_run& run, std::size_t at, std::uint32_t own) {
    if (pieces_.empty() || pieces_.back().end != run.first ||
        (pieces_.back().where & own_bit) != own || at - pieces_.back().place() > piece_runs)
        [[unlikely]] {
      pieces_.push_back({run.first, run.first, length_, static_cast<std::uint32_t>(at) | own});
    }
    pieces_.back().end = run.first + run.length;
    length_ = run.kind == run_kind::insert ? length_ + run.length : length_ - run.length;
  }
  [[nodiscard]] bool is_same(const sequence_run& run, std::size_t at) const {
    const sequence_run logged = (*log_)[at];
    if (run.first + run.length > logged.first + logged.length) {
      return false;
    }
    const sequence_run part = part_of(logged, run.first, run.length);
    return part.position == run.position && part.kind == run.kind;
  }
  [[nodiscard]] const run_list& list_of(const piece& p) const noexcept {
    return p.own() ? own_ : *log_;
  }
  /// Place of the first piece that ends after `i`.
  [[nodiscard]] std::size_t piece_after(local_index i) const;
  /// Calls f(run) for the runs of operations before `before`, cut to it, the last one first, until
  /// f gives false.
  template <class F>
  void for_each_back(local_index before, F&& f) const;

  const run_list* log_;
  std::vector<piece> pieces_;
  run_list own_;
  std::uint32_t length_ = 0;
};

template <class F>
void effect_log::for_each_in(index_range range, F&& f) const {
  sequence_run held;
  for (std::size_t i = piece_after(range.first); i < pieces_.size() && pieces_[i].first < range.end;
       ++i) {
    const piece& p = pieces_[i];
    const index_range part{std::max(p.first, range.first), std::min(p.end, range.end)};
    const run_list& list = list_of(p);
    std::size_t at = part.first == p.first ? p.place() : list.find(part.first);
    for (local_index from = part.first; from < part.end; ++at) {
      const sequence_run run = list[at];
      const local_index to = std::min(run.first + run.length, part.end);
      const sequence_run next = part_of(run, from, to - from);
      from = to;
      if (held.length == 0 || !join(held, next)) {
        if (held.length != 0) {
          f(std::as_const(held));
        }
        held = next;
      }
    }
  }
  if (held.length != 0) {
    f(std::as_const(held));
  }
}

template <class F>
void effect_log::for_each_back(local_index before, F&& f) const {
  std::size_t i = before == 0 ? 0 : piece_after(before - 1);
  i = std::min(i + 1, pieces_.size());
  while (i-- > 0) {
    const piece& p = pieces_[i];
    if (p.first >= before) {
      continue;
    }
    const run_list& list = list_of(p);
    local_index to = std::min(p.end, before);
    for (std::size_t at = list.find(to - 1); to > p.first; --at) {
      const sequence_run run = list[at];
      const local_index from = std::max(run.first, p.first);
      if (!f(part_of(run, from, to - from))) {
        return;
      }
      to = from;
    }
  }
}

}  // namespace weft::crdt

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
// Where scalars come from and where they went, position maps of 16, 256, 4,096.. pieces tell. They
// are made when somebody asks, from the part of the log that the question is about.
// Invariants: pieces ascend and do not overlap; each spans at most piece_runs runs and knows the
// length of the text before it; the text's log holds every operation that has an effect, and only
// its end changes.
//
// Not thread-safe; const calls make maps, so they need a lock as well. Method:
// docs/internals/rope.md.
#pragma once

#include "content/position_map.hpp"
#include "content/run_list.hpp"
#include "content/sequence_run.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace weft::crdt {

class replayed_text;

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
      push_other(run);
    }
  }
  /// As push, of what the log says otherwise.
  void push_other(const sequence_run& run) {
    own_.push(run);
    put(run, own_.size() - 1, own_bit);
  }
  /// As push, of what the log says itself.
  void push_same(const sequence_run& run, std::size_t logged) { put(run, logged, 0); }
  /// As push_same for operations [from, end) of the log, from its run `at` on, which is then the
  /// next one. False: one does not fit the text.
  [[nodiscard]] bool push_logged(std::size_t& at, local_index from, local_index end);
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

  /// The same, but runs as they are kept, until f gives false.
  template <class F>
  void for_each_part(index_range range, F&& f) const;

  using place = position_map::place;
  struct stretch {
    std::uint32_t position = 0;
    std::uint32_t length = 0;
  };
  /// The operation that inserted the scalar now at `position`. O(log^2 runs) once the maps of the
  /// runs since are there; the first question makes them, O(runs * log).
  [[nodiscard]] local_index element_at(std::uint32_t position) const;
  /// Where the scalar of insertion `element` stands now, or the gap that it left. As element_at.
  [[nodiscard]] std::optional<place> find(local_index element) const;
  /// The insertions of the scalars in stretches of the text as it was before operation `before`.
  /// One after the other; no range holds scalars of two. Pre: stretches ascend, do not overlap.
  /// O(ranges * log^2 runs), maps as above.
  [[nodiscard]] std::vector<index_range> elements(local_index before,
                                                  std::span<const stretch> stretches) const;

  /// One change of the present text: `erased` scalars at `position` go, or those that `text` names
  /// (insertions) come back there. In the order in which they apply.
  struct reversal {
    std::uint32_t position = 0;
    std::uint32_t erased = 0;
    std::vector<index_range> text;
  };
  /// What takes back the operations in `ranges`. O(n log n) for n runs
  /// since the first of them.
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
  // Deep checks make large logs of small texts.
#ifdef WEFT_DEEP_CHECKS
  static constexpr std::uint32_t piece_runs = 4;
  static constexpr unsigned group_bits = 2;
#else
  static constexpr std::uint32_t piece_runs = 64;
  static constexpr unsigned group_bits = 4;
#endif
  static constexpr std::size_t group = std::size_t{1} << group_bits;  // members of a map
  static constexpr std::size_t levels = 8;                            // of maps

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
  [[nodiscard]] std::vector<reversal> reversals(const replayed_text& text, local_index start) const;
  [[nodiscard]] const run_list& list_of(const piece& p) const noexcept {
    return p.own() ? own_ : *log_;
  }
  /// Place of the first piece that ends after `i`.
  [[nodiscard]] std::size_t piece_after(local_index i) const;
  [[nodiscard]] static std::size_t pieces_of(std::size_t level) noexcept {
    return std::size_t{1} << (group_bits * (level + 1));
  }
  /// Whether map `i` of a level is about pieces that do not change any more.
  [[nodiscard]] bool is_full(std::size_t level, std::size_t i) const noexcept {
    return (i + 1) * pieces_of(level) < pieces_.size();
  }
  /// The map, if it can be had at little cost. Pre: is_full.
  [[nodiscard]] const position_map* map_at(std::size_t level, std::size_t i) const;
  /// All maps about pieces before `before`. O(n log n) for n runs, once. Pre: those are full.
  void build_maps(std::size_t before) const;
  /// The longest map that begins (ends) with piece `at`; null: none does.
  [[nodiscard]] const position_map* map_from(std::size_t at, std::size_t& next) const;
  [[nodiscard]] const position_map* map_before(std::size_t at, std::size_t& next) const;
  [[nodiscard]] position_map map_of(index_range operations, std::uint32_t length) const;
  /// Where the last pieces begin that no map is about, or those up to piece `at`, included.
  [[nodiscard]] static std::size_t mapless(std::size_t at) noexcept { return at & ~(group - 1); }
  /// Calls f(run) for the runs of operations before `before`, cut to it, from that of piece `from`
  /// on, the last one first, until f gives false.
  template <class F>
  void for_each_back(local_index before, std::size_t from, F&& f) const;

  const run_list* log_;
  std::vector<piece> pieces_;
  run_list own_;
  std::uint32_t length_ = 0;
  // By level and place. What no question needed is null.
  mutable std::vector<std::vector<std::unique_ptr<const position_map>>> maps_;
};

template <class F>
void effect_log::for_each_in(index_range range, F&& f) const {
  // Mostly a question is about the last keystroke.
  if (!pieces_.empty() && pieces_.back().first <= range.first) {
    const piece& p = pieces_.back();
    if (range.first >= p.end || range.empty()) {
      return;
    }
    if (const run_list& list = list_of(p); list.first_of(list.size() - 1) <= range.first) {
      f(cut(list.back(), {range.first, std::min(range.end, p.end)}));
      return;
    }
  }
  sequence_run held;
  // Of a copy, so that `held` itself may stay in registers.
  const auto tell_held = [&] {
    const sequence_run run = held;
    f(run);
  };
  for (std::size_t i = piece_after(range.first); i < pieces_.size() && pieces_[i].first < range.end;
       ++i) {
    const piece& p = pieces_[i];
    const index_range part{std::max(p.first, range.first), std::min(p.end, range.end)};
    const run_list& list = list_of(p);
    const std::size_t at = part.first == p.first ? p.place() : list.find(part.first);
    bool may_join = true;
    list.walk(at, [&](std::size_t, const sequence_run& whole) {
      const sequence_run run = cut(whole, part);
      if (!may_join || held.length == 0 || !join(held, run)) {
        if (held.length != 0) {
          tell_held();
        }
        held = run;
      }
      // Neighbours in a list can be one run only if the former was cut.
      may_join = held.first <= part.first;
      return held.first + held.length < part.end;
    });
  }
  if (held.length != 0) {
    tell_held();
  }
}

template <class F>
void effect_log::for_each_part(index_range range, F&& f) const {
  bool more = true;
  for (std::size_t i = piece_after(range.first);
       more && i < pieces_.size() && pieces_[i].first < range.end; ++i) {
    const piece& p = pieces_[i];
    const index_range part{std::max(p.first, range.first), std::min(p.end, range.end)};
    const run_list& list = list_of(p);
    list.walk(part.first == p.first ? p.place() : list.find(part.first),
              [&](std::size_t, const sequence_run& whole) {
                const sequence_run run = cut(whole, part);
                more = f(run);
                return more && run.first + run.length < part.end;
              });
  }
}

}  // namespace weft::crdt

// SPDX-License-Identifier: MIT
// sequence_log: the operations of one text as runs, and the text that they inserted.
//
// Invariants: runs ascend by local index and do not overlap; neighbours that can be one run are
// one; `arena` holds the inserted text in the order of the runs and nothing else.
// run_list is the list without the text; the effect log is one as well. Not thread-safe.
#pragma once

#include "base/utf.hpp"
#include "content/sequence_run.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::crdt {

/// The part of a run that holds local indexes [from, from + length). `content` stays that of the
/// whole run. Pre: inside the run.
[[nodiscard]] inline sequence_run part_of(const sequence_run& run, local_index from,
                                          std::uint32_t length) noexcept {
  const std::uint32_t skip = from - run.first;
  sequence_run part = run;
  part.first = from;
  part.length = length;
  if (run.kind == run_kind::insert) {
    part.position = run.position + skip;
  } else if (run.kind == run_kind::erase_backward) {
    // The upper positions go first.
    part.position = run.position + (run.length - skip - length);
    if (length == 1) {
      part.kind = run_kind::erase_forward;
    }
  }
  return part;
}

class run_list {
public:
  /// Appends, or extends the last run. Pre: `run.first` is past the end of the last one.
  void push(const sequence_run& run) {
    if (runs_.empty() || !extend(runs_.back(), run)) {
      runs_.push_back(run);
    }
  }
  [[nodiscard]] bool empty() const noexcept { return runs_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return runs_.size(); }
  [[nodiscard]] const sequence_run& operator[](std::size_t i) const { return runs_[i]; }
  [[nodiscard]] const sequence_run& back() const { return runs_.back(); }
  /// First local index past the last run; 0 if there is none.
  [[nodiscard]] local_index end() const noexcept {
    return runs_.empty() ? 0 : runs_.back().first + runs_.back().length;
  }
  /// Place of the first run that ends after `i`. O(log(distance from the end)).
  [[nodiscard]] std::size_t find(local_index i) const {
    // Questions are mostly about what came last: widen the search from there.
    std::size_t high = runs_.size();
    std::size_t step = 1;
    while (step < high && runs_[high - step].first > i) {
      high -= step;
      step *= 2;
    }
    const auto first = runs_.begin() + static_cast<std::ptrdiff_t>(high - std::min(step, high));
    const auto end = runs_.begin() + static_cast<std::ptrdiff_t>(high);
    const auto after = std::upper_bound(
        first, end, i, [](local_index key, const sequence_run& run) { return key < run.first; });
    const auto at = static_cast<std::size_t>(after - runs_.begin());
    if (at > 0 && runs_[at - 1].first + runs_[at - 1].length > i) {
      return at - 1;
    }
    return at;
  }
  /// Calls f(part, run) for the parts of runs inside `range`, ascending.
  template <class F>
  void for_each_in(index_range range, F&& f) const {
    for (std::size_t i = find(range.first); i < runs_.size() && runs_[i].first < range.end; ++i) {
      const local_index from = std::max(runs_[i].first, range.first);
      const local_index to = std::min(runs_[i].first + runs_[i].length, range.end);
      f(part_of(runs_[i], from, to - from), runs_[i]);
    }
  }

  /// The list as it is now, for `restore`.
  struct saved {
    std::size_t size = 0;
    sequence_run last;
  };
  [[nodiscard]] saved save() const {
    return {runs_.size(), runs_.empty() ? sequence_run{} : runs_.back()};
  }
  void restore(const saved& to) {
    runs_.resize(to.size);
    if (to.size != 0) {
      runs_.back() = to.last;
    }
  }
  void reserve_more(std::size_t runs) { runs_.reserve(runs_.size() + runs); }
  void check_invariants() const;

private:
  [[nodiscard]] static bool extend(sequence_run& last, const sequence_run& run) noexcept {
    if (last.first + last.length != run.first) {
      return false;
    }
    if (run.kind == run_kind::insert || last.kind == run_kind::insert) {
      if (run.kind != last.kind || run.position != last.position + last.length) {
        return false;
      }
      last.length += run.length;
      return true;
    }
    return extend_erase(last, run);
  }
  [[nodiscard]] static bool extend_erase(sequence_run& last, const sequence_run& run) noexcept;

  std::vector<sequence_run> runs_;
};

// An erase of length 1 has no direction yet, so it joins either way.
inline bool run_list::extend_erase(sequence_run& last, const sequence_run& run) noexcept {
  const bool last_open = last.length == 1;
  const bool run_open = run.length == 1;
  const bool last_forward = last.kind == run_kind::erase_forward;
  const bool run_forward = run.kind == run_kind::erase_forward;
  if ((last_open || last_forward) && (run_open || run_forward) && run.position == last.position) {
    last.kind = run_kind::erase_forward;
    last.length += run.length;
    return true;
  }
  if ((last_open || !last_forward) && (run_open || !run_forward) &&
      run.position + run.length == last.position) {
    last.kind = run_kind::erase_backward;
    last.position = run.position;
    last.length += run.length;
    return true;
  }
  return false;
}

class sequence_log {
public:
  /// Appends a run; `text` is what it inserts (empty for erases).
  void push(sequence_run run, std::string_view text) {
    run.content = arena_.size();
    runs_.push(run);
    if (run.kind == run_kind::insert) {
      inserted_ += run.length;
      if (text.size() == 1) {
        arena_.push_back(text.front());
      } else {
        arena_ += text;
      }
    }
  }
  [[nodiscard]] const run_list& runs() const noexcept { return runs_; }
  [[nodiscard]] std::string_view arena() const noexcept { return arena_; }
  /// Whether all inserted text is ASCII, so that scalars and bytes count the same.
  [[nodiscard]] bool ascii() const noexcept { return arena_.size() == inserted_; }
  /// The text that `part` of `run` inserted. Pre: an insert, `part` cut from `run`.
  [[nodiscard]] std::string_view text_of(const sequence_run& part, const sequence_run& run) const {
    std::string_view text{arena_};
    const std::uint32_t skip = part.first - run.first;
    if (ascii()) {
      return text.substr(run.content + skip, part.length);
    }
    text.remove_prefix(run.content);
    text.remove_prefix(utf::bytes_of(text, skip));
    return text.substr(0, utf::bytes_of(text, part.length));
  }

  /// Where in the arena the text of run `i` ends. Pre: an insert. O(erases that follow it).
  [[nodiscard]] std::size_t content_end(std::size_t i) const {
    for (std::size_t next = i + 1; next < runs_.size(); ++next) {
      if (runs_[next].kind == run_kind::insert) {
        return runs_[next].content;
      }
    }
    return arena_.size();
  }

  struct saved {
    run_list::saved runs;
    std::size_t arena = 0;
    std::uint64_t inserted = 0;
  };
  [[nodiscard]] saved save() const { return {runs_.save(), arena_.size(), inserted_}; }
  void restore(const saved& to) {
    runs_.restore(to.runs);
    arena_.resize(to.arena);
    inserted_ = to.inserted;
  }
  void reserve_more(std::size_t runs, std::size_t bytes);
  void check_invariants() const;

private:
  run_list runs_;
  std::string arena_;
  std::uint64_t inserted_ = 0;  // scalars; equal to the arena's bytes while all is ASCII
};

}  // namespace weft::crdt

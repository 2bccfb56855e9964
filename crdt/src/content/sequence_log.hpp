// SPDX-License-Identifier: MIT
// sequence_log: the operations of one text as runs, and the text that they inserted.
//
// Invariants: those of run_list; `arena` holds the inserted text in the order of the runs and
// nothing else. Not thread-safe.
#pragma once

#include "base/utf.hpp"
#include "content/run_list.hpp"
#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::crdt {

class sequence_log {
public:
  /// Appends a run; `text` is what it inserts (empty for erases).
  void push(const sequence_run& run, std::string_view text) {
    if (run.kind != run_kind::insert) {
      runs_.push(run, arena_.size());
      return;
    }
    if (run.length > max_run) [[unlikely]] {
      push_long(run, text);
      return;
    }
    runs_.push(run, arena_.size());
    inserted_ += run.length;
    if (text.size() == 1) {
      arena_.push_back(text.front());
    } else {
      arena_ += text;
    }
  }
  /// As push, for a series of runs of at most max_run: first the runs, whose `content` is the place
  /// in the arena that push_text will give to their text; then the text of all of them.
  void push_run(const sequence_run& run) {
    runs_.push(run);
    inserted_ += run.kind == run_kind::insert ? run.length : 0;
  }
  void push_text(std::string_view text) { arena_ += text; }
  /// As push_text of the first text of all; takes over its memory.
  void take_text(std::string&& text) noexcept {
    WEFT_ASSERT(arena_.empty(), "only the first text can be taken over");
    arena_ = std::move(text);
  }
  /// Whether so many more bytes of inserted text can be held.
  [[nodiscard]] bool has_room(std::uint64_t more) const noexcept {
    return more <= UINT32_MAX - std::uint64_t{arena_.size()};
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
  void reserve_more(std::size_t bytes);
  void check_invariants() const;

private:
  void push_long(sequence_run run, std::string_view text);

  run_list runs_;
  std::string arena_;
  std::uint64_t inserted_ = 0;  // scalars; equal to the arena's bytes while all is ASCII
};

}  // namespace weft::crdt

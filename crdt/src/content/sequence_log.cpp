// SPDX-License-Identifier: MIT
#include "content/sequence_log.hpp"

#include "weft/crdt/assert.hpp"

namespace weft::crdt {

void sequence_log::push_long(sequence_run run, std::string_view text) {
  while (run.length != 0) {
    sequence_run part = part_of(run, run.first, std::min(run.length, max_run));
    const std::string_view own = text.substr(0, utf::bytes_of(text, part.length));
    part.content = arena_.size();
    runs_.push(part);
    inserted_ += part.length;
    arena_ += own;
    text.remove_prefix(own.size());
    run = part_of(run, run.first + part.length, run.length - part.length);
  }
}

// Geometric growth: many small batches must not copy everything each time.
void sequence_log::reserve_more(std::size_t bytes) {
  if (arena_.size() + bytes > arena_.capacity()) {
    arena_.reserve(std::max(arena_.size() + bytes, arena_.capacity() * 2));
  }
}

void sequence_log::check_invariants() const {
  runs_.check_invariants();
  std::size_t at = 0;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    if (runs_[i].kind != run_kind::insert) {
      continue;
    }
    WEFT_ASSERT(runs_[i].content == at, "the arena holds the inserted text in order");
    at += utf::bytes_of(std::string_view{arena_}.substr(at), runs_[i].length);
  }
  WEFT_ASSERT(at == arena_.size(), "the arena holds nothing but inserted text");
}

}  // namespace weft::crdt

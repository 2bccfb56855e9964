// SPDX-License-Identifier: MIT
#include "content/sequence_log.hpp"

#include "weft/crdt/assert.hpp"

namespace weft::crdt {

void run_list::check_invariants() const {
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const sequence_run& run = runs_[i];
    WEFT_ASSERT(run.length > 0, "runs hold operations");
    WEFT_ASSERT(run.kind != run_kind::erase_backward || run.length > 1,
                "an erase of one scalar is a forward one");
    WEFT_ASSERT(i == 0 || runs_[i - 1].first + runs_[i - 1].length <= run.first,
                "runs ascend and do not overlap");
  }
}

// Geometric growth: many small batches must not copy everything each time.
void sequence_log::reserve_more(std::size_t runs, std::size_t bytes) {
  if (runs_.size() == 0) {
    runs_.reserve_more(runs);
  }
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

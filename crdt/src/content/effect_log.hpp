// SPDX-License-Identifier: MIT
// effect_log: what each operation did to the text here, in the order of local indexes.
//
// A run holds positions in the text as the runs before it left it; operations that had no effect
// (their scalar was gone already) stand in no run. So the log is one linear history, and questions
// about elements become maps of positions: no tombstones are needed.
//
// Not thread-safe for writers. Method: docs/internals/text-merging.md.
#pragma once

#include "content/sequence_log.hpp"
#include "content/sequence_run.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace weft::crdt {

class effect_log {
public:
  /// Appends; keeps the length of the text. Pre: the run fits the text.
  void push(sequence_run run) {
    run.content = length_;
    length_ = run.kind == run_kind::insert ? length_ + run.length : length_ - run.length;
    runs_.push(run);
  }
  /// Length of the text after all runs.
  [[nodiscard]] std::uint32_t length() const noexcept { return length_; }
  /// Length of the text after the operations up to and with `last`; no_index: before all.
  [[nodiscard]] std::uint32_t length_after(local_index last) const;
  [[nodiscard]] const run_list& runs() const noexcept { return runs_; }

  /// The operation that inserted the scalar now at `position`. O(runs).
  [[nodiscard]] local_index element_at(std::uint32_t position) const;
  struct place {
    std::uint32_t position = 0;
    bool visible = false;
  };
  /// Where the scalar of insertion `element` stands now. O(runs after it).
  [[nodiscard]] std::optional<place> find(local_index element) const;
  /// The insertions of the scalars at [position, position + count) as the text was before the run
  /// at place `before`; ranges in text order. O(runs before it times ranges).
  [[nodiscard]] std::vector<index_range> elements(std::size_t before, std::uint32_t position,
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
    run_list::saved runs;
    std::uint32_t length = 0;
  };
  [[nodiscard]] saved save() const { return {runs_.save(), length_}; }
  void restore(const saved& to) {
    runs_.restore(to.runs);
    length_ = to.length;
  }
  void check_invariants() const;

private:
  run_list runs_;  // `content` holds the length of the text before the run
  std::uint32_t length_ = 0;
};

}  // namespace weft::crdt

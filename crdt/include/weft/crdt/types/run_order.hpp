// SPDX-License-Identifier: MIT
// run_order: a list of numbered runs of elements that knows where each one stands, and how many
// elements of each are shown.
//
// What the sequence types keep beside their tree: which run has the i-th shown element, what
// follows a run, which of two comes first. Stored as chunks of runs in list order; a list that fits
// into one chunk has no index of chunks.
// Invariants: a run stands at most once; no chunk is empty or above `chunk_size`; a chunk counts
// what its runs show. Cost: 8 bytes a run and 4 to find it again; every call is
// O(n / chunk_size + chunk_size) for n runs over plain arrays: a microsecond or two in a million.
// A plain value; concurrent const calls are safe.
#pragma once

#include "weft/crdt/lattice/roomy.hpp"

#include <cstddef>
#include <cstdint>

namespace weft::crdt {

class run_order {
public:
  using run = std::uint32_t;
  static constexpr run none = 0xffff'ffffU;
  static constexpr std::size_t chunk_size = 512;

  /// A run, and a number of shown elements in it.
  struct place {
    run at = none;
    std::size_t index = 0;
  };

  /// Pre: `fresh` is not here; `before` is, or is `none`, which means the start.
  void insert_after(run before, run fresh, std::uint32_t shown);
  /// Pre: `fresh` is not here; `after` is, or is `none`, which means the end.
  void insert_before(run after, run fresh, std::uint32_t shown);
  /// The end of `whole`, with so many shown elements, becomes a run of its own. Pre: `whole` is
  /// here, `fresh` is not.
  void divide(run whole, run fresh, std::uint32_t shown);
  /// Pre (these two): the run is here, and shows at least `count`.
  void show_more(run r, std::uint32_t count);
  void show_less(run r, std::uint32_t count);

  [[nodiscard]] std::size_t shown() const noexcept { return shown_total_; }
  /// Pre (these four): the runs named are here; `index < shown()`.
  [[nodiscard]] bool before(run a, run b) const;
  [[nodiscard]] run next(run r) const;  ///< `none` at the end
  [[nodiscard]] place at(std::size_t index) const;
  [[nodiscard]] std::size_t index_of(run r) const;  ///< shown elements before it
  [[nodiscard]] run first() const noexcept {
    return chunks_.empty() ? none : chunks_.front().entries.front().at;
  }

  /// Calls f(run, skip) for the runs with shown elements, from the one with the `from`-th on, until
  /// f returns false; `skip` is how many of a run come before that. O(1) each.
  template <class F>
  void for_each_shown(std::size_t from, F&& f) const {
    for (const chunk& part : chunks_) {
      if (from >= part.shown) {
        from -= part.shown;
        continue;
      }
      for (const entry& e : part.entries) {
        if (from >= e.shown) {
          from -= e.shown;
        } else if (!f(e.at, from)) {
          return;
        } else {
          from = 0;
        }
      }
    }
  }
  /// Calls f(run, shown) for all, in order.
  template <class F>
  void for_each(F&& f) const {
    for (const chunk& part : chunks_) {
      for (const entry& e : part.entries) {
        f(e.at, e.shown);
      }
    }
  }
  void check_invariants() const;

private:
  struct entry {
    run at = none;
    std::uint32_t shown = 0;
  };
  struct chunk {
    roomy<entry> entries;
    std::uint32_t shown = 0;
    std::uint32_t number = 0;
  };
  [[nodiscard]] std::size_t rank_of(run r) const {
    return chunks_.size() <= 1 ? 0 : rank_[chunk_of_[r]];
  }
  [[nodiscard]] static std::size_t place_in(const chunk& part, run r);
  void put(std::size_t rank, std::size_t at, run fresh, std::uint32_t shown);
  void split(std::size_t rank);

  roomy<chunk> chunks_;            ///< in list order
  roomy<std::uint32_t> rank_;      ///< by number of a chunk; empty while there is one
  roomy<std::uint32_t> chunk_of_;  ///< by run, the number of its chunk; empty while there is one
  std::size_t shown_total_ = 0;
};

}  // namespace weft::crdt

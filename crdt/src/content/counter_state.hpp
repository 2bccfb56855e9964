// SPDX-License-Identifier: MIT
// counter_state: one counter container: its log of operations and the sum of those not reset.
//
// A reset covers every addition in its causal past. Those are all known when it arrives, and no
// later arrival can be one of them, so a covered addition is marked once and for good.
// Not thread-safe.
#pragma once

#include "history/causal_graph.hpp"
#include "history/local_index.hpp"

#include <cstdint>
#include <vector>

namespace weft::crdt {

struct counter_op {
  local_index at = 0;
  bool is_reset = false;
  bool covered = false;  ///< an addition that a reset has taken back
  std::int64_t amount = 0;
};

class counter_state {
public:
  [[nodiscard]] std::int64_t value() const noexcept { return value_; }
  /// Whether any addition is not covered, even if the sum is zero.
  [[nodiscard]] bool has_live() const noexcept { return live_ != 0; }

  void add(local_index at, std::int64_t amount);
  /// A reset that follows every operation known here.
  void local_reset(local_index at);
  /// A reset whose past is asked of `graph`. O(additions).
  void merge_reset(const causal_graph& graph, local_index at);

  /// Ascending by local index.
  [[nodiscard]] const std::vector<counter_op>& log() const noexcept { return log_; }
  /// Shows `value` until the history is loaded into a fresh state.
  void load_value(std::int64_t value) noexcept { value_ = value; }

private:
  std::vector<counter_op> log_;
  std::int64_t value_ = 0;
  std::uint64_t live_ = 0;
};

/// Sum modulo 2^64.
[[nodiscard]] constexpr std::int64_t wrapping_add(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
[[nodiscard]] constexpr std::int64_t wrapping_subtract(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

}  // namespace weft::crdt

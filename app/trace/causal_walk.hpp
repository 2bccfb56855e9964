// SPDX-License-Identifier: MIT
// Walks a concurrent trace in file order and says what each author has to merge before each of its
// transactions, so that its document stands exactly at the recorded parents.
//
// This works with one replica per agent because each agent's own transactions are totally ordered;
// the walk checks that. Not thread-safe.
#pragma once

#include "trace/trace.hpp"

#include <cstdint>
#include <vector>

namespace weft::app {

class causal_walk {
public:
  /// `of` must outlive the walk.
  explicit causal_walk(const trace& of);

  [[nodiscard]] bool done() const noexcept { return next_ == of_.transactions.size(); }

  /// Steps over one transaction. Gives, ascending, the transactions of others that its parents
  /// include and that its author has not merged before. Throws trace_error when the author had not
  /// seen its own transactions, or when too many branches are open at once.
  /// Pre: not done. O(agents + merged).
  std::vector<std::uint32_t> step();

private:
  using counts = std::vector<std::uint32_t>;  // agent -> number of its transactions

  [[nodiscard]] counts version_at(std::size_t index);

  const trace& of_;
  std::size_t next_ = 0;
  std::vector<std::uint32_t> children_left_;       // of each transaction
  std::vector<counts> versions_;                   // of transactions that still get children
  std::size_t live_versions_ = 0;                  // how many of these are kept
  std::vector<counts> seen_;                       // of each agent
  std::vector<std::vector<std::uint32_t>> owned_;  // agent -> its transactions so far
};

}  // namespace weft::app

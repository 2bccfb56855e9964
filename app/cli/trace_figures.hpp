// SPDX-License-Identifier: MIT
// Replays one trace through the public API of weft::crdt and measures it.
#pragma once

#include "cli/output.hpp"
#include "trace/trace.hpp"
#include "weft/crdt/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weft::app {

/// Milliseconds of each run.
class run_times {
public:
  void add(double ms) { ms_.push_back(ms); }
  [[nodiscard]] double least() const;
  [[nodiscard]] double median() const;

private:
  std::vector<double> ms_;
};

/// What is reported of one trace. docs/testing.md says what each figure means.
struct trace_figures {
  std::optional<run_times> local;      ///< sequential only
  std::optional<run_times> local_txn;  ///< sequential only
  run_times import;
  run_times stream;
  run_times update;
  run_times snapshot;
  run_times open;
  std::uint64_t update_bytes = 0;
  std::uint64_t snapshot_bytes = 0;
  std::uint64_t keystroke_bytes = 0;
  std::uint64_t text_bytes = 0;
  std::optional<std::uint64_t> open_heap_bytes;
  std::optional<std::uint64_t> import_peak_heap_bytes;
  std::string text_sha256;
  bool equal = false;
  bool converged = false;
};

/// Throws trace_error when a position is outside of its text. Memory figures come from processes
/// of their own, which never held the trace.
[[nodiscard]] trace_figures measure_trace(const trace& t, unsigned repeat, progress& shown);

}  // namespace weft::app

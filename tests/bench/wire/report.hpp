// SPDX-License-Identifier: MIT
// The cells of this benchmark, as a table for people and as JSON for programs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace weft::bench {

/// Bytes a keystroke of one way to type, both directions together.
struct session_row {
  std::string work;
  std::size_t keystrokes = 0;
  double mean = 0;
  double least = 0;
  double most = 0;   ///< of one step: one keystroke, or a burst divided by its length
  double limit = 0;  ///< 0: none
  [[nodiscard]] bool holds() const { return limit == 0 || most <= limit; }
};

/// The files of one profile's store and what the same history takes as an export.
struct store_row {
  std::string trace;
  std::uint64_t changes = 0;
  std::uint64_t export_bytes = 0;
  std::uint64_t closed_bytes = 0;  ///< after the node was closed
  std::uint64_t idle_bytes = 0;    ///< of a node that runs and has nothing to do
  double open_ms = 0;              ///< until the document is there, after the node was closed
  double limit = 0;                ///< of the ratio
  [[nodiscard]] double ratio() const {
    return static_cast<double>(idle_bytes > closed_bytes ? idle_bytes : closed_bytes) /
           static_cast<double>(export_bytes);
  }
  [[nodiscard]] bool holds() const { return ratio() <= limit; }
};

struct report {
  std::vector<session_row> sessions;
  std::vector<store_row> stores;

  [[nodiscard]] bool holds() const;
  /// Two Markdown tables on stdout.
  void print() const;
  /// One row a cell: work, trace, peer, median, min, unit. Throws std::runtime_error.
  void write_json(const std::filesystem::path& file) const;
};

}  // namespace weft::bench

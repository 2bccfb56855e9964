// SPDX-License-Identifier: MIT
// Reads public editing traces (gzipped JSON), sequential and concurrent, for tests. Written apart
// from the program's own reader. Throws std::runtime_error on anything it does not understand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace weft::test {

struct trace_patch {
  std::uint32_t position = 0;  ///< in code points
  std::uint32_t erased = 0;
  std::string inserted;
};

struct trace_transaction {
  std::vector<std::size_t> parents;  ///< indexes of earlier transactions; concurrent traces only
  std::uint32_t replica = 0;
  std::vector<trace_patch> patches;
};

struct trace {
  bool concurrent = false;
  std::uint32_t replicas = 1;
  std::string end_content;
  std::vector<trace_transaction> transactions;
};

[[nodiscard]] trace read_trace(const std::filesystem::path& file);

/// Every .json and .json.gz below a folder, sorted.
[[nodiscard]] std::vector<std::filesystem::path> find_traces(const std::filesystem::path& folder);

}  // namespace weft::test

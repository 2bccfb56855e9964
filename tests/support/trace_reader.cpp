// SPDX-License-Identifier: MIT
#include "support/trace_reader.hpp"

#include <nlohmann/json.hpp>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace weft::test {
namespace {

// gzread passes files through that are not compressed.
std::string read_gzip(const std::filesystem::path& file) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> in(gzopen(file.c_str(), "rb"), gzclose);
  if (!in) {
    throw std::runtime_error("cannot open " + file.string());
  }
  std::string out;
  std::string buffer(1U << 20U, '\0');
  for (;;) {
    const int size = gzread(in.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
    if (size < 0) {
      throw std::runtime_error("cannot read " + file.string());
    }
    if (size == 0) {
      return out;
    }
    out.append(buffer, 0, static_cast<std::size_t>(size));
  }
}

}  // namespace

trace read_trace(const std::filesystem::path& file) {
  const nlohmann::json json = nlohmann::json::parse(read_gzip(file));
  trace out;
  out.concurrent = json.value("kind", "") == "concurrent";
  out.replicas = json.value("numAgents", 1U);
  out.end_content = json.at("endContent").get<std::string>();
  if (!json.value("startContent", "").empty()) {
    throw std::runtime_error(file.string() + " does not start from an empty text");
  }
  for (const auto& txn : json.at("txns")) {
    trace_transaction& t = out.transactions.emplace_back();
    t.replica = txn.value("agent", 0U);
    if (out.concurrent) {
      t.parents = txn.at("parents").get<std::vector<std::size_t>>();
    }
    for (const auto& patch : txn.at("patches")) {
      t.patches.push_back({patch.at(0).get<std::uint32_t>(), patch.at(1).get<std::uint32_t>(),
                           patch.at(2).get<std::string>()});
    }
  }
  return out;
}

std::vector<std::filesystem::path> find_traces(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && (name.ends_with(".json") || name.ends_with(".json.gz"))) {
      out.push_back(entry.path());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace weft::test

// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace weft::bench {

namespace {

using json = nlohmann::ordered_json;

const char* verdict(bool holds) {
  return holds ? "yes" : "NO";
}

json cell(const std::string& work, const std::string& trace, double median, double least,
          const char* unit) {
  return {{"work", work},     {"trace", trace}, {"peer", "weft"},
          {"median", median}, {"min", least},   {"unit", unit}};
}

}  // namespace

bool report::holds() const {
  return std::all_of(sessions.begin(), sessions.end(), [](const auto& r) { return r.holds(); }) &&
         std::all_of(stores.begin(), stores.end(), [](const auto& r) { return r.holds(); });
}

void report::print() const {
  if (!sessions.empty()) {
    std::printf("| bytes a keystroke, both ways | keystrokes | mean | least | most | limit | |\n");
    std::printf("|---|--:|--:|--:|--:|--:|---|\n");
  }
  for (const session_row& r : sessions) {
    const std::string limit = r.limit == 0 ? "–" : std::to_string(static_cast<int>(r.limit));
    std::printf("| %s | %zu | %.1f | %.1f | %.1f | %s | %s |\n", r.work.c_str(), r.keystrokes,
                r.mean, r.least, r.most, limit.c_str(), r.limit == 0 ? "" : verdict(r.holds()));
  }
  if (!stores.empty()) {
    std::printf(
        "\n| idle store, bytes | changes | export | running | closed | ratio | ≤ %.0f | open, ms "
        "|\n",
        stores.front().limit);
    std::printf("|---|--:|--:|--:|--:|--:|---|--:|\n");
  }
  for (const store_row& r : stores) {
    std::printf("| %s | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64
                " | %.2f | %s | %.1f |\n",
                r.trace.c_str(), r.changes, r.export_bytes, r.idle_bytes, r.closed_bytes, r.ratio(),
                verdict(r.holds()), r.open_ms);
  }
}

void report::write_json(const std::filesystem::path& file) const {
  json rows = json::array();
  for (const session_row& r : sessions) {
    json one = cell("session: " + r.work, "-", r.mean, r.least, "bytes a keystroke");
    one["max"] = r.most;
    rows.push_back(std::move(one));
  }
  for (const store_row& r : stores) {
    const auto add = [&](const char* work, std::uint64_t bytes) {
      rows.push_back(
          cell(work, r.trace, static_cast<double>(bytes), static_cast<double>(bytes), "bytes"));
    };
    add("store: export", r.export_bytes);
    add("store: idle, running", r.idle_bytes);
    add("store: closed", r.closed_bytes);
    rows.push_back(cell("store: open", r.trace, r.open_ms, r.open_ms, "ms"));
    rows.push_back(cell("store: ratio", r.trace, r.ratio(), r.ratio(), "times the export"));
  }
  std::ofstream out(file);
  out << rows.dump(1) << '\n';
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace weft::bench

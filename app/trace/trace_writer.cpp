// SPDX-License-Identifier: MIT
#include "trace/trace_writer.hpp"

#include "trace/gzip_file.hpp"
#include "weft/crdt/assert.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <ctime>

namespace weft::app {

namespace {

std::string json_string(std::string_view text) {
  return nlohmann::json(std::string(text)).dump();
}

std::string iso_time(std::int64_t wall_ms) {
  // Years outside of 1970 to 9999 would not fit the form; such clocks are shown as 1970.
  if (wall_ms < 0 || wall_ms > 253'402'300'799'999) wall_ms = 0;
  const std::time_t seconds = static_cast<std::time_t>(wall_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 48> full{};
  std::snprintf(full.data(), full.size(), "%s.%03dZ", date.data(),
                static_cast<int>(wall_ms % 1000));
  return full.data();
}

std::vector<std::uint32_t> count_children(const trace& t) {
  std::vector<std::uint32_t> children(t.transactions.size());
  for (const std::uint32_t parent : t.parents) ++children[parent];
  return children;
}

void append_patches(std::string& out, const trace& t, const trace_transaction& of) {
  out += "\"patches\":[";
  const char* comma = "";
  for (const trace_patch& p : t.patches_of(of)) {
    out += comma;
    out += '[' + std::to_string(p.position) + ',' + std::to_string(p.erased) + ',' +
           json_string(t.text_of(p)) + ']';
    comma = ",";
  }
  out += ']';
}

void append_origin(std::string& out, const trace& t, const trace_transaction& of,
                   std::uint32_t children) {
  out += "\"parents\":[";
  const char* comma = "";
  for (const std::uint32_t parent : t.parents_of(of)) {
    out += comma;
    out += std::to_string(parent);
    comma = ",";
  }
  out += "],\"numChildren\":" + std::to_string(children) +
         ",\"agent\":" + std::to_string(of.agent) + ',';
}

}  // namespace

std::string to_json(const trace& t, std::span<const std::int64_t> wall_ms) {
  WEFT_ASSERT(wall_ms.empty() || wall_ms.size() == t.transactions.size(),
              "one time per transaction");
  const bool concurrent = t.kind == trace_kind::concurrent;
  const std::vector<std::uint32_t> children = count_children(t);
  std::string out;
  if (concurrent) {
    out = "{\"kind\":\"concurrent\",\"endContent\":" + json_string(t.end_content) +
          ",\"numAgents\":" + std::to_string(t.agents);
  } else {
    out = "{\"startContent\":\"\",\"endContent\":" + json_string(t.end_content);
  }
  out += ",\"txns\":[";
  for (std::size_t i = 0; i < t.transactions.size(); ++i) {
    const trace_transaction& of = t.transactions[i];
    out += i == 0 ? "\n{" : ",\n{";
    if (concurrent) append_origin(out, t, of, children[i]);
    out += "\"time\":\"" + iso_time(wall_ms.empty() ? 0 : wall_ms[i]) + "\",";
    append_patches(out, t, of);
    out += '}';
  }
  out += "\n]}\n";
  return out;
}

void write_trace(const std::filesystem::path& file, const trace& t,
                 std::span<const std::int64_t> wall_ms) {
  write_maybe_gzip(file, to_json(t, wall_ms));
}

}  // namespace weft::app

// SPDX-License-Identifier: MIT
// weft_wire_bench: what a session and a store cost as shipped.
#include "report.hpp"
#include "session_bench.hpp"
#include "store_bench.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

namespace {

using namespace weft::bench;

constexpr const char* help =
    "weft_wire_bench [--json FILE] [--keystrokes N] [--store-transactions N] [--no-sessions]\n"
    "                [--check] [TRACE...]\n"
    "\n"
    "Measures bytes of real nodes: what two of them exchange for a keystroke over TLS on the\n"
    "loopback interface (frames before TLS, both directions, acknowledgements included); how "
    "large\n"
    "the SQLite files of an idle node are that has the history of a trace, one signed change a\n"
    "transaction, beside an export of the same history; and how long that node takes to open it.\n"
    "\n"
    "  TRACE                    editing traces; without any, those in the folder $WEFT_TRACES\n"
    "  --json FILE              also writes one row a cell\n"
    "  --keystrokes N           of each way to type; 320 if not given\n"
    "  --store-transactions N   at most so many of each trace; all if not given\n"
    "  --no-sessions            stores only\n"
    "  --check                  exit code 1 when a session misses a limit; no trace is taken\n"
    "                           from the environment\n";

struct options {
  std::vector<std::filesystem::path> traces;
  std::string json;
  std::size_t keystrokes = 320;
  std::size_t store_transactions = SIZE_MAX;
  bool sessions = true;
  bool check = false;
};

/// False: something on the command line is not known.
bool parse(int count, char** words, options& out) {
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto number = [&](std::size_t& to) {
      char* end = nullptr;
      if (i + 1 < count) to = std::strtoull(words[++i], &end, 10);
      return end != nullptr && *end == '\0' && to > 0;
    };
    if (word == "--json" && i + 1 < count) {
      out.json = words[++i];
    } else if (word == "--keystrokes") {
      if (!number(out.keystrokes)) return false;
    } else if (word == "--store-transactions") {
      if (!number(out.store_transactions)) return false;
    } else if (word == "--no-sessions") {
      out.sessions = false;
    } else if (word == "--check") {
      out.check = true;
    } else if (word.starts_with("-")) {
      return false;
    } else {
      out.traces.emplace_back(word);
    }
  }
  const char* folder = std::getenv("WEFT_TRACES");
  if (out.traces.empty() && folder != nullptr && !out.check) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(".json") || name.ends_with(".json.gz")) out.traces.push_back(entry.path());
    }
    std::sort(out.traces.begin(), out.traces.end());
  }
  return true;
}

}  // namespace

int main(int count, char** words) {
  options o;
  if (count > 1 && std::strcmp(words[1], "--help") == 0) {
    std::fputs(help, stdout);
    return 0;
  }
  if (!parse(count, words, o)) {
    std::fputs(help, stderr);
    return 2;
  }
  try {
    report out;
    if (o.sessions) out.sessions = measure_sessions(o.keystrokes);
    for (const auto& trace : o.traces) {
      std::fprintf(stderr, "%s\n", trace.filename().c_str());
      out.stores.push_back(measure_store(trace, o.store_transactions));
    }
    out.print();
    if (!o.json.empty()) out.write_json(o.json);
    // A part of a trace has less history than the fixed parts of a store ask for.
    if (!o.check) return 0;
    return std::all_of(out.sessions.begin(), out.sessions.end(),
                       [](const session_row& r) { return r.holds(); })
               ? 0
               : 1;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "weft_wire_bench: %s\n", e.what());
    return 1;
  }
}

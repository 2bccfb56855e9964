// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace weft::bench {

namespace {

using json = nlohmann::ordered_json;

json row(std::string_view work, const std::string& trace, const std::string& peer) {
  return {{"work", work}, {"trace", trace}, {"peer", peer}};
}

void print(const json& line) {
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);  // the program may be ended before it ends
}

/// FNV-1a.
std::uint64_t hash(std::string_view text) {
  std::uint64_t h = 0xcbf2'9ce4'8422'2325U;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x0000'0100'0000'01b3U;
  return h;
}

volatile std::uint64_t consumed = 0;

}  // namespace

void report::values(std::string_view work, std::string_view unit,
                    std::span<const double> all) const {
  json line = row(work, trace_, peer_);
  line["unit"] = unit;
  line["values"] = std::vector<double>(all.begin(), all.end());
  print(line);
}

void report::note(std::string_view work, std::string_view why) const {
  json line = row(work, trace_, peer_);
  line["note"] = why;
  print(line);
}

void report::check(std::string_view work, std::string_view text) const {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx",
                static_cast<unsigned long long>(hash(text)));
  json line = row(work, trace_, peer_);
  line["check"] = digits.data();
  print(line);
}

double processor_ms() {
  timespec now{};
  require(::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0, "there is a processor clock");
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

namespace {
double told_or(const char* name, double otherwise) {
  const char* const told = std::getenv(name);
  return told != nullptr ? std::strtod(told, nullptr) : otherwise;
}
}  // namespace

double report::visit_ms() {
  static const double ms = told_or("WEFT_PEERS_VISIT_MS", 300);
  return ms;
}
std::size_t report::most_runs() {
  static const auto runs = static_cast<std::size_t>(told_or("WEFT_PEERS_RUNS", 15));
  return runs;
}

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "weft_peers_bench: %s\n", what);
  std::exit(1);
}

extern "C" void weft_counted(const std::function<void()>& work) {
  work();
}

void consume(std::uint64_t value) noexcept {
  consumed = value;
}

}  // namespace weft::bench

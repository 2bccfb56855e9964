// SPDX-License-Identifier: MIT
// Runs the model checker over every type and prints a Markdown table; see `usage`.
//
// `ruled` runs the sizes that the documentation promises: 3 replicas with 2 operations each over
// the whole alphabet, and 2 with 4 over at most four operations of it (with more there are
// thousands of millions of histories). `full` adds 3 with 3 over the operations of one argument,
// authors that act in gaps, and random histories of 4 with 4; "2x4x4" is one size: replicas,
// operations of each, letters of the alphabet; with `causal` nobody receives in gaps, with
// `one-argument` only operations of the first one's argument are letters. What does not end in time
// says so. What would have more than `states` states in memory (a million; up to three kilobytes
// each) is visited in parts, at once if `parts` is given.
#include "support/type_suite.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

namespace weft::tests {
namespace {

constexpr const char* usage =
    "usage: exhaustive_test [--parts=N] [--states=N] [--causal] [--one-argument]\n"
    "                       small | ruled | full | RxO[xL] [seconds a line] [threads] [types...]\n";

std::string order_of(const type_suite& type, const suite_size& size) {
  if (type.causal || size.gaps == testing::gaps::nowhere) {
    return "causal";
  }
  return size.gaps == testing::gaps::delivery ? "any" : "any, authors too";
}

// Thousands apart, as people read them.
std::string grouped(double number) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.0f", number);
  std::string digits = buffer;
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, " ");
  }
  return digits;
}

// About once a minute, on the standard error output.
std::function<void(const testing::model_progress&)> report_of(const type_suite& type,
                                                              const suite_size& size) {
  return [name = type.name, size, last = 0.0](const testing::model_progress& p) mutable {
    if (p.seconds < last + 60) {
      return;
    }
    last = p.seconds;
    std::fprintf(
        stderr,
        "%s %zu x %zu: %.0f s (%.0f s of processors), %s histories, %s states, at those of "
        "%zu operations",
        name.c_str(), size.replicas, size.operations, p.seconds,
        static_cast<double>(std::clock()) / CLOCKS_PER_SEC,
        grouped(static_cast<double>(p.histories)).c_str(),
        grouped(static_cast<double>(p.states)).c_str(), p.events);
    if (p.part_done > 0) {
      std::fprintf(stderr, ", %.1f %% of them, some %.0f s left for these", 100 * p.part_done,
                   p.part_seconds / p.part_done - p.part_seconds);
    }
    std::fputc('\n', stderr);
  };
}

bool run(const type_suite& type, suite_size size) {
  size.progress = report_of(type, size);
  testing::model_report r = type.model(size);
  if (r.stopped == testing::model::too_many_states && size.parts == 1) {
    size.parts = 16;
    r = type.model(size);
  }
  std::printf("| %s | %zu x %zu | %zu | %s | %s | %s | %s | %s | %.1f | %s |\n", type.name.c_str(),
              size.replicas, size.operations, r.letters, order_of(type, size).c_str(),
              grouped(r.scripts).c_str(), grouped(static_cast<double>(r.histories)).c_str(),
              grouped(static_cast<double>(r.states)).c_str(),
              grouped(static_cast<double>(r.merges)).c_str(), r.seconds,
              r.failure    ? "**broken**"
              : r.complete ? "all"
                           : r.stopped.c_str());
  std::fflush(stdout);
  if (r.failure) {
    std::cerr << type.name << ": " << r;
  }
  return !r.failure;
}

std::vector<suite_size> small_sizes(const type_suite& type) {
  using testing::gaps;
  std::vector<suite_size> sizes{{2, 2, 5, gaps::delivery}, {3, 1, 0, gaps::delivery}};
  if (!type.causal) {
    sizes.push_back({2, 2, 4, gaps::authors});
  }
  for (suite_size& s : sizes) {
    s.seconds = 20;
  }
  return sizes;
}
std::vector<suite_size> large_sizes(const type_suite& type, bool full) {
  using testing::gaps;
  std::vector<suite_size> sizes{{3, 2, 0, gaps::delivery}, {2, 4, 4, gaps::delivery}};
  if (full) {
    sizes.push_back({3, 3, 2, gaps::nowhere, true});
    if (!type.causal) {
      sizes.push_back({2, 3, 0, gaps::authors});
      sizes.push_back({3, 2, 2, gaps::authors, true});
    }
    sizes.push_back({4, 4, 0, gaps::delivery, false, 1e9, 20'000});
  }
  return sizes;
}

// A word that is no number ends the program.
template <class Number>
Number number_of(const std::string& word) {
  Number out{};
  const auto read = std::from_chars(word.data(), word.data() + word.size(), out);
  if (read.ec != std::errc() || read.ptr != word.data() + word.size() || !(out > Number{})) {
    std::cerr << "exhaustive_test: no number above 0: \"" << word << "\"\n" << usage;
    std::exit(2);
  }
  return out;
}

// Takes "--name" or "--name=number" out of the words; a name alone counts as 1.
std::size_t option(std::vector<std::string>& words, const std::string& name, std::size_t usual) {
  std::erase_if(words, [&](const std::string& w) {
    const std::string head = "--" + name;
    const bool numbered = w.starts_with(head + "=");
    if (numbered || w == head) {
      usual = numbered ? number_of<std::size_t>(w.substr(head.size() + 1)) : 1;
    }
    return numbered || w == head;
  });
  return usual;
}

// "3x2" or "2x4x4": replicas, operations, letters of the alphabet.
bool read_size(const std::string& what, suite_size& size) {
  return std::sscanf(what.c_str(), "%zux%zux%zu", &size.replicas, &size.operations,
                     &size.letters) >= 2;
}

int main_of(std::vector<std::string> words) {
  if (std::ranges::any_of(words, [](const auto& w) { return w == "--help" || w == "-h"; })) {
    std::cout << usage;
    return EXIT_SUCCESS;
  }
  const std::size_t parts = option(words, "parts", 1);
  const std::size_t states = option(words, "states", suite_size{}.states);
  suite_size one;
  if (option(words, "causal", 0) != 0) {
    one.gaps = testing::gaps::nowhere;
  }
  one.one_argument = option(words, "one-argument", 0) != 0;
  const std::string what = words.size() > 1 ? words[1] : "small";
  const bool named = what == "small" || what == "ruled" || what == "full";
  if (!named && !read_size(what, one)) {
    std::cerr << "exhaustive_test: no size \"" << what << "\"\n" << usage;
    return 2;
  }
  for (std::size_t i = 4; i < words.size(); ++i) {
    if (std::ranges::none_of(type_suites(), [&](const auto& t) { return t.name == words[i]; })) {
      std::cerr << "exhaustive_test: no type \"" << words[i] << "\"\n" << usage;
      return 2;
    }
  }
  const double seconds = words.size() > 2 ? number_of<double>(words[2]) : 600;
  const std::size_t threads = words.size() > 3 ? number_of<std::size_t>(words[3]) : 1;
  std::puts(
      "| type | replicas x operations | alphabet | order of delivery | scripts | histories | "
      "states | merges run | seconds | visited |");
  std::puts("|---|---|---|---|---|---|---|---|---|---|");
  bool fine = !type_suites().empty();
  for (const type_suite& type : type_suites()) {
    if (words.size() > 4 && std::find(words.begin() + 4, words.end(), type.name) == words.end()) {
      continue;
    }
    std::vector<suite_size> sizes{one};
    if (named) {
      sizes = what == "small" ? small_sizes(type) : large_sizes(type, what == "full");
    }
    for (suite_size size : sizes) {
      if (what != "small") {
        size.seconds = seconds;
        size.threads = threads;
        size.parts = parts;
        size.states = states;
      }
      fine = run(type, size) && fine;
    }
  }
  return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace weft::tests

int main(int argc, char** argv) {
  return weft::tests::main_of({argv, argv + argc});
}

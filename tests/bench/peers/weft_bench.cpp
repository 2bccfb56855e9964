// SPDX-License-Identifier: MIT
// Measures Weft and the floor for `run`, which says what and merges the rows:
//
//   weft_peers_bench prepare|time|heap PEER TRACE FOLDER [WORK...]      PEER is weft or floor
//   weft_peers_bench made weft WORK [SIZE]
//   weft_peers_bench count weft TRACE FOLDER WORK                       under callgrind
#include "floor.hpp"
#include "trace/trace_reader.hpp"
#include "weft_count.hpp"
#include "weft_made.hpp"
#include "weft_works.hpp"

#include <exception>
#include <filesystem>
#include <iostream>

namespace {

using weft::bench::require;

std::string trace_name(const std::filesystem::path& file) {
  std::filesystem::path name = file.filename();
  if (name.extension() == ".gz") name = name.stem();
  if (name.extension() == ".json") name = name.stem();
  return name.string();
}

void run(const std::vector<std::string>& words) {
  require(words.size() >= 3, "words are missing; see the head of weft_bench.cpp");
  const std::string& command = words[0];
  const bool weft = words[1] == "weft";
  if (command == "made") {
    require(weft, "the floor makes nothing");
    return weft::bench::run_made(words[2], words.size() > 3 ? std::stoull(words[3]) : 0);
  }
  require(words.size() >= 4, "words are missing; see the head of weft_bench.cpp");
  require(weft || words[1] == "floor", "no such peer");
  const weft::bench::report out(words[1], trace_name(words[2]));
  const weft::bench::work_files files(words[3]);
  if (command == "heap") {
    require(weft && words.size() == 5, "one figure of weft");
    return heap_weft(out, files, words[4]);
  }
  const weft::app::trace t = weft::app::read_trace(words[2]);
  const std::span<const std::string> works = std::span(words).subspan(4);
  if (command == "prepare") {
    if (weft) prepare_weft(out, t, files);
  } else if (command == "count") {
    require(weft && works.size() == 1, "one work of weft");
    count_weft(out, t, files, works.front());
  } else {
    require(command == "time", "no such command");
    if (weft) {
      time_weft(out, t, files, works);
    } else {
      time_floor(out, t, works);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(std::vector<std::string>(argv + 1, argv + argc));
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "weft_peers_bench: " << e.what() << '\n';
    return 1;
  }
}

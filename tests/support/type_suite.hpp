// SPDX-License-Identifier: MIT
// All that can be asked of a type by its subject, behind one face, so that programs can go over all
// types: tests/exhaustive, tests/defects and tests/docs.
//
// Each subject of tests/support/types is registered by a generated source; see type_suites.cmake.
#pragma once

#include "support/type_table.hpp"
#include "weft/testing/model_checker.hpp"
#include "weft/testing/random_laws.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace weft::tests {

struct suite_size {
  std::size_t replicas = 2;
  std::size_t operations = 2;
  std::size_t letters = 0;  ///< of the alphabet, from the front; 0: all
  testing::gaps gaps = testing::gaps::delivery;
  bool one_argument = false;  ///< only operations with the argument of the first
  double seconds = 1e9;
  std::uint64_t samples = 0;
  std::size_t threads = 1;
  std::size_t parts = 1;
  std::uint64_t states = 1'000'000;  ///< in memory, for each thread
  std::function<void(const testing::model_progress&)> progress{};
};

struct type_suite {
  std::string name;
  std::size_t letters = 0;
  bool causal = false;      ///< needs causal delivery
  bool operations = false;  ///< sends operations, not states: only `model` is there
  std::function<testing::law_report(const testing::law_options&)> laws;
  std::function<testing::model_report(const suite_size&)> model;
  std::function<std::string(const table_row&)> play;  ///< what is wrong with a row; empty: nothing
};

/// All that are linked in, by name.
[[nodiscard]] std::vector<type_suite>& type_suites();

/// "(1)" of "add(1)".
[[nodiscard]] inline std::string argument_of(const std::string& name) {
  return name.substr(std::min(name.find('('), name.size()));
}

template <class S>
[[nodiscard]] testing::model_report check_size(const suite_size& size) {
  testing::model_options<S> options;
  options.replicas = size.replicas;
  options.operations = size.operations;
  options.alphabet = S::alphabet();
  if (size.one_argument) {
    const std::string argument = argument_of(S::name(options.alphabet[0]));
    std::erase_if(options.alphabet,
                  [&](const auto& op) { return argument_of(S::name(op)) != argument; });
  }
  if (size.letters != 0 && size.letters < options.alphabet.size()) {
    options.alphabet.resize(size.letters);
  }
  options.gaps = testing::needs_causal_delivery<S>() ? testing::gaps::nowhere : size.gaps;
  options.seconds = size.seconds;
  options.samples = size.samples;
  options.threads = size.threads;
  options.parts = size.parts;
  options.max_states = size.states;
  options.progress = size.progress;
  return testing::check_model<S>(options);
}

inline bool add_type_suite(type_suite suite) {
  std::vector<type_suite>& all = type_suites();
  const auto place = std::find_if(all.begin(), all.end(),
                                  [&](const type_suite& t) { return t.name > suite.name; });
  all.insert(place, std::move(suite));
  return true;
}

/// Called once for each subject before main.
template <testing::subject S>
bool add_type_suite(std::string name) {
  static_assert(testing::specified_subject<S>, "it is held against a specification");
  static_assert(crdt::delta_crdt<typename S::state>);
  type_suite suite;
  suite.name = std::move(name);
  suite.letters = S::alphabet().size();
  suite.causal = testing::needs_causal_delivery<S>();
  suite.laws = [](const testing::law_options& o) { return testing::check_random_laws<S>(o); };
  suite.model = check_size<S>;
  suite.play = play_row<S>;
  return add_type_suite(std::move(suite));
}

template <testing::operation_subject S>
bool add_type_suite(std::string name) {
  type_suite suite;
  suite.name = std::move(name);
  suite.letters = S::alphabet().size();
  suite.causal = true;
  suite.operations = true;
  suite.model = check_size<S>;
  return add_type_suite(std::move(suite));
}

}  // namespace weft::tests

// SPDX-License-Identifier: MIT
// The model checker: every history of a few replicas with a few operations, on the shipped code.
//
//   const model_report r = check_model<seats>({.replicas = 2, .operations = 1});
//   REQUIRE(r.holds());
//
// It visits every script (who does what), every causal history (what each operation had seen) and
// every order of delivery that can be told apart, with repetitions and restarts from bytes, and
// checks that replicas agree, that each shows what the specification says, the laws of the type,
// and the invariants that the caller states. Histories are visited by size, so a counterexample is
// the shortest there is. How: docs/internals/model-checker.md. Cost: grows with the power of the
// operations; see the table there. Give it a size that ends, or a budget.
#pragma once

#include "weft/testing/model/explorer.hpp"
#include "weft/testing/model/operation_pool.hpp"
#include "weft/testing/model/options.hpp"
#include "weft/testing/model/state_pool.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace weft::testing {

namespace model {

template <class S, class Pool>
class model_run {
public:
  explicit model_run(const model_options<S>& options)
      : options_(options),
        threads_(options.samples != 0 ? 1 : std::max<std::size_t>(options.threads, 1)),
        parts_(options.samples != 0 ? 1 : std::max(options.parts, threads_)) {
    if (parts_ == threads_) {
      start_walks(0);
    }
  }

  [[nodiscard]] model_report run() {
    const std::size_t most = options_.replicas * options_.operations;
    bool complete = true;
    if (options_.samples != 0) {
      sample();
      complete = false;
    }
    for (std::size_t events = 0; events <= most && complete && !report_.failure; ++events) {
      if (parts_ == threads_) {
        complete = visit(events);
        continue;
      }
      for (std::size_t part = 0; part < parts_ && complete; part += threads_) {
        start_walks(part);
        complete = visit(events);
        count_walks();
      }
    }
    report_.complete = complete && !report_.failure;
    count_walks();
    count();
    return std::move(report_);
  }

private:
  void start_walks(std::size_t first_part) {
    for (std::size_t part = first_part; part < std::min(first_part + threads_, parts_); ++part) {
      walk_limits limits = clock_;
      limits.part = part;
      limits.parts = parts_;
      limits.depth = parts_ == threads_ ? 2 : 3;
      walks_.push_back(std::make_unique<explorer<S, Pool>>(options_, limits));
    }
  }
  // False when it stopped early.
  bool visit(std::size_t events) {
    if (walks_.size() == 1) {
      walks_[0]->visit_all(events);
    } else {
      std::vector<std::thread> threads;
      for (const auto& walk : walks_) {
        threads.emplace_back([&w = *walk, events] { w.visit_all(events); });
      }
      for (std::thread& t : threads) {
        t.join();
      }
    }
    bool complete = true;
    for (const auto& walk : walks_) {
      complete = complete && walk->stopped().empty();
      take_failure(*walk);
    }
    return complete;
  }
  void sample() {
    seeded_random random(options_.seed);
    report_.stopped = "sampled";
    for (std::uint64_t i = 0; i < options_.samples && !report_.failure; ++i) {
      walks_[0]->visit_random(random);
      take_failure(*walks_[0]);
      if (i % 64 == 0 && clock_.seconds() > options_.seconds) {
        report_.stopped = "sampled, out of time";
        return;
      }
    }
  }
  void take_failure(const explorer<S, Pool>& walk) {
    if (walk.found() &&
        (!report_.failure || walk.found()->table.size() < report_.failure->table.size())) {
      report_.failure = walk.found();
    }
    if (report_.stopped.empty()) {
      report_.stopped = walk.stopped();
    }
  }
  void count_walks() {
    for (const auto& walk : walks_) {
      report_.histories += walk->histories();
      report_.merges += walk->pool().executed();
      report_.lookups += walk->pool().lookups();
      if (parts_ == 1) {
        report_.states = walk->pool().size();
      } else {
        walk->pool().for_each_hash([&](std::uint64_t hash) { states_.insert(hash); });
        report_.states = states_.size();
      }
    }
    walks_.clear();
  }
  void count() {
    report_.letters = options_.alphabet.empty() ? S::alphabet().size() : options_.alphabet.size();
    const auto letters = static_cast<double>(report_.letters);
    double of_one = 0;
    for (std::size_t k = 0; k <= options_.operations; ++k) {
      of_one += std::pow(letters, static_cast<double>(k));
    }
    report_.scripts = std::pow(of_one, static_cast<double>(options_.replicas));
    report_.seconds = clock_.seconds();
  }

  const model_options<S>& options_;
  std::size_t threads_;
  std::size_t parts_;
  walk_limits clock_;
  std::vector<std::unique_ptr<explorer<S, Pool>>> walks_;  // of the parts at hand
  fingerprint_set states_;                                 // of all parts
  model_report report_;
};

}  // namespace model

/// Checks all histories of a size. Stops at the first size with a failure, or when the budget is
/// used up; the report says which.
template <subject S>
[[nodiscard]] model_report check_model(const model_options<S>& options = {}) {
  return model::model_run<S, model::state_pool<S>>(options).run();
}

/// The same for an operation-based type: every causal order of delivery, once without and once with
/// news of what is stable, told as soon as it follows from what was received. At most 8 replicas
/// with 15 operations each. Restarts and repeated messages are the middleware's part.
template <operation_subject S>
[[nodiscard]] model_report check_model(const model_options<S>& options = {}) {
  model_report plain = model::model_run<S, model::operation_pool<S, false>>(options).run();
  if (plain.failure) {
    return plain;
  }
  model_report settled = model::model_run<S, model::operation_pool<S, true>>(options).run();
  settled.complete = settled.complete && plain.complete;
  settled.stopped = settled.stopped.empty() ? plain.stopped : settled.stopped;
  settled.histories += plain.histories;
  settled.states += plain.states;
  settled.merges += plain.merges;
  settled.lookups += plain.lookups;
  settled.seconds += plain.seconds;
  return settled;
}

}  // namespace weft::testing

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
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace weft::testing {

namespace model {

template <class S, class Pool>
class model_run {
public:
  explicit model_run(const model_options<S>& options)
      : options_(options),
        letters_(options.alphabet.empty() ? S::alphabet().size() : options.alphabet.size()) {
    if (options.samples == 0) {
      threads_ = std::max<std::size_t>(options.threads, 1);
      // A few for each thread, so that all end at about the same time.
      const std::size_t parts = std::max(options.parts, threads_ == 1 ? 1 : 4 * threads_);
      while (parts_ < parts && divide()) {
      }
    }
  }

  [[nodiscard]] model_report run() {
    const std::size_t most = options_.replicas * options_.operations;
    bool complete = options_.samples == 0;
    if (parts_ == 1) {
      walk whole(options_, clock_);
      if (!complete) {
        sample(whole);
      }
      for (std::size_t events = 0; events <= most && complete && !report_.failure; ++events) {
        complete = whole.visit_all(events);
        take_failure(whole);
      }
      take_counts(whole);
      report_.states = whole.pool().size();
    } else {
      for (std::size_t events = 0; events <= most && complete && !report_.failure; ++events) {
        complete = visit_parts(events);
      }
      report_.states = states_.size();
    }
    report_.complete = complete && !report_.failure;
    count();
    return std::move(report_);
  }

private:
  using walk = explorer<S, Pool>;

  // False when there is nothing more to tell parts apart by.
  bool divide() {
    if (letters_ < 2 || digits_ == options_.replicas * options_.operations) {
      return false;
    }
    ++digits_;
    parts_ *= letters_;
    next_ *= letters_;
    return true;
  }
  // False when it stopped early.
  bool visit_parts(std::size_t events) {
    next_ = 0;
    stop_ = false;
    const double before = clock_.seconds();
    std::vector<std::thread> others;
    for (std::size_t t = 1; t < threads_; ++t) {
      others.emplace_back([&] { visit_next(events, before); });
    }
    visit_next(events, before);
    for (std::thread& t : others) {
      t.join();
    }
    return !stop_;
  }
  // Takes one part after the other until there is none left.
  void visit_next(std::size_t events, double before) {
    std::unique_lock lock(mutex_);
    while (!stop_ && (!again_.empty() || next_ < parts_)) {
      walk_limits limits = clock_;
      if (again_.empty()) {
        limits.part = next_++;
        limits.digits = digits_;
      } else {
        std::tie(limits.part, limits.digits) = again_.back();
        again_.pop_back();
      }
      lock.unlock();
      auto w = std::make_unique<walk>(options_, limits);
      w->visit_all(events);
      lock.lock();
      if (w->stopped() == too_many_states && split(limits)) {
        lock.unlock();
        w.reset();
        lock.lock();
        continue;
      }
      stop_ = stop_ || !w->stopped().empty();
      take_failure(*w);
      take_counts(*w);
      w->pool().for_each_hash([&](std::uint64_t hash) { states_.insert(hash); });
      if (options_.progress) {
        const double now = clock_.seconds();
        options_.progress({events, report_.histories, states_.size(), now, done(), now - before});
      }
      lock.unlock();
      w.reset();  // takes its time
      lock.lock();
    }
  }
  // How much of the parts was taken and is not to be visited again.
  [[nodiscard]] double done() const {
    double open = static_cast<double>(parts_ - next_);
    for (const auto& [part, digits] : again_) {
      open += std::pow(static_cast<double>(letters_), static_cast<double>(digits_ - digits));
    }
    return 1 - open / static_cast<double>(parts_);
  }
  // Has this part visited again by smaller ones.
  bool split(const walk_limits& part) {
    if (part.digits == digits_ && !divide()) {
      return false;
    }
    for (std::size_t letter = 0; letter < letters_; ++letter) {
      again_.emplace_back(part.part * letters_ + letter, part.digits + 1);
    }
    return true;
  }
  void sample(walk& w) {
    seeded_random random(options_.seed);
    report_.stopped = "sampled";
    for (std::uint64_t i = 0; i < options_.samples && !report_.failure; ++i) {
      w.visit_random(random);
      take_failure(w);
      if (i % 64 == 0 && clock_.seconds() > options_.seconds) {
        report_.stopped = "sampled, out of time";
        return;
      }
    }
  }
  void take_failure(const walk& w) {
    if (w.found() &&
        (!report_.failure || w.found()->table.size() < report_.failure->table.size())) {
      report_.failure = w.found();
    }
    if (report_.stopped.empty()) {
      report_.stopped = w.stopped();
    }
  }
  void take_counts(const walk& w) {
    report_.histories += w.histories();
    report_.merges += w.pool().executed();
    report_.lookups += w.pool().lookups();
  }
  void count() {
    report_.letters = letters_;
    const auto letters = static_cast<double>(letters_);
    double of_one = 0;
    for (std::size_t k = 0; k <= options_.operations; ++k) {
      of_one += std::pow(letters, static_cast<double>(k));
    }
    report_.scripts = std::pow(of_one, static_cast<double>(options_.replicas));
    report_.seconds = clock_.seconds();
  }

  const model_options<S>& options_;
  std::size_t letters_;
  std::size_t threads_ = 1;
  walk_limits clock_;
  std::mutex mutex_;  // for what follows, while parts are visited
  std::size_t digits_ = 0;
  std::size_t parts_ = 1;
  std::size_t next_ = 0;
  std::vector<std::pair<std::size_t, std::size_t>> again_;  // parts of parts: number, digits
  bool stop_ = false;
  fingerprint_set states_;  // of all parts
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

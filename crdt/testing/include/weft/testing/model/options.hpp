// SPDX-License-Identifier: MIT
// What the model checker is asked and what it answers.
#pragma once

#include "weft/testing/law_checks.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace weft::testing {

/// What a crash may lose besides what is volatile anyway (restarts from bytes are always covered).
enum class crash : std::uint8_t {
  none,
  new_id,   ///< once, a replica loses its last operations, sent or not, and goes on as another one
  same_id,  ///< once, it loses them and goes on under its old id: forbidden, and found out
};

/// Where gaps may be: deltas that arrive before those that their author had seen.
enum class gaps : std::uint8_t {
  nowhere,   ///< causal delivery
  delivery,  ///< who only reads may receive in any order
  authors,   ///< who acts may have received in any order as well
};

struct model_progress {
  std::size_t events = 0;  ///< histories of so many events are being visited
  std::uint64_t histories = 0;
  std::uint64_t states = 0;
  double seconds = 0;
  /// Of the histories of so many events, by parts; 0: they are not visited in parts.
  double part_done = 0;
  double part_seconds = 0;  ///< spent on these
};

/// An operation before the run, seen by everybody.
template <class Op>
struct prologue_step {
  std::size_t replica = 0;
  Op op{};
};

template <class S>
struct model_options {
  std::size_t replicas = 2;
  std::size_t operations = 2;  ///< of each replica, at most; times `replicas` at most 20
  std::vector<typename S::op> alphabet{};  ///< empty: that of the subject
  std::vector<prologue_step<typename S::op>> prologue{};
  std::optional<testing::gaps>
      gaps{};  ///< default: `nowhere` if the type asks for it, else `delivery`
  testing::crash crash = crash::none;
  /// Must hold of what any replica can reach; the text says what does not.
  std::function<std::optional<std::string>(const typename S::state&)> invariant{};
  /// Must hold of the states of all replicas together, each as it was after its last operation.
  std::function<std::optional<std::string>(const std::vector<const typename S::state*>&)>
      joint_invariant{};
  /// Whole states are merged with each other in all pairs up to so many events.
  std::size_t grouped_events = 6;
  double seconds = 1e9;                  ///< stop after so long
  std::uint64_t max_states = 4'000'000;  ///< stop when a thread has so many in memory
  std::size_t threads = 1;
  /// More than 1: the histories are visited in so many parts or more, by how they begin, and what
  /// is known of states is forgotten after each. Less memory, more time. A part that has too many
  /// states is divided further, and so are those after it.
  std::size_t parts = 1;
  std::uint64_t samples = 0;  ///< not 0: so many random histories instead of all
  std::uint64_t seed = 1;
  /// Called about once a second, or after each part.
  std::function<void(const model_progress&)> progress{};
};

/// A history that broke something, the shortest there is.
struct counterexample {
  complaint what;
  std::size_t events = 0;
  std::string table;
};

struct model_report {
  std::optional<counterexample> failure;
  bool complete = false;        ///< everything was visited, unless there is a failure
  std::string stopped;          ///< why not, if not
  std::size_t letters = 0;      ///< of the alphabet used
  double scripts = 0;           ///< which replica does what, in which order of its own
  std::uint64_t histories = 0;  ///< scripts with what each operation had seen
  std::uint64_t states = 0;     ///< different ones
  std::uint64_t merges = 0;     ///< different ones, each run on the shipped code
  std::uint64_t lookups = 0;    ///< deliveries that were compared
  double seconds = 0;

  [[nodiscard]] bool holds() const noexcept { return complete && !failure; }

  friend std::ostream& operator<<(std::ostream& out, const model_report& r) {
    if (r.failure) {
      out << "broken: " << r.failure->what.law << '\n';
      if (!r.failure->what.detail.empty()) {
        out << r.failure->what.detail << '\n';
      }
      out << "shortest history, " << r.failure->events << " operations:\n" << r.failure->table;
    } else {
      out << (r.complete ? "holds in all of " : "holds in the first ") << r.histories
          << " histories" << (r.complete ? "" : ", stopped: " + r.stopped) << '\n';
    }
    return out;
  }
};

}  // namespace weft::testing

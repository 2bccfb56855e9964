// SPDX-License-Identifier: MIT
// Random scripts of a few replicas: what each does, sends, receives, forgets.
//
// A step names messages by the step that made them, so that any part of a script is a script too:
// a step whose message is not there does nothing. That is what makes shrinking simple.
#pragma once

#include "weft/testing/random.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace weft::testing {

enum class action : std::uint8_t {
  act,          ///< an operation; its delta becomes a message
  receive,      ///< a message, maybe again, maybe before older ones; what is never received is lost
  receive_two,  ///< two messages, joined on the way
  take_state,   ///< another replica's whole state
  take_missing,  ///< the difference to another replica's state
  restart,       ///< crash; the state is read back from its bytes
  back_up,       ///< remember the bytes
  restore,       ///< crash; the state of the last backup, under a new replica id
};

struct random_step {
  std::size_t id = 0;  ///< names the message, if it makes one
  action what = action::act;
  std::size_t replica = 0;
  std::size_t first = 0;   ///< operation, message, or other replica
  std::size_t second = 0;  ///< second message
};
using random_script = std::vector<random_step>;

/// A script of `steps` steps; operations are numbers below `alphabet`. The same for the same seed.
[[nodiscard]] inline random_script make_random_script(std::uint64_t seed, std::size_t replicas,
                                                      std::size_t steps, std::size_t alphabet) {
  seeded_random random(seed);
  random_script script;
  std::vector<std::size_t> sent;
  for (std::size_t id = 0; id < steps; ++id) {
    random_step s{id, action::act, random.below(replicas), 0, 0};
    const std::size_t dice = random.below(100);
    if (dice < 42 || sent.empty()) {
      s.first = random.below(alphabet);
      sent.push_back(id);
    } else if (dice < 74) {
      s.what = dice < 68 ? action::receive : action::receive_two;
      s.first = sent[random.below(sent.size())];
      s.second = sent[random.below(sent.size())];
    } else if (dice < 88) {
      s.what = dice < 81 ? action::take_state : action::take_missing;
      s.first = random.below(replicas);
    } else if (dice < 92) {
      s.what = action::restart;
    } else {
      s.what = dice < 96 ? action::back_up : action::restore;
    }
    script.push_back(s);
  }
  return script;
}

/// The shortest part of `script` that still fails, by dropping steps. `fails` is called
/// O(steps^2) times at most.
template <class Fails>
[[nodiscard]] random_script shrunk(random_script script, Fails&& fails) {
  for (std::size_t chunk = script.size() / 2; chunk != 0;) {
    bool dropped = false;
    for (std::size_t at = 0; at + chunk <= script.size();) {
      random_script shorter = script;
      const auto first = shorter.begin() + static_cast<std::ptrdiff_t>(at);
      shorter.erase(first, first + static_cast<std::ptrdiff_t>(chunk));
      if (fails(shorter)) {
        script = std::move(shorter);
        dropped = true;
      } else {
        at += chunk;
      }
    }
    if (!dropped || chunk > 1) {
      chunk /= 2;
    }
  }
  return script;
}

}  // namespace weft::testing

// SPDX-License-Identifier: MIT
// Lists for the generic tests: what a script may do, and what a history of it must show.
//
// `list_replay` goes through the events in order and notes, for each insertion, what its author saw
// left of the place and what followed that, erased elements included; for each erasure, what it
// hit. `Rule::arrange` puts one more element into a list of earlier ones. An element whose
// neighbours the observer does not see is not shown. Slow on purpose.
#pragma once

#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"
#include "weft/testing/history.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace weft::tests {

struct list_edit {
  bool insert = true;
  std::uint32_t index = 0;
  char letter = 'a';
  friend bool operator==(const list_edit&, const list_edit&) = default;

  static std::vector<list_edit> inserts() {
    return {{true, 0, 'a'}, {true, 0, 'b'}, {true, 1, 'c'}, {true, 2, 'd'}};
  }
  static std::vector<list_edit> inserts_and_erases() {
    return {{true, 0, 'a'}, {true, 1, 'b'}, {true, 1, 'c'}, {false, 0, ' '}, {false, 1, ' '}};
  }
  [[nodiscard]] std::string name() const {
    const std::string at = std::to_string(index);
    return insert ? "insert(" + at + ", " + letter + ")" : "erase(" + at + ")";
  }
};

template <class State>
crdt::result<State> apply_edit(State& s, const crdt::replica_id& me, const list_edit& o) {
  auto writer = on(s, me);
  const auto letter = static_cast<std::uint8_t>(o.letter);
  if constexpr (requires { writer.erase(o.index); }) {
    if (!o.insert) {
      return writer.erase(o.index);
    }
  }
  return writer.insert(o.index, letter);
}

template <class State>
std::string shown_letters(const State& s) {
  std::string out;
  for (const auto letter : s.values()) {
    out += static_cast<char>(letter);
  }
  return "[" + out + "]";
}

/// One insertion. Elements go by the number of their event.
struct listed_element {
  static constexpr std::size_t nothing = ~std::size_t{0};
  std::size_t replica = 0;
  std::size_t counter = 0;  ///< insertions of its replica before; or the Lamport time
  std::size_t left = nothing;
  std::size_t right = nothing;
};

template <class Rule>
class list_replay {
public:
  using history = testing::history<list_edit>;
  static constexpr std::size_t nothing = listed_element::nothing;

  explicit list_replay(const history& h) : history_(h) {
    elements_.resize(h.events.size());
    hits_.resize(h.events.size(), nothing);
    for (std::size_t e = 0; e < h.events.size(); ++e) {
      note(e);
    }
  }

  /// What who has received `set` sees, erased elements left out.
  [[nodiscard]] std::vector<std::size_t> shown(testing::event_set set) const {
    std::vector<std::size_t> all = order(set);
    std::erase_if(all, [&](std::size_t x) { return erased(x, set); });
    return all;
  }
  [[nodiscard]] std::string letters() const {
    std::string out;
    for (const std::size_t e : shown(history_.visible)) {
      out += history_.events[e].op.letter;
    }
    return "[" + out + "]";
  }

private:
  void note(std::size_t e) {
    const auto& event = history_.events[e];
    const std::vector<std::size_t> visible = shown(event.seen);
    if (!event.op.insert) {
      hits_[e] = visible[event.op.index];
      return;
    }
    listed_element& x = elements_[e];
    x.replica = event.replica;
    x.counter = counter(e);
    const std::vector<std::size_t> all = order(event.seen);
    auto next = all.begin();
    if (event.op.index > 0) {
      x.left = visible[event.op.index - 1];
      next = std::find(all.begin(), all.end(), x.left) + 1;
    }
    x.right = next == all.end() ? nothing : *next;
  }
  // Greater than every counter that the author may not use again.
  [[nodiscard]] std::size_t counter(std::size_t e) const {
    const auto& author = history_.events[e];
    std::size_t next = 0;
    for (std::size_t k = 0; k < e; ++k) {
      if (testing::holds(author.seen, k)) {
        const std::size_t x = history_.events[k].op.insert ? k : hits_[k];
        if (Rule::lamport || elements_[x].replica == author.replica) {
          next = std::max(next, elements_[x].counter + 1);
        }
      }
    }
    return next;
  }
  [[nodiscard]] bool erased(std::size_t x, testing::event_set set) const {
    for (std::size_t e = 0; e < hits_.size(); ++e) {
      if (testing::holds(set, e) && hits_[e] == x) {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] std::vector<std::size_t> order(testing::event_set set) const {
    std::vector<std::size_t> list;
    const auto in_list = [&](std::size_t x) {
      return x == nothing || std::find(list.begin(), list.end(), x) != list.end();
    };
    for (std::size_t e = 0; e < elements_.size(); ++e) {
      if (testing::holds(set, e) && history_.events[e].op.insert && in_list(elements_[e].left) &&
          (Rule::lamport || in_list(elements_[e].right))) {
        Rule::arrange(list, elements_, e);
      }
    }
    return list;
  }

  const history& history_;
  std::vector<listed_element> elements_;  // by event
  std::vector<std::size_t> hits_;         // by event: what an erasure removed
};

}  // namespace weft::tests

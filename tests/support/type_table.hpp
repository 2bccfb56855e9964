// SPDX-License-Identifier: MIT
// Rows of the tables in docs/types: what two replicas do at the same time, and what both then show.
#pragma once

#include "weft/testing/law_checks.hpp"
#include "weft/testing/subject.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::tests {

/// The cells, without the space around them.
struct table_row {
  std::string first;  ///< by replica 1, received by both
  std::string one;    ///< by replica 1
  std::string other;  ///< by replica 2, at the same time
  std::string shows;
};

/// "a; b" as "a", "b"; the separator is "; ".
[[nodiscard]] inline std::vector<std::string> named_operations(std::string_view cell) {
  std::vector<std::string> names;
  while (!cell.empty()) {
    const std::size_t end = cell.find("; ");
    names.emplace_back(cell.substr(0, end));
    cell = end == std::string_view::npos ? std::string_view{} : cell.substr(end + 2);
  }
  return names;
}

template <testing::subject S>
class row_player {
public:
  using state = typename S::state;

  /// What is wrong with the row; empty: nothing.
  [[nodiscard]] std::string play(const table_row& row) {
    act(mine_, 0, row.first, mine_sent_);
    const std::vector<state> before = mine_sent_;
    deliver(before, theirs_);
    act(mine_, 0, row.one, mine_sent_);
    act(theirs_, 1, row.other, theirs_sent_);
    state by_states = mine_;
    by_states.merge(theirs_);
    deliver(theirs_sent_, mine_);
    deliver(mine_sent_, theirs_);
    if (!wrong_.empty()) {
      return wrong_;
    }
    if (mine_ != theirs_ || by_states != mine_) {
      return "they do not agree: " + S::shown(mine_) + " and " + S::shown(theirs_);
    }
    return S::shown(mine_) == row.shows ? "" : "both show " + S::shown(mine_);
  }

private:
  void act(state& s, std::size_t replica, const std::string& cell, std::vector<state>& sent) {
    for (const std::string& name : named_operations(cell)) {
      const auto op = find(name);
      if (!op) {
        wrong_ = "no operation of the subject is called \"" + name + "\"";
        return;
      }
      const crdt::result<state> delta = S::apply(s, testing::id_of(replica), *op);
      if (!delta) {
        wrong_ = name + " is refused";
        return;
      }
      sent.push_back(*delta);
    }
  }
  static void deliver(const std::vector<state>& sent, state& s) {
    for (const state& delta : sent) {
      s.merge(delta);
    }
  }
  static std::optional<typename S::op> find(const std::string& name) {
    for (const typename S::op& o : S::alphabet()) {
      if (S::name(o) == name) {
        return o;
      }
    }
    return {};
  }

  state mine_;
  state theirs_;
  std::vector<state> mine_sent_;
  std::vector<state> theirs_sent_;
  std::string wrong_;
};

template <testing::subject S>
[[nodiscard]] std::string play_row(const table_row& row) {
  return row_player<S>().play(row);
}

}  // namespace weft::tests

// SPDX-License-Identifier: MIT
// All states that the model checker met, each once, by number.
//
// States with equal bytes are one state. Each operation on a state and each merge of two runs once
// on the shipped code, where the laws are checked too; after that it is a look-up. Not thread-safe.
#pragma once

#include "weft/testing/law_checks.hpp"
#include "weft/testing/model/id_tables.hpp"
#include "weft/testing/subject.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::testing::model {

using state_number = std::uint32_t;

/// What an operation did: the state after it, and what is sent.
struct outcome {
  state_number after = 0;
  state_number message = 0;
};

template <subject S>
class state_pool {
public:
  using subject_type = S;
  using state_type = typename S::state;
  using op_type = typename S::op;
  static constexpr bool repeats = true;  ///< a message may come again
  static constexpr bool merges = true;   ///< states can be sent as well

  explicit state_pool(std::vector<op_type> alphabet) : alphabet_(std::move(alphabet)) {
    start_ = number_of(state_type{});
  }
  [[nodiscard]] state_number start() const noexcept { return start_; }

  /// Nothing if the operation is refused.
  [[nodiscard]] std::optional<outcome> act(state_number s, std::size_t replica, std::size_t op) {
    const auto key = static_cast<std::uint32_t>(replica * alphabet_.size() + op);
    std::uint32_t known = outcome_of_.find(s, key);
    if (known == pair_table::absent) {
      outcomes_.push_back(run(s, replica, alphabet_[op]));
      known = static_cast<std::uint32_t>(outcomes_.size() - 1);
      outcome_of_.insert(s, key, known);
    }
    return outcomes_[known];
  }

  [[nodiscard]] state_number deliver(state_number s, state_number message) {
    ++lookups_;
    std::uint32_t known = merged_.find(s, message);
    if (known == pair_table::absent) {
      known = run_merge(s, message);
      merged_.insert(s, message, known);
    }
    return known;
  }

  [[nodiscard]] const state_type& at(state_number s) const { return entries_[s].state; }
  [[nodiscard]] const std::string& shown(state_number s) const { return entries_[s].shown; }
  /// What `holds` says of a state, asked once. Empty: fine.
  template <class F>
  [[nodiscard]] const std::optional<std::string>& checked(state_number s, F&& check) {
    entry& e = entries_[s];
    if (!e.was_checked) {
      e.was_checked = true;
      e.complaint = check(e.state);
    }
    return e.complaint;
  }

  /// The first law that was broken here.
  [[nodiscard]] const verdict& failure() const noexcept { return failure_; }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::uint64_t executed() const noexcept { return merged_.size(); }
  [[nodiscard]] std::uint64_t lookups() const noexcept { return lookups_; }
  /// Calls f(hash of the bytes) for each state.
  template <class F>
  void for_each_hash(F&& f) const {
    numbers_.for_each_hash(f);
  }

private:
  struct entry {
    state_type state;
    state_type twin;  // the same one, restarted: read back from its bytes
    std::string shown;
    std::optional<std::string> complaint;
    bool was_checked = false;
  };
  // Truncations of long states are left to the random laws.
  static constexpr std::size_t most_cut_states = 4096;
  static constexpr std::size_t usual_size = 120;  // of a state in bytes; more costs an allocation

  state_number number_of(const state_type& state) {
    crdt::byte_writer out;
    out.reserve_more(usual_size);
    state.encode(out);
    const auto [number, fresh] = numbers_.insert(crdt::as_chars(out.view()));
    if (fresh) {
      crdt::result<state_type> again = crdt::from_bytes<state_type>(out.view());
      if (!again || *again != state || crdt::to_bytes(*again) != out.take()) {
        note(broken("decode(encode(a)) is a"));
      } else if (entries_.size() < most_cut_states) {
        note(check_bytes(state));
      }
      entries_.push_back(
          {state, again ? std::move(*again) : state_type{}, S::shown(state), {}, false});
    } else if (entries_[number].state != state) {
      note(broken("states are equal exactly when their bytes are"));
    }
    return number;
  }

  std::optional<outcome> run(state_number s, std::size_t replica, const op_type& op) {
    const entry& e = entries_[s];
    state_type after = e.state;
    const crdt::result<state_type> delta = S::apply(after, id_of(replica), op);
    // One who was restarted from its bytes must do the same.
    twin_ = e.twin;
    const crdt::result<state_type> same = S::apply(twin_, id_of(replica), op);
    if (same.has_value() != delta.has_value() || twin_ != after || (delta && *same != *delta)) {
      note(broken("a restarted replica does the same", S::name(op)));
    }
    if (!delta) {
      if (after != e.state) {
        note(broken("a refused operation leaves the state as it was", S::name(op)));
      }
      return {};
    }
    note(check_mutation(e.state, after, *delta, has_minimal_deltas<S>()));
    const state_number made = number_of(after);
    return outcome{made, number_of(*delta)};
  }

  // Works on two objects that are kept, so that copying into them seldom allocates.
  state_number run_merge(state_number s, state_number message) {
    const entry& mine = entries_[s];
    const state_type& other = entries_[message].state;
    joined_ = mine.state;
    const bool said = joined_.merge(other);
    note(check_merge(mine.state, other, joined_, said));
    const state_number made = number_of(joined_);
    twin_ = mine.twin;
    twin_.merge(other);
    const bool same = twin_ == joined_;
    if (joined_.merge(other) || joined_ != entries_[made].state) {
      note(broken("a repeated delta changes nothing"));
    }
    if (!same) {
      note(broken("a restarted replica merges the same"));
    }
    return made;
  }

  void note(verdict v) {
    if (v && !failure_) {
      failure_ = std::move(v);
    }
  }

  std::vector<op_type> alphabet_;
  std::deque<entry> entries_;
  bytes_table numbers_;
  state_type joined_;  // scratch
  state_type twin_;
  pair_table merged_;
  pair_table outcome_of_;
  std::vector<std::optional<outcome>> outcomes_;
  std::uint64_t lookups_ = 0;
  state_number start_ = 0;
  verdict failure_;
};

}  // namespace weft::testing::model

// SPDX-License-Identifier: MIT
// All states of an operation-based type that the model checker met, each once, by number.
//
// As state_pool, for messages that have their effect once. Settling tells a state which operations
// everybody has seen; a run either always does that as soon as it can be known, or never.
#pragma once

#include "weft/testing/law_checks.hpp"
#include "weft/testing/model/id_tables.hpp"
#include "weft/testing/model/state_pool.hpp"
#include "weft/testing/operation_subject.hpp"

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::testing::model {

template <operation_subject S, bool Settles>
class operation_pool {
public:
  using state_type = typename S::state;
  using op_type = typename S::op;
  static constexpr bool repeats = false;
  static constexpr bool merges = false;
  static constexpr bool settles = Settles;

  explicit operation_pool(std::vector<op_type> alphabet) : alphabet_(std::move(alphabet)) {
    start_ = number_of(state_type{}, 0);
  }
  [[nodiscard]] state_number start() const noexcept { return start_; }

  /// Nothing if the operation is refused.
  [[nodiscard]] std::optional<outcome> act(state_number s, std::size_t replica, std::size_t op) {
    const auto key = static_cast<std::uint32_t>(replica * alphabet_.size() + op);
    const std::uint32_t known = outcome_of_.find(s, key);
    if (known != pair_table::absent) {
      return outcomes_[known];
    }
    state_type after = entries_[s].state;
    const auto sent = S::act(after, id_of(replica), alphabet_[op]);
    std::optional<outcome> made;
    if (sent) {
      messages_.push_back(*sent);
      made = outcome{number_of(std::move(after), entries_[s].settled),
                     static_cast<state_number>(messages_.size() - 1)};
    } else if (S::identity(after) != S::identity(entries_[s].state)) {
      note(broken("a refused operation leaves the state as it was", S::name(alphabet_[op])));
    }
    outcome_of_.insert(s, key, static_cast<std::uint32_t>(outcomes_.size()));
    outcomes_.push_back(made);
    return made;
  }

  [[nodiscard]] state_number deliver(state_number s, state_number message) {
    ++lookups_;
    std::uint32_t known = effects_.find(s, message);
    if (known == pair_table::absent) {
      state_type state = entries_[s].state;
      if (const auto done = S::effect(state, messages_[message]); !done) {
        note(broken("a message in causal order is accepted", crdt::to_string(done.error())));
      }
      known = number_of(std::move(state), entries_[s].settled);
      effects_.insert(s, message, known);
    }
    return known;
  }

  /// `counts` holds how many operations of each replica are stable, four bits each.
  [[nodiscard]] state_number settle(state_number s, std::uint32_t counts) {
    std::uint32_t known = settled_.find(s, counts);
    if (known == pair_table::absent) {
      crdt::version_vector stable;
      for (std::size_t r = 0; r < 8; ++r) {
        if (const std::uint32_t count = counts >> (4 * r) & 15U; count != 0) {
          stable.include(id_of(r), count);
        }
      }
      state_type state = entries_[s].state;
      S::settle(state, stable);
      if (S::shown(state) != entries_[s].shown) {
        note(broken("what is stable changes nothing that is shown",
                    "shows " + S::shown(state) + " instead of " + entries_[s].shown));
      }
      known = number_of(std::move(state), counts);
      settled_.insert(s, counts, known);
    }
    return known;
  }

  [[nodiscard]] const state_type& at(state_number s) const { return entries_[s].state; }
  [[nodiscard]] const std::string& shown(state_number s) const { return entries_[s].shown; }
  template <class F>
  [[nodiscard]] std::optional<std::string> checked(state_number s, F&& check) {
    return check(entries_[s].state);
  }

  [[nodiscard]] const verdict& failure() const noexcept { return failure_; }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::uint64_t executed() const noexcept { return effects_.size(); }
  [[nodiscard]] std::uint64_t lookups() const noexcept { return lookups_; }
  template <class F>
  void for_each_hash(F&& f) const {
    numbers_.for_each_hash(f);
  }

private:
  struct entry {
    state_type state;
    std::string shown;
    std::uint32_t settled = 0;
  };
  // A state may remember what it was told to be stable, though nothing of it shows.
  state_number number_of(state_type state, std::uint32_t settled) {
    std::string key = std::to_string(settled) + ':';
    const auto identity = S::identity(state);
    key += crdt::as_chars(crdt::byte_view{identity});
    const auto [number, fresh] = numbers_.insert(key);
    std::string shown = S::shown(state);
    if (fresh) {
      entries_.push_back({std::move(state), std::move(shown), settled});
    } else if (entries_[number].shown != shown) {
      note(broken("states of one identity show the same"));
    }
    return number;
  }
  void note(verdict v) {
    if (v && !failure_) {
      failure_ = std::move(v);
    }
  }

  std::vector<op_type> alphabet_;
  std::deque<entry> entries_;
  bytes_table numbers_;
  std::deque<typename S::message> messages_;
  pair_table effects_;
  pair_table settled_;
  pair_table outcome_of_;
  std::vector<std::optional<outcome>> outcomes_;
  std::uint64_t lookups_ = 0;
  state_number start_ = 0;
  verdict failure_;
};

}  // namespace weft::testing::model

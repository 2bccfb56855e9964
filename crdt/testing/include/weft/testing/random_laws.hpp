// SPDX-License-Identifier: MIT
// The laws of a type and its specification, on random runs of a few replicas.
//
//   REQUIRE(check_random_laws<seats>() == none);
//
// A run mutates, sends deltas, loses, repeats and reorders them, joins them on the way, takes whole
// states and differences, restarts from bytes, and restores older backups under a new replica id.
// Every second run keeps to causal order, the others do not unless the type needs it.
// Each replica's history is tracked beside its state, so what it shows is compared with what the
// specification expects after every step. Laws: weft/testing/law_checks.hpp. A failure is a value
// that holds the shortest run found, as a time-table. Runs depend on nothing but their seed.
#pragma once

#include "weft/testing/law_checks.hpp"
#include "weft/testing/random_script.hpp"
#include "weft/testing/subject.hpp"
#include "weft/testing/timetable.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace weft::testing {

struct law_options {
  std::uint64_t first_seed = 1;
  std::size_t runs = 300;
  std::size_t steps = 30;
  std::size_t replicas = 3;
};

/// A run that broke a law.
struct broken_law {
  std::uint64_t seed = 0;
  complaint what;
  std::size_t steps = 0;  ///< of the shortest run found
  std::string table;      ///< that run
};

/// Compares equal to a report without failures.
struct none_type {
  friend std::ostream& operator<<(std::ostream& out, none_type /*none*/) {
    return out << "no broken law";
  }
};
inline constexpr none_type none{};

/// What check_random_laws found. Printable.
struct law_report {
  std::optional<broken_law> failure;

  friend bool operator==(const law_report& report, none_type /*none*/) noexcept {
    return !report.failure;
  }
  friend std::ostream& operator<<(std::ostream& out, const law_report& report) {
    if (!report.failure) {
      return out << none;
    }
    const broken_law& f = *report.failure;
    out << "broken: " << f.what.law << '\n';
    if (!f.what.detail.empty()) {
      out << f.what.detail << '\n';
    }
    return out << "seed " << f.seed << ", shortest run found:\n" << f.table;
  }
};

/// One run of a script, step by step.
template <subject S>
class random_run {
public:
  using state_type = typename S::state;
  using op_type = typename S::op;

  random_run(const law_options& options, std::uint64_t seed, timetable* table = nullptr)
      : causal_(needs_causal_delivery<S>() || seed % 2 == 0),
        seed_(seed),
        alphabet_(S::alphabet()),
        table_(table) {
    for (std::size_t i = 0; i < options.replicas; ++i) {
      replicas_.push_back({{}, 0, next_number_++, crdt::to_bytes(state_type{}), 0});
    }
  }

  /// The first broken law. The end of the run is checked too.
  [[nodiscard]] verdict play(const random_script& script) {
    for (const random_step& s : script) {
      if (verdict v = step(s)) {
        return v;
      }
    }
    return finish();
  }

private:
  struct replica {
    state_type state;
    event_set seen = 0;
    std::size_t number = 0;  // in histories; the id follows from it
    crdt::bytes backup;
    event_set backup_seen = 0;
  };
  struct message {
    state_type delta;
    std::size_t event = 0;
  };
  static constexpr std::size_t most_events = 60;  // an event_set holds 64

  verdict step(const random_step& s) {
    replica& r = replicas_[s.replica];
    switch (s.what) {
      case action::act:
        return act(s);
      case action::receive:
        return receive(s, {s.first});
      case action::receive_two:
        return receive(s, {s.first, s.second});
      case action::take_state:
      case action::take_missing:
        return take(s);
      case action::restart:
        return reread(s, crdt::to_bytes(r.state), "restarts");
      case action::back_up:
        r.backup = crdt::to_bytes(r.state);
        r.backup_seen = r.seen;
        return note(s, "backs up");
      case action::restore:
        r.seen = r.backup_seen;
        r.number = next_number_++;
        return reread(s, r.backup, "restores its backup as " + std::to_string(r.number + 1));
    }
    return {};
  }

  verdict act(const random_step& s) {
    replica& r = replicas_[s.replica];
    const op_type& o = alphabet_[s.first];
    if (events_.size() == most_events) {
      return {};
    }
    const state_type before = r.state;
    const crdt::result<state_type> delta = S::apply(r.state, id_of(r.number), o);
    if (!delta) {
      if (r.state != before) {
        return broken("a refused operation leaves the state as it was", S::name(o));
      }
      return note(s, S::name(o) + " is refused");
    }
    r.seen |= event_set{1} << events_.size();
    messages_.emplace(s.id, message{*delta, events_.size()});
    events_.push_back({r.number, o, r.seen & ~(event_set{1} << events_.size())});
    verdict v = check_mutation(before, r.state, *delta, has_minimal_deltas<S>());
    const verdict shown = note(s, S::name(o));
    return v ? v : shown;
  }

  verdict receive(const random_step& s, const std::vector<std::size_t>& ids) {
    replica& r = replicas_[s.replica];
    std::string names;
    state_type group;
    event_set events = 0;
    for (const std::size_t id : ids) {
      const auto found = messages_.find(id);
      if (found != messages_.end()) {
        names += (names.empty() ? "gets " : " and ") + event_name(found->second.event);
        if (causal_) {
          if (verdict v = deliver_causes(r, found->second.event)) {
            return v;
          }
        }
        group.merge(found->second.delta);
        events |= event_set{1} << found->second.event;
      }
    }
    const state_type before = r.state;
    if (verdict v = merge_checked(r.state, group)) {
      note_table(s, names);
      return v;
    }
    if ((events & ~r.seen) == 0 && r.state != before) {
      note_table(s, names);
      return broken("a repeated delta changes nothing");
    }
    if (settling_ && (events & ~r.seen) == 0) {
      return {};  // repeated, as it should be
    }
    r.seen |= events;
    return names.empty() ? verdict{} : note(s, names);
  }

  // With causal delivery what the author had seen comes first.
  verdict deliver_causes(replica& r, std::size_t e) {
    for (const auto& [id, m] : messages_) {
      if (holds(events_[e].seen & ~r.seen, m.event)) {
        if (verdict v = deliver_causes(r, m.event)) {
          return v;
        }
        if (verdict v = merge_checked(r.state, m.delta)) {
          return v;
        }
        r.seen |= event_set{1} << m.event;
      }
    }
    return {};
  }

  verdict take(const random_step& s) {
    replica& r = replicas_[s.replica];
    const replica& from = replicas_[s.first];
    verdict v;
    std::string what = "gets the state";
    if constexpr (decomposable<state_type>) {
      if (s.what == action::take_missing) {
        what = "gets what it lacks";
        v = merge_checked(r.state, difference(state_type{from.state}, state_type{r.state}));
      } else {
        v = merge_checked(r.state, state_type{from.state});
      }
    } else {
      v = merge_checked(r.state, state_type{from.state});
    }
    r.seen |= from.seen;
    const verdict shown = note(s, what + " of " + std::to_string(from.number + 1));
    return v ? v : shown;
  }

  verdict reread(const random_step& s, const crdt::bytes& data, const std::string& what) {
    replica& r = replicas_[s.replica];
    crdt::result<state_type> again = crdt::from_bytes<state_type>(data);
    if (!again) {
      note_table(s, what);
      return broken("what was encoded can be decoded", again.error().what);
    }
    const bool same = s.what != action::restart || *again == r.state;
    r.state = std::move(*again);
    const verdict v = note(s, what);
    return same ? v : broken("decode(encode(a)) is a");
  }

  void note_table(const random_step& s, const std::string& did) {
    if (table_ != nullptr && !did.empty()) {
      table_->add(s.replica, did, S::shown(replicas_[s.replica].state));
    }
  }
  // Writes the line and compares with the specification.
  verdict note(const random_step& s, const std::string& did) {
    note_table(s, did);
    return check_shown(replicas_[s.replica].state, replicas_[s.replica].seen);
  }
  verdict check_shown(const state_type& state, event_set seen) const {
    const auto expected = differing_expectation<S>(state, history<op_type>{events_, seen});
    return expected ? broken("a replica shows what the specification says",
                             "shows " + S::shown(state) + ", expected " + *expected)
                    : verdict{};
  }
  [[nodiscard]] std::string event_name(std::size_t e) const {
    return S::name(events_[e].op) + " of " + std::to_string(events_[e].replica + 1);
  }
  // The same for the same message, whatever other steps there are: a shrunk run stays like itself.
  [[nodiscard]] std::uint64_t dice(std::size_t id, std::size_t purpose) const {
    seeded_random random(seed_ * 1'000'003 + id * 1'009 + purpose);
    return random();
  }

  // Laws on the states reached, then everything is delivered to all.
  verdict finish() {
    std::vector<state_type> states;
    for (const replica& r : replicas_) {
      states.push_back(r.state);
    }
    if (!causal_) {
      state_type some;  // what arrives with gaps is a state too
      for (const auto& [id, m] : messages_) {
        if (dice(id, 0) % 2 == 0) {
          some.merge(m.delta);
        }
      }
      states.push_back(std::move(some));
    }
    seeded_random random(~seed_);
    for (std::size_t i = 0; i < states.size(); ++i) {
      const state_type& a = states[i];
      const state_type& b = states[(i + 1) % states.size()];
      const state_type& c = states[(i + 2) % states.size()];
      for (verdict v : {check_lattice_laws(a, b, c), check_parts(a, b), check_parts(b, a),
                        check_bytes(a), check_damage(a, random, 4)}) {
        if (v) {
          return v;
        }
      }
    }
    return settle();
  }

  verdict settle() {
    settling_ = true;
    std::vector<std::size_t> ids;
    for (const auto& [id, m] : messages_) {
      ids.push_back(id);
    }
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
      std::sort(ids.begin(), ids.end(),
                [&](std::size_t a, std::size_t b) { return dice(a, i + 1) < dice(b, i + 1); });
      for (const std::size_t id : ids) {
        if (verdict v = receive({0, action::receive, i, id, 0}, {id})) {
          return v;
        }
      }
    }
    for (const replica& r : replicas_) {
      if (crdt::to_bytes(r.state) != crdt::to_bytes(replicas_[0].state)) {
        return broken("replicas that received the same are equal in bytes");
      }
    }
    return {};
  }

  bool causal_;  // every second run, if the type works with gaps
  std::uint64_t seed_;
  std::vector<op_type> alphabet_;
  std::vector<replica> replicas_;
  std::size_t next_number_ = 0;
  std::vector<event<op_type>> events_;
  std::map<std::size_t, message> messages_;
  bool settling_ = false;
  timetable* table_;
};

/// Plays random runs until one breaks a law; shrinks that one.
template <subject S>
[[nodiscard]] law_report check_random_laws(const law_options& options = {}) {
  const std::size_t alphabet = S::alphabet().size();
  for (std::uint64_t seed = options.first_seed; seed < options.first_seed + options.runs; ++seed) {
    const auto fails = [&](const random_script& script) {
      return random_run<S>(options, seed).play(script).has_value();
    };
    random_script script = make_random_script(seed, options.replicas, options.steps, alphabet);
    if (fails(script)) {
      script = shrunk(std::move(script), fails);
      timetable table(replica_columns(options.replicas));
      const verdict v = random_run<S>(options, seed, &table).play(script);
      return {broken_law{seed, v.value_or(complaint{}), script.size(), table.text()}};
    }
  }
  return {};
}

}  // namespace weft::testing

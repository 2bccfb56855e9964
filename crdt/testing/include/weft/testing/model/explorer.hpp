// SPDX-License-Identifier: MIT
// Walks every history of a size, each once, and compares what different orders of delivery make.
//
// A history is built event by event. Of all orders in which its events could have happened, only
// the least one by replica numbers is built, so no history comes twice. By induction over its
// prefixes one comparison per event that could have come last covers all orders of delivery; see
// docs/internals/model-checker.md for the argument.
#pragma once

#include "weft/testing/history.hpp"
#include "weft/testing/model/id_tables.hpp"
#include "weft/testing/model/options.hpp"
#include "weft/testing/model/state_pool.hpp"
#include "weft/testing/model/witness.hpp"
#include "weft/testing/random.hpp"
#include "weft/testing/subject.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::testing::model {

inline constexpr const char* too_many_states = "too many states";

/// What a walk may spend and has spent; shared by nothing, each thread has its own.
///
/// A part is what begins with the same letters: the first of each replica, then the second of
/// each, and so on. Histories of one part share far more states than others do.
struct walk_limits {
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::size_t part = 0;
  /// How many letters tell parts apart. `part` has them as digits, the last one in the lowest
  /// place.
  std::size_t digits = 0;
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
};

template <class S, class Pool>
class explorer {
public:
  using op_type = typename S::op;

  explorer(const model_options<S>& options, const walk_limits& limits)
      : options_(options),
        limits_(limits),
        alphabet_(options.alphabet.empty() ? S::alphabet() : options.alphabet),
        gaps_(allowed_gaps(options)),
        pool_(alphabet_and_prologue()),
        replicas_(options.replicas) {
    for (std::size_t rest = limits.part, i = 0; i < limits.digits; ++i) {
      letters_.insert(letters_.begin(), rest % alphabet_.size());
      rest /= alphabet_.size();
    }
    begin();
  }

  /// Visits all histories of exactly `events` operations. False when it stopped early.
  bool visit_all(std::size_t events) {
    target_ = events;
    if (stopped_.empty()) {
      descend();
    }
    return stopped_.empty();
  }
  /// Visits the prefixes of a random history.
  void visit_random(seeded_random& random) {
    while (!found_ && step_at_random(random)) {
      target_ = frames_.size();
      check();
    }
    while (!frames_.empty()) {
      pop();
    }
  }

  [[nodiscard]] const std::optional<counterexample>& found() const noexcept { return found_; }
  [[nodiscard]] const std::string& stopped() const noexcept { return stopped_; }
  [[nodiscard]] std::uint64_t histories() const noexcept { return histories_; }
  [[nodiscard]] const Pool& pool() const noexcept { return pool_; }

private:
  struct replica_state {
    std::size_t done = 0;
    event_set known = 0;  // after its last operation
    state_number state = 0;
    std::size_t number = 0;
  };
  struct frame {
    std::size_t replica = 0;
    std::size_t op = 0;
    event_set seen = 0;
    state_number message = 0;
    state_number after = 0;
    std::vector<state_number> with;  // state of a set whose last event is this, by the other events
    replica_state before;            // of its replica
    // Where states depend on the order though nobody can see it: all there are, in the same way.
    std::vector<std::vector<state_number>> reached{};
  };
  static constexpr std::size_t most_in_all_orders = 10;  // longer samples: some sets of messages
  static constexpr state_number unknown = ~state_number{0};

  static gaps allowed_gaps(const model_options<S>& o) {
    const bool causal = needs_causal_delivery<S>() || !Pool::repeats;
    return causal ? gaps::nowhere : o.gaps.value_or(gaps::delivery);
  }
  // Operations of the prologue have numbers after those of the alphabet.
  std::vector<op_type> alphabet_and_prologue() const {
    std::vector<op_type> all = alphabet_;
    for (const auto& step : options_.prologue) {
      all.push_back(step.op);
    }
    return all;
  }

  void begin() {
    state_number s = pool_.start();
    for (std::size_t i = 0; i < options_.prologue.size(); ++i) {
      const auto& step = options_.prologue[i];
      const std::optional<outcome> made = pool_.act(s, step.replica, alphabet_.size() + i);
      if (!made) {
        stopped_ = "the prologue is refused";
        return;
      }
      story_.events.push_back({step.replica, step.op, full(i)});
      s = made->after;
    }
    base_ = s;
    for (std::size_t r = 0; r < replicas_.size(); ++r) {
      replicas_[r] = {0, 0, base_, r};
    }
  }

  [[nodiscard]] static event_set full(std::size_t n) noexcept { return (event_set{1} << n) - 1; }
  [[nodiscard]] static std::size_t last_of(event_set set) noexcept {
    return static_cast<std::size_t>(std::bit_width(set)) - 1;
  }
  /// Members of the run as members of the story, which begins with the prologue.
  [[nodiscard]] event_set told(event_set set) const noexcept {
    const std::size_t p = options_.prologue.size();
    return set << p | full(p);
  }

  // The state of one who received this set of messages, in the order of the story.
  state_number state_of(event_set set) {
    if (set == 0) {
      return base_;
    }
    const std::size_t last = last_of(set);
    const event_set rest = set & ~(event_set{1} << last);
    const state_number known = frames_[last].with[rest];
    if (known != unknown) {
      return known;
    }
    const state_number made = receive(state_of(rest), rest, last);
    frames_[last].with[rest] = made;
    return made;
  }
  state_number receive(state_number s, event_set had, std::size_t e) {
    s = pool_.deliver(s, frames_[e].message);
    if constexpr (settles()) {
      s = pool_.settle(s, stable_counts(had | event_set{1} << e));
    }
    return s;
  }
  static constexpr bool settles() noexcept {
    if constexpr (requires { Pool::settles; }) {
      return Pool::settles;
    } else {
      return false;
    }
  }
  // How many operations of each replica everybody is known to have seen, by the messages in `set`.
  // Four bits a replica.
  [[nodiscard]] std::uint32_t stable_counts(event_set set) const {
    event_set stable = set;
    for (std::size_t r = 0; r < replicas_.size(); ++r) {
      event_set known = 0;
      for (std::size_t e = 0; e < frames_.size(); ++e) {
        if (holds(set, e) && frames_[e].replica == r) {
          known |= frames_[e].seen | event_set{1} << e;
        }
      }
      stable &= known;
    }
    std::uint32_t counts = 0;
    const event_set all_stable = stable == 0 ? 0 : told(stable);
    for (std::size_t e = 0; e < story_.events.size(); ++e) {
      counts += holds(all_stable, e) ? std::uint32_t{1} << (4 * story_.events[e].replica) : 0;
    }
    return counts;
  }

  [[nodiscard]] bool closed(event_set set) const {
    for (event_set left = set; left != 0; left &= left - 1) {
      if ((frames_[static_cast<std::size_t>(std::countr_zero(left))].seen & ~set) != 0) {
        return false;
      }
    }
    return true;
  }
  // No event that could also come later stands before one of a smaller replica.
  [[nodiscard]] bool in_place(std::size_t replica, event_set causes) const {
    for (std::size_t e = static_cast<std::size_t>(std::bit_width(causes)); e < frames_.size();
         ++e) {
      if (frames_[e].replica > replica) {
        return false;
      }
    }
    return true;
  }
  [[nodiscard]] bool may_see(event_set set) const { return gaps_ == gaps::authors || closed(set); }

  // Calls f(replica, what it has seen, its number) for each next event, but for the operation.
  template <class F>
  bool for_each_next(F&& f) {
    const event_set all = full(frames_.size());
    for (std::size_t r = 0; r < replicas_.size(); ++r) {
      if (replicas_[r].done == options_.operations) {
        continue;
      }
      const event_set own = own_events(r);
      const event_set must = replicas_[r].known;
      for (event_set more = 0;; more = (more - (all & ~must)) & (all & ~must)) {
        const event_set seen = must | more;
        if (may_see(seen) && in_place(r, seen) && !f(r, seen, replicas_[r].number)) {
          return false;
        }
        if (more == (all & ~must)) {
          break;
        }
      }
      if (options_.crash != crash::none && !crashed_ && own != 0 && !crash_next(r, own, f)) {
        return false;
      }
    }
    return true;
  }
  [[nodiscard]] event_set own_events(std::size_t r) const {
    event_set own = 0;
    for (std::size_t e = 0; e < frames_.size(); ++e) {
      own |= frames_[e].replica == r ? event_set{1} << e : 0;
    }
    return own;
  }
  // The replica lost its last own operations, one or more, and whatever had come with them.
  template <class F>
  bool crash_next(std::size_t r, event_set own, F&& f) {
    const event_set all = full(frames_.size());
    for (event_set lost = 0; own != 0;) {
      const event_set last = event_set{1} << last_of(own);
      lost |= last;
      own &= ~last;
      const event_set others = all & ~lost & ~own;
      for (event_set more = 0;; more = (more - others) & others) {
        const event_set seen = own | more;
        if (may_see(seen) && in_place(r, seen | lost)) {
          crashed_ = true;
          const bool go_on = f(r, seen, options_.crash == crash::new_id ? replicas_.size() + r : r);
          crashed_ = false;
          if (!go_on) {
            return false;
          }
        }
        if (more == others) {
          break;
        }
      }
    }
    return true;
  }

  bool push(std::size_t r, event_set seen, std::size_t number, std::size_t op) {
    const std::optional<outcome> made = pool_.act(state_of(seen), number, op);
    if (!made && !pool_.failure()) {
      return false;
    }
    const std::size_t n = frames_.size();
    frame f{r, op, seen, 0, 0, spare(), replicas_[r]};
    f.message = made ? made->message : pool_.start();
    f.after = made ? made->after : pool_.start();
    f.with.assign(std::size_t{1} << n, unknown);
    if (settles()) {
      f.reached.resize(std::size_t{1} << n);
    }
    frames_.push_back(std::move(f));
    story_.events.push_back({number, alphabet_[op], told(seen)});
    replicas_[r] = {replicas_[r].done + 1, seen | event_set{1} << n, frames_[n].after, number};
    return true;
  }
  void pop() {
    replicas_[frames_.back().replica] = frames_.back().before;
    spare_.push_back(std::move(frames_.back().with));
    frames_.pop_back();
    story_.events.pop_back();
  }
  std::vector<state_number> spare() {
    if (spare_.empty()) {
      return {};
    }
    std::vector<state_number> v = std::move(spare_.back());
    spare_.pop_back();
    return v;
  }

  // False to stop.
  bool descend() {
    if (frames_.size() == target_) {
      if (!in_part()) {
        return true;
      }
      check();
      return may_go_on();
    }
    return for_each_next([&](std::size_t r, event_set seen, std::size_t number) {
      const bool was_crashed = crashed_;
      for (std::size_t op = 0; op < alphabet_.size(); ++op) {
        if (!in_part(r, op) || !push(r, seen, number, op)) {
          continue;
        }
        const bool go_on = pool_.failure() ? fail_by_law() : descend();
        pop();
        crashed_ = was_crashed;
        if (!go_on) {
          return false;
        }
      }
      return true;
    });
  }
  [[nodiscard]] bool in_part(std::size_t r, std::size_t op) const {
    const std::size_t i = replicas_[r].done * replicas_.size() + r;
    return i >= letters_.size() || letters_[i] == op;
  }
  // Where letters are missing, zeros stand for them.
  [[nodiscard]] bool in_part() const {
    for (std::size_t i = 0; i < letters_.size(); ++i) {
      if (letters_[i] != 0 && replicas_[i % replicas_.size()].done <= i / replicas_.size()) {
        return false;
      }
    }
    return true;
  }

  bool may_go_on() {
    if (found_ && ++after_found_ > 20'000) {
      return false;  // short enough
    }
    if (pool_.failure()) {
      return false;
    }
    if (++histories_ % 1024 == 0) {
      if (limits_.seconds() > options_.seconds) {
        stopped_ = "out of time";
      } else if (pool_.size() > options_.max_states) {
        stopped_ = too_many_states;
      }
      report_progress();
    }
    return stopped_.empty();
  }
  void report_progress() {
    const double now = limits_.seconds();
    if (options_.progress && limits_.digits == 0 && now > reported_ + 1) {
      reported_ = now;
      options_.progress({target_, histories_, pool_.size(), now});
    }
  }
  bool step_at_random(seeded_random& random) {
    std::vector<std::pair<std::size_t, event_set>> next;
    for (std::size_t r = 0; r < replicas_.size(); ++r) {
      if (replicas_[r].done == options_.operations) {
        continue;
      }
      event_set seen = replicas_[r].known | (full(frames_.size()) & random() & random());
      if (gaps_ != gaps::authors) {
        for (std::size_t e = frames_.size(); e-- != 0;) {
          seen |= holds(seen, e) ? frames_[e].seen : 0;
        }
      }
      next.emplace_back(r, seen);
    }
    if (next.empty()) {
      return false;
    }
    const auto [r, seen] = next[random.below(next.size())];
    ++histories_;
    for (std::size_t tries = 0; tries < 8; ++tries) {
      if (push(r, seen, replicas_[r].number, random.below(alphabet_.size()))) {
        return !pool_.failure() || fail_by_law();
      }
    }
    return false;
  }

  // ---- what is compared at one history ----

  void check() {
    const event_set all = full(frames_.size());
    const state_number s = state_of(all);
    if (settles()) {
      compare_shown(all, s);
    } else if (!frames_.empty()) {
      compare_orders(all, s);
    }
    if (gaps_ != gaps::nowhere && Pool::repeats && !found_ && !frames_.empty()) {
      compare_gaps(all);
    }
    if (pool_.failure()) {
      fail_by_law();
      return;
    }
    check_meaning(all, s);
    if (gaps_ == gaps::authors && !has_closed_expectation<S>() && !frames_.empty()) {
      check_meaning_in_gaps(all);
    }
    check_invariants(all, s);
  }

  // What is stable may be forgotten sooner or later, so states differ; what they show must not.
  void compare_shown(event_set all, state_number s) {
    for (const state_number other : reachable(all)) {
      if (other != s && pool_.shown(other) != pool_.shown(s)) {
        fail({"replicas that received the same show the same",
              "shows " + pool_.shown(s) + " or " + pool_.shown(other) +
                  ", by when it learned what is stable"},
             all, unknown_event);
      }
    }
  }
  // The states of all who received this set, in every causal order.
  const std::vector<state_number>& reachable(event_set set) {
    if (set == 0) {
      start_only_ = {base_};
      return start_only_;
    }
    const std::size_t top = last_of(set);
    const event_set key = set & ~(event_set{1} << top);
    if (frames_[top].reached[key].empty()) {
      event_set followed = 0;
      for (event_set left = set; left != 0; left &= left - 1) {
        followed |= frames_[static_cast<std::size_t>(std::countr_zero(left))].seen;
      }
      std::vector<state_number> states;
      for (event_set left = set & ~followed; left != 0; left &= left - 1) {
        const auto x = static_cast<std::size_t>(std::countr_zero(left));
        const event_set without = set & ~(event_set{1} << x);
        for (const state_number before : std::vector<state_number>(reachable(without))) {
          states.push_back(receive(before, without, x));
        }
      }
      std::sort(states.begin(), states.end());
      states.erase(std::unique(states.begin(), states.end()), states.end());
      frames_[top].reached[key] = std::move(states);
    }
    return frames_[top].reached[key];
  }

  void compare_orders(event_set all, state_number s) {
    const std::size_t n = frames_.size();
    event_set followed = 0;
    for (const frame& f : frames_) {
      followed |= f.seen;
    }
    for (std::size_t x = 0; x < n; ++x) {
      if (!holds(followed, x) && x + 1 != n && last_came(all, x) != s) {
        fail_by_order(all, x, s);
      }
      if constexpr (Pool::repeats) {
        if (gaps_ == gaps::nowhere && pool_.deliver(s, frames_[x].message) != s) {
          fail({"a repeated delta changes nothing", ""}, all, x);
        }
      }
    }
    if constexpr (Pool::merges) {
      if (!found_) {
        compare_states(all, s);
      }
    }
  }
  // Whole states, sent by those who acted, and by all others in small histories.
  void compare_states(event_set all, state_number s) {
    const frame& last = frames_.back();
    const event_set rest = all & ~(event_set{1} << (frames_.size() - 1));
    const state_number other = state_of(rest);
    bool equal = pool_.deliver(other, last.after) == s && pool_.deliver(last.after, other) == s;
    if (frames_.size() <= options_.grouped_events && gaps_ != gaps::authors) {
      closed_.clear();
      for (event_set v = 1; v < all; ++v) {
        if (closed(v)) {
          closed_.push_back(v);
        }
      }
      for (const event_set v : closed_) {
        for (const event_set w : closed_) {
          equal = equal && ((v | w) != all || pool_.deliver(state_of(v), state_of(w)) == s);
        }
      }
    }
    if (!equal) {
      fail({"merging whole states is the same as receiving all deltas", ""}, all, unknown_event);
    }
  }

  // Any order, also against causality. What is true of a set of messages stays true, whoever sent
  // them: each set is compared once.
  void compare_gaps(event_set all) {
    std::vector<state_number>& set = messages_;
    set.clear();
    for (const frame& f : frames_) {
      set.push_back(f.message);
    }
    std::sort(set.begin(), set.end());
    set.erase(std::unique(set.begin(), set.end()), set.end());
    std::uint64_t print = 0;
    for (const state_number m : set) {
      print += print_of(m);
    }
    if (compared_.find(print) != key_table::absent) {
      return;
    }
    const std::size_t last = frames_.size() - 1;
    const event_set bit = event_set{1} << last;
    const event_set rest = all & ~bit;
    if (frames_.size() > most_in_all_orders) {
      seeded_random random(print);
      for (std::size_t i = 0; i < 64 && !found_; ++i) {
        compare_last(static_cast<event_set>(random()) & rest, bit);
      }
    } else if (set.size() == frames_.size()) {
      compare_new_sets(last);
    } else {
      for (event_set v = 0;; v = (v - rest) & rest) {
        compare_last(v, bit);
        if (v == rest || found_) {
          break;
        }
      }
    }
    compared_.insert(print, state_of(all));
  }
  static std::uint64_t print_of(state_number message) noexcept {
    return mixed(message + 0x9e37'79b9'7f4a'7c15U);
  }
  // All sets with the last event in them; most were met in other histories. Pre: no two messages
  // are equal.
  void compare_new_sets(std::size_t last) {
    const event_set bit = event_set{1} << last;
    prints_.assign(1, print_of(frames_[last].message));
    compared_.prefetch(prints_[0]);
    for (std::size_t e = 0; e < last; ++e) {
      const std::uint64_t more = print_of(frames_[e].message);
      for (std::size_t v = 0; v < std::size_t{1} << e; ++v) {
        prints_.push_back(prints_[v] + more);
        compared_.prefetch(prints_.back());
      }
    }
    for (event_set v = 0; v < bit && !found_; ++v) {
      const std::uint32_t known = compared_.find(prints_[v]);
      if (known != key_table::absent) {
        frames_[last].with[v] = known;
      } else {
        compare_last(v, bit);
        compared_.insert(prints_[v], state_of(v | bit));
      }
    }
  }
  // Whether it matters which of these messages came last.
  void compare_last(event_set others, event_set bit) {
    const event_set set = others | bit;
    const state_number s = state_of(set);
    for (event_set left = others; left != 0 && !found_; left &= left - 1) {
      const auto x = static_cast<std::size_t>(std::countr_zero(left));
      if (pool_.deliver(state_of(set & ~(event_set{1} << x)), frames_[x].message) != s) {
        fail_by_order(set, x, s);
      }
    }
  }

  void check_meaning(event_set set, state_number s) {
    if constexpr (requires { S::expected(story_); }) {
      story_.visible = told(set);
      if (has_closed_expectation<S>() && gaps_ == gaps::authors && !causally_closed(story_)) {
        return;
      }
      const std::string expected = S::expected(story_);
      if (expected != pool_.shown(s)) {
        fail({"a replica shows what the specification says",
              "shows " + pool_.shown(s) + ", expected " + expected},
             set, unknown_event);
      }
    }
  }
  void check_meaning_in_gaps(event_set all) {
    const event_set bit = event_set{1} << (frames_.size() - 1);
    const event_set rest = all & ~bit;
    for (event_set v = 0; v != rest; v = (v - rest) & rest) {
      check_meaning(v | bit, state_of(v | bit));
    }
  }

  void check_invariants(event_set all, state_number s) {
    if (options_.invariant) {
      if (const auto& wrong = pool_.checked(s, options_.invariant)) {
        fail({"the invariant", *wrong}, all, unknown_event);
      }
    }
    if (options_.joint_invariant) {
      std::vector<const typename S::state*> states;
      for (const replica_state& r : replicas_) {
        states.push_back(&pool_.at(r.state));
      }
      if (const auto wrong = options_.joint_invariant(states)) {
        fail({"the joint invariant", *wrong}, 0, unknown_event);
      }
    }
  }

  // ---- failures ----

  bool fail_by_law() {
    fail(*pool_.failure(), full(frames_.size()), unknown_event);
    return false;
  }
  // Keeps the clearest: different values rather than different bytes, then the fewest steps.
  void fail(complaint what, event_set set, std::size_t came_last, bool visible = true) {
    const timetable table = witness_of(set, came_last);
    const std::size_t effort = table.size() + (visible ? 0 : 1'000);
    if (!found_ || effort < found_effort_) {
      found_ = counterexample{std::move(what), frames_.size(), table.text()};
      found_effort_ = effort;
    }
  }
  void fail_by_order(event_set set, std::size_t x, state_number s) {
    const state_number other = last_came(set, x);
    std::string detail = pool_.shown(s) != pool_.shown(other)
                             ? "shows " + pool_.shown(s) + " or " + pool_.shown(other)
                             : "shows " + pool_.shown(s) + " from different bytes";
    fail({"replicas that received the same are equal in bytes",
          std::move(detail) + ", by the order of delivery"},
         set, x, pool_.shown(s) != pool_.shown(other));
  }
  state_number last_came(event_set set, std::size_t x) {
    const event_set without = set & ~(event_set{1} << x);
    return receive(state_of(without), without, x);
  }
  timetable witness_of(event_set set, std::size_t came_last) {
    witness_writer writer(options_.replicas);
    const auto shown_of = [&](event_set v) { return pool_.shown(state_of(v)); };
    for (std::size_t i = 0; i < options_.prologue.size(); ++i) {
      writer.prologue(S::name(options_.prologue[i].op));
    }
    for (std::size_t e = 0; e < frames_.size(); ++e) {
      const frame& f = frames_[e];
      writer.act({f.replica, story_.events[e + options_.prologue.size()].replica,
                  S::name(alphabet_[f.op]), f.seen, pool_.shown(f.after)},
                 shown_of);
    }
    writer.read(set, came_last, shown_of,
                [&](event_set v, std::size_t last) { return pool_.shown(last_came(v, last)); });
    return writer.table();
  }

  const model_options<S>& options_;
  walk_limits limits_;
  std::vector<op_type> alphabet_;
  gaps gaps_;
  Pool pool_;
  std::vector<std::size_t> letters_;  // which part this is
  std::vector<replica_state> replicas_;
  std::vector<frame> frames_;
  std::vector<std::vector<state_number>> spare_;
  history<op_type> story_;
  state_number base_ = 0;
  std::size_t target_ = 0;
  bool crashed_ = false;
  std::vector<event_set> closed_;
  std::vector<state_number> start_only_;
  std::vector<state_number> messages_;
  std::vector<std::uint64_t> prints_;
  key_table compared_;  // sets of messages, and their state
  std::uint64_t histories_ = 0;
  std::uint64_t after_found_ = 0;
  double reported_ = 0;
  std::string stopped_;
  std::optional<counterexample> found_;
  std::size_t found_effort_ = 0;
};

}  // namespace weft::testing::model

// SPDX-License-Identifier: MIT
#include "trace/trace_history.hpp"

#include "trace/causal_walk.hpp"
#include "trace/sha256.hpp"

#include <optional>
#include <random>
#include <utility>

namespace weft::app {

namespace {

using crdt::change;
using crdt::document;

constexpr std::uint64_t reader_number = std::uint64_t{1} << 32U;  // above every agent
constexpr unsigned shuffled_orders = 3;

void say(const progress_line& shown, const std::string& line) {
  if (shown) shown(line);
}

void import_all(document& d, const std::vector<change>& batch) {
  if (batch.empty()) return;
  const crdt::result<crdt::import_report> report = d.import_changes(batch);
  if (!report) {
    throw trace_error("a change that was just made is refused: " + to_string(report.error()));
  }
  if (report->pending != 0) {
    throw trace_error("changes in a causal order were left waiting");
  }
}

trace_history build_sequential(const trace& t) {
  trace_history out{document(crdt::replica_id::from_number(0)), {}, 0, {}, true};
  crdt::text text = out.whole.get_text("text");
  out.updates.reserve(t.transactions.size());
  for (std::size_t i = 0; i < t.transactions.size(); ++i) {
    const crdt::version_vector before = out.whole.version();
    {
      const crdt::transaction one(out.whole);
      apply_transaction(t, i, text);
    }
    out.updates.push_back(out.whole.export_updates(before));
  }
  return out;
}

/// One replica per agent and what each transaction became.
class agents {
public:
  explicit agents(const trace& t) : trace_(t), replicas_(t.agents) {
    made_.reserve(t.transactions.size());
    updates_.reserve(t.transactions.size());
  }

  /// Applies a transaction where it was recorded. `merges`: what its author has to merge before.
  void play(std::size_t index, const std::vector<std::uint32_t>& merges);
  /// Merges what is missing into each replica, compares its state, and lets go of it.
  [[nodiscard]] bool all_reach(const replica_state& expected, const progress_line& shown);
  /// A fresh replica that took transactions in a random causal order, in random portions.
  [[nodiscard]] document deliver_shuffled(unsigned seed) const;

  [[nodiscard]] std::vector<crdt::bytes> take_updates() { return std::move(updates_); }
  [[nodiscard]] document merged() const;

private:
  void append(std::vector<change>& batch, std::size_t index) const {
    batch.insert(batch.end(), made_[index].begin(), made_[index].end());
  }

  const trace& trace_;
  std::vector<std::optional<document>> replicas_;
  std::vector<std::vector<change>> made_;  // of each transaction
  std::vector<crdt::bytes> updates_;       // of each transaction
};

void agents::play(std::size_t index, const std::vector<std::uint32_t>& merges) {
  const std::uint32_t agent = trace_.transactions[index].agent;
  const crdt::replica_id self = crdt::replica_id::from_number(agent);
  std::optional<document>& d = replicas_[agent];
  if (!d) d.emplace(self);
  std::vector<change> batch;
  for (const std::uint32_t merged : merges) append(batch, merged);
  import_all(*d, batch);
  const crdt::version_vector before = d->version();
  {
    const crdt::transaction one(*d);
    apply_transaction(trace_, index, d->get_text("text"));
  }
  made_.push_back(d->export_changes(self, before.count(self)));
  updates_.push_back(d->export_updates(before));
}

document agents::merged() const {
  document d(crdt::replica_id::from_number(reader_number));
  std::vector<change> batch;
  for (std::size_t i = 0; i < made_.size(); ++i) append(batch, i);
  import_all(d, batch);
  return d;
}

bool agents::all_reach(const replica_state& expected, const progress_line& shown) {
  std::vector<change> everything;
  for (std::size_t i = 0; i < made_.size(); ++i) append(everything, i);
  bool equal = true;
  for (std::size_t a = 0; a < replicas_.size(); ++a) {
    if (!replicas_[a]) continue;
    say(shown, "replica " + std::to_string(a + 1) + "/" + std::to_string(replicas_.size()));
    import_all(*replicas_[a], everything);  // what it has already is skipped
    equal = state_of(*replicas_[a]) == expected && equal;
    replicas_[a].reset();
  }
  return equal;
}

document agents::deliver_shuffled(unsigned seed) const {
  // The generator's numbers are the same everywhere, those of std's distributions are not.
  std::mt19937 random(seed);
  std::vector<std::uint32_t> missing_parents(made_.size());
  std::vector<std::vector<std::uint32_t>> children(made_.size());
  std::vector<std::uint32_t> ready;
  for (std::uint32_t i = 0; i < made_.size(); ++i) {
    for (const std::uint32_t parent : trace_.parents_of(trace_.transactions[i])) {
      children[parent].push_back(i);
      ++missing_parents[i];
    }
    if (missing_parents[i] == 0) ready.push_back(i);
  }
  document d(crdt::replica_id::from_number(reader_number + 1 + seed));
  std::vector<change> batch;
  std::size_t portion = 1 + random() % 64;
  while (!ready.empty()) {
    std::swap(ready[random() % ready.size()], ready.back());
    const std::uint32_t next = ready.back();
    ready.pop_back();
    append(batch, next);
    for (const std::uint32_t child : children[next]) {
      if (--missing_parents[child] == 0) ready.push_back(child);
    }
    if (--portion == 0) {
      import_all(d, std::exchange(batch, {}));
      portion = 1 + random() % 64;
    }
  }
  import_all(d, batch);
  return d;
}

trace_history build_concurrent(const trace& t, const progress_line& shown) {
  agents all(t);
  causal_walk walk(t);
  for (std::size_t i = 0; !walk.done(); ++i) {
    if (i % 256 == 0) {
      say(shown, "building the history: transaction " + std::to_string(i) + "/" +
                     std::to_string(t.transactions.size()));
    }
    all.play(i, walk.step());
  }
  trace_history out{all.merged(), {}, 0, {}, true};
  const replica_state expected = state_of(out.whole);
  for (unsigned seed = 1; seed <= shuffled_orders; ++seed) {
    say(shown, "shuffled delivery " + std::to_string(seed) + "/" + std::to_string(shuffled_orders));
    document d = all.deliver_shuffled(seed);
    out.agreed = state_of(d) == expected && out.agreed;
  }
  out.agreed = all.all_reach(expected, shown) && out.agreed;
  out.updates = all.take_updates();
  return out;
}

}  // namespace

replica_state state_of(document& d) {
  return {sha256_hex(d.get_text("text").to_string()),
          sha256_hex(crdt::as_chars(d.export_canonical()))};
}

trace_history build_history(const trace& t, const progress_line& shown) {
  trace_history out =
      t.kind == trace_kind::sequential ? build_sequential(t) : build_concurrent(t, shown);
  out.operations = out.whole.op_count();
  out.state = state_of(out.whole);
  return out;
}

}  // namespace weft::app

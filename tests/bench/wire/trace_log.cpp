// SPDX-License-Identifier: MIT
#include "trace_log.hpp"

#include "node/change_index.hpp"
#include "trace/causal_walk.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <stdexcept>

namespace weft::bench {

namespace {

constexpr std::int64_t second = 1'000;
constexpr std::size_t most_under_one_signature = 64;

/// Recorded times, if they can be those of a person; else invented ones.
std::vector<std::int64_t> times_of(const app::trace& t) {
  std::vector<std::int64_t> out;
  for (const app::trace_transaction& one : t.transactions) out.push_back(one.wall_ms);
  const auto [first, last] = std::minmax_element(out.begin(), out.end());
  if (*last - *first >= static_cast<std::int64_t>(out.size()) * 50) return out;
  std::minstd_rand random(7);
  std::int64_t now = 1'700'000'000'000;
  for (std::int64_t& at : out) {
    now += 100 + static_cast<std::int64_t>(random() % 300);
    if (random() % 100 == 0) now += static_cast<std::int64_t>(random() % 300) * second;
    at = now;
  }
  return out;
}

class log_writer {
public:
  log_writer(const app::trace& t, const sync::doc_id& document,
             const std::vector<sync::replica_id>& replicas, const std::vector<sync::key_pair>& keys,
             const change_sink& sink)
      : trace_(t),
        document_(document),
        replicas_(replicas),
        keys_(keys),
        sink_(sink),
        lookup_(index_.lookup()),
        docs_(t.agents),
        made_(t.transactions.size()) {}

  void play(std::size_t i, const std::vector<std::uint32_t>& merges, std::int64_t wall_ms);
  void flush();
  crdt::document whole();

private:
  static void import(crdt::document& d, const std::vector<crdt::change>& changes) {
    if (changes.empty()) return;
    const auto done = d.import_changes(changes);
    if (!done) throw std::runtime_error(crdt::to_string(done.error()));
  }

  const app::trace& trace_;
  sync::doc_id document_;
  const std::vector<sync::replica_id>& replicas_;
  const std::vector<sync::key_pair>& keys_;
  const change_sink& sink_;
  sync::change_index index_;
  sync::change_lookup lookup_;
  std::vector<std::optional<crdt::document>> docs_;
  std::vector<std::vector<crdt::change>> made_;  // of each transaction
  // Changes of one author and one second, which is how exact times are: one call seals them.
  std::vector<crdt::change> open_;
  std::uint32_t author_ = 0;
  std::int64_t wall_ms_ = 0;
};

void log_writer::play(std::size_t i, const std::vector<std::uint32_t>& merges,
                      std::int64_t wall_ms) {
  const std::uint32_t agent = trace_.transactions[i].agent;
  std::optional<crdt::document>& d = docs_[agent];
  if (!d) d.emplace(replicas_[agent]);
  std::vector<crdt::change> batch;
  for (const std::uint32_t merged : merges) {
    batch.insert(batch.end(), made_[merged].begin(), made_[merged].end());
  }
  import(*d, batch);
  const std::uint32_t before = d->version().count(replicas_[agent]);
  {
    const crdt::transaction one(*d);
    app::apply_transaction(trace_, i, d->get_text("text"));
  }
  made_[i] = d->export_changes(replicas_[agent], before);
  if (agent != author_ || wall_ms / second != wall_ms_ / second ||
      open_.size() >= most_under_one_signature) {
    flush();
  }
  author_ = agent;
  wall_ms_ = wall_ms;
  open_.insert(open_.end(), made_[i].begin(), made_[i].end());
}

void log_writer::flush() {
  if (open_.empty()) return;
  const sync::key_pair& key = keys_[author_];
  auto sealed = sync::seal(document_, open_, lookup_, key, {}, wall_ms_);
  if (!sealed) throw std::runtime_error(sealed.error().what);
  std::vector<sync::checked_change> out;
  for (sync::sealed_change& one : *sealed) {
    const sync::change_meta meta = index_.add(one);
    out.push_back({std::move(one), meta, key.public_part()});
  }
  open_.clear();
  sink_(std::move(out));
}

crdt::document log_writer::whole() {
  if (docs_.size() == 1 && docs_[0]) return std::move(*docs_[0]);
  crdt::document d(sync::replica_id::from_number(std::uint64_t{1} << 40U));
  std::vector<crdt::change> all;
  for (const auto& part : made_) all.insert(all.end(), part.begin(), part.end());
  import(d, all);
  return d;
}

}  // namespace

crdt::document write_log(const app::trace& t, std::size_t most, const sync::doc_id& document,
                         const std::vector<sync::replica_id>& replicas,
                         const std::vector<sync::key_pair>& keys, const change_sink& sink) {
  const std::vector<std::int64_t> times = times_of(t);
  log_writer writer(t, document, replicas, keys, sink);
  std::optional<app::causal_walk> walk;
  if (t.kind == app::trace_kind::concurrent) walk.emplace(t);
  for (std::size_t i = 0; i < std::min(most, t.transactions.size()); ++i) {
    writer.play(i, walk ? walk->step() : std::vector<std::uint32_t>(), times[i]);
  }
  writer.flush();
  return writer.whole();
}

}  // namespace weft::bench

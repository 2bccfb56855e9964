// SPDX-License-Identifier: MIT
#include "sim_app.hpp"

namespace weft::sim {

namespace {

constexpr std::size_t everything = std::size_t{1} << 40U;

}  // namespace

void change_index::add(const sync::checked_change& change) {
  const sync::change_meta& meta = change.meta;
  by_seq_[{meta.replica, meta.seq}] = meta;
  by_last_op_[{meta.replica, meta.end_counter() - 1}] = meta;
  heads_[meta.replica] = {meta, change.author, change.sealed.header.membership_heads};
}

bool change_index::contains(const crdt::replica_id& replica, std::uint64_t seq) const {
  return by_seq_.contains({replica, seq});
}

sync::change_lookup change_index::lookup() const {
  sync::change_lookup out;
  out.by_seq = [this](const crdt::replica_id& replica,
                      std::uint64_t seq) -> std::optional<sync::change_meta> {
    const auto found = by_seq_.find({replica, seq});
    if (found == by_seq_.end()) return std::nullopt;
    return found->second;
  };
  out.by_last_op = [this](const crdt::op_id& id) -> std::optional<sync::change_meta> {
    const auto found = by_last_op_.find(id);
    if (found == by_last_op_.end()) return std::nullopt;
    return found->second;
  };
  out.head = [this](const crdt::replica_id& replica) -> std::optional<sync::replica_head> {
    const auto found = heads_.find(replica);
    if (found == heads_.end()) return std::nullopt;
    return found->second;
  };
  return out;
}

sync::checked_change checked(const sync::sealed_change& sealed, const sync::public_key& author) {
  const crdt::change_header& h = sealed.header;
  sync::checked_change out;
  out.sealed = sealed;
  out.meta = {h.replica, h.seq, sync::hash_of(h), h.first_counter, h.op_count, h.lamport};
  out.author = author;
  return out;
}

app_document::app_document(const sync::doc_id& id, const crdt::replica_id& self,
                           const sync::store_view& store)
    : id_(id), self_(self), document_(crdt::replica_id{}) {
  const auto log = store.read_after(id, {}, everything);
  if (!log) throw oracle_failure("the store cannot be read");
  const sync::change_lookup known = store.lookup(id);
  std::vector<sync::checked_change> all;
  for (const sync::sealed_change& sealed : *log) {
    const auto head = known.head(sealed.header.replica);
    if (!head) throw oracle_failure("the store has a change of a replica without a head");
    all.push_back(checked(sealed, head->author));
  }
  import(all);
  document_.set_replica(self);
  sealed_ = document_.version().count(self);
}

void app_document::edit(test::rng& random) {
  crdt::text text = document_.get_text("text");
  const std::uint32_t length = text.length();
  switch (random.below(8)) {
    case 0:
      document_.get_map("meta").set(
          "title", crdt::value(std::string(1, static_cast<char>('a' + random.below(26)))));
      return;
    case 1:
      document_.get_counter("edits").add(1);
      return;
    case 2:
    case 3:
      if (length > 3) {
        const auto count = static_cast<std::uint32_t>(1 + random.below(3));
        const auto at = static_cast<std::uint32_t>(random.below(length - count + 1));
        text.erase(crdt::scalar_pos{at}, count);
        return;
      }
      [[fallthrough]];
    default: {
      std::string word;
      for (std::size_t i = 0, size = 1 + random.below(6); i < size; ++i) {
        word.push_back(static_cast<char>('a' + random.below(26)));
      }
      text.insert(crdt::scalar_pos{static_cast<std::uint32_t>(random.below(length + 1))}, word);
    }
  }
}

void app_document::insert(std::string_view text) {
  crdt::text into = document_.get_text("text");
  into.insert(crdt::scalar_pos{into.length()}, text);
}

std::vector<sync::checked_change> app_document::seal(const sync::key_pair& device,
                                                     std::int64_t wall_ms) {
  const std::vector<crdt::change> changes = document_.export_changes(self_, sealed_);
  auto sealed = sync::seal(id_, changes, seen_.lookup(), device, {}, wall_ms);
  if (!sealed) throw oracle_failure("own changes cannot be sealed: " + sealed.error().what);
  sealed_ = document_.version().count(self_);
  std::vector<sync::checked_change> out;
  for (const sync::sealed_change& change : *sealed) {
    out.push_back(checked(change, device.public_part()));
    seen_.add(out.back());
  }
  return out;
}

void app_document::take(const std::vector<sync::checked_change>& changes) {
  std::vector<sync::checked_change> fresh;
  for (const sync::checked_change& change : changes) {
    if (seen_.contains(change.meta.replica, change.meta.seq)) {
      throw oracle_failure("causal delivery: a change was delivered twice");
    }
    fresh.push_back(change);
  }
  import(fresh);
}

void app_document::import(const std::vector<sync::checked_change>& changes) {
  std::vector<crdt::change> engine;
  for (const sync::checked_change& change : changes) {
    const crdt::change_header& h = change.sealed.header;
    if (h.seq > 0 && !seen_.contains(h.replica, h.seq - 1)) {
      throw oracle_failure("causal delivery: a change came before its predecessor");
    }
    for (const crdt::change_ref& dep : h.deps) {
      if (!seen_.contains(dep.replica, dep.seq)) {
        throw oracle_failure("causal delivery: a change came before one that it depends on");
      }
    }
    seen_.add(change);
    auto opened = sync::unseal(change.sealed, seen_.lookup());
    if (!opened) throw oracle_failure("a checked change cannot be opened: " + opened.error().what);
    engine.push_back(std::move(*opened));
  }
  if (engine.empty()) return;
  const auto report = document_.import_changes(engine);
  if (!report) {
    throw oracle_failure("the engine refuses a checked change: " + to_string(report.error()));
  }
  if (report->pending != 0) throw oracle_failure("causal delivery: operations wait for parents");
}

std::string app_document::text() {
  return document_.get_text("text").to_string();
}

}  // namespace weft::sim

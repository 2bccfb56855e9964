// SPDX-License-Identifier: MIT
// Reading changes back: packs first, then rows, which together are the order of arrival.
#include "store/store_state.hpp"

#include <algorithm>
#include <utility>

namespace weft::sync {

using detail::doc_index;
using detail::pack_record;
using detail::store_document;
using detail::stored_change;
using detail::table;

namespace {

change_lookup lookup_in(const doc_index& index) {
  change_lookup out;
  out.by_seq = [&index](const replica_id& r, std::uint64_t seq) { return index.by_seq(r, seq); };
  out.by_last_op = [&index](const crdt::op_id& id) { return index.by_last_op(id); };
  out.head = [](const replica_id&) { return std::optional<replica_head>{}; };
  return out;
}

}  // namespace

result<std::shared_ptr<const std::vector<stored_change>>> sqlite_store::state::read_pack(
    const store_document& d, const pack_record& pack, const change_lookup& lookup) {
  const std::int64_t id = detail::change_id(d.number, pack.first_lsn);
  if (cached_pack == id) return cache;
  auto data = db->get(table::pack, id);
  if (!data) return data.error();
  if (!*data) return corrupt("pack " + std::to_string(id) + " is missing");
  auto changes = detail::decode_pack(**data, lookup);
  if (!changes) {
    return corrupt("pack " + std::to_string(id) + " cannot be read (" + to_string(changes.error()) +
                   ")");
  }
  if (changes->size() != pack.changes || changes->empty() ||
      changes->front().lsn != pack.first_lsn || changes->back().lsn != pack.last_lsn) {
    return corrupt("pack " + std::to_string(id) + " does not hold what its record says");
  }
  cache = std::make_shared<const std::vector<stored_change>>(*std::move(changes));
  cached_pack = id;
  return cache;
}

result<void> sqlite_store::state::for_each_change(store_document& d, std::uint64_t first_lsn,
                                                  const change_lookup& lookup,
                                                  const change_visitor& visit) {
  for (const auto& [lsn, row] : d.packs) {
    if (row.pack.last_lsn < first_lsn) continue;
    auto changes = read_pack(d, row.pack, lookup);
    if (!changes) return changes.error();
    for (const stored_change& c : **changes) {
      if (c.lsn < first_lsn) continue;
      auto more = visit(c);
      if (!more) return more.error();
      if (!*more) return {};
    }
  }
  const std::uint64_t from = std::max(first_lsn, d.rows_begin());
  return db->scan(table::change, detail::change_id(d.number, from),
                  detail::change_id(d.number + 1, 0),
                  [&](std::int64_t id, byte_view data) -> result<bool> {
                    const auto c = detail::decode_change_row(detail::lsn_of(id), data);
                    if (!c) return corrupt("change row " + std::to_string(id) + " cannot be read");
                    return visit(*c);
                  });
}

/// Reads the whole log of a document once. Also the proof that nothing of it is missing: counts,
/// heads and digest were committed together with the rows.
result<doc_index> sqlite_store::state::build_index(
    store_document& d, const std::function<void(const stored_change&)>& also) {
  doc_index index;
  const change_lookup lookup = lookup_in(index);
  std::uint64_t last_lsn = 0;
  auto read = for_each_change(d, 0, lookup, [&](const stored_change& c) -> result<bool> {
    if (c.sealed.header.document != d.doc.id.bytes || c.lsn <= last_lsn ||
        !index.add(meta_of(c), c.lsn)) {
      return corrupt("change " + std::to_string(c.lsn) + " of document " + to_string(d.doc.id) +
                     " is not in its place");
    }
    last_lsn = c.lsn;
    if (also) also(c);
    return true;
  });
  if (!read) return read.error();
  bool complete = index.size() == d.doc.change_count && index.digest() == d.doc.log_digest &&
                  last_lsn == d.doc.last_lsn && index.counts().size() == d.heads.size();
  for (const auto& [replica, row] : d.heads) {
    const auto last = index.last(replica);
    complete = complete && last && last->hash == row.head.last.hash;
  }
  if (!complete) {
    return corrupt("changes of document " + to_string(d.doc.id) +
                   " are missing: " + std::to_string(index.size()) + " of " +
                   std::to_string(d.doc.change_count) + " are there");
  }
  return index;
}

result<doc_index*> sqlite_store::state::index_of(store_document& d) {
  if (!d.index) {
    auto built = build_index(d, {});
    if (!built) return built.error();
    d.index = *std::move(built);
  }
  return &*d.index;
}

// A lookup has no way to report a damaged store: it then knows nothing, and the commit or the read
// that follows fails with the reason.
change_lookup sqlite_store::lookup(const doc_id& document) const {
  const auto index = [s = state_.get(), document]() -> const doc_index* {
    store_document* d = s->find(document);
    if (d == nullptr || (!d->index && !s->db)) return nullptr;
    auto built = s->index_of(*d);
    return built ? *built : nullptr;
  };
  change_lookup out;
  out.by_seq = [index](const replica_id& replica, std::uint64_t seq) {
    const doc_index* i = index();
    return i == nullptr ? std::nullopt : i->by_seq(replica, seq);
  };
  out.by_last_op = [index](const crdt::op_id& id) {
    const doc_index* i = index();
    return i == nullptr ? std::nullopt : i->by_last_op(id);
  };
  out.head = [s = state_.get(),
              document](const replica_id& replica) -> std::optional<replica_head> {
    const store_document* d = s->find(document);
    if (d == nullptr) return std::nullopt;
    const auto found = d->heads.find(replica);
    if (found == d->heads.end()) return std::nullopt;
    return found->second.head;
  };
  return out;
}

result<std::vector<checked_change>> sqlite_store::read_all(const doc_id& document) const {
  std::vector<checked_change> out;
  state& s = *state_;
  store_document* d = s.find(document);
  if (d == nullptr) return out;
  if (!s.db) return sync_error{sync_errc::closed, "The store is closed."};
  out.reserve(static_cast<std::size_t>(d->doc.change_count));
  const auto take = [&](const stored_change& c) {
    const auto head = d->heads.find(c.sealed.header.replica);
    out.push_back(
        {c.sealed, meta_of(c), head == d->heads.end() ? public_key{} : head->second.head.author});
  };
  // Both need the whole log, so it is read once for both.
  if (!d->index) {
    auto built = s.build_index(*d, take);
    if (!built) return built.error();
    d->index = *std::move(built);
    return out;
  }
  auto read = s.for_each_change(*d, 0, lookup_in(*d->index), [&](const stored_change& c) {
    take(c);
    return result<bool>(true);
  });
  if (!read) return read.error();
  return out;
}

result<std::vector<sealed_change>> sqlite_store::read_after(const doc_id& document,
                                                            const seq_vector& have,
                                                            std::size_t max_bytes) const {
  std::vector<sealed_change> out;
  state& s = *state_;
  store_document* d = s.find(document);
  if (d == nullptr) return out;
  if (!s.db) return sync_error{sync_errc::closed, "The store is closed."};
  auto index = s.index_of(*d);
  if (!index) return index.error();
  const auto first = (*index)->first_missing(have);
  if (!first) return out;
  std::size_t size = 0;
  std::set<replica_id> unsigned_runs;
  const auto visit = [&](const stored_change& c) -> result<bool> {
    const change_header& h = c.sealed.header;
    const auto seen = have.find(h.replica);
    if (seen != have.end() && h.seq < seen->second) return true;
    if (size >= max_bytes && unsigned_runs.empty()) return false;
    size += c.sealed.body.size() + 1;
    if (c.sealed.signature.empty()) {
      unsigned_runs.insert(h.replica);
    } else {
      unsigned_runs.erase(h.replica);
    }
    out.push_back(c.sealed);
    return true;
  };
  if (auto ok = s.for_each_change(*d, *first, lookup_in(**index), visit); !ok) return ok.error();
  return out;
}

}  // namespace weft::sync

// SPDX-License-Identifier: MIT
// From rows to packs. A pack is written and its rows are deleted in one transaction, after the pack
// was decoded again and found equal.
#include "store/store_state.hpp"

#include <algorithm>
#include <utility>

namespace weft::sync {

using detail::pack_record;
using detail::store_document;
using detail::stored_change;
using detail::table;

namespace {

// Larger packs compress better but cost more to read a part of. At these sizes a pack decodes in
// some ten milliseconds, and a run-end signature is at most this far away.
constexpr std::size_t max_pack_body_bytes = std::size_t{512} << 10U;
constexpr std::size_t max_pack_changes = 32'768;

/// In the background: rows of a document before they are packed. A row takes some 200 times what a
/// change takes in a pack, so what waits as rows is kept below what is packed, as far as reading
/// small packs again and again is worth it.
std::uint64_t enough_rows(std::uint64_t packed) {
  return std::clamp<std::uint64_t>(packed / 256, 32, 256);
}

/// The longest beginning of `changes` within the limits in which the last change of each replica is
/// signed; at least one such beginning is taken even beyond the limits.
std::size_t pack_end(const std::vector<stored_change>& changes) {
  std::set<replica_id> open;
  std::size_t end = 0;
  std::size_t body_bytes = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const sealed_change& c = changes[i].sealed;
    body_bytes += c.body.size();
    if (end > 0 && (body_bytes > max_pack_body_bytes || i >= max_pack_changes)) break;
    if (c.signature.empty()) {
      open.insert(c.header.replica);
    } else {
      open.erase(c.header.replica);
    }
    if (open.empty()) end = i + 1;
  }
  return end;
}

bool is_small(const pack_record& pack) {
  return pack.body_bytes < max_pack_body_bytes / 2 && pack.changes < max_pack_changes / 2;
}

/// What the pack gives back is what went in.
bool reads_back(byte_view pack, const std::vector<stored_change>& changes,
                const change_lookup& lookup) {
  const auto again = detail::decode_pack(pack, lookup);
  return again && std::equal(again->begin(), again->end(), changes.begin(), changes.end(),
                             [](const stored_change& a, const stored_change& b) {
                               return a.lsn == b.lsn && a.hash == b.hash && a.sealed == b.sealed;
                             });
}

}  // namespace

/// Makes one pack out of the oldest rows, and of the last pack when that is small. False: no rows.
result<bool> sqlite_store::state::pack_some(store_document& d, const change_lookup& lookup) {
  const bool merge = !d.packs.empty() && is_small(d.packs.rbegin()->second.pack);
  const std::uint64_t from = merge ? d.packs.rbegin()->first : d.rows_begin();
  const std::uint64_t rows_begin = d.rows_begin();
  std::vector<stored_change> changes;
  std::size_t body_bytes = 0;
  bool any_row = false;
  auto read = for_each_change(d, from, lookup, [&](const stored_change& c) -> result<bool> {
    changes.push_back(c);
    any_row = any_row || c.lsn >= rows_begin;
    body_bytes += c.sealed.body.size();
    // One batch beyond the limits, so that pack_end finds its cut.
    return body_bytes <= 2 * max_pack_body_bytes && changes.size() < 2 * max_pack_changes;
  });
  if (!read) return read.error();
  if (!any_row) return false;
  const std::size_t end = pack_end(changes);
  if (end == 0 || changes[end - 1].lsn < rows_begin) return false;
  changes.resize(end);
  drop_inner_signatures(changes);
  const bytes data = detail::encode_pack(changes);
  if (!reads_back(data, changes, lookup)) {
    return sync_error{sync_errc::bad_data, "The changes of document " + to_string(d.doc.id) +
                                               " could not be packed; they are kept as they are."};
  }
  pack_record pack{d.number, changes.front().lsn, changes.back().lsn, changes.size(), 0};
  for (const stored_change& c : changes) pack.body_bytes += c.sealed.body.size();
  const std::int64_t record =
      merge ? d.packs.rbegin()->second.record : new_record(detail::record_kind::pack);
  auto done = db->transact([&]() -> result<void> {
    if (auto ok = db->put(table::pack, detail::change_id(d.number, pack.first_lsn), data); !ok) {
      return ok;
    }
    if (auto ok = db->put(table::record, record, encode(pack)); !ok) return ok;
    return db->erase(table::change, detail::change_id(d.number, 0),
                     detail::change_id(d.number, pack.last_lsn + 1));
  });
  if (!done) return done.error();
  cached_pack = -1;
  d.packs[pack.first_lsn] = {record, pack};
  tidy_after_commit();
  return true;
}

result<void> sqlite_store::compact(bool everything) {
  state& s = *state_;
  if (!s.db) return sync_error{sync_errc::closed, "The store is closed."};
  for (auto& [id, d] : s.documents) {
    const auto rows = [&of = d] { return of.doc.change_count - of.packed_changes(); };
    if (rows() == 0 || (!everything && rows() < enough_rows(d.packed_changes()))) continue;
    auto index = s.index_of(d);
    if (!index) return index.error();
    const change_lookup known = lookup(id);
    while (rows() > 0) {
      auto packed = s.pack_some(d, known);
      if (!packed) return packed.error();
      if (!*packed) break;
    }
  }
  if (auto ok = s.db->give_back_space(); !ok) return ok;
  if (auto ok = s.db->checkpoint(); !ok) return ok;
  return s.write_lease_now(false, s.self.run);
}

}  // namespace weft::sync

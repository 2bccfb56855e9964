// SPDX-License-Identifier: MIT
#include "node/change_index.hpp"

#include <algorithm>

namespace weft::sync {

bool change_index::contains(const replica_id& replica, std::uint64_t seq) const {
  return seq < count(replica);
}

std::uint64_t change_index::count(const replica_id& replica) const {
  const auto found = logs_.find(replica);
  return found == logs_.end() ? 0 : found->second.entries.size();
}

change_meta change_index::add(const sealed_change& sealed) {
  const change_header& h = sealed.header;
  const change_meta meta{h.replica, h.seq, hash_of(h), h.first_counter, h.op_count, h.lamport};
  add(meta, h);
  return meta;
}

void change_index::add(const change_meta& meta, const change_header& header) {
  log& to = logs_[meta.replica];
  WEFT_ASSERT(meta.seq == to.entries.size(), "changes of a replica come without gaps");
  to.entries.push_back({meta.hash, meta.first_counter, meta.op_count, meta.lamport});
  // None in a header means: as before.
  if (!header.membership_heads.empty()) to.membership_heads = header.membership_heads;
  if (header.author) to.author = *header.author;
}

change_meta change_index::meta_of(const replica_id& replica, const log& of, std::size_t at) {
  const entry& e = of.entries[at];
  return {replica, at, e.hash, e.first_counter, e.op_count, e.lamport};
}

change_lookup change_index::lookup() const {
  change_lookup out;
  out.by_seq = [this](const replica_id& replica, std::uint64_t seq) -> std::optional<change_meta> {
    if (!contains(replica, seq)) return std::nullopt;
    return meta_of(replica, logs_.at(replica), static_cast<std::size_t>(seq));
  };
  out.by_last_op = [this](const crdt::op_id& id) -> std::optional<change_meta> {
    const auto found = logs_.find(id.replica);
    if (found == logs_.end()) return std::nullopt;
    const auto& entries = found->second.entries;
    const auto at = std::partition_point(entries.begin(), entries.end(), [&](const entry& e) {
      return e.first_counter + e.op_count <= id.counter;
    });
    if (at == entries.end() || at->first_counter + at->op_count != id.counter + 1) {
      return std::nullopt;
    }
    return meta_of(id.replica, found->second, static_cast<std::size_t>(at - entries.begin()));
  };
  out.head = [this](const replica_id& replica) -> std::optional<replica_head> {
    const auto found = logs_.find(replica);
    if (found == logs_.end()) return std::nullopt;
    const log& of = found->second;
    return replica_head{meta_of(replica, of, of.entries.size() - 1), of.author,
                        of.membership_heads};
  };
  return out;
}

}  // namespace weft::sync

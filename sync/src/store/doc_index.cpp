// SPDX-License-Identifier: MIT
#include "store/doc_index.hpp"

#include <algorithm>

namespace weft::sync::detail {

bool doc_index::add(const change_meta& meta, std::uint64_t lsn) {
  std::vector<entry>& log = replicas_[meta.replica];
  const std::uint32_t counter = log.empty() ? 0 : log.back().first_counter + log.back().op_count;
  if (meta.seq != log.size() || meta.first_counter != counter || meta.op_count == 0) return false;
  log.push_back({meta.hash, meta.lamport, lsn, meta.first_counter, meta.op_count});
  ++size_;
  add_to_digest(digest_, meta.hash);
  return true;
}

change_meta doc_index::meta_of(const replica_id& replica, std::uint64_t seq, const entry& e) {
  return {replica, seq, e.hash, e.first_counter, e.op_count, e.lamport};
}

std::optional<change_meta> doc_index::by_seq(const replica_id& replica, std::uint64_t seq) const {
  const auto found = replicas_.find(replica);
  if (found == replicas_.end() || seq >= found->second.size()) return std::nullopt;
  return meta_of(replica, seq, found->second[seq]);
}

std::optional<change_meta> doc_index::by_last_op(const crdt::op_id& id) const {
  const auto found = replicas_.find(id.replica);
  if (found == replicas_.end()) return std::nullopt;
  const std::vector<entry>& log = found->second;
  const auto at = std::partition_point(log.begin(), log.end(), [&](const entry& e) {
    return e.first_counter + e.op_count <= id.counter;
  });
  if (at == log.end() || at->first_counter + at->op_count - 1 != id.counter) return std::nullopt;
  return meta_of(id.replica, static_cast<std::uint64_t>(at - log.begin()), *at);
}

std::optional<change_meta> doc_index::last(const replica_id& replica) const {
  const auto found = replicas_.find(replica);
  if (found == replicas_.end() || found->second.empty()) return std::nullopt;
  return meta_of(replica, found->second.size() - 1, found->second.back());
}

std::optional<std::uint64_t> doc_index::first_missing(const seq_vector& have) const {
  std::optional<std::uint64_t> first;
  for (const auto& [replica, log] : replicas_) {
    const auto seen = have.find(replica);
    const std::uint64_t from = seen == have.end() ? 0 : seen->second;
    if (from < log.size()) first = std::min(first.value_or(log[from].lsn), log[from].lsn);
  }
  return first;
}

seq_vector doc_index::counts() const {
  seq_vector out;
  for (const auto& [replica, log] : replicas_) {
    if (!log.empty()) out[replica] = log.size();
  }
  return out;
}

}  // namespace weft::sync::detail

// SPDX-License-Identifier: MIT
#include "protocol/small_changes.hpp"

#include "weft/sync/wire.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace weft::sync {

namespace {

using msg::small_change;
using change_name = std::pair<replica_id, std::uint64_t>;

/// Above this a block, which compresses, is smaller.
constexpr std::size_t max_small_body_bytes = 1'024;

class opener {
public:
  opener(const doc_id& document, const change_lookup& stored)
      : document_(document), stored_(stored) {}

  crdt::result<sealed_change> open(const small_change& c) {
    sealed_change out;
    change_header& h = out.header;
    h.document = document_.bytes;
    h.replica = c.self.replica;
    h.seq = c.self.seq;
    h.author = c.author;
    h.membership_heads = c.membership_heads;
    h.wall_ms = c.wall_ms;
    std::uint64_t newest = 0;
    if (h.seq > 0) {
      const auto before = find({h.replica, h.seq - 1});
      if (!before) return missing("the change before a small one");
      h.prev = before->hash;
      h.first_counter = before->end_counter();
      newest = before->last_lamport();
    }
    for (const small_change::name& dep : c.deps) {
      const auto meta = find({dep.replica, dep.seq});
      if (!meta) return missing("a change that a small one depends on");
      crdt::change_ref& ref = h.deps.emplace_back();
      ref.replica = dep.replica;
      ref.seq = dep.seq;
      std::copy_n(meta->hash.begin(), ref.hash.size(), ref.hash.begin());
      newest = std::max(newest, meta->last_lamport());
    }
    h.lamport = newest + 1;
    const auto count = crdt::check_body(c.body);
    if (!count) return crdt::unexpected(count.error());
    h.op_count = *count;
    h.body_digest = sha256(c.body);
    out.body = c.body;
    out.signature = c.signature;
    added_[{h.replica, h.seq}] = {h.replica,       h.seq,      hash_of(h),
                                  h.first_counter, h.op_count, h.lamport};
    return out;
  }

private:
  static crdt::unexpected missing(const char* what) {
    return {crdt::errc::missing_parent, 0, what};
  }
  [[nodiscard]] std::optional<change_meta> find(const change_name& name) const {
    const auto found = added_.find(name);
    return found != added_.end() ? found->second : stored_.by_seq(name.first, name.second);
  }

  const doc_id& document_;
  const change_lookup& stored_;
  std::map<change_name, change_meta> added_;
};

}  // namespace

void drop_covered_signatures(std::span<sealed_change> batch) {
  std::set<replica_id> covered;
  for (auto c = batch.rbegin(); c != batch.rend(); ++c) {
    if (c->signature.empty()) continue;
    if (!covered.insert(c->header.replica).second) c->signature.clear();
  }
}

std::optional<msg::small_changes> as_small(std::uint32_t doc_ref,
                                           std::span<const sealed_change> batch) {
  if (batch.empty() || batch.size() > max_small_changes) return std::nullopt;
  std::size_t size = 0;
  msg::small_changes out;
  out.doc_ref = doc_ref;
  for (const sealed_change& c : batch) {
    const change_header& h = c.header;
    // Generous: what is not told by number takes at most this.
    size += c.body.size() + 32 * (h.deps.size() + h.membership_heads.size());
    if (size > max_small_body_bytes || h.key_epoch != 0 || !h.salt.empty()) return std::nullopt;
    small_change& to = out.changes.emplace_back();
    to.self = {h.replica, h.seq};
    to.author = h.author;
    for (const crdt::change_ref& dep : h.deps) to.deps.push_back({dep.replica, dep.seq});
    to.membership_heads = h.membership_heads;
    to.wall_ms = h.wall_ms;
    to.body = c.body;
    to.signature = c.signature;
  }
  return out;
}

crdt::result<std::vector<sealed_change>> open_small(const doc_id& document,
                                                    const std::vector<small_change>& changes,
                                                    const change_lookup& lookup) {
  opener open(document, lookup);
  std::vector<sealed_change> out;
  for (const small_change& c : changes) {
    auto one = open.open(c);
    if (!one) return crdt::unexpected(one.error());
    out.push_back(std::move(*one));
  }
  return out;
}

}  // namespace weft::sync

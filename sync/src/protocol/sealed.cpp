// SPDX-License-Identifier: MIT
// Sealing and its inverse. The order of the checks is that of docs/sync-protocol.md: cheap ones
// first, the signature last, since it costs more than all the others together.
#include "weft/sync/sealed.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace weft::sync {

namespace {

constexpr std::int64_t ms_per_second = 1000;

/// What a batch adds to what is stored: answers for both.
class batch_view {
public:
  explicit batch_view(const change_lookup& stored) : stored_(stored) {}

  [[nodiscard]] std::optional<change_meta> by_seq(const replica_id& replica,
                                                  std::uint64_t seq) const {
    const auto found = added_.find({replica, seq});
    return found != added_.end() ? found->second : stored_.by_seq(replica, seq);
  }
  [[nodiscard]] std::optional<change_meta> by_last_op(const crdt::op_id& id) const {
    const auto found = last_ops_.find(id);
    return found != last_ops_.end() ? found->second : stored_.by_last_op(id);
  }
  [[nodiscard]] std::optional<replica_head> head(const replica_id& replica) const {
    const auto found = heads_.find(replica);
    return found != heads_.end() ? found->second : stored_.head(replica);
  }
  void add(const replica_head& head) {
    const change_meta& meta = head.last;
    added_[{meta.replica, meta.seq}] = meta;
    last_ops_[{meta.replica, meta.end_counter() - 1}] = meta;
    heads_[meta.replica] = head;
  }

private:
  const change_lookup& stored_;
  std::map<std::pair<replica_id, std::uint64_t>, change_meta> added_;
  std::map<crdt::op_id, change_meta> last_ops_;
  std::map<replica_id, replica_head> heads_;
};

sync_error bad(const change_header& header, const std::string& what) {
  return {sync_errc::bad_data, "Change " + std::to_string(header.seq) + " of replica " +
                                   to_string(header.replica) + " is refused: " + what + "."};
}

digest16 first_half(const change_hash& hash) {
  digest16 half{};
  std::copy_n(hash.begin(), half.size(), half.begin());
  return half;
}

change_meta meta_of(const change_header& header, const change_hash& hash) {
  return {header.replica, header.seq, hash, header.first_counter, header.op_count, header.lamport};
}

/// Whole seconds, rounded down also before 1970.
std::int64_t round_down(std::int64_t wall_ms) {
  std::int64_t seconds = wall_ms / ms_per_second;
  if (wall_ms % ms_per_second < 0) --seconds;
  return seconds * ms_per_second;
}

/// Turns the parents of an engine's change into deps; the lamport comes out on the way.
result<void> fill_deps(const change& c, const batch_view& known, change_header& header) {
  std::uint64_t newest = 0;
  if (const auto head = known.head(header.replica)) newest = head->last.last_lamport();
  for (const crdt::op_id& parent : c.parents) {
    if (parent.replica == header.replica && parent.counter + 1 == header.first_counter) continue;
    const auto meta = known.by_last_op(parent);
    if (!meta) return bad(header, "a parent is not the last operation of a stored change");
    newest = std::max(newest, meta->last_lamport());
    header.deps.push_back({meta->replica, meta->seq, first_half(meta->hash)});
  }
  std::sort(header.deps.begin(), header.deps.end());
  header.lamport = newest + 1;
  if (header.lamport != c.lamport) return bad(header, "its lamport is not what its parents give");
  return {};
}

/// Form of a header that came from outside: what encode() relies on.
result<void> check_form(const doc_id& document, const change_header& h) {
  if (h.document != document.bytes) return bad(h, "it belongs to another document");
  if (h.prev.has_value() != (h.seq > 0)) return bad(h, "its link to the change before is wrong");
  if (h.author.has_value() != (h.seq == 0)) return bad(h, "its author is in the wrong place");
  if (h.op_count == 0 || h.op_count > crdt::limits{}.max_change_ops ||
      h.first_counter > crdt::max_op_count - h.op_count) {
    return bad(h, "its number of operations is out of range");
  }
  if (h.deps.size() > crdt::limits{}.max_parents) return bad(h, "it has too many dependencies");
  for (std::size_t i = 0; i < h.deps.size(); ++i) {
    if (h.deps[i].replica == h.replica) return bad(h, "it names its own replica as dependency");
    if (i > 0 && h.deps[i - 1].replica >= h.deps[i].replica) {
      return bad(h, "its dependencies are not in order");
    }
  }
  if (std::adjacent_find(h.membership_heads.begin(), h.membership_heads.end(),
                         [](const digest16& a, const digest16& b) { return a >= b; }) !=
      h.membership_heads.end()) {
    return bad(h, "its membership entries are not in order");
  }
  if (h.key_epoch != 0 || !h.salt.empty()) {
    return sync_error{sync_errc::version,
                      "A change is encrypted, which this version of Weft cannot read yet. Update "
                      "Weft on this device."};
  }
  return {};
}

/// Sequence, chain and counters against the newest change known of the replica.
result<void> check_chain(const change_header& h, const std::optional<replica_head>& head) {
  const std::uint64_t next = head ? head->last.seq + 1 : 0;
  if (h.seq != next) return bad(h, "changes before it are missing");
  if (head && *h.prev != head->last.hash) return bad(h, "it does not continue the known chain");
  if (h.first_counter != (head ? head->last.end_counter() : 0)) {
    return bad(h, "its operations do not continue those before it");
  }
  return {};
}

result<void> check_deps(const change_header& h, const std::optional<replica_head>& head,
                        const batch_view& known) {
  std::uint64_t newest = head ? head->last.last_lamport() : 0;
  for (const crdt::change_ref& dep : h.deps) {
    const auto meta = known.by_seq(dep.replica, dep.seq);
    if (!meta) return bad(h, "a change that it depends on is missing");
    if (first_half(meta->hash) != dep.hash) return bad(h, "it depends on a change we do not have");
    newest = std::max(newest, meta->last_lamport());
  }
  if (h.lamport != newest + 1) return bad(h, "its lamport is not what its dependencies give");
  return {};
}

result<void> check_content(const sealed_change& c) {
  const change_header& h = c.header;
  if (sha256(c.body) != h.body_digest) return bad(h, "its content does not match its digest");
  const auto count = crdt::check_body(c.body);
  if (!count) return bad(h, "its content is damaged (" + to_string(count.error()) + ")");
  if (*count != h.op_count) return bad(h, "its number of operations is wrong");
  return {};
}

/// Everything about one change but its signature. nullopt: already known.
result<std::optional<checked_change>> check_one(const doc_id& document, sealed_change&& c,
                                                const batch_view& known) {
  const change_header& h = c.header;
  if (auto ok = check_form(document, h); !ok) return ok.error();
  const change_hash hash = hash_of(h);
  if (const auto stored = known.by_seq(h.replica, h.seq)) {
    if (stored->hash == hash) return std::optional<checked_change>{};
    return sync_error{sync_errc::denied,
                      "Replica " + to_string(h.replica) + " has two different changes " +
                          std::to_string(h.seq) +
                          ": its log was forked. The second one is not accepted."};
  }
  const auto head = known.head(h.replica);
  if (auto ok = check_chain(h, head); !ok) return ok.error();
  if (auto ok = check_deps(h, head, known); !ok) return ok.error();
  if (auto ok = check_content(c); !ok) return ok.error();
  checked_change out;
  out.meta = meta_of(h, hash);
  out.author = head ? head->author : *h.author;
  out.sealed = std::move(c);
  return std::optional<checked_change>{std::move(out)};
}

/// The last new change of each replica must be signed; its signature covers those before it, whose
/// own signatures are dropped.
result<void> check_signatures(std::vector<checked_change>& fresh) {
  std::map<replica_id, bool> covered;
  for (auto c = fresh.rbegin(); c != fresh.rend(); ++c) {
    if (!covered.emplace(c->meta.replica, true).second) {
      c->sealed.signature.clear();
      continue;
    }
    if (c->sealed.signature.empty()) return bad(c->sealed.header, "no signature covers it");
    if (!verify(c->author, c->meta.hash, c->sealed.signature)) {
      return sync_error{sync_errc::bad_data, "The signature of change " +
                                                 std::to_string(c->meta.seq) + " of replica " +
                                                 to_string(c->meta.replica) + " is wrong."};
    }
  }
  return {};
}

}  // namespace

change_hash hash_of_bytes(byte_view canonical_header) {
  return sha256_tagged("weft.change.v1", canonical_header);
}

change_hash hash_of(const change_header& header) {
  return hash_of_bytes(header.encode());
}

void add_to_digest(digest32& sum, const change_hash& hash) {
  unsigned carry = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    carry += static_cast<unsigned>(sum[i]) + hash[i];
    sum[i] = static_cast<std::uint8_t>(carry);
    carry >>= 8U;
  }
}

result<std::vector<sealed_change>> seal(const doc_id& document, std::span<const change> changes,
                                        const change_lookup& lookup, const key_pair& device,
                                        std::span<const digest16> membership_heads,
                                        std::int64_t wall_ms) {
  std::vector<digest16> members(membership_heads.begin(), membership_heads.end());
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  batch_view known(lookup);
  std::vector<sealed_change> out;
  for (const change& c : changes) {
    const auto head = known.head(c.first.replica);
    change_header h;
    h.document = document.bytes;
    h.replica = c.first.replica;
    h.seq = head ? head->last.seq + 1 : 0;
    h.first_counter = c.first.counter;
    h.op_count = c.length;
    if (h.replica != changes.front().first.replica || c.length == 0 ||
        h.first_counter != (head ? head->last.end_counter() : 0)) {
      return bad(h, "its operations do not continue those before it");
    }
    if (head && head->author != device.public_part()) {
      return bad(h, "the replica belongs to another device");
    }
    if (head) h.prev = head->last.hash;
    if (!head) h.author = device.public_part();
    if (auto ok = fill_deps(c, known, h); !ok) return ok.error();
    if (!head || head->membership_heads != members) h.membership_heads = members;
    // An empty list in a header means: as before.
    const auto& in_force = head && members.empty() ? head->membership_heads : members;
    h.wall_ms = round_down(wall_ms);
    h.body_digest = sha256(c.body);
    known.add({meta_of(h, hash_of(h)), device.public_part(), in_force});
    out.push_back({std::move(h), c.body, {}});
  }
  if (!out.empty()) {
    const signature s = device.sign(known.head(out.back().header.replica)->last.hash);
    out.back().signature.assign(s.begin(), s.end());
  }
  return out;
}

result<std::vector<checked_change>> check_batch(const doc_id& document,
                                                std::vector<sealed_change> batch,
                                                const change_lookup& lookup) {
  batch_view known(lookup);
  std::vector<checked_change> fresh;
  for (sealed_change& c : batch) {
    auto checked = check_one(document, std::move(c), known);
    if (!checked) return checked.error();
    if (!*checked) continue;
    // Membership heads are no part of what later checks look at.
    known.add({(*checked)->meta, (*checked)->author, {}});
    fresh.push_back(std::move(**checked));
  }
  if (auto ok = check_signatures(fresh); !ok) return ok.error();
  return fresh;
}

result<change> unseal(const sealed_change& sealed, const change_lookup& lookup) {
  const change_header& h = sealed.header;
  change out;
  out.first = {h.replica, h.first_counter};
  out.length = h.op_count;
  out.lamport = h.lamport;
  out.body = sealed.body;
  if (h.first_counter > 0) out.parents.push_back({h.replica, h.first_counter - 1});
  for (const crdt::change_ref& dep : h.deps) {
    const auto meta = lookup.by_seq(dep.replica, dep.seq);
    if (!meta) return bad(h, "a change that it depends on is missing");
    out.parents.push_back({dep.replica, meta->end_counter() - 1});
  }
  std::sort(out.parents.begin(), out.parents.end());
  return out;
}

crdt::result<std::vector<sealed_change>> open_block(byte_view block, const change_lookup& lookup,
                                                    const crdt::limits& bounds,
                                                    const std::optional<doc_id>& document) {
  crdt::block_resolver resolver;
  if (document) resolver.document = document->bytes;
  resolver.body_digest = [](byte_view body) { return sha256(body); };
  resolver.header_hash = [](byte_view header) { return hash_of_bytes(header); };
  resolver.outside = [&lookup](const replica_id& replica,
                               std::uint64_t seq) -> std::optional<digest32> {
    const auto meta = lookup.by_seq(replica, seq);
    if (!meta) return std::nullopt;
    return meta->hash;
  };
  return crdt::decode_block(block, resolver, bounds);
}

}  // namespace weft::sync

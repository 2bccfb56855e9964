// SPDX-License-Identifier: MIT
// causal_delivery: operations in, operations out, each once and none before what its author had
// seen; and the news which of them everybody has. The middleware of operation-based types.
//
// A message carries its dot and the version vector of what its author had delivered. One that comes
// too early is held back, within a bound; `missing()` says what to ask for. A member's operations
// are stable when all members are known to have them: everything that comes later follows them.
// A pure state machine: no I/O, no clock. It does not keep what it delivered, so somebody must who
// can send it again. Members are fixed here; where they change, keep a causal_stability beside it.
// Not thread-safe. Source: Baquero, Almeida, Shoker, "Pure operation-based replicated data types",
// arXiv 1710.04469 (tagged causal stable broadcast).
#pragma once

#include "weft/crdt/causality/causal_context.hpp"
#include "weft/crdt/causality/version.hpp"
#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/lattice/dot_store.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace weft::crdt {

/// An operation with its place in history.
template <class Op>
struct tagged {
  dot id{};
  version_vector seen;  ///< what its author had delivered, its own earlier ones included
  Op op{};

  [[nodiscard]] bool follows(const dot& other) const noexcept { return seen.contains(other); }

  void encode(byte_writer& out) const {
    codec<dot>::encode(out, id);
    seen.encode(out);
    codec<Op>::encode(out, op);
  }
  [[nodiscard]] static result<tagged> decode(byte_reader& in, const limits& bounds = {}) {
    tagged m;
    m.id = codec<dot>::decode(in, bounds);
    if (in.failed()) {
      return in.failure();
    }
    result<version_vector> seen = version_vector::decode(in, bounds);
    if (!seen) {
      return unexpected(seen.error());
    }
    m.seen = std::move(*seen);
    m.op = codec<Op>::decode(in, bounds);
    if (in.failed()) {
      return in.failure();
    }
    return m;
  }
  friend bool operator==(const tagged&, const tagged&) = default;
};

template <std::equality_comparable Op>
class causal_delivery {
public:
  /// `members` are all who send, this one included; without them nothing is ever stable.
  /// `delivered`: what was delivered before a restart, this replica's own included.
  explicit causal_delivery(const replica_id& self, const std::vector<replica_id>& members = {},
                           version_vector delivered = {}, std::size_t max_held = 4'096)
      : self_(self), delivered_(std::move(delivered)), max_held_(max_held) {
    for (const replica_id& m : members) {
      known_.try_emplace(m);
    }
  }

  /// What was delivered here.
  [[nodiscard]] const version_vector& version() const noexcept { return delivered_; }
  [[nodiscard]] std::size_t held() const noexcept { return held_.size(); }

  /// Makes the message of a local operation, which is thereby delivered here.
  /// errc::overflow when this replica's dots have run out.
  [[nodiscard]] result<tagged<Op>> send(Op op) {
    const std::uint32_t counter = delivered_.count(self_);
    if (counter >= max_op_count) {
      return unexpected(errc::overflow, 0, "operations of one replica");
    }
    tagged<Op> m{{self_, counter}, delivered_, std::move(op)};
    deliver(m);
    return m;
  }

  /// Takes a message and returns what may be delivered now, in causal order: none if it is early or
  /// was here before. On an error nothing has changed: errc::id_reuse for one that is, or follows,
  /// an operation of this replica that it did not make; equivocation for another one under the id
  /// of one that is held, malformed for one that skips its author's own, limit_exceeded when too
  /// many are held (ask again for it later).
  [[nodiscard]] result<std::vector<tagged<Op>>> receive(const tagged<Op>& m) {
    std::vector<tagged<Op>> ready;
    if (m.seen.count(m.id.replica) != m.id.counter || m.id.counter >= max_op_count) {
      return unexpected(errc::malformed, 0, "an operation follows its author's own");
    }
    if (delivered_.contains(m.id) && !WEFT_DEFECT("causal_delivery.receive.twice")) {
      return ready;
    }
    if (m.id.replica == self_ || m.seen.count(self_) > delivered_.count(self_)) {
      return unexpected(errc::id_reuse, 0, "an operation of this replica");
    }
    if (const auto found = held_.find(m.id); found != held_.end()) {
      if (found->second != m) {
        return unexpected(errc::equivocation, 0, "two operations under one id");
      }
      return ready;
    }
    if (const std::optional<dot> cause = missing_for(m)) {
      if (held_.size() >= max_held_) {
        return unexpected(errc::limit_exceeded, 0, "operations that wait for others");
      }
      held_.emplace(m.id, m);
      waiting_.emplace(*cause, m.id);
      return ready;
    }
    ready.push_back(m);
    deliver(m);
    for (std::size_t k = 0; k < ready.size(); ++k) {
      wake(ready[k].id, ready);
    }
    return ready;
  }
  /// Forgets what is held, when it blocks better things. It may be received again.
  void drop_held() {
    held_.clear();
    waiting_.clear();
  }
  /// What held messages wait for, and what is not here: what to ask others for.
  [[nodiscard]] causal_context missing() const {
    causal_context wanted;
    causal_context here;
    for (const auto& [id, m] : held_) {
      here.insert(id);
      for (const auto& [replica, count] : m.seen.counts()) {
        const std::uint32_t have = delivered_.count(replica);
        if (have < count) {
          wanted.insert(replica, {have, count});
        }
      }
    }
    return minus(wanted, here);
  }

  /// A member says, outside of its operations, what it has delivered. Believed only when its own
  /// operations of that version are here: one still on the way may not have seen the rest.
  void observe(const replica_id& member, const version_vector& version) {
    const auto found = known_.find(member);
    if (found != known_.end() && (version.count(member) <= delivered_.count(member) ||
                                  WEFT_DEFECT("causal_delivery.observe.believes_too_early"))) {
      found->second.merge(version);
    }
  }
  /// What every member has delivered. Never shrinks. O(members * replicas).
  [[nodiscard]] version_vector stable() const {
    version_vector all;
    for (const auto& [replica, count] : delivered_.counts()) {
      std::uint32_t least = known_.empty() ? 0 : count;
      for (const auto& [member, version] : known_) {
        if (member != self_) {
          least = std::min(least, version.count(replica));
        }
      }
      if (least > 0) {
        all.include(replica, least);
      }
    }
    return all;
  }

private:
  void deliver(const tagged<Op>& m) {
    delivered_.include(m.id.replica, m.id.counter + 1);
    if (const auto author = known_.find(m.id.replica); author != known_.end()) {
      author->second.merge(m.seen);
      author->second.include(m.id.replica, m.id.counter + 1);
    }
  }
  // One operation that m follows and that was not delivered.
  [[nodiscard]] std::optional<dot> missing_for(const tagged<Op>& m) const {
    for (const auto& [replica, count] : m.seen.counts()) {
      if (delivered_.count(replica) < count) {
        if (WEFT_DEFECT("causal_delivery.receive.own_order_only") && replica != m.id.replica) {
          continue;
        }
        return dot{replica, count - 1};
      }
    }
    return std::nullopt;
  }
  // Delivers those that waited for `id` alone; the others wait for something else.
  void wake(dot id, std::vector<tagged<Op>>& ready) {
    const auto [from, to] = waiting_.equal_range(id);
    std::vector<dot> woken;
    for (auto at = from; at != to; ++at) {
      woken.push_back(at->second);
    }
    waiting_.erase(from, to);
    for (const dot& w : woken) {
      const auto found = held_.find(w);
      if (const std::optional<dot> cause = missing_for(found->second)) {
        waiting_.emplace(*cause, w);
      } else {
        deliver(found->second);
        ready.push_back(std::move(found->second));
        held_.erase(found);
      }
    }
  }

  replica_id self_;
  version_vector delivered_;
  std::map<dot, tagged<Op>> held_;
  std::multimap<dot, dot> waiting_;  // what is missing -> who waits
  std::map<replica_id, version_vector> known_;
  std::size_t max_held_;
};

}  // namespace weft::crdt

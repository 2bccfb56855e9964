// SPDX-License-Identifier: MIT
#include "weft/crdt/causality/stability.hpp"

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/codec.hpp"

#include <algorithm>
#include <utility>

namespace weft::crdt {

causal_stability::causal_stability(const std::vector<replica_id>& founders) {
  for (const replica_id& member : founders) {
    members_.try_emplace(member);
  }
}

result<void> causal_stability::observe(const replica_id& from, const version_vector& seen) {
  if (retired_.contains(from)) {
    return unexpected(errc::bad_value, 0, "news of a retired replica");
  }
  const auto member = members_.find(from);
  if (member == members_.end()) {
    return unexpected(errc::not_found, 0, "news of no member");
  }
  if (beyond_an_end(seen)) {
    return unexpected(errc::bad_value, 0, "operations of a retired replica after its end");
  }
  if (WEFT_DEFECT("stability.observe.replaces")) {
    member->second = seen;
    return {};
  }
  member->second.merge(seen);
  return {};
}

bool causal_stability::beyond_an_end(const version_vector& seen) const {
  return std::any_of(retired_.begin(), retired_.end(),
                     [&](const auto& gone) { return seen.count(gone.first) > gone.second; });
}

result<void> causal_stability::check(const op_id& id) const {
  const auto gone = retired_.find(id.replica);
  if (gone == retired_.end()) {
    if (!is_member(id.replica)) {
      return unexpected(errc::not_found, 0, "an operation of no member");
    }
  } else if (id.counter >= gone->second && !WEFT_DEFECT("stability.check.late_writes")) {
    return unexpected(errc::bad_value, 0, "an operation of a retired replica after its end");
  }
  return {};
}

version_vector causal_stability::stable() const {
  version_vector least;
  if (members_.empty()) {
    return least;
  }
  for (const auto& [replica, count] : members_.begin()->second.counts()) {
    std::uint32_t everywhere = count;
    for (const auto& [member, seen] : members_) {
      everywhere = WEFT_DEFECT("stability.stable.greatest")
                       ? std::max(everywhere, seen.count(replica))
                       : std::min(everywhere, seen.count(replica));
    }
    least.include(replica, everywhere);
  }
  return least;
}

bool causal_stability::is_stable(const op_id& id) const {
  return !members_.empty() &&
         std::all_of(members_.begin(), members_.end(),
                     [&](const auto& member) { return member.second.contains(id); });
}

result<bool> causal_stability::next(std::uint64_t epoch, const decision& d) const {
  if (epoch == 0 || epoch > decisions_.size() + 1) {
    return unexpected(errc::missing_parent, 0, "decisions about members before this one");
  }
  if (epoch <= decisions_.size()) {
    if (decisions_[epoch - 1] == d) {
      return false;
    }
    return unexpected(errc::equivocation, 0, "two decisions of one epoch");
  }
  return true;
}

void causal_stability::take(const decision& d) {
  if (d.retires) {
    members_.erase(d.replica);
    retired_.emplace(d.replica, d.count);
  }
  decisions_.push_back(d);
}

result<void> causal_stability::admit(std::uint64_t epoch, const replica_id& replica,
                                     const version_vector& seen) {
  const decision d{false, replica, 0};
  const result<bool> fresh = next(epoch, d);
  if (!fresh) {
    return unexpected(fresh.error());
  }
  if (!*fresh) {
    return {};
  }
  if (is_member(replica) ||
      (retired_.contains(replica) && !WEFT_DEFECT("stability.admit.the_retired"))) {
    return unexpected(errc::id_reuse, 0, "a new member with an id that was in use");
  }
  if (!(stable() <= seen) && !WEFT_DEFECT("stability.admit.any_past")) {
    return unexpected(errc::missing_parent, 0, "a new member lacks what is stable");
  }
  if (beyond_an_end(seen)) {
    return unexpected(errc::bad_value, 0, "operations of a retired replica after its end");
  }
  take(d);
  members_.emplace(replica, seen);
  return {};
}

result<void> causal_stability::retire(std::uint64_t epoch, const replica_id& replica,
                                      std::uint32_t count) {
  const decision d{true, replica, count};
  const result<bool> fresh = next(epoch, d);
  if (!fresh) {
    return unexpected(fresh.error());
  }
  if (!*fresh) {
    return {};
  }
  if (!is_member(replica)) {
    return unexpected(errc::not_found, 0, "the retired is no member");
  }
  for (const auto& [member, seen] : members_) {
    if (member != replica && seen.count(replica) > count) {
      return unexpected(errc::bad_value, 0, "a member has more operations of the retired");
    }
  }
  take(d);
  return {};
}

void causal_stability::encode(byte_writer& out) const {
  out.varint(decisions_.size());
  for (const decision& d : decisions_) {
    codec<bool>::encode(out, d.retires);
    codec<replica_id>::encode(out, d.replica);
    if (d.retires) {
      out.varint(d.count);
    }
  }
  out.varint(members_.size());
  for (const auto& [member, seen] : members_) {
    codec<replica_id>::encode(out, member);
    seen.encode(out);
  }
}

result<causal_stability> causal_stability::decode(byte_reader& in, const limits& bounds) {
  causal_stability state;
  const std::size_t decisions = in.count(17, "decisions about members");
  if (decisions > bounds.max_replicas) {
    in.fail(errc::limit_exceeded, "decisions about members");
  }
  for (std::size_t i = 0; i < decisions && !in.failed(); ++i) {
    decision d;
    d.retires = codec<bool>::decode(in, bounds);
    d.replica = codec<replica_id>::decode(in, bounds);
    if (d.retires) {
      d.count = static_cast<std::uint32_t>(in.varint_max(max_op_count, "count of the retired"));
    }
    if (!in.failed() && state.retired_.contains(d.replica)) {
      in.fail(errc::malformed, "a decision about the retired");
    }
    state.take(d);
  }
  const std::size_t members = in.count(17, "members");
  if (members > bounds.max_replicas) {
    in.fail(errc::limit_exceeded, "members");
  }
  for (std::size_t i = 0; i < members && !in.failed(); ++i) {
    const replica_id member = codec<replica_id>::decode(in, bounds);
    result<version_vector> seen = version_vector::decode(in, bounds);
    if (!seen) {
      return unexpected(seen.error());
    }
    if (!state.members_.empty() && !(state.members_.rbegin()->first < member)) {
      in.fail(errc::not_canonical, "order of members");
    } else if (state.retired_.contains(member)) {
      in.fail(errc::malformed, "a member that is retired");
    }
    state.members_.emplace_hint(state.members_.end(), member, std::move(*seen));
  }
  if (in.failed()) {
    return in.failure();
  }
  return state;
}

}  // namespace weft::crdt

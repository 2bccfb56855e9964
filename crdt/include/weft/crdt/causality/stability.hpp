// SPDX-License-Identifier: MIT
// causal_stability: which operations every member has, so that nothing concurrent can still come.
//
// Membership must be known and agreed: it changes by numbered decisions (epochs) that the program
// brings to every member in order. For each member the last known version vector is kept; what is
// stable is their point-wise minimum, and never shrinks. One absent member holds it back for ever,
// so it can be retired: with a count of its operations that stand, later ones are refused, and the
// device rejoins as a new replica. Tombstones, shadowed entries and the like may go when stable.
//
// Invariant: members ascend; no retired replica is a member. A plain value; concurrent const calls
// are safe. Background: Baquero, Almeida, Shoker, "Pure operation-based replicated data types",
// arXiv 1710.04469.
#pragma once

#include "weft/crdt/causality/version.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"
#include "weft/crdt/limits.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace weft::crdt {

class causal_stability {
public:
  causal_stability() = default;
  /// The members of epoch 0.
  explicit causal_stability(const std::vector<replica_id>& founders);

  [[nodiscard]] std::uint64_t epoch() const noexcept { return decisions_.size(); }
  [[nodiscard]] bool is_member(const replica_id& replica) const {
    return members_.contains(replica);
  }
  /// Members and what each is known to have seen, ascending.
  [[nodiscard]] const std::map<replica_id, version_vector>& members() const noexcept {
    return members_;
  }

  /// A member says what it has seen. Older news than what is known changes nothing.
  /// errc::not_found for a stranger; errc::bad_value for a retired replica, and for a vector that
  /// holds operations which a retired one made after its end. Then nothing has changed.
  result<void> observe(const replica_id& from, const version_vector& seen);

  /// Whether an operation may be taken. Errors as `observe`.
  [[nodiscard]] result<void> check(const op_id& id) const;

  /// What every member has. O(members * replicas).
  [[nodiscard]] version_vector stable() const;
  [[nodiscard]] bool is_stable(const op_id& id) const;

  /// Decision number `epoch`: a new member that starts from `seen`. Repeating a decision is
  /// harmless. errc::missing_parent when earlier decisions are missing here, or `seen` lacks
  /// something stable, which may be gone already; errc::equivocation when another decision has this
  /// number; errc::id_reuse when the replica is a member or retired; errc::bad_value as `observe`.
  result<void> admit(std::uint64_t epoch, const replica_id& replica, const version_vector& seen);
  /// Decision number `epoch`: of `replica` the first `count` operations stand, and it is out.
  /// errc::not_found when it is no member; errc::bad_value when some member has more of its
  /// operations; else as `admit`.
  result<void> retire(std::uint64_t epoch, const replica_id& replica, std::uint32_t count);

  void encode(byte_writer& out) const;
  [[nodiscard]] static result<causal_stability> decode(byte_reader& in, const limits& bounds = {});
  friend bool operator==(const causal_stability&, const causal_stability&) = default;

private:
  struct decision {
    bool retires = false;
    replica_id replica{};
    std::uint32_t count = 0;
    friend bool operator==(const decision&, const decision&) = default;
  };

  /// True if it is a new decision, false if it was taken before.
  [[nodiscard]] result<bool> next(std::uint64_t epoch, const decision& d) const;
  void take(const decision& d);
  /// `seen` holds operations that a retired replica made after its end.
  [[nodiscard]] bool beyond_an_end(const version_vector& seen) const;
  std::map<replica_id, version_vector> members_;
  std::map<replica_id, std::uint32_t> retired_;  // follows from the decisions
  std::vector<decision> decisions_;              // of epochs 1, 2, ...
};

}  // namespace weft::crdt

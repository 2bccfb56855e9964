// SPDX-License-Identifier: MIT
// po_log: the state of a pure operation-based type: a log of operations with their places in
// history, and a compact part for those that are stable and need no place any more.
//
// `Rules` makes it a type; all are pure functions:
//   op, compact                   an operation; the stable part, a regular type
//   redundant(op)                 a new one that leaves no trace of its own
//   obsoletes(newer, older)       whether `newer`, which follows `older`, takes it out of the log
//   reach(newer, compact)         what a new one does to the stable part, all of which it follows
//   settle(op, compact, log)      `op` is stable and has left the log: what stays of it
// A query reads both parts. Invariants: no entry of the log is obsolete by another; what is stable
// is not in the log. Cost: one version vector for each operation that is not stable. Not
// thread-safe. Source: Baquero, Almeida, Shoker, "Pure operation-based replicated data types",
// arXiv 1710.04469.
#pragma once

#include "weft/crdt/oplog/causal_delivery.hpp"

#include <concepts>
#include <utility>
#include <vector>

namespace weft::crdt {

/// A type that is replicated by its operations. `prepare` has no effect and returns what to
/// broadcast; `effect` applies it, on every replica once, in causal order; `settle` says which are
/// stable. Laws: effects of concurrent operations commute, as far as queries can tell; `settle`
/// changes no query, now or later. So all that have had the same effects answer the same.
template <class T>
concept op_crdt =
    std::copyable<T> && requires(T a, const T b, const typename T::op& o,
                                 const tagged<typename T::op>& m, const version_vector& stable) {
      { b.prepare(o) } -> std::same_as<typename T::op>;
      { a.effect(m) } -> std::same_as<result<void>>;
      { a.settle(stable) } -> std::same_as<bool>;
    };

template <class Rules>
class po_log {
public:
  using op = typename Rules::op;
  using compact_part = typename Rules::compact;

  /// Pure: the operation itself is the message.
  [[nodiscard]] op prepare(op o) const { return o; }

  /// O(log). On an error nothing has changed: errc::missing_parent when it comes before something
  /// that its author had seen, malformed when it came before, bad_value when it has not seen what
  /// is stable here: its author was no member.
  result<void> effect(const tagged<op>& m) {
    if (version_.count(m.id.replica) != m.id.counter) {
      return unexpected(version_.contains(m.id) ? errc::malformed : errc::missing_parent, 0,
                        "an operation out of its author's order");
    }
    if (!(m.seen <= version_)) {
      return unexpected(errc::missing_parent, 0, "an operation before what it follows");
    }
    if (!(stable_ <= m.seen)) {
      return unexpected(errc::bad_value, 0, "an operation that has not seen what is stable");
    }
    std::erase_if(log_, [&](const tagged<op>& old) {
      const bool before = m.follows(old.id) || WEFT_DEFECT("po_log.effect.hits_concurrent");
      return before && Rules::obsoletes(m.op, old.op);
    });
    if (!WEFT_DEFECT("po_log.effect.spares_the_stable")) {
      Rules::reach(m.op, compact_);
    }
    if (!Rules::redundant(m.op)) {
      log_.push_back(m);
    }
    version_.include(m.id.replica, m.id.counter + 1);
    return {};
  }

  /// What is in `stable`, and had its effect here, needs no place in history any more. Returns
  /// whether something left the log. O(log) for each that does.
  bool settle(const version_vector& stable) {
    for (const auto& [replica, count] : stable.counts()) {
      stable_.include(replica, std::min(count, version_.count(replica)));
    }
    // One by one: a rule may take others out of the log, stable ones too.
    const auto is_stable = [&](const tagged<op>& m) { return stable_.contains(m.id); };
    bool any = false;
    for (auto at = std::find_if(log_.begin(), log_.end(), is_stable); at != log_.end();
         at = std::find_if(log_.begin(), log_.end(), is_stable)) {
      const op settled = std::move(at->op);
      log_.erase(at);
      Rules::settle(settled, compact_, log_);
      any = true;
    }
    return any;
  }

  /// Operations that are not stable, in an order of delivery.
  [[nodiscard]] const std::vector<tagged<op>>& log() const noexcept { return log_; }
  [[nodiscard]] const compact_part& compact() const noexcept { return compact_; }
  [[nodiscard]] const version_vector& version() const noexcept { return version_; }

private:
  std::vector<tagged<op>> log_;
  compact_part compact_{};
  version_vector version_;
  version_vector stable_;
};

}  // namespace weft::crdt

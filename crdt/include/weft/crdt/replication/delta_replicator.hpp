// SPDX-License-Identifier: MIT
// delta_replicator: keeps a delta-state type the same on all replicas, over links that lose, repeat
// and reorder, by sending each neighbour what it has not acknowledged.
//
// Delta-interval anti-entropy: local and received deltas are numbered and buffered; a neighbour
// gets the join of those since the last number that it acknowledged, or the whole state when the
// buffer does not reach back so far. A pure state machine: no I/O, no clock, no thread. One step is
//   update or receive; store to_save(); call saved(); then send what message_for and ack_for give.
// Messages and acknowledgements are held back until then. Both are needed: an acknowledgement of
// what a crash then loses is never made good, and what was sent is not sent back by others.
//
// Invariants: the buffer is the numbers [next - buffered, next) without gaps; an interval is only
// joined where all before it is, so that every replica's state is causally consistent. Durable:
// state and `next`. A crash may lose the rest.
// Not thread-safe. Sources: Almeida, Shoker, Baquero, "Delta state replicated data types", JPDC
// 2018, algorithm 2; Enes et al., "Efficient synchronization of state-based CRDTs", ICDE 2019.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/lattice/laws.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>

namespace weft::crdt {

/// What must be on disk.
template <lattice T>
struct replicated_state {
  T state;
  std::uint64_t next = 0;  ///< number of the next delta; never goes back
  /// Greater than ever before in each life that did not continue from the last saved state: after a
  /// restore from a backup, say the time of it. Others then forget what this one acknowledged.
  std::uint64_t generation = 0;

  void encode(byte_writer& out) const {
    out.varint(generation);
    out.varint(next);
    state.encode(out);
  }
  [[nodiscard]] static result<replicated_state> decode(byte_reader& in, const limits& bounds = {}) {
    const std::uint64_t generation = in.varint();
    const std::uint64_t next = in.varint();
    if (in.failed()) {
      return in.failure();
    }
    result<T> state = T::decode(in, bounds);
    if (!state) {
      return unexpected(state.error());
    }
    return replicated_state{std::move(*state), next, generation};
  }
  friend bool operator==(const replicated_state&, const replicated_state&) = default;
};

/// To one neighbour: the whole state, or what came after what it acknowledged.
template <lattice T>
struct delta_message {
  T part;
  std::uint64_t next = 0;        ///< the sender's numbers below this are complete with it
  std::uint64_t generation = 0;  ///< of the sender
  /// nullopt: the whole state, good for anybody. Else the generation of the receiver that
  /// acknowledged what went before: a later one may lack that.
  std::optional<std::uint64_t> follows;

  void encode(byte_writer& out) const {
    out.u8(follows ? 1 : 0);
    out.varint(generation);
    out.varint(next);
    if (follows) {
      out.varint(*follows);
    }
    part.encode(out);
  }
  [[nodiscard]] static result<delta_message> decode(byte_reader& in, const limits& bounds = {}) {
    delta_message m;
    const bool whole = !codec<bool>::decode(in, bounds);
    m.generation = in.varint();
    m.next = in.varint();
    if (!whole) {
      m.follows = in.varint();
    }
    if (in.failed()) {
      return in.failure();
    }
    result<T> part = T::decode(in, bounds);
    if (!part) {
      return unexpected(part.error());
    }
    m.part = std::move(*part);
    return m;
  }
  friend bool operator==(const delta_message&, const delta_message&) = default;
};

/// "I have, on disk, all that you numbered below `upto`."; 0 says nothing about that.
struct delta_ack {
  std::uint64_t your_generation = 0;
  std::uint64_t upto = 0;
  std::uint64_t my_generation = 0;

  void encode(byte_writer& out) const {
    out.varint(your_generation);
    out.varint(upto);
    out.varint(my_generation);
  }
  [[nodiscard]] static result<delta_ack> decode(byte_reader& in, const limits& /*bounds*/ = {}) {
    delta_ack ack;
    ack.your_generation = in.varint();
    ack.upto = in.varint();
    ack.my_generation = in.varint();
    if (in.failed()) {
      return in.failure();
    }
    return ack;
  }
  friend bool operator==(const delta_ack&, const delta_ack&) = default;
};

struct replication_options {
  /// Encoded deltas kept for neighbours that lag; past it they get the whole state.
  std::size_t max_buffer_bytes = std::size_t{1} << 20U;
  /// Do not send a delta back to the neighbour that it came from.
  bool avoid_back_propagation = true;
  /// Keep of a received delta only what was new. Without it cycles of neighbours echo.
  bool remove_redundancy = true;
};

template <delta_crdt T>
class delta_replicator {
public:
  explicit delta_replicator(replicated_state<T> from = {}, const replication_options& options = {})
      : durable_(std::move(from)), options_(options) {}

  [[nodiscard]] const T& state() const noexcept { return durable_.state; }

  /// Runs `mutate(T&)`, which returns its delta as T or result<T>, and notes the delta. Returns
  /// what it returned.
  template <class Mutate>
  auto update(Mutate&& mutate) {
    auto made = mutate(durable_.state);
    if constexpr (requires { made.has_value(); }) {
      if (made.has_value()) {
        note(*made, std::nullopt);
      }
    } else {
      note(made, std::nullopt);
    }
    return made;
  }

  void add_neighbour(const replica_id& id) { neighbours_.try_emplace(id); }
  /// One that is gone for good, else the buffer keeps what it lacks. It may be added again.
  void remove_neighbour(const replica_id& id) {
    neighbours_.erase(id);
    collect();
  }

  /// The state has changed since `saved`.
  [[nodiscard]] bool unsaved() const noexcept { return unsaved_; }
  [[nodiscard]] const replicated_state<T>& to_save() const noexcept { return durable_; }
  /// What to_save() gives is on disk.
  void saved() noexcept { unsaved_ = false; }

  /// What `to` lacks, as far as known; nullopt: nothing, or it must be saved first. Asking again
  /// gives it again, until it is acknowledged: how often is for the caller to say.
  /// Pre: `to` is a neighbour. O(deltas since), or the whole state.
  [[nodiscard]] std::optional<delta_message<T>> message_for(const replica_id& to) {
    neighbour& n = find(to);
    // More than `next` is acknowledged only if `next` was lost; a new generation helps, else
    // nothing.
    if (unsaved_ || (n.acknowledged && *n.acknowledged >= durable_.next)) {
      return std::nullopt;
    }
    if (!n.acknowledged || *n.acknowledged < first_buffered() ||
        WEFT_DEFECT("delta_replicator.send.always_whole_state")) {
      n.offered = std::min(n.offered, durable_.next);
      return delta_message<T>{durable_.state, durable_.next, durable_.generation, std::nullopt};
    }
    std::optional<T> part;
    for (std::uint64_t k = *n.acknowledged; k < durable_.next; ++k) {
      const entry& e = buffer_[static_cast<std::size_t>(k - first_buffered())];
      if (!options_.avoid_back_propagation || e.origin != to) {
        part ? static_cast<void>(part->merge(e.delta)) : static_cast<void>(part.emplace(e.delta));
      }
    }
    if (!part) {
      n.acknowledged = durable_.next;  // all of it came from there
      collect();
      return std::nullopt;
    }
    return delta_message<T>{std::move(*part), durable_.next, durable_.generation, n.generation};
  }

  /// Joins what came, unless it follows what only an earlier life of this replica had. Every
  /// message is acknowledged, also one that brings nothing.
  void receive(const replica_id& from, const delta_message<T>& message) {
    if (const auto found = neighbours_.find(from); found != neighbours_.end()) {
      meet(found->second, message.generation);
    }
    owed& ack = owed_[from];
    if (message.generation > ack.generation) {
      ack = {message.generation, 0};
    }
    if (message.follows && *message.follows != durable_.generation &&
        !WEFT_DEFECT("delta_replicator.receive.joins_what_follows_nothing")) {
      return;  // the acknowledgement, of nothing, tells the present generation
    }
    if (message.generation == ack.generation) {
      ack.upto = std::max(ack.upto, message.next);
    }
    T fresh = difference(message.part, durable_.state);
    if (fresh != T{}) {
      note(options_.remove_redundancy ? fresh : message.part, from);
      durable_.state.merge(fresh);
    }
  }
  /// The acknowledgement owed to `to`, once; nullopt: none, or the state must be saved first.
  [[nodiscard]] std::optional<delta_ack> ack_for(const replica_id& to) {
    const auto found = owed_.find(to);
    if (found == owed_.end() || (unsaved_ && !WEFT_DEFECT("delta_replicator.ack.before_save"))) {
      return std::nullopt;
    }
    const delta_ack ack{found->second.generation, found->second.upto, durable_.generation};
    owed_.erase(found);
    return ack;
  }
  /// Late, repeated and foreign ones do no harm.
  void receive_ack(const replica_id& from, const delta_ack& ack) {
    const auto found = neighbours_.find(from);
    if (found == neighbours_.end() || ack.your_generation != durable_.generation ||
        !meet(found->second, ack.my_generation)) {
      return;
    }
    std::optional<std::uint64_t>& known = found->second.acknowledged;
    if (ack.upto > known.value_or(0) || WEFT_DEFECT("delta_replicator.ack.goes_back")) {
      known = ack.upto;
    }
    collect();
  }

  [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.size(); }
  [[nodiscard]] std::size_t buffered_bytes() const noexcept { return buffer_bytes_; }

private:
  struct entry {
    T delta;
    std::optional<replica_id> origin;  // nullopt: made here
    std::size_t size = 0;
  };
  static constexpr std::uint64_t never = ~std::uint64_t{0};
  struct neighbour {
    std::optional<std::uint64_t> acknowledged;  // A[j]; nullopt: never heard, send everything
    std::uint64_t offered = never;              // `next` when the whole state was first sent
    std::uint64_t generation = 0;
  };
  struct owed {
    std::uint64_t generation = 0;
    std::uint64_t upto = 0;
  };

  [[nodiscard]] neighbour& find(const replica_id& id) {
    const auto found = neighbours_.find(id);
    WEFT_ASSERT(found != neighbours_.end(), "messages are made for neighbours");
    return found->second;
  }
  [[nodiscard]] std::uint64_t first_buffered() const noexcept {
    return durable_.next - buffer_.size();
  }
  // Whether `generation` is the neighbour's present life; forgets an older one.
  static bool meet(neighbour& n, std::uint64_t generation) {
    if (generation > n.generation) {
      n.generation = generation;
      if (!WEFT_DEFECT("delta_replicator.restore.believes_old_acks")) {
        n.acknowledged.reset();
        n.offered = never;
      }
    }
    return generation == n.generation;
  }
  void note(const T& delta, std::optional<replica_id> origin) {
    if (delta == T{}) {
      return;
    }
    const std::size_t size = to_bytes(delta).size();
    buffer_.push_back({delta, origin, size});
    buffer_bytes_ += size;
    ++durable_.next;
    unsaved_ = true;
    while (buffer_bytes_ > options_.max_buffer_bytes) {
      drop_oldest();
    }
    if (neighbours_.empty()) {
      collect();
    }
  }
  void drop_oldest() {
    buffer_bytes_ -= buffer_.front().size;
    buffer_.pop_front();
  }
  // Drops what all have, or will get with the whole state.
  void collect() {
    std::uint64_t needed = durable_.next;
    for (const auto& [id, n] : neighbours_) {
      needed = std::min(needed, n.acknowledged.value_or(n.offered));
    }
    if (WEFT_DEFECT("delta_replicator.collect.one_too_many")) {
      ++needed;
    }
    while (!buffer_.empty() && first_buffered() < needed) {
      drop_oldest();
    }
  }

  replicated_state<T> durable_;
  replication_options options_;
  std::deque<entry> buffer_;
  std::size_t buffer_bytes_ = 0;
  std::map<replica_id, neighbour> neighbours_;
  std::map<replica_id, owed> owed_;
  bool unsaved_ = false;
};

}  // namespace weft::crdt

// SPDX-License-Identifier: MIT
// lww_map: a map in which the last write of a key wins, erasing included.
//
// State: per key the greatest stamp and what was written, a value or its absence. A write is
// stamped above what its writer saw of the key. Values are atomic: of two concurrent writes one is
// dropped, also when one of them erases. Cost: a stamp per key ever used; erased keys keep theirs.
// A plain value; concurrent const calls are safe. Source: Shapiro et al., INRIA RR-7506, 2011.
#pragma once

#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/keyed.hpp"
#include "weft/crdt/lattice/stamped.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace weft::crdt {

template <element K, element V>
class lww_map {
  struct written {
    lamport_stamp stamp;
    std::optional<V> value;
    friend bool operator==(const written&, const written&) = default;
  };

public:
  [[nodiscard]] bool contains(const K& key) const { return find(key) != nullptr; }
  /// Null when the key is not there. O(log n).
  [[nodiscard]] const V* find(const K& key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() || !found->second.value ? nullptr : &*found->second.value;
  }
  /// Of the last write of the key; time 0 when there was none.
  [[nodiscard]] lamport_stamp stamp(const K& key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? lamport_stamp{} : found->second.stamp;
  }
  /// Ascending. O(keys ever used).
  [[nodiscard]] std::vector<std::pair<K, V>> values() const {
    std::vector<std::pair<K, V>> all;
    for (const auto& [key, last] : entries_) {
      if (last.value) {
        all.emplace_back(key, *last.value);
      }
    }
    return all;
  }

  /// O(keys of both), or O(log n) each for a few.
  bool merge(const lww_map& other) {
    return merge_keyed(entries_, other.entries_, [](written& mine, const written& theirs) {
      if (under(theirs, mine) || (WEFT_DEFECT("lww_map.merge.spares_present") && !theirs.value)) {
        return false;
      }
      mine = theirs;
      return true;
    });
  }
  friend bool leq(const lww_map& a, const lww_map& b) {
    return leq_keyed(a.entries_, b.entries_, under);
  }
  friend lww_map difference(const lww_map& a, const lww_map& b) {
    lww_map d;
    d.entries_ = difference_keyed(a.entries_, b.entries_, under,
                                  [](const written& x, const written&) { return x; });
    return d;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    for (const auto& entry : entries_) {
      lww_map part;
      part.entries_.push_back(entry);
      f(part);
    }
  }

  void encode(byte_writer& out) const {
    std::vector<replica_id> named;
    for (const auto& [key, last] : entries_) {
      named.push_back(last.stamp.replica);
    }
    const replica_table table(std::move(named));
    table.encode(out);
    encode_keyed(out, entries_, [&](const written& last) {
      out.varint(last.stamp.time << 1U | (last.value ? 1U : 0U));
      table.put(out, last.stamp.replica);
      if (last.value) {
        codec<V>::encode(out, *last.value);
      }
    });
  }
  /// Refuses times above max_lamport: such a write would win for ever.
  [[nodiscard]] static result<lww_map> decode(byte_reader& in, const limits& bounds = {}) {
    lww_map map;
    replica_table table = replica_table::decode(in, bounds);
    map.entries_ = decode_keyed<K, written>(in, bounds, [&] {
      const std::uint64_t head = in.varint();
      written last;
      last.stamp.time = head >> 1U;
      if (!in.failed() && (last.stamp.time == 0 || last.stamp.time > max_lamport)) {
        in.fail(last.stamp.time == 0 ? errc::not_canonical : errc::limit_exceeded, "time of a key");
      }
      last.stamp.replica = table.get(in);
      if ((head & 1U) != 0) {
        last.value = codec<V>::decode(in, bounds);
      }
      return last;
    });
    table.expect_all_used(in);
    if (in.failed()) {
      return in.failure();
    }
    return map;
  }
  friend bool operator==(const lww_map&, const lww_map&) = default;

  /// Writes as one replica; see `on`.
  class mutator {
  public:
    mutator(lww_map& state, const replica_id& self) noexcept : state_(state), self_(self) {}
    /// Return the delta. errc::overflow, and no change, at the end of Lamport time. Erasing what is
    /// absent counts: it wins over an older concurrent write. O(log n).
    [[nodiscard]] result<lww_map> set(K key, V held) {
      return write(std::move(key), std::move(held));
    }
    [[nodiscard]] result<lww_map> erase(K key) {
      if (WEFT_DEFECT("lww_map.erase.forgets_stamp")) {
        state_.entries_.erase(key);
        return lww_map{};
      }
      return write(std::move(key), std::nullopt);
    }

  private:
    result<lww_map> write(K key, std::optional<V> held) {
      const std::uint64_t time = state_.stamp(key).time;
      if (time >= max_lamport) {
        return unexpected(errc::overflow, 0, "time of a key");
      }
      lww_map delta;
      delta.entries_.push_back({std::move(key), {{time + 1, self_}, std::move(held)}});
      state_.merge(delta);
      return delta;
    }
    lww_map& state_;
    replica_id self_;
  };

private:
  /// One stamp with two values means a reused id; the greater value wins, so that all agree.
  [[nodiscard]] static bool under(const written& a, const written& b) {
    return a.stamp != b.stamp ? a.stamp < b.stamp : !(b.value < a.value);
  }
  sorted_map<K, written> entries_;
};

}  // namespace weft::crdt

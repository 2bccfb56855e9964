// SPDX-License-Identifier: MIT
// Replicators of a set with disks that keep what was saved, over a network that loses, repeats and
// reorders. Elements are numbered, and the world knows what their makers had seen.
#pragma once

#include "../types/small_random.hpp"
#include "weft/crdt/replication/delta_replicator.hpp"
#include "weft/crdt/types/or_set.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weft::crdt {

using replicated_set = or_set<std::uint32_t>;

class lossy_world {
public:
  using link = std::pair<std::size_t, std::size_t>;
  struct habits {
    bool crashes = true;
    bool restart_from_zero = false;  ///< a crash loses `next` as well
    bool new_generation = false;     ///< and says so
    bool restores = false;           ///< a restart may be from an old backup, as another writer
    replication_options options{};
  };

  lossy_world(unsigned seed, std::size_t replicas, std::vector<link> links, const habits& h)
      : random_(seed), links_(std::move(links)), habits_(h) {
    for (std::size_t i = 0; i < replicas; ++i) {
      replicas_.emplace_back(replicator({}, h.options));
      replicas_.back().writer = replica_id::from_number(i + 1);
      meet_neighbours(i);
    }
  }

  void step() {
    const std::size_t i = random_() % replicas_.size();
    replica& r = replicas_[i];
    switch (random_() % 16) {
      case 0:
      case 1:
      case 2:
        add(r);
        break;
      case 3:
      case 4:
        save(r);
        break;
      case 5:
      case 6:
      case 7:
        ship(i);
        break;
      case 8:
        if (habits_.crashes) {
          crash(i);
        }
        break;
      case 9:
        if (random_() % 4 == 0) {
          r.backup = r.disk;
        }
        break;
      default:
        deliver_some();
    }
  }
  /// No more loss: everybody ships until nothing changes. Returns whether all agree.
  bool settle() {
    for (int round = 0; round < 12; ++round) {
      for (std::size_t i = 0; i < replicas_.size(); ++i) {
        save(replicas_[i]);
        ship(i);
      }
      while (!packets_.empty()) {
        deliver(take(random_() % packets_.size()));
      }
    }
    for (const replica& r : replicas_) {
      if (r.machine.state() != replicas_.front().machine.state()) {
        return false;
      }
    }
    return true;
  }
  /// Each element stands with all that its maker had seen.
  [[nodiscard]] bool causally_consistent() const {
    for (const replica& r : replicas_) {
      for (const std::uint32_t e : r.machine.state().values()) {
        for (const std::uint32_t before : seen_.at(e)) {
          if (!r.machine.state().contains(before)) {
            return false;
          }
        }
      }
    }
    return true;
  }
  [[nodiscard]] const replicated_set& state(std::size_t i) const {
    return replicas_[i].machine.state();
  }
  [[nodiscard]] std::size_t buffered(std::size_t i) const {
    return replicas_[i].machine.buffered();
  }
  [[nodiscard]] std::size_t bytes_sent() const noexcept { return bytes_sent_; }

private:
  using replicator = delta_replicator<replicated_set>;
  struct replica {
    explicit replica(replicator m) : machine(std::move(m)) {}
    replicator machine;
    replica_id writer{};
    replicated_state<replicated_set> disk;
    replicated_state<replicated_set> backup;
  };
  struct packet {
    std::size_t from = 0;
    std::size_t to = 0;
    bool is_ack = false;
    bytes data;
  };

  static replica_id name(std::size_t i) { return replica_id::from_number(100 + i); }
  void meet_neighbours(std::size_t i) {
    for (const auto& [x, y] : links_) {
      if (x == i || y == i) {
        replicas_[i].machine.add_neighbour(name(x == i ? y : x));
      }
    }
  }
  void add(replica& r) {
    const std::uint32_t e = next_element_++;
    seen_[e] = r.machine.state().values();
    static_cast<void>(
        r.machine.update([&](replicated_set& s) { return on(s, r.writer).add(e); }).value());
  }
  static void save(replica& r) {
    r.disk = r.machine.to_save();
    r.machine.saved();
  }
  void ship(std::size_t i) {
    for (const auto& [x, y] : links_) {
      if (x == i || y == i) {
        const std::size_t to = x == i ? y : x;
        if (const auto m = replicas_[i].machine.message_for(name(to))) {
          send({i, to, false, to_bytes(*m)});
        }
        acknowledge(i, to);
      }
    }
  }
  void acknowledge(std::size_t i, std::size_t to) {
    if (const auto ack = replicas_[i].machine.ack_for(name(to))) {
      send({i, to, true, to_bytes(*ack)});
    }
  }
  void send(packet p) {
    bytes_sent_ += p.data.size();
    packets_.push_back(std::move(p));
  }
  packet take(std::size_t k) {
    packet p = std::move(packets_[k]);
    packets_.erase(packets_.begin() + static_cast<std::ptrdiff_t>(k));
    return p;
  }
  void deliver_some() {
    if (packets_.empty()) {
      return;
    }
    const std::size_t k = random_() % packets_.size();
    const auto fate = random_() % 8;
    if (fate == 0) {
      take(k);  // lost
    } else if (fate == 1) {
      deliver(packet(packets_[k]));  // and once more later
    } else {
      deliver(take(k));
    }
  }
  void deliver(const packet& p) {
    replicator& machine = replicas_[p.to].machine;
    if (p.is_ack) {
      machine.receive_ack(name(p.from), from_bytes<delta_ack>(p.data).value());
    } else {
      machine.receive(name(p.from), from_bytes<delta_message<replicated_set>>(p.data).value());
      acknowledge(p.to, p.from);
    }
  }
  void crash(std::size_t i) {
    replica& r = replicas_[i];
    if (habits_.restores && random_() % 2 == 0) {
      r.disk = r.backup;
      r.disk.generation = ++last_generation_;
      r.writer = replica_id::from_number(10'000 + last_generation_);
    }
    if (habits_.restart_from_zero) {
      r.disk.next = 0;
      r.disk.generation = habits_.new_generation ? ++last_generation_ : r.disk.generation;
    }
    r.machine = replicator(r.disk, habits_.options);
    meet_neighbours(i);
  }

  small_random random_;
  std::vector<link> links_;
  habits habits_;
  std::vector<replica> replicas_;
  std::vector<packet> packets_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> seen_;  // by element
  std::uint32_t next_element_ = 0;
  std::uint64_t last_generation_ = 0;
  std::size_t bytes_sent_ = 0;
};

}  // namespace weft::crdt

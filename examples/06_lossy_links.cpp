// SPDX-License-Identifier: MIT
// Three replicas of a set over links that lose, repeat and reorder what is sent.
#include "weft/crdt/replication/delta_replicator.hpp"
#include "weft/crdt/types/or_set.hpp"

#include <array>
#include <iostream>
#include <random>
#include <string>
#include <vector>

using namespace weft::crdt;
using names = or_set<std::string>;

struct packet {
  std::size_t from, to;
  bool is_ack;
  bytes data;
};

int main() {
  std::array<delta_replicator<names>, 3> nodes;
  std::array<replica_id, 3> ids;
  std::array<replicated_state<names>, 3> disks;
  for (std::size_t i = 0; i < 3; ++i) {
    ids[i] = replica_id::from_number(i);
    nodes[i].add_neighbour(replica_id::from_number((i + 1) % 3));
    nodes[i].add_neighbour(replica_id::from_number((i + 2) % 3));
  }
  std::mt19937 random(1);
  std::vector<packet> network;
  std::size_t messages = 0;
  std::size_t sent = 0;
  for (int tick = 0; tick < 60; ++tick) {
    for (std::size_t i = 0; i < 3; ++i) {
      if (tick < 10) {  // then everybody rests
        const std::string name = std::string(1, static_cast<char>('a' + tick)) + std::to_string(i);
        static_cast<void>(nodes[i].update([&](names& s) { return on(s, ids[i]).add(name); }));
      }
      disks[i] = nodes[i].to_save();
      nodes[i].saved();
      for (std::size_t to = 0; to < 3; ++to) {
        if (const auto ack = nodes[i].ack_for(ids[to])) {
          network.push_back({i, to, true, to_bytes(*ack)});
        }
        if (to != i) {
          if (const auto message = nodes[i].message_for(ids[to])) {
            network.push_back({i, to, false, to_bytes(*message)});
            ++messages;
            sent += network.back().data.size();
          }
        }
      }
    }
    std::vector<packet> late;
    while (!network.empty()) {
      std::swap(network[random() % network.size()], network.back());
      const packet p = network.back();
      network.pop_back();
      const auto fate = random() % 4;
      if (fate == 0) {
        continue;  // lost
      }
      if (fate == 1) {
        late.push_back(p);  // and once more
      }
      if (p.is_ack) {
        nodes[p.to].receive_ack(ids[p.from], from_bytes<delta_ack>(p.data).value());
      } else {
        nodes[p.to].receive(ids[p.from], from_bytes<delta_message<names>>(p.data).value());
      }
    }
    network = late;
  }
  std::cout << messages << " messages, " << sent << " bytes\n";
  for (const auto& node : nodes) {
    std::cout << node.state().size() << " names, " << to_bytes(node.state()).size() << " bytes"
              << (node.state() == nodes[0].state() ? ", the same" : ", another set") << '\n';
  }
}

// SPDX-License-Identifier: MIT
// A slow twin that is quick: what replicas show, read off one order of all items ever made.
//
// The order of a text depends on the set of its items alone, and more items never reorder others,
// so one list of all items serves every replica: each shows those that it knows and that no
// erasure it knows took. FugueMax by its *tree* definition, as in naive_list, without its copies
// and maps; histories of some hundred operations cost microseconds. The naive twins judge this one
// (twin_property_test.cpp). Not thread-safe.
#pragma once

#include "weft/crdt/ids.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace weft::test {

inline constexpr std::size_t twin_slots = 16;  ///< replica ids of one history
inline constexpr std::size_t twin_texts = 2;
using slot = std::uint32_t;  ///< a replica id, as an index
using op_counts = std::array<std::uint32_t, twin_slots>;
using item_index = std::uint32_t;
inline constexpr item_index no_item = std::numeric_limits<item_index>::max();

/// Every item of one text. The list ends beyond `no_item` on the right, begins beyond it on the
/// left.
class total_order {
public:
  struct item {
    crdt::op_id id{};
    item_index left = no_item;  ///< its neighbours when it was typed, erased ones included
    item_index right = no_item;
    char32_t scalar = 0;
    std::uint32_t position = 0;  ///< in the text that its author saw
    item_index left_children = no_item, right_children = no_item, next_sibling = no_item;
  };

  item_index add(const item& fresh);
  [[nodiscard]] const std::vector<item>& items() const { return items_; }
  [[nodiscard]] const std::vector<item_index>& order() const { return order_; }

private:
  [[nodiscard]] std::size_t position(item_index i) const;
  [[nodiscard]] item_index leftmost(item_index i) const;
  [[nodiscard]] item_index rightmost(item_index i) const;
  [[nodiscard]] bool before(item_index a, item_index b, bool left_child) const;

  std::vector<item> items_;
  std::vector<item_index> order_;
  item_index roots_ = no_item;
};

/// One operation: an item made or erased, or a number added to the one counter.
struct twin_op {
  enum class kind_of : std::uint8_t { insert, erase, add } kind = kind_of::insert;
  std::uint8_t text = 0;
  item_index item = no_item;   ///< insert, erase
  std::uint32_t position = 0;  ///< in the text that its author saw
  std::int64_t amount = 0;
  std::uint32_t seen = 0;  ///< index into twin_world::pasts
  std::uint64_t lamport = 0;
};

struct twin_world {
  std::array<crdt::replica_id, twin_slots> ids{};
  std::array<total_order, twin_texts> texts;
  std::array<std::vector<twin_op>, twin_slots> ops;
  std::vector<op_counts> pasts;  ///< what authors knew

  [[nodiscard]] const op_counts& past(slot s, std::uint32_t counter) const {
    return pasts[ops[s][counter].seen];
  }
};

/// One replica: what it knows and what it has received.
class twin_replica {
public:
  twin_replica(twin_world& world, slot self) : world_(&world), self_(self) {}

  void set_slot(slot self) { self_ = self; }
  [[nodiscard]] slot self() const { return self_; }

  // Local edits. Pre: inside the text.
  void insert(std::size_t text, std::uint32_t at, std::u32string_view scalars);
  void erase(std::size_t text, std::uint32_t at, std::uint32_t count);
  void add(std::int64_t amount);

  /// Operations of one replica arrive; `settle` applies what is complete and says how many.
  void receive(slot from, std::uint32_t first, std::uint32_t count);
  std::uint64_t settle();
  /// What waits is lost.
  void forget_waiting();

  [[nodiscard]] const op_counts& known() const { return known_; }
  [[nodiscard]] bool received(slot from, std::uint32_t counter) const {
    return counter < received_[from].size() && received_[from][counter] != 0;
  }
  [[nodiscard]] std::vector<crdt::op_id> frontier() const;
  [[nodiscard]] std::uint64_t op_count() const;
  [[nodiscard]] std::uint64_t lamport() const { return lamport_; }
  [[nodiscard]] std::int64_t sum() const { return static_cast<std::int64_t>(sum_); }
  [[nodiscard]] std::uint32_t length(std::size_t text) const { return lengths_[text]; }
  [[nodiscard]] std::u32string text(std::size_t text) const;
  enum class presence : std::uint8_t { unknown, shown, erased };
  [[nodiscard]] presence state(std::size_t text, item_index i) const {
    return i < states_[text].size() ? states_[text][i] : presence::unknown;
  }
  /// The shown item at a position. Pre: inside the text.
  [[nodiscard]] item_index shown(std::size_t text, std::uint32_t at) const;
  /// Number of shown items before an item of the order.
  [[nodiscard]] std::uint32_t shown_before(std::size_t text, item_index i) const;

private:
  void commit(twin_op op);
  void apply(const twin_op& op);
  [[nodiscard]] bool ready(slot s) const;

  twin_world* world_;
  slot self_;
  op_counts known_{};
  std::array<std::vector<std::uint8_t>, twin_slots> received_;
  std::array<std::vector<presence>, twin_texts> states_;
  std::array<std::uint32_t, twin_texts> lengths_{};
  std::uint64_t sum_ = 0;
  std::uint64_t lamport_ = 0;  ///< the greatest known
};

}  // namespace weft::test

// SPDX-License-Identifier: MIT
// map_state: one map container: its log of operations and what each key shows.
//
// Per key it keeps the writes that no other known write of the key follows and no reset covers
// ("live"); the one with the greatest (lamport, replica) is shown. A write that others follow can
// never win again: a follower has a greater lamport, and a reset that covers the follower covers
// its past as well. Not thread-safe.
#pragma once

#include "history/causal_graph.hpp"
#include "history/local_index.hpp"
#include "weft/crdt/document/value.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::crdt {

enum class map_op_kind : std::uint8_t { set, erase, reset };

struct map_op {
  local_index at = 0;
  map_op_kind kind = map_op_kind::set;
  std::uint32_t key = 0;    ///< index into keys(); none for reset
  std::uint32_t value = 0;  ///< index into values(); set only
};

class map_state {
public:
  /// What the key shows; nullptr: nothing. O(log keys).
  [[nodiscard]] const value* get(std::string_view key) const;
  [[nodiscard]] std::size_t size() const noexcept { return shown_; }
  void for_each(const std::function<void(std::string_view, const value&)>& f) const;
  /// Whether any write is live, erasures included.
  [[nodiscard]] bool has_live() const noexcept { return live_ != 0; }

  // Local operations follow everything known here.
  void local_set(local_index at, std::string_view key, value v);
  void local_erase(local_index at, std::string_view key);
  void local_reset(local_index at);
  // Others: their past is asked of `graph`. O(live writes of the key), reset O(live writes).
  // Return the keys whose shown value may have changed in `changed` (may be null).
  void merge_set(const causal_graph& graph, local_index at, std::string_view key, value v);
  void merge_erase(const causal_graph& graph, local_index at, std::string_view key);
  void merge_reset(const causal_graph& graph, local_index at, std::vector<std::string>* changed);

  /// Ascending by local index.
  [[nodiscard]] const std::vector<map_op>& log() const noexcept { return log_; }
  [[nodiscard]] const std::string& key_name(std::uint32_t key) const { return *names_[key]; }
  [[nodiscard]] const value& value_at(std::uint32_t index) const { return values_[index]; }
  /// Shows a value until the history is loaded into a fresh state.
  void load_value(std::string_view key, value v);

private:
  static constexpr std::uint32_t nothing = 0xffff'ffffU;
  struct write {
    local_index at;
    std::uint32_t value;  ///< `nothing`: an erasure
  };
  struct slot {
    std::uint32_t number = 0;
    std::vector<write> live;  ///< the one shown is the first
  };
  slot& slot_of(std::string_view key);
  void replace_all(slot& s, write w);
  void merge(const causal_graph& graph, slot& s, write w);
  static void put_winner_first(const causal_graph& graph, slot& s);
  [[nodiscard]] static bool shows(const slot& s) noexcept {
    return !s.live.empty() && s.live.front().value != nothing;
  }

  std::map<std::string, slot, std::less<>> slots_;
  std::vector<const std::string*> names_;  ///< keys of slots_, which never move
  std::vector<value> values_;
  std::vector<map_op> log_;
  std::size_t shown_ = 0;
  std::uint64_t live_ = 0;
};

}  // namespace weft::crdt

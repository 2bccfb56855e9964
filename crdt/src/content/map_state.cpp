// SPDX-License-Identifier: MIT
#include "content/map_state.hpp"

#include <algorithm>
#include <utility>

namespace weft::crdt {

const value* map_state::get(std::string_view key) const {
  const auto found = slots_.find(key);
  if (found == slots_.end() || !shows(found->second)) {
    return nullptr;
  }
  return &values_[found->second.live.front().value];
}

void map_state::for_each(const std::function<void(std::string_view, const value&)>& f) const {
  for (const auto& [key, s] : slots_) {
    if (shows(s)) {
      f(key, values_[s.live.front().value]);
    }
  }
}

map_state::slot& map_state::slot_of(std::string_view key) {
  auto found = slots_.find(key);
  if (found == slots_.end()) {
    found = slots_.try_emplace(std::string(key)).first;
    found->second.number = static_cast<std::uint32_t>(names_.size());
    names_.push_back(&found->first);
  }
  return found->second;
}

void map_state::replace_all(slot& s, write w) {
  shown_ -= shows(s) ? 1U : 0U;
  live_ = live_ - s.live.size() + 1;
  s.live.assign(1, w);
  shown_ += shows(s) ? 1U : 0U;
}

void map_state::merge(const causal_graph& graph, slot& s, write w) {
  shown_ -= shows(s) ? 1U : 0U;
  live_ -= s.live.size();
  const local_index version[] = {w.at};
  std::erase_if(s.live, [&](const write& old) { return graph.contains(version, old.at); });
  s.live.push_back(w);
  live_ += s.live.size();
  put_winner_first(graph, s);
  shown_ += shows(s) ? 1U : 0U;
}

void map_state::put_winner_first(const causal_graph& graph, slot& s) {
  const auto stamp = [&](const write& w) {
    return std::pair{graph.lamport(w.at), graph.id_of(graph.replica_of(w.at))};
  };
  const auto winner =
      std::max_element(s.live.begin(), s.live.end(),
                       [&](const write& a, const write& b) { return stamp(a) < stamp(b); });
  if (winner != s.live.end()) {
    std::iter_swap(s.live.begin(), winner);
  }
}

void map_state::local_set(local_index at, std::string_view key, value v) {
  slot& s = slot_of(key);
  const auto index = static_cast<std::uint32_t>(values_.size());
  values_.push_back(std::move(v));
  log_.push_back({at, map_op_kind::set, s.number, index});
  replace_all(s, {at, index});
}

void map_state::local_erase(local_index at, std::string_view key) {
  slot& s = slot_of(key);
  log_.push_back({at, map_op_kind::erase, s.number, nothing});
  replace_all(s, {at, nothing});
}

void map_state::local_reset(local_index at) {
  for (auto& [key, s] : slots_) {
    s.live.clear();
  }
  log_.push_back({at, map_op_kind::reset, nothing, nothing});
  shown_ = 0;
  live_ = 0;
}

void map_state::merge_set(const causal_graph& graph, local_index at, std::string_view key,
                          value v) {
  slot& s = slot_of(key);
  const auto index = static_cast<std::uint32_t>(values_.size());
  values_.push_back(std::move(v));
  log_.push_back({at, map_op_kind::set, s.number, index});
  merge(graph, s, {at, index});
}

void map_state::merge_erase(const causal_graph& graph, local_index at, std::string_view key) {
  slot& s = slot_of(key);
  log_.push_back({at, map_op_kind::erase, s.number, nothing});
  merge(graph, s, {at, nothing});
}

void map_state::merge_reset(const causal_graph& graph, local_index at,
                            std::vector<std::string>* changed) {
  const local_index version[] = {at};
  for (auto& [key, s] : slots_) {
    const std::size_t before = s.live.size();
    shown_ -= shows(s) ? 1U : 0U;
    std::erase_if(s.live, [&](const write& old) { return graph.contains(version, old.at); });
    put_winner_first(graph, s);
    shown_ += shows(s) ? 1U : 0U;
    live_ -= before - s.live.size();
    if (changed != nullptr && before != s.live.size()) {
      changed->push_back(key);
    }
  }
  log_.push_back({at, map_op_kind::reset, nothing, nothing});
}

void map_state::load_value(std::string_view key, value v) {
  slot& s = slot_of(key);
  const auto index = static_cast<std::uint32_t>(values_.size());
  values_.push_back(std::move(v));
  replace_all(s, {0, index});
}

}  // namespace weft::crdt

// SPDX-License-Identifier: MIT
// Gathering of events: what the open transaction or import did, per container.
#include "document/document_core.hpp"

#include <algorithm>
#include <utility>

namespace weft::crdt {

container_change& document_core::change_of(container_index c) {
  container_record& record = containers_[c];
  if (record.event_slot == no_container) {
    record.event_slot = static_cast<std::uint32_t>(gathered_.size());
    container_change change;
    change.container = c;
    change.type = record.type;
    gathered_.push_back(std::move(change));
  }
  return gathered_[record.event_slot];
}

void document_core::note_patch(container_index c, std::uint32_t at, std::uint32_t erased,
                               std::string_view inserted, std::uint32_t scalars) {
  std::vector<text_patch>& patches = change_of(c).patches;
  if (!patches.empty()) {
    // Typing on, the Delete key and Backspace over older text continue the last patch.
    text_patch& last = patches.back();
    const std::uint32_t end = last.position + last.inserted_length;
    if (erased == 0 && at == end) {
      last.inserted.append(inserted);
      last.inserted_length += scalars;
      return;
    }
    if (scalars == 0 && at == end) {
      last.erased += erased;
      return;
    }
    if (scalars == 0 && last.inserted_length == 0 && at + erased == last.position) {
      last.position = at;
      last.erased += erased;
      return;
    }
  }
  patches.push_back({at, erased, scalars, std::string(inserted)});
}

void document_core::note_key(container_index c, std::string_view key) {
  if (!listeners_.empty()) {
    change_of(c).keys.emplace_back(key);
  }
}

void document_core::note_counter(container_index c, std::int64_t delta) {
  if (!listeners_.empty()) {
    std::int64_t& sum = change_of(c).counter_delta;
    sum = wrapping_add(sum, delta);
  }
}

void document_core::finish(origin from) {
  origin_ = origin::local;
  const index_range made{transaction_start_, graph_.size()};
  if (pending_history_ || made.empty()) {
    return;
  }
  for (local_observer* observer : observers_) {
    observer->on_local(made, from);
  }
  deliver(from);
}

void document_core::deliver(origin from) {
  if (gathered_.empty()) {
    return;
  }
  event e;
  e.from = from;
  e.changes = std::move(gathered_);
  gathered_.clear();
  std::sort(e.changes.begin(), e.changes.end(),
            [](const auto& a, const auto& b) { return a.container < b.container; });
  for (container_change& change : e.changes) {
    containers_[change.container].event_slot = no_container;
    std::sort(change.keys.begin(), change.keys.end());
    change.keys.erase(std::unique(change.keys.begin(), change.keys.end()), change.keys.end());
  }
  // A listener may unsubscribe itself or others: walk a copy.
  const auto listeners = listeners_;
  for (const auto& [token, f] : listeners) {
    f(e);
  }
}

}  // namespace weft::crdt

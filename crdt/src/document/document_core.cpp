// SPDX-License-Identifier: MIT
#include "document/document_core.hpp"

#include "content/rope.hpp"
#include "document/import_scratch.hpp"
#include "document/importer.hpp"
#include "weft/crdt/limits.hpp"

#include <algorithm>
#include <utility>

namespace weft::crdt {

document_core::document_core(const replica_id& self) : self_(self) {
  self_index_ = graph_.intern(self);
}

document_core::~document_core() = default;

void document_core::set_self(const replica_id& self) {
  WEFT_ASSERT(depth_ == 0, "the replica changes only between transactions");
  self_ = self;
  self_index_ = graph_.intern(self);
}

const version_vector& document_core::version() const {
  return pending_history_ ? pending_history_->version : graph_.tip_version();
}

crdt::frontier document_core::frontier() const {
  if (pending_history_) {
    return pending_history_->tip;
  }
  crdt::frontier tip;
  for (const local_index i : graph_.tip()) {
    tip.push_back(graph_.id_of_op(i));
  }
  std::sort(tip.begin(), tip.end());
  return tip;
}

std::uint64_t document_core::op_count() const {
  return pending_history_ ? pending_history_->op_count : graph_.size();
}

// A document whose history turned out broken shows what it showed, and takes no edits.
bool document_core::editable() {
  if (!pending_history_) [[likely]] {
    return true;
  }
  return load_history().has_value();
}

container_index document_core::root(container_type type, std::string_view name) {
  const container_index found = containers_.intern(type, no_container, name);
  if (staging_ != nullptr) {
    staging_->keep_containers();
  }
  return found;
}

void document_core::start_transaction() {
  interrupt();
  if (editable()) {
    transaction_start_ = graph_.size() + (typed_.empty() ? 0 : typed_.operations());
  }
}

local_index document_core::append(container_index c, std::uint32_t length) {
  const local_index next = graph_.size();
  if (!graph_.extend_tip(self_index_, length)) [[unlikely]] {
    return append_elsewhere(c, length);
  }
  own(c, next);
  return next;
}

void document_core::note_owner(container_index c, local_index first) {
  owners_.push_back({first, c});
}

// As append, where the last run does not go on.
local_index document_core::append_elsewhere(container_index c, std::uint32_t length) {
  WEFT_ASSERT(length <= max_op_count - graph_.size(),
              "a document holds fewer than 2^31 operations");
  const heads& tip = graph_.tip();
  const std::uint32_t counter = graph_.count(self_index_);
  local_index first = 0;
  if (tip.size() == 1) {
    // A copy: the graph moves its tip while it appends.
    const local_index parent = tip.front();
    first = graph_.append(self_index_, counter, length, {&parent, 1});
  } else {
    const local_frontier parents = tip.to_vector();
    first = graph_.append(self_index_, counter, length, parents);
  }
  own(c, first);
  return first;
}

void document_core::put_in_place() {
  const sequence_run run = typed_.run();
  const container_index c = typed_.container();
  text_state& state = *containers_[c].text;
  if (run.kind == run_kind::insert) {
    state.local_insert(append(c, run.length), run.position, typed_.text(), run.length);
  } else {
    state.local_erase(append(c, run.length), run.position, run.length, run.kind);
  }
  typed_.clear();
}

void document_core::edit_text(container_index c, std::uint32_t at, std::uint32_t count,
                              std::string_view utf8, std::uint32_t scalars) {
  interrupt();
  settle();
  if (watched_ || utf8.size() > typing::capacity) {
    const edit_scope scope(*this);
    text_replace(c, at, count, utf8, scalars);
    return;
  }
  if (!editable()) [[unlikely]] {
    return;
  }
  const std::uint32_t length = containers_[c].text->content().length();
  if (count != 0) {
    typed_.start_erase(c, length, at, count);
  }
  if (scalars != 0) {
    settle();
    typed_.start_insert(c, length - count, at, utf8, scalars);
  }
}

void document_core::text_replace(container_index c, std::uint32_t at, std::uint32_t count,
                                 std::string_view utf8, std::uint32_t scalars) {
  if (!editable()) [[unlikely]] {
    return;
  }
  text_state& state = *containers_[c].text;
  if (count != 0) {
    state.local_erase(append(c, count), at, count, run_kind::erase_forward);
  }
  if (scalars != 0) {
    state.local_insert(append(c, scalars), at, utf8, scalars);
  }
  if (!listeners_.empty()) {
    note_patch(c, at, count, utf8, scalars);
  }
}

void document_core::map_set(container_index c, std::string_view key, value v) {
  if (!editable()) {
    return;
  }
  reset_children(c, key);
  containers_[c].map->local_set(append(c, 1), key, std::move(v));
  note_key(c, key);
}

void document_core::map_erase(container_index c, std::string_view key) {
  if (!editable() || containers_[c].map->get(key) == nullptr) {
    return;
  }
  reset_children(c, key);
  containers_[c].map->local_erase(append(c, 1), key);
  note_key(c, key);
}

container_index document_core::map_ensure(container_index c, std::string_view key,
                                          container_type type) {
  WEFT_ASSERT(containers_[c].depth < limits{}.max_nesting, "containers nest at most 1024 deep");
  const container_index child = containers_.intern(type, c, key);
  const value* shown = containers_[c].map->get(key);
  if (shown != nullptr && *shown == value{child_ref{type}}) {
    return child;
  }
  const edit_scope scope(*this);
  if (!editable()) {
    return child;
  }
  // The key shows something else, which goes with what is in it. The child keeps what the erasure
  // that hid it had not seen.
  for (const container_type other :
       {container_type::text, container_type::map, container_type::counter}) {
    if (const container_index i = containers_.find(other, c, key);
        other != type && i != no_container) {
      reset_container(i);
    }
  }
  containers_[c].map->local_set(append(c, 1), key, child_ref{type});
  note_key(c, key);
  return child;
}

void document_core::counter_add(container_index c, std::int64_t amount) {
  if (!editable()) {
    return;
  }
  containers_[c].counter->add(append(c, 1), amount);
  note_counter(c, amount);
}

void document_core::reset_children(container_index map, std::string_view key) {
  for (const container_type type :
       {container_type::text, container_type::map, container_type::counter}) {
    if (const container_index i = containers_.find(type, map, key); i != no_container) {
      reset_container(i);
    }
  }
}

// Makes the operations that take back what the container shows, and all below it.
void document_core::reset_container(container_index c) {
  switch (containers_[c].type) {
    case container_type::text:
      if (const std::uint32_t length = containers_[c].text->content().length(); length != 0) {
        text_replace(c, 0, length, {}, 0);
      }
      return;
    case container_type::counter:
      if (containers_[c].counter->has_live()) {
        const std::int64_t before = containers_[c].counter->value();
        containers_[c].counter->local_reset(append(c, 1));
        note_counter(c, wrapping_subtract(0, before));
      }
      return;
    case container_type::map:
      break;
  }
  const std::vector<container_index> children = containers_[c].children;
  for (const container_index child : children) {
    reset_container(child);
  }
  map_state& state = *containers_[c].map;
  if (state.has_live()) {
    state.for_each([&](std::string_view key, const value&) { note_key(c, key); });
    state.local_reset(append(c, 1));
  }
}

std::uint64_t document_core::subscribe(document::listener f) {
  listeners_.emplace_back(next_token_, std::move(f));
  update_watched();
  return next_token_++;
}

void document_core::unsubscribe(std::uint64_t token) {
  std::erase_if(listeners_, [&](const auto& entry) { return entry.first == token; });
  update_watched();
}

void document_core::add_observer(local_observer& o) {
  observers_.push_back(&o);
  update_watched();
}

void document_core::remove_observer(local_observer& o) {
  std::erase(observers_, &o);
  update_watched();
}

void document_core::check_invariants() const {
  graph_.check_invariants();
  for (container_index c = 0; c < containers_.size(); ++c) {
    const container_record& record = containers_[c];
    WEFT_ASSERT(record.parent == no_container || record.parent < c, "parents come first");
    if (record.text) {
      record.text->check_invariants();
    }
  }
  for (std::size_t i = 1; i < owners_.size(); ++i) {
    WEFT_ASSERT(owners_[i - 1].first < owners_[i].first, "owner runs ascend");
  }
}

}  // namespace weft::crdt

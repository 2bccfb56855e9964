// SPDX-License-Identifier: MIT
// Imports, second half: what the new operations do to the containers.
#include "base/utf.hpp"
#include "document/importer.hpp"

#include <algorithm>
#include <utility>

namespace weft::crdt {

result<void> importer::stage_items(const added_span& added) {
  const op_batch& batch = *batch_;
  std::uint32_t skip = added.skip;
  local_index at = added.first;
  for (std::uint32_t n = batch.first_item(added.span); n < batch.spans[added.span].item_end; ++n) {
    const batch_item& item = batch.items[n];
    if (skip >= item.length) {
      skip -= item.length;
      continue;
    }
    const container_index c = container(item.container);
    if (core_.containers_.size() > bounds_->max_containers) {
      return unexpected(errc::limit_exceeded, added.span, "containers of a document");
    }
    if (owners_.empty() || owners_.back().container != c) {
      owners_.push_back({at, c});
    }
    if (core_.containers_[c].type == container_type::text) {
      if (auto staged = stage_text(c, n, skip, at); !staged) {
        return staged;
      }
    } else {
      others_.push_back({c, at, &item});
    }
    at += item.length - skip;
    skip = 0;
  }
  return {};
}

result<void> importer::stage_text(container_index c, std::uint32_t n, std::uint32_t skip,
                                  local_index at) {
  const batch_item& item = batch_->items[n];
  text_state& state = *core_.containers_[c].text;
  if (!state.staging()) {
    texts_.push_back(c);
    state.begin_staging();
    if (!state.has_room(batch_->content.size())) {
      return unexpected(errc::document_full, 0, "text of a container's history");
    }
    if (batch_->containers.size() == 1) {
      state.expect(batch_->content.size());
    }
  }
  std::string_view text;
  if (item.kind == item_kind::insert) {
    text = batch_->insert_text(n);
    if (skip != 0) {
      text.remove_prefix(utf::bytes_of(text, skip));
    }
  }
  state.add_run(run_of(item, skip, at), text);
  return {};
}

// The operations of a text's item from `skip` on.
sequence_run importer::run_of(const batch_item& item, std::uint32_t skip, local_index at) noexcept {
  sequence_run run;
  run.first = at;
  run.position = item.position;
  run.length = item.length - skip;
  run.kind = run_kind::erase_forward;
  if (item.kind == item_kind::insert) {
    run.kind = run_kind::insert;
    run.position += skip;
  } else if (item.kind == item_kind::erase_backward && run.length > 1) {
    // The upper part came first and is known.
    run.kind = run_kind::erase_backward;
  }
  return run;
}

result<import_report> importer::run_one(const op_batch& batch, const located_run& at,
                                        const limits& bounds) {
  WEFT_ASSERT(!busy(), "one import at a time");
  causal_graph& graph = core_.graph_;
  const batch_span& span = batch.spans.front();
  if (span.length > max_op_count - graph.size()) {
    return unexpected(errc::document_full, 0, "operations of a document");
  }
  if (at.parents.size() > bounds.max_parents) {
    return unexpected(errc::limit_exceeded, 0, "number of parents");
  }
  if (const auto checked = graph.check_parents(at.author, at.parents); !checked) {
    return unexpected(checked.error().code, 0, checked.error().what);
  }
  text_state& state = *core_.containers_[at.text].text;
  if (!state.has_room(batch.content.size())) {
    return unexpected(errc::document_full, 0, "text of a container's history");
  }
  saved_ = graph.save();
  const local_index first = graph.append_after(at.author, span.counter, span.length, at.parents);
  state.begin_staging();
  local_index next = first;
  for (std::size_t n = 0; n < batch.items.size(); ++n) {
    const batch_item& item = batch.items[n];
    state.add_run(run_of(item, 0, next),
                  item.kind == item_kind::insert ? batch.insert_text(n) : std::string_view{});
    next += item.length;
  }
  if (const auto merged = state.merge_some(graph, UINT64_MAX); !merged) {
    state.roll_back();
    graph.roll_back(saved_);
    return unexpected(merged.error());
  }
  core_.own(at.text, first);
  const bool told = !core_.listeners_.empty();
  state.publish(told ? &core_.change_of(at.text).patches : nullptr);
  if (told) {
    core_.deliver(origin::import);
  }
  return import_report{span.length, 0, 0};
}

container_index importer::container(std::uint32_t slot) {
  if (container_[slot] == no_container) {
    const batch_container& named = batch_->containers[slot];
    const container_index parent =
        named.parent == no_parent ? no_container : container(named.parent);
    container_[slot] = core_.containers_.intern(named.type, parent, named.key);
  }
  return container_[slot];
}

void importer::roll_back() {
  for (const container_index c : texts_) {
    core_.containers_[c].text->roll_back();
  }
  core_.containers_.truncate(containers_before_);
  core_.graph_.roll_back(saved_);
  batch_ = nullptr;
}

import_report importer::publish() {
  WEFT_ASSERT(next_added_ == added_.size() && next_text_ == texts_.size(),
              "what is published is staged");
  for (const document_core::owner_run& run : owners_) {
    core_.own(run.container, run.first);
  }
  const bool told = !core_.listeners_.empty();
  for (const container_index c : texts_) {
    core_.containers_[c].text->publish(told ? &core_.change_of(c).patches : nullptr);
  }
  for (const other_item& other : others_) {
    publish(other);
  }
  for (change& c : orphans_) {
    core_.backlog_.add(std::move(c), bounds_->max_pending_bytes);
  }
  orphans_.clear();
  constexpr std::size_t most_kept = 1'024;
  if (added_.capacity() > most_kept) {
    added_ = {};
  }
  batch_ = nullptr;
  core_.deliver(origin::import);
  return report_;
}

void importer::publish(const other_item& other) {
  const container_record& record = core_.containers_[other.container];
  const op_batch& batch = *batch_;
  const batch_item& item = *other.item;
  const causal_graph& graph = core_.graph_;
  switch (item.kind) {
    case item_kind::map_set:
      record.map->merge_set(graph, other.at, batch.keys[item.position], batch.values[item.payload]);
      core_.note_key(other.container, batch.keys[item.position]);
      return;
    case item_kind::map_erase:
      record.map->merge_erase(graph, other.at, batch.keys[item.position]);
      core_.note_key(other.container, batch.keys[item.position]);
      return;
    case item_kind::map_reset: {
      std::vector<std::string> changed;
      record.map->merge_reset(graph, other.at, &changed);
      for (const std::string& key : changed) {
        core_.note_key(other.container, key);
      }
      return;
    }
    default:
      break;
  }
  const std::int64_t before = record.counter->value();
  if (item.kind == item_kind::counter_add) {
    record.counter->add(other.at, static_cast<std::int64_t>(item.payload));
  } else {
    record.counter->merge_reset(graph, other.at);
  }
  core_.note_counter(other.container, wrapping_subtract(record.counter->value(), before));
}

}  // namespace weft::crdt

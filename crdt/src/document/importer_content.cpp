// SPDX-License-Identifier: MIT
// Imports, second half: what the new operations do to the containers.
#include "base/utf.hpp"
#include "content/rope.hpp"
#include "content/sequence_log.hpp"
#include "document/importer.hpp"

#include <algorithm>
#include <utility>

namespace weft::crdt {
namespace {

// The operations of a text's item from `skip` on.
sequence_run run_of(const batch_item& item, std::uint32_t skip, local_index at) noexcept {
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

}  // namespace

// The items of these spans, or of the first of them. Returns what comes after their operations.
result<local_index> importer::stage_items(const added_spans& added, item_range items) {
  const op_batch& batch = *batch_;
  std::uint32_t skip = added.known;
  local_index at = added.at;
  for (std::uint32_t n = items.first; n < items.end;) {
    const batch_item& item = batch.items[n];
    if (skip >= item.length) {
      skip -= item.length;
      ++n;
      continue;
    }
    const container_index c = container(item.container);
    if (core_.containers_.size() > bounds_->max_containers) {
      return unexpected(errc::limit_exceeded, added.first, "containers of a document");
    }
    if (owners_.empty() || owners_.back().container != c) {
      owners_.push_back({at, c});
    }
    if (core_.containers_[c].type == container_type::text) {
      const auto next = stage_text(c, {n, items.end}, skip, at);
      if (!next) {
        return unexpected(next.error());
      }
      n = *next;
    } else {
      others_.push_back({c, at, &item});
      ++at;
      ++n;
    }
    skip = 0;
  }
  return at;
}

// As many of the items as are one text's; gives the one after them.
result<std::uint32_t> importer::stage_text(container_index c, item_range items, std::uint32_t skip,
                                           local_index& at) {
  const op_batch& batch = *batch_;
  text_state& state = *core_.containers_[c].text;
  // Nothing else is in the batch, and nothing of it was known.
  const bool takes_text = spent_ != nullptr && batch.containers.size() == 1 && items.first == 0 &&
                          items.end == batch.items.size() && skip == 0 &&
                          state.log().arena().empty();
  if (!state.staging()) {
    texts_.push_back(c);
    state.begin_staging();
    if (!state.has_room(batch.text().size())) {
      return unexpected(errc::document_full, 0, "text of a container's history");
    }
    if (batch.containers.size() == 1 && !takes_text) {
      state.expect(batch.text().size());
    }
  }
  const std::uint32_t slot = batch.items[items.first].container;
  sequence_log& log = state.staged_log();
  std::uint32_t n = items.first;
  if (skip != 0 || batch.items[n].length > max_run) {
    std::string_view text = batch.insert_text(n);
    text.remove_prefix(utf::bytes_of(text, batch.items[n].kind == item_kind::insert ? skip : 0));
    const sequence_run run = run_of(batch.items[n], skip, at);
    log.push(run, text);
    at += run.length;
    ++n;
  }
  // What they insert stands in one piece.
  const std::uint64_t arena = log.arena().size();
  std::uint64_t start = UINT64_MAX;
  std::uint32_t last = n;
  for (; n < items.end && batch.items[n].container == slot && batch.items[n].length <= max_run;
       ++n) {
    const batch_item& item = batch.items[n];
    sequence_run run = run_of(item, 0, at);
    if (item.kind == item_kind::insert) {
      start = std::min(start, item.payload);
      run.content = arena + (item.payload - start);
      last = n;
    }
    log.push_run(run);
    at += run.length;
  }
  if (takes_text && n == items.end && start == 0) {
    log.take_text(std::move(spent_->content));
  } else if (start != UINT64_MAX) {
    const std::string_view text = batch.insert_text(last);
    const char* const from = batch.text().data() + start;
    log.push_text({from, static_cast<std::size_t>(text.data() + text.size() - from)});
  }
  return n;
}

result<import_report> importer::run_one(const text_run& run, const located_run& at,
                                        const limits& bounds) {
  WEFT_ASSERT(!busy(), "one import at a time");
  causal_graph& graph = core_.graph_;
  if (run.length > max_op_count - graph.size()) {
    return unexpected(errc::document_full, 0, "operations of a document");
  }
  if (at.parents.size() > bounds.max_parents) {
    return unexpected(errc::limit_exceeded, 0, "number of parents");
  }
  text_state& state = *core_.containers_[at.text].text;
  if (!state.has_room(run.content.size())) {
    return unexpected(errc::document_full, 0, "text of a container's history");
  }
  if (graph.are_tip(at.parents)) {
    return run_at_tip(run, at);
  }
  if (const auto checked = graph.check_parents(at.author, at.parents); !checked) {
    return unexpected(checked.error().code, 0, checked.error().what);
  }
  saved_ = graph.save();
  const local_index first =
      graph.append_after(at.author, graph.count(at.author), run.length, at.parents);
  state.begin_staging();
  local_index next = first;
  for (std::size_t n = 0; n < run.items.size(); ++n) {
    const batch_item& item = run.items[n];
    state.staged_log().push(run_of(item, 0, next), item.kind == item_kind::insert
                                                       ? insert_text(run.items, run.content, n)
                                                       : std::string_view{});
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
  return import_report{run.length, 0, 0};
}

// Who had seen all that is here edits it as we do: once the positions are known to be good there is
// nothing to stage.
result<import_report> importer::run_at_tip(const text_run& run, const located_run& at) {
  causal_graph& graph = core_.graph_;
  text_state& state = *core_.containers_[at.text].text;
  std::uint32_t length = state.content().length();
  for (const batch_item& item : run.items) {
    const bool inserts = item.kind == item_kind::insert;
    if (item.position > length || (!inserts && item.length > length - item.position)) {
      return unexpected(errc::bad_position, 0, "position outside of its author's text");
    }
    length = inserts ? length + item.length : length - item.length;
  }
  local_index next = graph.size();
  if (!graph.extend_tip(at.author, run.length)) {
    graph.append_after(at.author, graph.count(at.author), run.length, at.parents);
  }
  core_.own(at.text, next);
  const bool told = !core_.listeners_.empty();
  for (std::size_t n = 0; n < run.items.size(); ++n) {
    const sequence_run part = run_of(run.items[n], 0, next);
    const bool inserts = part.kind == run_kind::insert;
    std::string_view text;
    if (inserts) {
      text = insert_text(run.items, run.content, n);
      state.local_insert(next, part.position, text, part.length);
    } else {
      state.local_erase(next, part.position, part.length, part.kind);
    }
    if (told) {
      core_.note_patch(at.text, part.position, inserts ? 0 : part.length, text,
                       inserts ? part.length : 0);
    }
    next += part.length;
  }
  if (told) {
    core_.deliver(origin::import);
  }
  return import_report{run.length, 0, 0};
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
    std::vector<added_spans>().swap(added_);
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

// SPDX-License-Identifier: MIT
// Imports: staged, all or nothing.
//
// Order of work: the graph grows by what is new (after a saved point), texts compute their effects
// on the side, and only when every check has passed do states change. Maps and counters take any
// operation, so they need no staging.
#include "base/utf.hpp"
#include "codec/item_codec.hpp"
#include "codec/op_batch.hpp"
#include "codec/update_codec.hpp"
#include "document/document_core.hpp"
#include "document/import_order.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

namespace weft::crdt {

namespace {

// Longer overlaps are taken on trust: comparing them would cost more than applying them.
constexpr std::uint32_t compared_operations = 1'024;
constexpr std::uint32_t compared_spans = 64;

// The part of `item` that its first `count` operations make up.
batch_item first_part(batch_item item, std::uint32_t count) {
  if (item.kind == item_kind::erase_backward) {
    item.position += item.length - count;
  }
  item.length = count;
  return item;
}

// A batch of one span: the first `count` operations of span `i`.
op_batch head_of(const op_batch& batch, std::size_t i, std::uint32_t count) {
  op_batch out;
  out.containers = batch.containers;
  out.keys = batch.keys;
  for (std::uint32_t n = batch.first_item(i), left = count; left != 0; ++n) {
    batch_item item = first_part(batch.items[n], std::min(left, batch.items[n].length));
    left -= item.length;
    if (item.kind == item_kind::insert) {
      const std::size_t size = insert_size_bytes(batch, item);
      out.content.append(batch.content, item.payload, size);
      item.payload = out.content.size() - size;
    } else if (item.kind == item_kind::map_set) {
      out.values.push_back(batch.values[item.payload]);
      item.payload = out.values.size() - 1;
    }
    push_item(out.items, 0, item);
  }
  batch_span span;
  span.length = count;
  span.item_end = static_cast<std::uint32_t>(out.items.size());
  out.spans.push_back(span);
  return out;
}

}  // namespace

class staging {
public:
  staging(document_core& core, const op_batch& batch, const limits& bounds)
      : core_(core),
        batch_(batch),
        bounds_(bounds),
        saved_(core.graph_.save()),
        containers_before_(core.containers_.size()),
        replica_(batch.replicas.size(), unresolved),
        container_(batch.containers.size(), no_container) {}

  result<import_report> run() {
    if (const auto staged = stage_spans(); !staged) {
      roll_back();
      return unexpected(staged.error());
    }
    if (const auto staged = stage_texts(); !staged) {
      roll_back();
      return unexpected(staged.error());
    }
    publish();
    return report_;
  }

private:
  static constexpr replica_index unresolved = 0xffff'ffffU;

  struct other_item {  // an operation on a map or a counter
    container_index container;
    local_index at;
    const batch_item* item;
  };
  struct text_runs {
    container_index container = 0;
    std::vector<sequence_run> runs;
  };

  // The replica, if the document knows it.
  std::optional<replica_index> known_replica(std::uint32_t slot) {
    if (replica_[slot] == unresolved) {
      const auto found = core_.graph_.find(batch_.replicas[slot]);
      if (!found) {
        return std::nullopt;
      }
      replica_[slot] = *found;
    }
    return replica_[slot];
  }

  result<void> stage_spans() {
    if (batch_.spans.size() == 1) {
      return stage_span(0);
    }
    for (const std::uint32_t i : import_order(batch_)) {
      if (auto staged = stage_span(i); !staged) {
        return staged;
      }
    }
    return {};
  }

  result<void> stage_span(std::size_t i) {
    const batch_span& span = batch_.spans[i];
    const auto known = known_replica(span.replica);
    const std::uint32_t count = known ? core_.graph_.count(*known) : 0;
    const bool complete = resolve_parents(i);
    if (span.counter < count) {
      // Part of it is known: one operation has one set of parents.
      const local_index at = *core_.graph_.index_of(*known, span.counter);
      core_.graph_.parents_of(at, scratch_);
      if (!complete || scratch_ != parents_) {
        return unexpected(errc::equivocation, i, "two operations with one id");
      }
    }
    const std::uint32_t skip =
        std::min(count > span.counter ? count - span.counter : 0, span.length);
    if (skip != 0 && skip <= compared_operations && compared_++ < compared_spans &&
        !same_operations(i, *known, skip)) {
      return unexpected(errc::equivocation, i, "two operations with one id");
    }
    report_.known += skip;
    if (skip == span.length) {
      return {};
    }
    if (span.counter > count || !complete) {
      keep(i);
      return {};
    }
    return add(i, skip);
  }

  // Whether the first `count` operations of the span are those that the document has.
  [[nodiscard]] bool same_operations(std::size_t i, replica_index r, std::uint32_t count) const {
    const std::uint32_t counter = batch_.spans[i].counter;
    std::vector<index_range> ranges;
    for (std::uint32_t at = 0; at < count;) {
      const local_index first = *core_.graph_.index_of(r, counter + at);
      const std::uint32_t length =
          std::min(count - at, core_.graph_.entry_range(first).end - first);
      ranges.push_back({first, first + length});
      at += length;
    }
    // Operations staged by this very import are not in the states yet.
    if (ranges.back().end > saved_.size) {
      return true;
    }
    const op_batch own = core_.collect(ranges);
    return own.spans.size() == 1 &&
           encode_body(own, 0) == encode_body(head_of(batch_, i, count), 0);
  }

  // Local indexes of the span's parents, sorted; false if one is missing.
  bool resolve_parents(std::size_t i) {
    parents_.clear();
    for (std::uint32_t p = batch_.first_parent(i); p < batch_.spans[i].parent_end; ++p) {
      const batch_parent& parent = batch_.parents[p];
      const auto replica = known_replica(parent.replica);
      const auto at = replica ? core_.graph_.index_of(*replica, parent.counter) : std::nullopt;
      if (!at) {
        return false;
      }
      parents_.push_back(*at);
    }
    std::sort(parents_.begin(), parents_.end());
    leave_out_own(i);
    return true;
  }

  // A signed header does not say whether the replica's own previous operation is a parent, since
  // the hash chain names it anyway. It is none when another parent already follows it.
  void leave_out_own(std::size_t i) {
    const batch_span& span = batch_.spans[i];
    if (parents_.size() < 2 || span.counter == 0 || replica_[span.replica] == unresolved) {
      return;
    }
    const auto own = core_.graph_.index_of(replica_[span.replica], span.counter - 1);
    const auto at = own ? std::lower_bound(parents_.begin(), parents_.end(), *own) : parents_.end();
    if (at == parents_.end() || *at != *own) {
      return;
    }
    local_frontier others = parents_;
    others.erase(others.begin() + (at - parents_.begin()));
    if (core_.graph_.contains(others, *own)) {
      parents_ = std::move(others);
    }
  }

  result<void> add(std::size_t i, std::uint32_t skip) {
    const batch_span& span = batch_.spans[i];
    causal_graph& graph = core_.graph_;
    const std::uint32_t length = span.length - skip;
    if (length > max_op_count - graph.size()) {
      return unexpected(errc::document_full, i, "operations of a document");
    }
    if (replica_[span.replica] == unresolved) {
      if (graph.replica_count() >= bounds_.max_replicas) {
        return unexpected(errc::limit_exceeded, i, "replicas of a document");
      }
      replica_[span.replica] = graph.intern(batch_.replicas[span.replica]);
    }
    const replica_index r = replica_[span.replica];
    if (skip != 0) {
      parents_ = {*graph.index_of(r, span.counter + skip - 1)};
    } else if (const auto checked = graph.check_parents(r, parents_); !checked) {
      return unexpected(checked.error().code, i, checked.error().what);
    }
    const local_index first = graph.append(r, span.counter + skip, length, parents_);
    if (skip == 0 && span.lamport != 0 && graph.lamport(first) != span.lamport) {
      return unexpected(errc::bad_value, i, "lamport that the parents do not give");
    }
    report_.applied += length;
    return add_items(i, skip, first);
  }

  result<void> add_items(std::size_t i, std::uint32_t skip, local_index at) {
    for (std::uint32_t n = batch_.first_item(i); n < batch_.spans[i].item_end; ++n) {
      const batch_item& item = batch_.items[n];
      if (skip >= item.length) {
        skip -= item.length;
        continue;
      }
      const container_index c = container(item.container);
      if (core_.containers_.size() > bounds_.max_containers) {
        return unexpected(errc::limit_exceeded, i, "containers of a document");
      }
      if (owners_.empty() || owners_.back().container != c) {
        owners_.push_back({at, c});
      }
      if (core_.containers_[c].type == container_type::text) {
        add_run(c, item, skip, at);
      } else {
        others_.push_back({c, at, &item});
      }
      at += item.length - skip;
      skip = 0;
    }
    return {};
  }

  void add_run(container_index c, const batch_item& item, std::uint32_t skip, local_index at) {
    sequence_run run;
    run.first = at;
    run.position = item.position;
    run.length = item.length - skip;
    switch (item.kind) {
      case item_kind::insert:
        run.kind = run_kind::insert;
        run.position += skip;
        run.content = item.payload;
        if (skip != 0) {
          run.content += utf::bytes_of(std::string_view{batch_.content}.substr(item.payload), skip);
        }
        break;
      case item_kind::erase_backward:
        // The upper part came first and is known.
        run.kind = run.length == 1 ? run_kind::erase_forward : run_kind::erase_backward;
        break;
      default:
        run.kind = run_kind::erase_forward;
        break;
    }
    runs_of(c).push_back(run);
  }

  std::vector<sequence_run>& runs_of(container_index c) {
    if (texts_.empty() || texts_[last_text_].container != c) {
      last_text_ = text_slot(c);
    }
    return texts_[last_text_].runs;
  }

  // Its place in texts_, where it is added if it is not there. Few need no table.
  std::size_t text_slot(container_index c) {
    constexpr std::size_t few = 8;
    if (texts_.size() <= few) {
      const auto found = std::find_if(texts_.begin(), texts_.end(),
                                      [&](const text_runs& t) { return t.container == c; });
      if (found != texts_.end()) {
        return static_cast<std::size_t>(found - texts_.begin());
      }
    } else if (const auto found = text_slots_.find(c); found != text_slots_.end()) {
      return found->second;
    }
    texts_.push_back({c, {}});
    if (texts_.size() > few) {
      for (std::size_t i = text_slots_.size(); i < texts_.size(); ++i) {
        text_slots_.emplace(texts_[i].container, i);
      }
    }
    return texts_.size() - 1;
  }

  container_index container(std::uint32_t slot) {
    if (container_[slot] == no_container) {
      const batch_container& named = batch_.containers[slot];
      const container_index parent =
          named.parent == no_parent ? no_container : container(named.parent);
      container_[slot] = core_.containers_.intern(named.type, parent, named.key);
    }
    return container_[slot];
  }

  void keep(std::size_t i) {
    const batch_span& span = batch_.spans[i];
    if (kept_bytes_ > bounds_.max_pending_bytes) {
      return;
    }
    change c;
    c.first = {batch_.replicas[span.replica], span.counter};
    c.length = span.length;
    c.lamport = span.lamport;
    for (std::uint32_t p = batch_.first_parent(i); p < span.parent_end; ++p) {
      c.parents.push_back({batch_.replicas[batch_.parents[p].replica], batch_.parents[p].counter});
    }
    c.body = encode_body(batch_, i);
    kept_bytes_ += c.body.size();
    orphans_.push_back(std::move(c));
    report_.pending += span.length;
  }

  result<void> stage_texts() {
    for (const text_runs& t : texts_) {
      text_state& state = *core_.containers_[t.container].text;
      ++staged_texts_;
      if (const auto staged = state.stage(core_.graph_, t.runs, batch_.content); !staged) {
        return unexpected(staged.error());
      }
    }
    return {};
  }

  void roll_back() {
    for (std::size_t i = 0; i < staged_texts_; ++i) {
      core_.containers_[texts_[i].container].text->roll_back();
    }
    core_.containers_.truncate(containers_before_);
    core_.graph_.roll_back(saved_);
  }

  void publish() {
    for (const document_core::owner_run& run : owners_) {
      core_.own(run.container, run.first);
    }
    const bool told = !core_.listeners_.empty();
    for (const text_runs& t : texts_) {
      std::vector<text_patch>* patches = told ? &core_.change_of(t.container).patches : nullptr;
      core_.containers_[t.container].text->publish(patches);
    }
    for (const other_item& other : others_) {
      publish(other);
    }
    for (change& c : orphans_) {
      core_.backlog_.add(std::move(c), bounds_.max_pending_bytes);
    }
    core_.deliver(origin::import);
  }

  void publish(const other_item& other) {
    const container_record& record = core_.containers_[other.container];
    const batch_item& item = *other.item;
    const causal_graph& graph = core_.graph_;
    switch (item.kind) {
      case item_kind::map_set:
        record.map->merge_set(graph, other.at, batch_.keys[item.position],
                              batch_.values[item.payload]);
        core_.note_key(other.container, batch_.keys[item.position]);
        return;
      case item_kind::map_erase:
        record.map->merge_erase(graph, other.at, batch_.keys[item.position]);
        core_.note_key(other.container, batch_.keys[item.position]);
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

  document_core& core_;
  const op_batch& batch_;
  const limits& bounds_;
  causal_graph::saved saved_;
  std::uint32_t containers_before_;
  std::vector<replica_index> replica_;
  std::vector<container_index> container_;
  local_frontier parents_;
  local_frontier scratch_;
  std::vector<document_core::owner_run> owners_;
  std::vector<text_runs> texts_;
  std::unordered_map<container_index, std::size_t> text_slots_;
  std::size_t last_text_ = 0;
  std::size_t staged_texts_ = 0;
  std::vector<other_item> others_;
  std::vector<change> orphans_;
  std::uint64_t kept_bytes_ = 0;
  std::uint32_t compared_ = 0;
  import_report report_;
};

result<import_report> document_core::apply(const op_batch& batch, const limits& bounds) {
  WEFT_ASSERT(depth_ == 0, "imports happen between transactions");
  if (const auto loaded = load_history(); !loaded) {
    return unexpected(loaded.error());
  }
  auto report = staging(*this, batch, bounds).run();
  if (report && report->applied != 0 && (!backlog_.empty() || !waiting_.empty())) {
    const std::uint64_t released = release(bounds);
    report->applied += released;
    report->pending -= std::min(report->pending, released);
  }
  return report;
}

std::uint64_t document_core::release(const limits& bounds) {
  std::uint64_t applied = 0;
  for (std::uint64_t more = 1; more != 0; applied += more) {
    more = backlog_.empty() ? 0 : apply_backlog(bounds);
    more += waiting_.empty() ? 0 : apply_waiting(bounds);
  }
  return applied;
}

std::uint64_t document_core::apply_resolved(const op_batch& batch, const limits& bounds) {
  const auto report = staging(*this, batch, bounds).run();
  return report ? report->applied : 0;
}

// Each round releases what the one before made ready. A kept change that turns out to be bad is
// dropped; it must not spoil the import that released it.
std::uint64_t document_core::apply_backlog(const limits& bounds) {
  std::uint64_t applied = 0;
  for (;;) {
    const std::vector<change> ready = backlog_.take_ready(graph_);
    if (ready.empty()) {
      return applied;
    }
    const auto all = batch_of(ready, bounds);
    const auto together = all ? staging(*this, *all, bounds).run() : unexpected(all.error());
    if (together) {
      applied += together->applied;
      continue;
    }
    for (const change& one : ready) {
      const auto batch = batch_of({&one, 1}, bounds);
      if (!batch) {
        continue;
      }
      if (const auto alone = staging(*this, *batch, bounds).run(); alone) {
        applied += alone->applied;
      }
    }
  }
}

}  // namespace weft::crdt

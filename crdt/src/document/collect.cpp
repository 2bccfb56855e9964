// SPDX-License-Identifier: MIT
// Collecting operations out of the document into batches: updates, canonical form, changes.
#include "codec/op_batch.hpp"
#include "codec/update_codec.hpp"
#include "document/document_core.hpp"
#include "history/walk_order.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace weft::crdt {
namespace {

constexpr std::uint32_t unseen = 0xffff'ffffU;

// A span of the batch to be, in terms of this document. Its operations may stand in several places
// of the local order.
struct raw_span {
  replica_index replica = 0;
  std::uint32_t counter = 0;
  std::uint32_t length = 0;
  std::uint64_t lamport = 0;  // of the first operation
  std::vector<index_range> parts;
  local_frontier parents;

  [[nodiscard]] bool continued_by(const causal_graph::entry_view& e) const {
    return e.replica == replica && e.counter == counter + length && e.parents.size() == 1 &&
           e.parents[0] == parts.back().end - 1;
  }
  void extend(index_range range) {
    length += range.length();
    if (parts.back().end == range.first) {
      parts.back().end = range.end;
    } else {
      parts.push_back(range);
    }
  }
};

raw_span span_of(const causal_graph::entry_view& e) {
  raw_span span;
  span.replica = e.replica;
  span.counter = e.counter;
  span.length = e.range.length();
  span.parts = {e.range};
  span.parents.assign(e.parents.begin(), e.parents.end());
  return span;
}

class batch_builder {
public:
  explicit batch_builder(const document_core& core)
      : core_(core), container_(core.containers().size(), unseen) {}

  op_batch build(std::span<const raw_span> spans, std::span<const std::uint32_t> order) {
    number_replicas(spans);
    batch_.spans.reserve(spans.size());
    for (const std::uint32_t i : order) {
      add(spans[i]);
    }
    return std::move(batch_);
  }

private:
  struct parent_place {
    replica_index replica;
    std::uint32_t counter;
  };

  parent_place place_of(local_index parent) const {
    return {core_.graph().replica_of(parent), core_.graph().counter_of(parent)};
  }

  // The table ascends by id, so that equal operations give equal numbers.
  void number_replicas(std::span<const raw_span> spans) {
    replica_.assign(core_.graph().replica_count(), unseen);
    std::vector<replica_index> used;
    const auto use = [&](replica_index r) {
      if (replica_[r] == unseen) {
        replica_[r] = 0;
        used.push_back(r);
      }
    };
    for (const raw_span& span : spans) {
      use(span.replica);
      for (const local_index parent : span.parents) {
        use(core_.graph().replica_of(parent));
      }
    }
    std::sort(used.begin(), used.end(), [&](replica_index a, replica_index b) {
      return core_.graph().rank(a) < core_.graph().rank(b);
    });
    for (const replica_index r : used) {
      replica_[r] = static_cast<std::uint32_t>(batch_.replicas.size());
      batch_.replicas.push_back(core_.graph().id_of(r));
    }
  }

  void add(const raw_span& raw) {
    batch_span span;
    span.replica = replica_[raw.replica];
    span.counter = raw.counter;
    span.length = raw.length;
    span.lamport = core_.graph().lamport(raw.parts.front().first);
    const auto first_parent = static_cast<std::ptrdiff_t>(batch_.parents.size());
    for (const local_index parent : raw.parents) {
      const parent_place place = place_of(parent);
      batch_.parents.push_back({replica_[place.replica], place.counter});
    }
    std::sort(batch_.parents.begin() + first_parent, batch_.parents.end());
    floor_ = batch_.items.size();
    for (const index_range& part : raw.parts) {
      core_.for_each_owner(part, [&](index_range range, container_index c) { add(range, c); });
    }
    span.item_end = static_cast<std::uint32_t>(batch_.items.size());
    span.parent_end = static_cast<std::uint32_t>(batch_.parents.size());
    batch_.spans.push_back(span);
  }

  void add(index_range range, container_index c) {
    const std::uint32_t slot = container(c);
    const container_record& record = core_.containers()[c];
    switch (record.type) {
      case container_type::text:
        add_text(range, slot, *record.text);
        return;
      case container_type::map:
        add_map(range, slot, *record.map);
        return;
      case container_type::counter:
        add_counter(range, slot, *record.counter);
        return;
    }
  }

  std::uint32_t container(container_index c) {
    if (container_[c] != unseen) {
      return container_[c];
    }
    const container_record& record = core_.containers()[c];
    batch_container named;
    named.type = record.type;
    named.parent = record.parent == no_container ? no_parent : container(record.parent);
    named.key = record.key;
    container_[c] = static_cast<std::uint32_t>(batch_.containers.size());
    batch_.containers.push_back(std::move(named));
    return container_[c];
  }

  void add_text(index_range range, std::uint32_t slot, const text_state& state) {
    state.for_each_run(range, [&](const sequence_run& run, std::string_view inserted) {
      batch_item item;
      item.container = slot;
      item.kind = run.kind == run_kind::insert          ? item_kind::insert
                  : run.kind == run_kind::erase_forward ? item_kind::erase_forward
                                                        : item_kind::erase_backward;
      item.position = run.position;
      item.length = run.length;
      item.payload = run.kind == run_kind::insert ? batch_.content.size() : 0;
      batch_.content += inserted;
      push_item(batch_.items, floor_, item);
    });
  }

  template <class Log>
  static auto first_in(const Log& log, local_index first) {
    return std::partition_point(log.begin(), log.end(),
                                [&](const auto& op) { return op.at < first; });
  }

  void add_map(index_range range, std::uint32_t slot, const map_state& state) {
    for (auto op = first_in(state.log(), range.first);
         op != state.log().end() && op->at < range.end; ++op) {
      batch_item item;
      item.container = slot;
      switch (op->kind) {
        case map_op_kind::set:
          item.kind = item_kind::map_set;
          item.payload = batch_.values.size();
          batch_.values.push_back(state.value_at(op->value));
          break;
        case map_op_kind::erase:
          item.kind = item_kind::map_erase;
          break;
        case map_op_kind::reset:
          item.kind = item_kind::map_reset;
          break;
      }
      item.position = op->kind == map_op_kind::reset ? 0 : key(state.key_name(op->key));
      batch_.items.push_back(item);
    }
  }

  void add_counter(index_range range, std::uint32_t slot, const counter_state& state) {
    for (auto op = first_in(state.log(), range.first);
         op != state.log().end() && op->at < range.end; ++op) {
      batch_item item;
      item.container = slot;
      item.kind = op->is_reset ? item_kind::counter_reset : item_kind::counter_add;
      item.payload = static_cast<std::uint64_t>(op->amount);
      batch_.items.push_back(item);
    }
  }

  std::uint32_t key(const std::string& name) {
    const auto [found, is_new] =
        keys_.try_emplace(name, static_cast<std::uint32_t>(batch_.keys.size()));
    if (is_new) {
      batch_.keys.push_back(name);
    }
    return found->second;
  }

  const document_core& core_;
  op_batch batch_;
  std::vector<std::uint32_t> container_;
  std::vector<std::uint32_t> replica_;
  std::unordered_map<std::string_view, std::uint32_t> keys_;  // names live in the map states
  std::size_t floor_ = 0;                                     // first item of the span being added
};

}  // namespace

namespace {

// Spans as long as their replica went on alone, and the order to write them in: that of (lamport,
// id) of their first operations. Both depend on the operations alone and not on how they arrived,
// and a span comes after its parents: a parent's lamport, hence that of the first operation of its
// span, is smaller.
struct span_list {
  span_list(const causal_graph& graph, std::span<const index_range> ranges) : graph_(graph) {
    std::vector<std::uint32_t> newest(graph.replica_count(), none);
    for (const index_range& range : ranges) {
      graph.for_each_entry(range, [&](const causal_graph::entry_view& e) {
        std::uint32_t& last = newest[e.replica];
        if (last != none && spans[last].continued_by(e)) {
          spans[last].extend(e.range);
        } else {
          last = static_cast<std::uint32_t>(spans.size());
          spans.push_back(span_of(e));
          spans.back().lamport = graph.lamport(e.range.first);
        }
        parts_.push_back({e.range, last});
      });
    }
    order.resize(spans.size());
    std::iota(order.begin(), order.end(), 0U);
    const auto before = [&](std::uint32_t a, std::uint32_t b) {
      return spans[a].lamport != spans[b].lamport
                 ? spans[a].lamport < spans[b].lamport
                 : graph.rank(spans[a].replica) < graph.rank(spans[b].replica);
    };
    std::sort(order.begin(), order.end(), before);
  }

  /// Branches stand together: that is short to write and cheap to take in.
  void order_by_turns() {
    if (spans.size() < 2) {
      return;
    }
    std::vector<std::uint32_t> place(spans.size());
    std::vector<std::uint32_t> newest(graph_.replica_count(), none);
    std::vector<walk_node> nodes;
    std::vector<std::uint32_t> parents;
    nodes.reserve(spans.size());
    for (std::uint32_t i = 0; i < spans.size(); ++i) {
      place[order[i]] = i;
    }
    for (std::uint32_t i = 0; i < spans.size(); ++i) {
      const raw_span& span = spans[order[i]];
      for (const local_index parent : span.parents) {
        if (const std::uint32_t found = holder(parent); found != none) {
          parents.push_back(place[found]);
        }
      }
      if (newest[span.replica] != none) {
        parents.push_back(newest[span.replica]);
      }
      newest[span.replica] = i;
      nodes.push_back({static_cast<std::uint32_t>(parents.size()), 0, span.replica});
    }
    std::vector<std::uint32_t> turns = turn_order(nodes, parents);
    for (std::uint32_t& i : turns) {
      i = order[i];
    }
    order = std::move(turns);
  }

  std::vector<raw_span> spans;
  std::vector<std::uint32_t> order;

private:
  static constexpr std::uint32_t none = 0xffff'ffffU;

  struct held {
    index_range range;
    std::uint32_t span;
  };

  // The span that holds an operation; none: it is not to be written.
  [[nodiscard]] std::uint32_t holder(local_index i) const {
    const auto after =
        std::upper_bound(parts_.begin(), parts_.end(), i,
                         [](local_index key, const held& part) { return key < part.range.first; });
    return after == parts_.begin() || (after - 1)->range.end <= i ? none : (after - 1)->span;
  }

  const causal_graph& graph_;
  std::vector<held> parts_;  // ascending, as the ranges are
};

}  // namespace

op_batch document_core::collect(std::span<const index_range> ranges) const {
  span_list list(graph_, ranges);
  list.order_by_turns();
  return batch_builder(*this).build(list.spans, list.order);
}

op_batch document_core::collect_canonical() const {
  const index_range all[] = {{0, graph_.size()}};
  const span_list list(graph_, all);
  return batch_builder(*this).build(list.spans, list.order);
}

namespace {

// The first `length` operations of `span` from operation `skip` on.
raw_span cut(const raw_span& span, std::uint32_t skip, std::uint32_t length) {
  raw_span out;
  out.replica = span.replica;
  out.counter = span.counter + skip;
  out.length = length;
  std::uint32_t before = 0;
  for (const index_range& part : span.parts) {
    const std::uint32_t end = before + part.length();
    const std::uint32_t from = std::max(before, skip);
    const std::uint32_t to = std::min(end, skip + length);
    if (from < to) {
      out.parts.push_back({part.first + (from - before), part.first + (to - before)});
    } else if (end == skip) {
      out.parents = {part.end - 1};
    }
    if (from < to && from == skip && skip > before) {
      out.parents = {out.parts.front().first - 1};
    }
    before = end;
  }
  if (skip == 0) {
    out.parents = span.parents;
  }
  return out;
}

change to_change(const op_batch& batch) {
  const batch_span& span = batch.spans.front();
  change c;
  c.first = {batch.replicas[span.replica], span.counter};
  c.length = span.length;
  c.lamport = span.lamport;
  for (const batch_parent& parent : batch.parents) {
    c.parents.push_back({batch.replicas[parent.replica], parent.counter});
  }
  c.body = encode_body(batch, 0);
  return c;
}

}  // namespace

std::vector<change> document_core::collect_changes(replica_index r, std::uint32_t first_counter,
                                                   const limits& bounds) const {
  std::vector<raw_span> spans;
  const auto first = graph_.index_of(r, first_counter);
  if (!first) {
    return {};
  }
  graph_.for_each_entry({*first, graph_.size()}, [&](const causal_graph::entry_view& e) {
    if (e.replica != r) {
      return;
    }
    if (!spans.empty() && spans.back().continued_by(e)) {
      spans.back().extend(e.range);
    } else {
      spans.push_back(span_of(e));
    }
  });
  std::vector<change> changes;
  constexpr std::uint32_t only[] = {0};
  for (const raw_span& span : spans) {
    for (std::uint32_t at = 0; at < span.length;) {
      std::uint32_t length = std::min(span.length - at, bounds.max_change_ops);
      // One operation is never cut, however large its value.
      for (;; length = std::max(length / 2, 1U)) {
        const raw_span part = cut(span, at, length);
        change c = to_change(batch_builder(*this).build({&part, 1}, only));
        if (length == 1 || c.body.size() <= bounds.max_change_body_bytes) {
          changes.push_back(std::move(c));
          break;
        }
      }
      at += length;
    }
  }
  return changes;
}

}  // namespace weft::crdt

// SPDX-License-Identifier: MIT
// Collecting operations out of the document into batches: updates, canonical form, changes.
#include "codec/op_batch.hpp"
#include "codec/update_codec.hpp"
#include "document/document_core.hpp"

#include <algorithm>
#include <limits>
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

  op_batch build(std::span<const raw_span> spans) {
    number_replicas(spans);
    for (const raw_span& raw : spans) {
      add(raw);
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

op_batch document_core::collect(std::span<const index_range> ranges) const {
  std::vector<raw_span> spans;
  for (const index_range& range : ranges) {
    graph_.for_each_entry(range, [&](const causal_graph::entry_view& e) {
      if (!spans.empty() && spans.back().continued_by(e)) {
        spans.back().extend(e.range);
      } else {
        spans.push_back(span_of(e));
      }
    });
  }
  return batch_builder(*this).build(spans);
}

// Spans are as long as their replica went on alone, and stand in the order of (lamport, id) of
// their first operations. Both depend on the graph alone, and a span comes after its parents: a
// parent's lamport, hence that of the first operation of its span, is smaller.
op_batch document_core::collect_canonical() const {
  std::vector<raw_span> spans;
  std::vector<std::size_t> newest(graph_.replica_count(), 0);  // 1 + its index in spans
  graph_.for_each_entry({0, graph_.size()}, [&](const causal_graph::entry_view& e) {
    std::size_t& last = newest[e.replica];
    if (last != 0 && spans[last - 1].continued_by(e)) {
      spans[last - 1].extend(e.range);
    } else {
      spans.push_back(span_of(e));
      last = spans.size();
    }
  });
  const auto stamp = [&](const raw_span& s) {
    return std::pair{graph_.lamport(s.parts.front().first), graph_.rank(s.replica)};
  };
  std::sort(spans.begin(), spans.end(),
            [&](const raw_span& a, const raw_span& b) { return stamp(a) < stamp(b); });
  return batch_builder(*this).build(spans);
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
  for (const raw_span& span : spans) {
    for (std::uint32_t at = 0; at < span.length;) {
      std::uint32_t length = std::min(span.length - at, bounds.max_change_ops);
      // One operation is never cut, however large its value.
      for (;; length = std::max(length / 2, 1U)) {
        const raw_span part = cut(span, at, length);
        change c = to_change(batch_builder(*this).build({&part, 1}));
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

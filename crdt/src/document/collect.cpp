// SPDX-License-Identifier: MIT
// Collecting operations out of the document into batches: updates, canonical form, changes.
#include "codec/op_batch.hpp"
#include "codec/update_codec.hpp"
#include "content/sequence_log.hpp"
#include "document/document_core.hpp"
#include "document/raw_spans.hpp"
#include "document/span_order.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

namespace weft::crdt {
namespace {

constexpr std::uint32_t unseen = 0xffff'ffffU;
constexpr std::uint32_t none = raw_spans::none;

class batch_builder {
public:
  batch_builder(const document_core& core, const raw_spans& raw)
      : core_(core), raw_(raw), ranks_(core.graph(), raw) {}

  [[nodiscard]] const replica_ranks& ranks() const noexcept { return ranks_; }

  op_batch build(std::span<const std::uint32_t> order) {
    batch_.replicas.reserve(ranks_.sorted().size());
    for (const replica_index r : ranks_.sorted()) {
      batch_.replicas.push_back(core_.graph().id_of(r));
    }
    batch_.spans.reserve(order.size());
    batch_.parents.reserve(raw_.parents.size());
    for (const std::uint32_t i : order) {
      add(raw_.spans[i]);
    }
    flush_content();
    return std::move(batch_);
  }

  /// Makes room for all that the document has, in so many spans.
  void reserve_all(std::size_t spans) {
    std::size_t runs = 0;
    for (container_index c = 0; c < core_.containers().size(); ++c) {
      if (const auto& text = core_.containers()[c].text; text != nullptr) {
        runs += text->log().runs().size();
        content_size_ += text->log().arena().size();
      }
    }
    batch_.items.reserve(runs + spans);
  }

private:
  void add(const raw_span& raw) {
    const std::span<const raw_parent> parents = raw_.parents_of(raw);
    for (const raw_parent& parent : parents) {
      batch_.parents.push_back({ranks_[parent.replica], parent.counter});
    }
    if (parents.size() > 1) {
      std::sort(batch_.parents.end() - std::ssize(parents), batch_.parents.end());
    }
    floor_ = batch_.items.size();
    raw_.for_each_part(raw, [&](index_range part) {
      core_.for_each_owner(part, [&](index_range range, container_index c) { add(range, c); });
    });
    batch_span& span = batch_.spans.emplace_back();
    span.replica = ranks_[raw.replica];
    span.counter = raw.counter;
    span.length = raw.length;
    span.item_end = static_cast<std::uint32_t>(batch_.items.size());
    span.parent_end = static_cast<std::uint32_t>(batch_.parents.size());
    span.lamport = raw.lamport;
  }

  void add(index_range range, container_index c) {
    const std::uint32_t slot = container(c);
    const container_record& record = core_.containers()[c];
    switch (record.type) {
      case container_type::text:
        add_text(range, slot, record.text->log());
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
    return c == last_container_ ? last_slot_ : find_container(c);
  }

  std::uint32_t find_container(container_index c) {
    const auto [found, is_new] = container_.try_emplace(c, unseen);
    if (!is_new) {
      last_container_ = c;
      return last_slot_ = found->second;
    }
    const container_record& record = core_.containers()[c];
    batch_container named;
    named.type = record.type;
    named.parent = record.parent == no_container ? no_parent : container(record.parent);
    named.key = record.key;
    const auto slot = static_cast<std::uint32_t>(batch_.containers.size());
    batch_.containers.push_back(std::move(named));
    last_container_ = c;
    return last_slot_ = container_[c] = slot;
  }

  void add_text(index_range range, std::uint32_t slot, const sequence_log& log) {
    const run_list& runs = log.runs();
    // Mostly it is near what was added last.
    std::size_t i = runs.find(range.first, near_);
    while (i < runs.size() && runs.first_of(i) < range.end) {
      add_part(range, slot, log, i);
      if (runs.end_of(i) >= range.end) {
        break;
      }
      i = add_whole(range.end, slot, log, i + 1);
    }
    near_ = i;
  }

  // The part of a run that is in the range. It may go on with what the span had before.
  void add_part(index_range range, std::uint32_t slot, const sequence_log& log, std::size_t i) {
    const sequence_run part = cut(log.runs()[i], range);
    batch_item item;
    item.container = slot;
    item.position = part.position;
    item.length = part.length;
    item.kind = kind_of(part);
    item.payload = part.kind == run_kind::insert ? add_content(log, i, part) : 0;
    if (batch_.items.size() > floor_ && may_join(batch_.items.back(), item)) {
      push_item(batch_.items, floor_, item);
    } else {
      batch_.items.push_back(item);
    }
  }

  // Runs from `i` on that end by `end` and are not joined with what is there. The text of one goes
  // on where that of the one before ends. Returns the first that is not added.
  std::size_t add_whole(local_index end, std::uint32_t slot, const sequence_log& log,
                        std::size_t i) {
    constexpr auto no_run = static_cast<std::size_t>(-1);
    std::size_t last = no_run;  // insertion
    std::size_t placed = 0;     // of the arena's first byte, modulo 2^64
    i = log.runs().walk(i, [&](std::size_t k, const sequence_run& run) {
      if (run.first + run.length > end) {
        return false;
      }
      // Filled in place: to copy it would wait for the parts that were just written.
      batch_item& item = batch_.items.emplace_back();
      item.container = slot;
      item.position = run.position;
      item.length = run.length;
      item.kind = kind_of(run);
      if (may_join((&item)[-1], item)) {
        batch_.items.pop_back();
        return false;
      }
      const bool inserts = run.kind == run_kind::insert;
      if (inserts && last == no_run) {
        go_on_with_content(log, run.content);
        placed = placed_ - text_end_;
      }
      item.payload = inserts ? placed + run.content : 0;
      last = inserts ? k : last;
      return true;
    });
    if (last != no_run) {
      text_end_ = log.content_end(last);
      placed_ = placed + text_end_;
      next_ = log.runs().end_of(last);
    }
    return i;
  }

  // A single erasure has no direction.
  static item_kind kind_of(const sequence_run& run) noexcept {
    constexpr std::array one{item_kind::insert, item_kind::erase_forward, item_kind::erase_forward};
    constexpr std::array several{item_kind::insert, item_kind::erase_forward,
                                 item_kind::erase_backward};
    return (run.length == 1 ? one : several)[static_cast<std::size_t>(run.kind)];
  }

  // Text that stands together in a log is copied together. Returns its place in the content.
  std::size_t add_content(const sequence_log& log, std::size_t i, const sequence_run& part) {
    const std::string_view arena = log.arena();
    const sequence_run& run = log.runs()[i];
    const std::uint32_t skip = part.first - run.first;
    std::size_t from = run.content;
    if (skip != 0) {
      // A long run may be cut very often: go on where the last part ended.
      from = log_ == &log && next_ == part.first
                 ? text_end_
                 : run.content + (log.ascii() ? skip : utf::bytes_of(arena.substr(from), skip));
    }
    const std::size_t end = log.ascii() ? from + part.length
                            : skip + part.length == run.length
                                ? log.content_end(i)
                                : from + utf::bytes_of(arena.substr(from), part.length);
    go_on_with_content(log, from);
    text_end_ = end;
    next_ = part.first + part.length;
    return std::exchange(placed_, placed_ + (end - from));
  }

  // Of that log, from that place on.
  void go_on_with_content(const sequence_log& log, std::size_t from) {
    if (log_ != &log || text_end_ != from) {
      flush_content();
      log_ = &log;
      text_first_ = text_end_ = from;
    }
  }

  // All of it may stand together: then it is not copied.
  void flush_content() {
    if (log_ == nullptr) {
      return;
    }
    const std::string_view piece = log_->arena().substr(text_first_, text_end_ - text_first_);
    log_ = nullptr;
    if (batch_.text().empty()) {
      batch_.borrowed = piece;
      return;
    }
    if (!batch_.borrowed.empty()) {
      batch_.content.reserve(content_size_);
      batch_.content = std::exchange(batch_.borrowed, {});
    }
    batch_.content += piece;
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
  const raw_spans& raw_;
  const replica_ranks ranks_;
  op_batch batch_;
  std::unordered_map<container_index, std::uint32_t> container_;
  container_index last_container_ = no_container;
  std::uint32_t last_slot_ = 0;
  std::unordered_map<std::string_view, std::uint32_t> keys_;  // names live in the map states
  std::size_t floor_ = 0;                                     // first item of the span being added
  // Text that is still to be copied, and the operation that would go on in the same run.
  const sequence_log* log_ = nullptr;
  std::size_t text_first_ = 0;
  std::size_t text_end_ = 0;
  std::size_t placed_ = 0;        // bytes of content so far
  std::size_t content_size_ = 0;  // of all texts, if known
  local_index next_ = 0;
  std::size_t near_ = 0;  // where the last run of a text stood in its log
};

// Spans as long as their replica went on alone.
raw_spans spans_of(const causal_graph& graph, std::span<const index_range> ranges) {
  raw_spans list(graph);
  std::size_t entries = 0;
  for (const index_range& range : ranges) {
    entries += graph.entries_in(range);
  }
  list.reserve(entries);
  for (const index_range& range : ranges) {
    graph.for_each_entry(range, [&](const causal_graph::entry_view& e) { list.add(e); });
  }
  list.finish();
  return list;
}

}  // namespace

op_batch document_core::collect(std::span<const index_range> ranges) const {
  const raw_spans list = spans_of(graph_, ranges);
  batch_builder builder(*this, list);
  const std::vector<std::uint32_t> order = branch_order(list, builder.ranks());
  if (ranges.size() == 1 && ranges.front().length() == graph_.size()) {
    builder.reserve_all(list.spans.size());
  }
  return builder.build(order);
}

op_batch document_core::collect_canonical() const {
  const index_range all[] = {{0, graph_.size()}};
  const raw_spans list = spans_of(graph_, all);
  batch_builder builder(*this, list);
  builder.reserve_all(list.spans.size());
  return builder.build(canonical_order(list, builder.ranks()));
}

namespace {

// The first `length` operations of `span` from operation `skip` on, as the only span of a list.
raw_spans cut(const causal_graph& graph, const raw_spans& list, const raw_span& span,
              std::uint32_t skip, std::uint32_t length) {
  raw_spans out(graph);
  raw_span& piece = out.add_piece(span);
  std::uint32_t before = 0;
  list.for_each_part(span, [&](index_range part) {
    const std::uint32_t end = before + part.length();
    const std::uint32_t from = std::max(before, skip);
    const std::uint32_t to = std::min(end, skip + length);
    if (from < to) {
      out.add_part(piece, {part.first + (from - before), part.first + (to - before)});
    }
    before = end;
  });
  piece.counter = span.counter + skip;
  piece.lamport = span.lamport + skip;
  if (skip == 0) {
    const auto parents = list.parents_of(span);
    out.parents.assign(parents.begin(), parents.end());
  } else {
    out.parents.push_back({span.replica, piece.counter - 1, none});
  }
  out.use(span.replica);
  for (const raw_parent& parent : out.parents) {
    out.use(parent.replica);
  }
  piece.parent_end = static_cast<std::uint32_t>(out.parents.size());
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
  const auto first = graph_.index_of(r, first_counter);
  if (!first) {
    return {};
  }
  raw_spans list(graph_);
  graph_.for_each_entry({*first, graph_.size()}, [&](const causal_graph::entry_view& e) {
    if (e.replica == r) {
      list.add(e);
    }
  });
  std::vector<change> changes;
  constexpr std::uint32_t only[] = {0};
  for (const raw_span& span : list.spans) {
    for (std::uint32_t at = 0; at < span.length;) {
      std::uint32_t length = std::min(span.length - at, bounds.max_change_ops);
      // One operation is never cut, however large its value.
      for (;; length = std::max(length / 2, 1U)) {
        const raw_spans piece = cut(graph_, list, span, at, length);
        change c = to_change(batch_builder(*this, piece).build(only));
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

// SPDX-License-Identifier: MIT
// Imports, first half: what is new, and its place in the graph.
#include "document/importer.hpp"

#include "codec/item_codec.hpp"
#include "codec/update_codec.hpp"
#include "document/import_order.hpp"

#include <algorithm>
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
      out.content += batch.text().substr(item.payload, size);
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

// Parents of spans with more than two.
std::size_t parents_listed(const op_batch& batch) {
  std::size_t listed = 0;
  std::uint32_t first = 0;
  for (const batch_span& span : batch.spans) {
    const std::uint32_t parents = span.parent_end - first;
    listed += parents > 2 ? parents : 0;
    first = span.parent_end;
  }
  return listed;
}

}  // namespace

result<import_report> importer::run(const op_batch& batch, const limits& bounds) {
  start(batch, bounds);
  return run_started();
}

result<import_report> importer::run_and_spend(op_batch& batch, const limits& bounds) {
  start(batch, bounds);
#ifdef WEFT_DEEP_CHECKS
  constexpr std::size_t large = 0;
#else
  constexpr std::size_t large = std::size_t{8} << 10U;
#endif
  if (batch.capacity_bytes() > large) {
    spent_ = &batch;
  }
  return run_started();
}

result<import_report> importer::run_started() {
  if (const auto staged = step(UINT64_MAX); !staged) {
    roll_back();
    return unexpected(staged.error());
  }
  return publish();
}

void importer::start(const op_batch& batch, const limits& bounds) {
  WEFT_ASSERT(!busy(), "one import at a time");
  batch_ = &batch;
  spent_ = nullptr;
  bounds_ = &bounds;
  spans_ = batch.spans.size();
  units_ = spans_ + batch.items.size();
  saved_ = core_.graph_.save();
  core_.graph_.expect(spans_, parents_listed(batch));
  containers_before_ = core_.containers_.size();
  order_.clear();
  if (batch.spans.size() > 1) {
    order_ = import_order(batch);
  }
  next_span_ = 0;
  next_added_ = 0;
  next_text_ = 0;
  done_ = 0;
  replica_.assign(batch.replicas.size(), unresolved);
  container_.assign(batch.containers.size(), no_container);
  added_.clear();
  owners_.clear();
  texts_.clear();
  others_.clear();
  orphans_.clear();
  kept_bytes_ = 0;
  compared_ = 0;
  report_ = {};
}

std::uint64_t importer::total() const noexcept {
  return batch_ == nullptr ? 0 : units_ + report_.applied;
}

result<bool> importer::step(std::uint64_t work) {
  while (next_span_ < spans_ && work != 0) {
    const bool planned = !order_.empty();
    const std::size_t i = planned ? order_[next_span_] : next_span_;
    const std::size_t most = planned ? 1 : std::min<std::uint64_t>(spans_ - next_span_, work);
    std::size_t done = add_beside(i, i + most) - i;
    if (done == 0) {
      if (auto staged = stage_span(i); !staged) {
        return unexpected(staged.error());
      }
      done = 1;
    }
    next_span_ += done;
    done_ += done;
    work -= done;
  }
  if (spent_ != nullptr && next_span_ == spans_) {
    // Not `= {}`, which keeps the memory.
    std::vector<batch_parent>().swap(spent_->parents);
    std::vector<std::uint32_t>().swap(order_);
  }
  while (next_added_ < added_.size() && work != 0) {
    added_spans& next = added_[next_added_];
    const std::uint32_t end = stretch_end(next, work);
    const item_range items{batch_->first_item(next.first), batch_->spans[end - 1].item_end};
    const auto at = stage_items(next, items);
    if (!at) {
      return unexpected(at.error());
    }
    next = {end, next.end, *at, 0};
    next_added_ += end == next.end ? 1 : 0;
    done_ += items.end - items.first;
    work -= std::min<std::uint64_t>(work, items.end - items.first);
  }
  let_go();
  while (next_span_ == spans_ && next_added_ == added_.size() && next_text_ < texts_.size()) {
    text_state& text = *core_.containers_[texts_[next_text_]].text;
    const auto merged = text.merge_some(core_.graph_, work);
    if (!merged) {
      return unexpected(merged.error());
    }
    if (!*merged) {
      // Merging counts operations; the last ones of a text are counted with the next call.
      done_ = std::min(done_ + work, total());
      return false;
    }
    ++next_text_;
  }
  return next_span_ == spans_ && next_added_ == added_.size() && next_text_ == texts_.size();
}

// As many of these spans, one at least, as have about `work` items.
std::uint32_t importer::stretch_end(const added_spans& added, std::uint64_t work) const {
  const std::uint64_t enough =
      batch_->first_item(added.first) + std::min<std::uint64_t>(work, units_);
  const auto spans = std::span(batch_->spans).subspan(added.first, added.end - added.first);
  const auto last =
      std::ranges::lower_bound(spans.first(spans.size() - 1), enough, {}, &batch_span::item_end);
  return added.first + static_cast<std::uint32_t>(last - spans.begin()) + 1;
}

// Of a batch that is staged, only what maps and counters get is needed for publishing.
void importer::let_go() {
  if (spent_ != nullptr && next_span_ == spans_ && next_added_ == added_.size() &&
      others_.empty()) {
    const op_batch gone = std::move(*std::exchange(spent_, nullptr));
  }
}

// The commonest spans of those who write at the same time: all of one is new, and it has two
// parents, its replica's last operation and another's. Returns the first of these spans that takes
// the long way.
std::size_t importer::add_beside(std::size_t i, std::size_t end) {
  const op_batch& batch = *batch_;
  causal_graph& graph = core_.graph_;
  const std::size_t begin = i;
  const local_index at = graph.size();
  std::uint32_t first = batch.first_parent(i);
  for (; i < end; ++i) {
    const batch_span& span = batch.spans[i];
    if (span.parent_end - first != 2 || span.lamport != 0) {
      break;
    }
    const batch_parent* const parents = batch.parents.data() + first;
    const bool own_first = parents[0].replica == span.replica;
    const batch_parent& own = parents[own_first ? 0 : 1];
    const batch_parent& other = parents[own_first ? 1 : 0];
    const replica_index r = replica_[span.replica];
    const replica_index beside = replica_[other.replica];
    if (own.replica != span.replica || own.counter + 1 != span.counter || r == unresolved ||
        beside == unresolved || span.counter != graph.count(r) ||
        other.counter >= graph.count(beside) ||
        !graph.append_beside(r, span.length, graph.place_in(beside, other.counter))) {
      break;
    }
    first = span.parent_end;
  }
  if (i != begin) {
    report_.applied += graph.size() - at;
    note_added(begin, i, at, 0);
  }
  return i;
}

void importer::note_added(std::size_t first, std::size_t end, local_index at, std::uint32_t known) {
  if (known == 0 && !added_.empty() && added_.back().end == first) {
    added_.back().end = static_cast<std::uint32_t>(end);
    return;
  }
  added_.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end), at, known});
}

result<void> importer::stage_span(std::size_t i) {
  const batch_span& span = batch_->spans[i];
  const replica_index known = known_replica(span.replica);
  const std::uint32_t count = known == unresolved ? 0 : core_.graph_.count(known);
  const bool complete = resolve_parents(i);
  if (span.counter == count && complete) {
    return add(i, 0);
  }
  if (span.counter < count) {
    // Part of it is known: one operation has one set of parents.
    const local_index at = *core_.graph_.index_of(known, span.counter);
    core_.graph_.parents_of(at, scratch_);
    if (!complete || !std::ranges::equal(parents_, scratch_, {}, &causal_graph::place::at)) {
      return unexpected(errc::equivocation, i, "two operations with one id");
    }
  }
  const std::uint32_t skip = std::min(count > span.counter ? count - span.counter : 0, span.length);
  if (skip != 0 && skip <= compared_operations && compared_++ < compared_spans &&
      !same_operations(i, known, skip)) {
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
bool importer::same_operations(std::size_t i, replica_index r, std::uint32_t count) const {
  const std::uint32_t counter = batch_->spans[i].counter;
  std::vector<index_range> ranges;
  for (std::uint32_t at = 0; at < count;) {
    const local_index first = *core_.graph_.index_of(r, counter + at);
    const std::uint32_t length = std::min(count - at, core_.graph_.entry_range(first).end - first);
    ranges.push_back({first, first + length});
    at += length;
  }
  // Operations staged by this very import are not in the states yet.
  if (ranges.back().end > saved_.size) {
    return same_in_batch(i, count);
  }
  const op_batch own = core_.collect(ranges);
  return own.spans.size() == 1 && encode_body(own, 0) == encode_body(head_of(*batch_, i, count), 0);
}

// The same for operations that this very import brought, if they begin where another span does.
// Changes that were cut differently are taken on trust.
bool importer::same_in_batch(std::size_t i, std::uint32_t count) const {
  const batch_span& span = batch_->spans[i];
  for (const added_spans& added : added_) {
    for (std::uint32_t k = added.first; k < added.end; ++k) {
      const batch_span& other = batch_->spans[k];
      if (other.replica == span.replica && other.counter == span.counter && other.length >= count) {
        return encode_body(head_of(*batch_, k, count), 0) ==
               encode_body(head_of(*batch_, i, count), 0);
      }
    }
  }
  return true;
}

// Local indexes of the span's parents, sorted; false if one is missing.
bool importer::resolve_parents(std::size_t i) {
  const causal_graph& graph = core_.graph_;
  const std::uint32_t first = batch_->first_parent(i);
  const std::uint32_t count = batch_->spans[i].parent_end - first;
  parents_.resize(count);
  for (std::uint32_t p = 0; p < count; ++p) {
    const batch_parent& parent = batch_->parents[first + p];
    const replica_index replica = known_replica(parent.replica);
    if (replica == unresolved || parent.counter >= graph.count(replica)) {
      return false;
    }
    parents_[p] = graph.place_in(replica, parent.counter);
  }
  if (count == 2 && parents_[1] < parents_[0]) {
    std::swap(parents_[0], parents_[1]);
  } else if (count > 2) {
    std::sort(parents_.begin(), parents_.end());
  }
  if (count > 1 && batch_->spans[i].lamport != 0) {
    leave_out_own(i);
  }
  return true;
}

// Of changes only, which are the spans that tell their lamport. A signed header does not say
// whether the replica's own previous operation is a parent, since the hash chain names it anyway.
// It is none when another parent already follows it.
void importer::leave_out_own(std::size_t i) {
  const batch_span& span = batch_->spans[i];
  if (span.counter == 0 || replica_[span.replica] == unresolved) {
    return;
  }
  const auto own = core_.graph_.place_of(replica_[span.replica], span.counter - 1);
  const auto at = own ? std::lower_bound(parents_.begin(), parents_.end(), *own) : parents_.end();
  if (at == parents_.end() || *at != *own) {
    return;
  }
  const bool followed = std::any_of(std::next(at), parents_.end(), [&](const auto& other) {
    return core_.graph_.follows(other, *own);
  });
  if (followed) {
    parents_.erase(at);
  }
}

result<void> importer::add(std::size_t i, std::uint32_t skip) {
  const batch_span& span = batch_->spans[i];
  causal_graph& graph = core_.graph_;
  const std::uint32_t length = span.length - skip;
  if (length > max_op_count - graph.size()) {
    return unexpected(errc::document_full, i, "operations of a document");
  }
  if (replica_[span.replica] == unresolved) {
    if (graph.replica_count() >= bounds_->max_replicas) {
      return unexpected(errc::limit_exceeded, i, "replicas of a document");
    }
    replica_[span.replica] = graph.intern(batch_->replicas[span.replica]);
  }
  const replica_index r = replica_[span.replica];
  if (skip != 0) {
    parents_.assign(1, *graph.place_of(r, span.counter + skip - 1));
  } else if (const auto checked = graph.check_parents(r, parents_); !checked) {
    return unexpected(checked.error().code, i, checked.error().what);
  }
  const local_index first = graph.append_after(r, span.counter + skip, length, parents_);
  if (skip == 0 && span.lamport != 0 && graph.lamport(first) != span.lamport) {
    return unexpected(errc::bad_value, i, "lamport that the parents do not give");
  }
  report_.applied += length;
  note_added(i, i + 1, first, skip);
  return {};
}

// For the backlog, when the import is published.
void importer::keep(std::size_t i) {
  const batch_span& span = batch_->spans[i];
  if (kept_bytes_ > bounds_->max_pending_bytes) {
    return;
  }
  change c;
  c.first = {batch_->replicas[span.replica], span.counter};
  c.length = span.length;
  c.lamport = span.lamport;
  for (std::uint32_t p = batch_->first_parent(i); p < span.parent_end; ++p) {
    const batch_parent& parent = batch_->parents[p];
    c.parents.push_back({batch_->replicas[parent.replica], parent.counter});
  }
  c.body = encode_body(*batch_, i);
  kept_bytes_ += c.body.size();
  orphans_.push_back(std::move(c));
  report_.pending += span.length;
}

std::size_t importer::capacity_bytes() const noexcept {
  return order_.capacity() * sizeof(order_[0]) + replica_.capacity() * sizeof(replica_[0]) +
         container_.capacity() * sizeof(container_[0]) + parents_.capacity() * sizeof(parents_[0]) +
         scratch_.capacity() * sizeof(local_index) + added_.capacity() * sizeof(added_[0]) +
         owners_.capacity() * sizeof(owners_[0]) + texts_.capacity() * sizeof(texts_[0]) +
         others_.capacity() * sizeof(others_[0]) + orphans_.capacity() * sizeof(orphans_[0]);
}

}  // namespace weft::crdt

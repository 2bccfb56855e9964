// SPDX-License-Identifier: MIT
// Keystrokes: what they refer to, found in the document; and the other way round.
#include "codec/keystroke.hpp"

#include "codec/op_batch.hpp"
#include "codec/update_codec.hpp"
#include "document/document_core.hpp"
#include "document/import_scratch.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace weft::crdt {
namespace {

// A writer looks so far back for an operation that names a parent's replica.
constexpr unsigned search_entries = 64;
constexpr std::size_t most_bytes = 160;

// Parents of operation `i` by other replicas than its author, ascending by id.
void foreign_parents(const causal_graph& graph, local_index i, replica_index author,
                     local_frontier& out) {
  graph.parents_of(i, out);
  std::erase_if(out, [&](local_index p) { return graph.replica_of(p) == author; });
  if (out.size() < 2) {
    return;
  }
  std::sort(out.begin(), out.end(), [&](local_index a, local_index b) {
    return graph.id_of(graph.replica_of(a)) < graph.id_of(graph.replica_of(b));
  });
}

struct found_parent {
  replica_id id;
  std::uint32_t counter = 0;
  friend auto operator<=>(const found_parent&, const found_parent&) = default;
};

enum class found : std::uint8_t { yes, missing, never };

// The operation that a reference means; `named` is memory for it.
found find_parent(const causal_graph& graph, const keystroke& k,
                  std::optional<replica_index> author, const foreign_parent& parent,
                  local_frontier& named, causal_graph::place& out) {
  std::optional<causal_graph::place> at;
  if (parent.by_id) {
    if (parent.id == k.author) {
      return found::never;
    }
    const auto replica = graph.find(parent.id);
    at = replica ? graph.place_of(*replica, parent.counter) : std::nullopt;
  } else {
    if (k.counter <= parent.distance) {
      return found::never;
    }
    const auto from =
        author ? graph.index_of(*author, k.counter - 1 - parent.distance) : std::nullopt;
    if (!from) {
      return found::missing;
    }
    foreign_parents(graph, *from, *author, named);
    if (parent.place >= named.size()) {
      return found::never;
    }
    const auto [replica, before] = graph.writer_of(named[parent.place]);
    const std::uint64_t counter = std::uint64_t{before} + parent.counter;
    if (counter >= max_op_count) {
      return found::never;
    }
    at = graph.place_of(replica, static_cast<std::uint32_t>(counter));
  }
  if (!at) {
    return found::missing;
  }
  out = *at;
  return found::yes;
}

// Gives the batch the path of container `c` in place of its blank.
void name_container(const container_table& containers, container_index c, op_batch& batch) {
  if (containers[c].parent == no_container) {
    batch.containers.front().key = containers[c].key;
    return;
  }
  batch.containers.clear();
  for (container_index i = c; i != no_container; i = containers[i].parent) {
    batch.containers.push_back({containers[i].type, no_parent, containers[i].key});
  }
  std::reverse(batch.containers.begin(), batch.containers.end());
  for (std::uint32_t i = 1; i < batch.containers.size(); ++i) {
    batch.containers[i].parent = i - 1;
  }
  for (batch_item& item : batch.items) {
    item.container = static_cast<std::uint32_t>(batch.containers.size() - 1);
  }
}

// Replicas and parents of the batch, both ascending by id.
void number_parents(const keystroke& k, std::vector<found_parent>& parents, op_batch& batch) {
  if (k.own_parent) {
    parents.push_back({k.author, k.counter - 1});
  }
  std::sort(parents.begin(), parents.end());
  batch.replicas.push_back(k.author);
  for (const found_parent& parent : parents) {
    batch.replicas.push_back(parent.id);
  }
  std::sort(batch.replicas.begin(), batch.replicas.end());
  batch.replicas.erase(std::unique(batch.replicas.begin(), batch.replicas.end()),
                       batch.replicas.end());
  const auto number = [&](const replica_id& id) {
    return static_cast<std::uint32_t>(
        std::lower_bound(batch.replicas.begin(), batch.replicas.end(), id) -
        batch.replicas.begin());
  };
  batch.spans.front().replica = number(k.author);
  for (const found_parent& parent : parents) {
    batch.parents.push_back({number(parent.id), parent.counter});
  }
}

// How the author's operations from `counter` on can name the parent, shortly if an earlier one of
// them named its replica.
foreign_parent refer_to(const causal_graph& graph, replica_index author, std::uint32_t counter,
                        const op_id& parent) {
  foreign_parent out;
  const auto replica = graph.find(parent.replica);
  local_frontier named;
  std::uint32_t end = counter;
  for (unsigned steps = 0; end != 0 && steps < search_entries; ++steps) {
    const auto last = graph.index_of(author, end - 1);
    const local_index first = graph.entry_range(*last).first;
    const std::uint32_t at = graph.counter_of(first);
    foreign_parents(graph, first, author, named);
    for (std::uint32_t place = 0; place < named.size(); ++place) {
      const std::uint32_t before = graph.counter_of(named[place]);
      if (graph.replica_of(named[place]) == *replica && before < parent.counter) {
        out.distance = counter - 1 - at;
        out.place = place;
        out.counter = parent.counter - before;
        return out;
      }
    }
    end = at;
  }
  out.by_id = true;
  out.id = parent.replica;
  out.counter = parent.counter;
  return out;
}

}  // namespace

container_index document_core::owner_of(local_index i) const {
  if (owners_.back().first <= i) {
    return owners_.back().container;
  }
  container_index owner = no_container;
  for_each_owner({i, i + 1}, [&](index_range, container_index c) { owner = c; });
  return owner;
}

// The commonest keystroke: its author's next one, in the same text, and all that it refers to is
// here. False: it is another one.
bool document_core::locate(const keystroke& k, import_scratch& scratch) const {
  located_run& out = scratch.located;
  const auto author = graph_.find(k.author);
  if (k.named || k.type != container_type::text || k.counter == 0 || !author ||
      graph_.count(*author) != k.counter) {
    return false;
  }
  const causal_graph::place before = *graph_.place_of(*author, k.counter - 1);
  out.author = *author;
  out.text = owner_of(before.at);
  out.parents.clear();
  if (out.text == no_container || containers_[out.text].type != k.type) {
    return false;
  }
  if (k.own_parent) {
    out.parents.push_back(before);
  }
  for (const foreign_parent& parent : k.foreign) {
    if (find_parent(graph_, k, author, parent, scratch.named, out.parents.emplace_back()) !=
        found::yes) {
      return false;
    }
  }
  if (out.parents.size() > 1) {
    std::sort(out.parents.begin(), out.parents.end());
  }
  return true;
}

// False: something that it refers to is not here.
result<bool> document_core::resolve(const keystroke& k, op_batch& batch) const {
  const unexpected never{errc::malformed, 0, "what a keystroke refers to"};
  const auto author = graph_.find(k.author);
  if (k.counter != 0 && (!author || graph_.count(*author) < k.counter)) {
    return false;
  }
  std::vector<found_parent> parents;
  local_frontier named;
  causal_graph::place at;
  for (const foreign_parent& parent : k.foreign) {
    switch (find_parent(graph_, k, author, parent, named, at)) {
      case found::missing:
        return false;
      case found::never:
        return never;
      case found::yes:
        break;
    }
    const op_id id = graph_.id_of_op(at.at);
    parents.push_back({id.replica, id.counter});
  }
  if (!k.named) {
    std::optional<local_index> before;
    if (k.counter != 0) {
      before = graph_.index_of(*author, k.counter - 1);
    } else if (!parents.empty()) {
      before = graph_.index_of({parents.front().id, parents.front().counter});
    }
    const container_index c = before ? owner_of(*before) : no_container;
    if (c == no_container || containers_[c].type != k.type) {
      return never;
    }
    name_container(containers_, c, batch);
  }
  if (parents.empty()) {
    batch.replicas.push_back(k.author);
    if (k.own_parent) {
      batch.parents.push_back({0, k.counter - 1});
    }
  } else {
    number_parents(k, parents, batch);
  }
  batch.spans.front().parent_end = static_cast<std::uint32_t>(batch.parents.size());
  return true;
}

// Empty if the operations do not fit the form, or not into few bytes.
bytes document_core::keystroke_of(const op_batch& batch) const {
  if (batch.spans.size() != 1 || batch.text().size() + batch.items.size() > most_bytes ||
      std::ranges::any_of(batch.items, [&](const batch_item& item) {
        return item.container != batch.items.front().container;
      })) {
    return {};
  }
  const batch_span& span = batch.spans.front();
  keystroke k;
  k.author = batch.replicas[span.replica];
  k.counter = span.counter;
  k.length = span.length;
  const replica_index author = *graph_.find(k.author);
  for (const batch_parent& parent : batch.parents) {
    if (parent.replica == span.replica) {
      k.own_parent = true;
    } else {
      k.foreign.push_back(
          refer_to(graph_, author, k.counter, {batch.replicas[parent.replica], parent.counter}));
    }
  }
  const local_index first = *graph_.index_of(author, k.counter);
  const container_index c = owner_of(first);
  k.type = containers_[c].type;
  k.named = true;
  if (k.counter != 0) {
    k.named = owner_of(*graph_.index_of(author, k.counter - 1)) != c;
  } else if (!k.foreign.empty()) {
    const op_id before{k.foreign.front().id, k.foreign.front().counter};
    k.named = owner_of(*graph_.index_of(before)) != c;
  }
  bytes out = encode_keystroke(k, batch);
  return out.size() <= most_bytes ? std::move(out) : bytes{};
}

bytes document_core::export_operations(std::span<const index_range> ranges, int level) const {
  const op_batch batch = collect(ranges);
  bytes small = keystroke_of(batch);
  return small.empty() ? encode_update(batch, level, update_form::best) : std::move(small);
}

result<import_report> document_core::apply(byte_view update, const limits& bounds) {
  // Small updates come by the thousand: their tables are made once.
  if (!scratch_) {
    scratch_ = std::make_unique<import_scratch>();
  }
  if (is_keystroke(update) && update.size() <= most_bytes) {
    return apply_keystroke(update, bounds, *scratch_);
  }
  op_batch& batch = scratch_->batch;
  result<import_report> report{import_report{}};
  if (is_keystroke(update)) {
    report = apply_keystroke(update, bounds, *scratch_);
  } else if (const auto decoded = decode_update(update, bounds, batch); decoded) {
    report = apply_and_spend(batch, bounds);
  } else {
    report = unexpected(decoded.error());
  }
  constexpr std::size_t most_kept_bytes = std::size_t{64} << 10U;
  if (batch.capacity_bytes() > most_kept_bytes) {
    scratch_.reset();
  }
  return report;
}

result<import_report> document_core::apply_keystroke(byte_view update, const limits& bounds,
                                                     import_scratch& scratch) {
  keystroke& head = scratch.head;
  op_batch& batch = scratch.batch;
  batch_item item;
  std::string_view text;
  const bool one_item = decode_one_item(update, bounds, head, item, text);
  if (!one_item) {
    if (const auto decoded = decode_keystroke(update, bounds, head, batch); !decoded) {
      return unexpected(decoded.error());
    }
  }
  if (const auto loaded = load_history(); !loaded) {
    return unexpected(loaded.error());
  }
  if (locate(head, scratch)) {
    return one_item ? run_one({head.length, {&item, 1}, text}, scratch.located, bounds)
                    : run_one({head.length, batch.items, batch.text()}, scratch.located, bounds);
  }
  if (one_item) {
    if (const auto decoded = decode_keystroke(update, bounds, head, batch); !decoded) {
      return unexpected(decoded.error());
    }
  }
  const auto resolved = resolve(head, batch);
  if (!resolved) {
    return unexpected(resolved.error());
  }
  if (*resolved) {
    return apply(batch, bounds);
  }
  const std::uint64_t used = backlog_.size_bytes();
  waiting_.add({head.author, head.counter}, update,
               bounds.max_pending_bytes - std::min(bounds.max_pending_bytes, used));
  import_report report;
  report.pending = head.length;
  return report;
}

result<import_report> document_core::run_one(const text_run& run, const located_run& at,
                                             const limits& bounds) {
  auto report = idle_importer().run_one(run, at, bounds);
  if (report && (!backlog_.empty() || !waiting_.empty())) {
    report->applied += release(bounds);
  }
  return report;
}

// What came to be complete by other imports. What turns out to be bad is dropped; it must not spoil
// the import that released it.
std::uint64_t document_core::apply_waiting(const limits& bounds) {
  std::uint64_t applied = 0;
  import_scratch scratch;
  const auto count = [&](const replica_id& id) {
    const auto replica = graph_.find(id);
    return replica ? graph_.count(*replica) : 0;
  };
  waiting_.take(count, [&](byte_view update) {
    if (!decode_keystroke(update, bounds, scratch.head, scratch.batch)) {
      return true;
    }
    const auto resolved = resolve(scratch.head, scratch.batch);
    if (resolved && !*resolved) {
      return false;
    }
    if (resolved) {
      applied += apply_resolved(scratch.batch, bounds);
    }
    return true;
  });
  return applied;
}

}  // namespace weft::crdt

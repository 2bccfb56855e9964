// SPDX-License-Identifier: MIT
// Snapshots of a document: showing the state first, loading the history when it is needed.
#include "document/snapshot.hpp"

#include "codec/snapshot_codec.hpp"
#include "codec/update_codec.hpp"
#include "content/rope.hpp"
#include "document/document_core.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace weft::crdt {
namespace {

shown_container show(const container_record& record, batch_container name) {
  shown_container out;
  out.name = std::move(name);
  if (record.type == container_type::counter) {
    out.sum = record.counter->value();
  } else if (record.type == container_type::map) {
    record.map->for_each([&](std::string_view key, const value& v) {
      out.entries.emplace_back(std::string(key), v);
    });
  }
  return out;
}

bool same_content(const container_record& a, const container_record& b) {
  if (a.type == container_type::text) {
    const rope& left = a.text->content();
    const rope& right = b.text->content();
    return left.size_bytes() == right.size_bytes() && left.to_string() == right.to_string();
  }
  const shown_container left = show(a, {});
  const shown_container right = show(b, {});
  return left.sum == right.sum && left.entries == right.entries;
}

bool is_blank(const container_record& record) {
  if (record.type == container_type::text) {
    return record.text->content().length() == 0;
  }
  const shown_container content = show(record, {});
  return content.sum == 0 && content.entries.empty();
}

}  // namespace

bytes export_snapshot(const document_core& core, int level) {
  const index_range all[] = {{0, core.graph().size()}};
  const op_batch batch = core.collect(all);
  snapshot_state state;
  state.version = core.version();
  state.tip = core.frontier();
  state.op_count = core.op_count();
  std::vector<container_index> index;
  std::deque<std::string> texts;
  for (const batch_container& named : batch.containers) {
    const container_index c = core.containers().find(
        named.type, named.parent == no_parent ? no_container : index[named.parent], named.key);
    index.push_back(c);
    const container_record& record = core.containers()[c];
    state.containers.push_back(show(record, named));
    if (record.type == container_type::text) {
      state.containers.back().text = texts.emplace_back(record.text->content().to_string());
    }
  }
  return encode_snapshot(state, encode_update(batch, level, update_form::columns), level);
}

void document_core::open_snapshot(const snapshot_state& state, bytes data, std::size_t history_at,
                                  const limits& bounds) {
  std::vector<container_index> index;
  for (const shown_container& c : state.containers) {
    const container_index at = containers_.intern(
        c.name.type, c.name.parent == no_parent ? no_container : index[c.name.parent], c.name.key);
    index.push_back(at);
    const container_record& record = containers_[at];
    switch (c.name.type) {
      case container_type::text:
        record.text->load_text(c.text);
        break;
      case container_type::counter:
        record.counter->load_value(c.sum);
        break;
      case container_type::map:
        for (const auto& [key, v] : c.entries) {
          record.map->load_value(key, v);
        }
        break;
    }
  }
  unparsed pending;
  pending.data = std::move(data);
  pending.history_at = history_at;
  pending.version = state.version;
  pending.tip = state.tip;
  pending.op_count = state.op_count;
  pending.bounds = bounds;
  pending_history_ = std::move(pending);
}

void document_core::read_history_from(document::snapshot_source source) {
  WEFT_ASSERT(pending_history_ && pending_history_->data.empty(), "a snapshot is open");
  pending_history_->source = std::move(source);
}

// The history is applied to a document of its own, compared with what is shown, and taken over
// whole. So a broken one leaves no trace but the error.
result<void> document_core::replay_pending() {
  unparsed& pending = *pending_history_;
  if (!pending.broken) {
    bytes again;
    if (pending.source) {
      auto read = pending.source();
      if (!read) {
        return unexpected(read.error());
      }
      again = std::move(*read);
    }
    const auto history = pending.source ? snapshot_history(again, pending.bounds)
                                        : byte_view{pending.data}.subspan(pending.history_at);
    pending.broken = history ? replay_history(pending, *history) : history.error();
    if (!pending.broken) {
      pending_history_.reset();
      self_index_ = graph_.intern(self_);
      return {};
    }
    bytes().swap(pending.data);
    pending.source = nullptr;
  }
  return unexpected(*pending.broken);
}

std::optional<error> document_core::replay_history(const unparsed& pending, byte_view history) {
  const auto batch = decode_update(history, pending.bounds);
  if (!batch) {
    return batch.error();
  }
  document_core replayed(self_);
  const auto report = replayed.apply(*batch, pending.bounds);
  if (!report) {
    return report.error();
  }
  const error mismatch{errc::malformed, 0, "the history of a snapshot does not give its state"};
  if (report->pending != 0 || replayed.version() != pending.version ||
      replayed.frontier() != pending.tip || replayed.op_count() != pending.op_count) {
    return mismatch;
  }
  return take_over(replayed) ? std::nullopt : std::optional<error>(mismatch);
}

bool document_core::take_over(document_core& replayed) {
  // Handles hold indexes of this table, so states move and records stay.
  const std::uint32_t before = containers_.size();
  std::vector<container_index> here(replayed.containers_.size());
  for (container_index c = 0; c < replayed.containers_.size(); ++c) {
    const container_record& record = replayed.containers_[c];
    const container_index parent =
        record.parent == no_container ? no_container : here[record.parent];
    here[c] = containers_.intern(record.type, parent, record.key);
    if (!same_content(containers_[here[c]], record)) {
      containers_.truncate(before);
      return false;
    }
  }
  std::vector<bool> matched(containers_.size(), false);
  for (const container_index c : here) {
    matched[c] = true;
  }
  for (container_index c = 0; c < before; ++c) {
    if (!matched[c] && !is_blank(containers_[c])) {
      containers_.truncate(before);
      return false;
    }
  }
  for (container_index c = 0; c < replayed.containers_.size(); ++c) {
    containers_[here[c]].text = std::move(replayed.containers_[c].text);
    containers_[here[c]].map = std::move(replayed.containers_[c].map);
    containers_[here[c]].counter = std::move(replayed.containers_[c].counter);
  }
  for (owner_run run : replayed.owners_) {
    run.container = here[run.container];
    owners_.push_back(run);
  }
  graph_ = std::move(replayed.graph_);
  return true;
}

}  // namespace weft::crdt

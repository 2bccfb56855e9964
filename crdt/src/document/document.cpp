// SPDX-License-Identifier: MIT
#include "weft/crdt/document/document.hpp"

#include "codec/op_batch.hpp"
#include "codec/snapshot_codec.hpp"
#include "codec/update_codec.hpp"
#include "document/document_core.hpp"
#include "document/snapshot.hpp"

#include <algorithm>
#include <utility>

namespace weft::crdt {
namespace {

void check_name(std::string_view name) {
  WEFT_ASSERT(name.size() <= limits{}.max_key_bytes && is_valid_utf8(name),
              "a container's name is valid UTF-8 of at most 64 KiB");
}

}  // namespace

document::core_owner::core_owner(const replica_id& self)
    : core_(std::make_unique<document_core>(self)) {}
document::core_owner::core_owner(core_owner&&) noexcept = default;
document::core_owner& document::core_owner::operator=(core_owner&&) noexcept = default;
document::core_owner::~core_owner() = default;

document::document(const replica_id& self) : core_(self) {}
document::document(document&&) noexcept = default;
document& document::operator=(document&&) noexcept = default;
document::~document() = default;

result<document> document::open(const replica_id& self, byte_view snapshot, const limits& bounds) {
  const auto decoded = decode_snapshot(snapshot, bounds);
  if (!decoded) {
    return unexpected(decoded.error());
  }
  document opened(self);
  opened.core_->open_snapshot(decoded->state, {decoded->history.begin(), decoded->history.end()}, 0,
                              bounds);
  return opened;
}

result<document> document::open(const replica_id& self, bytes&& snapshot, const limits& bounds) {
  const auto decoded = decode_snapshot(snapshot, bounds);
  if (!decoded) {
    return unexpected(decoded.error());
  }
  document opened(self);
  // The buffer moves, its bytes stay where they are: texts may go on pointing into it.
  const std::size_t history_at = snapshot.size() - decoded->history.size();
  opened.core_->open_snapshot(decoded->state, std::move(snapshot), history_at, bounds);
  return opened;
}

result<document> document::open(const replica_id& self, byte_view snapshot, snapshot_source again,
                                const limits& bounds) {
  WEFT_ASSERT(again != nullptr, "a snapshot's bytes come from somewhere");
  const auto decoded = decode_snapshot(snapshot, bounds);
  if (!decoded) {
    return unexpected(decoded.error());
  }
  document opened(self);
  opened.core_->open_snapshot(decoded->state, {}, 0, bounds);
  opened.core_->read_history_from(std::move(again));
  return opened;
}

result<void> document::load_history() {
  return core_->load_history();
}

const replica_id& document::replica() const noexcept {
  return core_.as_is().self();
}
void document::set_replica(const replica_id& self) {
  core_->set_self(self);
}

text document::get_text(std::string_view name) {
  check_name(name);
  return {*this, core_.as_is().root(container_type::text, name)};
}

map document::get_map(std::string_view name) {
  check_name(name);
  return {*this, core_.as_is().root(container_type::map, name)};
}

counter document::get_counter(std::string_view name) {
  check_name(name);
  return {*this, core_.as_is().root(container_type::counter, name)};
}

const version_vector& document::version() const {
  return core_->version();
}
crdt::frontier document::frontier() const {
  return core_->frontier();
}
std::uint64_t document::op_count() const {
  return core_->op_count();
}

bytes document::export_updates(const version_vector& since, int level) {
  if (!core_->load_history()) {
    return {};
  }
  std::vector<index_range> missing;
  if (since.empty()) {
    missing.push_back({0, core_->graph().size()});
  } else {
    core_->graph().missing_in(since, missing);
  }
  return core_->export_operations(missing, level);
}

result<import_report> document::import(byte_view update, const limits& bounds) {
  if (is_snapshot(update)) {
    const auto history = snapshot_history(update, bounds);
    if (!history) {
      return unexpected(history.error());
    }
    update = *history;
  }
  return core_->apply(update, bounds);
}

bytes document::export_snapshot(int level) {
  if (!core_->load_history()) {
    return {};
  }
  return crdt::export_snapshot(*core_, level);
}

bytes document::export_canonical() {
  if (!core_->load_history()) {
    return {};
  }
  return encode_update(core_->collect_canonical(), 0, update_form::canonical);
}

std::vector<change> document::export_changes(const replica_id& replica, std::uint32_t first_counter,
                                             const limits& bounds) {
  WEFT_ASSERT(!core_->in_transaction(), "changes are exported between transactions");
  if (!core_->load_history()) {
    return {};
  }
  const auto r = core_->graph().find(replica);
  return r ? core_->collect_changes(*r, first_counter, bounds) : std::vector<change>{};
}

result<import_report> document::import_changes(std::span<const change> changes,
                                               const limits& bounds) {
  // Zero would mean "not given", as in updates.
  if (std::ranges::any_of(changes, [](const change& c) { return c.lamport == 0; })) {
    return unexpected(errc::bad_value, 0, "lamport of a change");
  }
  const auto batch = batch_of(changes, bounds);
  if (!batch) {
    return unexpected(batch.error());
  }
  return core_->apply(*batch, bounds);
}

void document::begin() {
  core_.as_is().begin();
}

void document::commit() {
  document_core& core = core_.as_is();
  WEFT_ASSERT(core.in_transaction(), "commit closes a transaction that begin opened");
  core.commit();
}

std::uint64_t document::subscribe(listener f) {
  return core_.shown().subscribe(std::move(f));
}
void document::unsubscribe(std::uint64_t token) {
  core_.shown().unsubscribe(token);
}
void document::check_invariants() const {
  core_->check_invariants();
}

}  // namespace weft::crdt

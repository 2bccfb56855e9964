// SPDX-License-Identifier: MIT
// Imports, and what waits for their operations.
#include "codec/op_batch.hpp"
#include "document/document_core.hpp"
#include "document/importer.hpp"

#include <algorithm>
#include <utility>

namespace weft::crdt {

importer& document_core::idle_importer() {
  if (importer_ == nullptr) {
    importer_ = std::make_unique<importer>(*this);
  }
  return *importer_;
}

// Small imports come by the thousand: the importer's memory is made once. A large one's goes.
void document_core::trim_importer() {
  constexpr std::size_t most_kept_bytes = std::size_t{64} << 10U;
  if (importer_ != nullptr && importer_->capacity_bytes() > most_kept_bytes) {
    importer_.reset();
  }
}

result<import_report> document_core::run(const op_batch& batch, const limits& bounds) {
  auto report = idle_importer().run(batch, bounds);
  trim_importer();
  return report;
}

result<import_report> document_core::apply(const op_batch& batch, const limits& bounds) {
  WEFT_ASSERT(depth_ == 0, "imports happen between transactions");
  if (const auto loaded = load_history(); !loaded) {
    return unexpected(loaded.error());
  }
  auto report = run(batch, bounds);
  release_after(report, bounds);
  return report;
}

result<import_report> document_core::apply_and_spend(op_batch& batch, const limits& bounds) {
  WEFT_ASSERT(depth_ == 0, "imports happen between transactions");
  if (const auto loaded = load_history(); !loaded) {
    return unexpected(loaded.error());
  }
  auto report = idle_importer().run_and_spend(batch, bounds);
  trim_importer();
  release_after(report, bounds);
  return report;
}

void document_core::start_staging(importer& work, const op_batch& batch, const limits& bounds) {
  WEFT_ASSERT(staging_ == nullptr && !pending_history_, "one import at a time, on all of history");
  work.start(batch, bounds);
  staging_ = &work;
}

import_report document_core::publish_staged(const limits& bounds) {
  result<import_report> report = std::exchange(staging_, nullptr)->publish();
  release_after(report, bounds);
  return *report;
}

void document_core::give_up_staged() {
  std::exchange(staging_, nullptr)->roll_back();
}

void document_core::release_after(result<import_report>& report, const limits& bounds) {
  if (report && report->applied != 0 && (!backlog_.empty() || !waiting_.empty())) {
    const std::uint64_t released = release(bounds);
    report->applied += released;
    report->pending -= std::min(report->pending, released);
  }
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
  const auto report = run(batch, bounds);
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
    const auto together = all ? run(*all, bounds) : unexpected(all.error());
    if (together) {
      applied += together->applied;
      continue;
    }
    for (const change& one : ready) {
      const auto batch = batch_of({&one, 1}, bounds);
      if (!batch) {
        continue;
      }
      if (const auto alone = run(*batch, bounds); alone) {
        applied += alone->applied;
      }
    }
  }
}

}  // namespace weft::crdt

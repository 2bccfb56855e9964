// SPDX-License-Identifier: MIT
// Imports, and what waits for their operations.
#include "codec/op_batch.hpp"
#include "codec/update_codec.hpp"
#include "document/document_core.hpp"
#include "document/importer.hpp"

#include <algorithm>

namespace weft::crdt {

importer& document_core::fresh_importer() {
  // Keystrokes come by the thousand: the importer's memory is made once. A large import's goes.
  constexpr std::size_t most_kept_bytes = std::size_t{64} << 10U;
  if (importer_ == nullptr || importer_->capacity_bytes() > most_kept_bytes) {
    importer_ = std::make_unique<importer>(*this);
  }
  return *importer_;
}

result<import_report> document_core::apply(const op_batch& batch, const limits& bounds) {
  WEFT_ASSERT(depth_ == 0, "imports happen between transactions");
  if (pending_history_) [[unlikely]] {
    if (const auto loaded = load_history(); !loaded) {
      return unexpected(loaded.error());
    }
  }
  auto report = fresh_importer().run(batch, bounds);
  if (report && report->applied != 0 && !backlog_.empty()) {
    const std::uint64_t released = apply_backlog(bounds);
    report->applied += released;
    report->pending -= std::min(report->pending, released);
  }
  return report;
}

result<import_report> document_core::apply(byte_view update, const limits& bounds) {
  // Keystrokes come by the thousand: their tables are made once.
  constexpr std::size_t most_kept_bytes = std::size_t{64} << 10U;
  if (!decoded_) {
    decoded_ = std::make_unique<op_batch>();
  }
  const auto decoded = decode_update(update, bounds, *decoded_);
  auto report = decoded ? apply(*decoded_, bounds) : unexpected(decoded.error());
  if (decoded_->capacity_bytes() > most_kept_bytes) {
    decoded_.reset();
  }
  return report;
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
    const auto together = all ? fresh_importer().run(*all, bounds) : unexpected(all.error());
    if (together) {
      applied += together->applied;
      continue;
    }
    for (const change& one : ready) {
      const auto batch = batch_of({&one, 1}, bounds);
      if (!batch) {
        continue;
      }
      if (const auto alone = fresh_importer().run(*batch, bounds); alone) {
        applied += alone->applied;
      }
    }
  }
}

}  // namespace weft::crdt

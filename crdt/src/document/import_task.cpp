// SPDX-License-Identifier: MIT
#include "weft/crdt/document/import_task.hpp"

#include "codec/keystroke.hpp"
#include "codec/op_batch.hpp"
#include "codec/snapshot_codec.hpp"
#include "codec/update_codec.hpp"
#include "document/document_core.hpp"
#include "document/importer.hpp"

#include <optional>
#include <utility>

namespace weft::crdt {
namespace {

result<op_batch> decode(byte_view update, const limits& bounds) {
  if (is_snapshot(update)) {
    const auto history = snapshot_history(update, bounds);
    if (!history) {
      return unexpected(history.error());
    }
    update = *history;
  }
  return decode_update(update, bounds);
}

}  // namespace

struct import_task::state {
  state(document_core& into, bytes in, const limits& limits_given)
      : core(into), update(std::move(in)), bounds(limits_given), work(into) {}

  // One step; true when the import is published.
  result<bool> go_on(std::uint64_t budget);
  result<void> prepare();

  document_core& core;
  bytes update;
  limits bounds;
  std::optional<op_batch> batch;
  importer work;
  import_report report;
  std::optional<result<bool>> outcome;
  unsigned starts = 0;
};

result<void> import_task::state::prepare() {
  auto decoded = decode(update, bounds);
  if (!decoded) {
    return unexpected(decoded.error());
  }
  if (const auto loaded = core.load_history(); !loaded) {
    return unexpected(loaded.error());
  }
  batch = std::move(*decoded);
  update = {};
  return {};
}

result<bool> import_task::state::go_on(std::uint64_t budget) {
  if (is_keystroke(update)) {
    // Its meaning depends on the document, and it is small.
    const auto done = core.apply(update, bounds);
    if (!done) {
      return unexpected(done.error());
    }
    report = *done;
    return true;
  }
  if (!batch) {
    if (const auto prepared = prepare(); !prepared) {
      return unexpected(prepared.error());
    }
  }
  if (!work.busy()) {
    core.start_staging(work, *batch, bounds);
    ++starts;
  }
  const auto staged = work.step(starts > most_restarts ? UINT64_MAX : budget);
  if (!staged) {
    core.interrupt();
    return unexpected(staged.error());
  }
  if (*staged) {
    report = core.publish_staged(bounds);
    batch.reset();
  }
  return *staged;
}

import_task::import_task(document& into, bytes update, const limits& bounds)
    : state_(std::make_unique<state>(into.core_.as_is(), std::move(update), bounds)) {}

import_task::~import_task() {
  if (state_->work.busy()) {
    state_->core.interrupt();
  }
}

result<bool> import_task::step(std::uint64_t work) {
  WEFT_ASSERT(work > 0, "a step does some work");
  state& s = *state_;
  WEFT_ASSERT(!s.core.in_transaction(), "imports happen between transactions");
  if (s.outcome) {
    return *s.outcome;
  }
  // Only one task is at work on a document.
  if (!s.work.busy()) {
    s.core.settle();
    s.core.interrupt();
  }
  auto done = s.go_on(work);
  if (!done || *done) {
    s.outcome = done;
  }
  return done;
}

import_progress import_task::progress() const noexcept {
  const state& s = *state_;
  if (s.outcome && s.outcome->has_value()) {
    return {1, 1};
  }
  return {s.work.done(), s.work.total()};
}

const import_report& import_task::report() const noexcept {
  WEFT_ASSERT(state_->outcome && state_->outcome->has_value(), "the import has ended well");
  return state_->report;
}

}  // namespace weft::crdt

// SPDX-License-Identifier: MIT
#include "weft/crdt/document/live.hpp"

#include "codec/live_codec.hpp"
#include "codec/op_batch.hpp"
#include "document/document_core.hpp"

#include <optional>

namespace weft::crdt {

struct live_session::state {
  live_direction out;
  live_direction in;
  version_vector peer_has;
  op_batch received;  // its memory is used again
  std::optional<error> broken;

  // Both ends have these operations now.
  void note(const op_batch& batch) {
    for (const batch_span& span : batch.spans) {
      const replica_id& id = batch.replicas[span.replica];
      const std::uint32_t count = peer_has.count(id);
      if (span.counter <= count && span.counter + span.length > count) {
        peer_has.extend({id, count}, span.counter + span.length - count);
      }
    }
  }
};

live_session::live_session(const version_vector& peer_has) : state_(std::make_unique<state>()) {
  state_->peer_has = peer_has;
}
live_session::live_session(live_session&&) noexcept = default;
live_session& live_session::operator=(live_session&&) noexcept = default;
live_session::~live_session() = default;

bool live_session::broken() const noexcept {
  return state_->broken.has_value();
}

bytes live_session::encode(document& d) {
  WEFT_ASSERT(!broken(), "a broken session says nothing");
  document_core& core = *d.core_;
  WEFT_ASSERT(!core.in_transaction(), "operations are sent between transactions");
  if (!core.load_history()) {
    return {};
  }
  std::vector<index_range> missing;
  core.graph().missing_in(state_->peer_has, missing);
  if (missing.empty()) {
    return {};
  }
  const op_batch batch = core.collect(missing);
  state_->note(batch);
  return encode_live(state_->out, batch);
}

result<import_report> live_session::apply(document& d, byte_view message, const limits& bounds) {
  state& s = *state_;
  if (s.broken) {
    return unexpected(*s.broken);
  }
  if (const auto decoded = decode_live(s.in, message, bounds, s.received); !decoded) {
    s.broken = decoded.error();
    return unexpected(*s.broken);
  }
  auto report = d.core_->apply(s.received, bounds);
  if (!report) {
    s.broken = report.error();
    return report;
  }
  s.note(s.received);
  return report;
}

}  // namespace weft::crdt

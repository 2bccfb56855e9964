// SPDX-License-Identifier: MIT
#include "content/counter_state.hpp"

namespace weft::crdt {

void counter_state::add(local_index at, std::int64_t amount) {
  log_.push_back({at, false, false, amount});
  value_ = wrapping_add(value_, amount);
  ++live_;
}

void counter_state::local_reset(local_index at) {
  for (counter_op& op : log_) {
    op.covered = true;
  }
  log_.push_back({at, true, false, 0});
  value_ = 0;
  live_ = 0;
}

void counter_state::merge_reset(const causal_graph& graph, local_index at) {
  // Causal sets are prefixes per replica, so one version vector decides all additions.
  const local_index version[] = {at};
  const version_vector past = graph.to_version_vector(version);
  for (counter_op& op : log_) {
    if (!op.is_reset && !op.covered && past.contains(graph.id_of_op(op.at))) {
      op.covered = true;
      value_ = wrapping_subtract(value_, op.amount);
      --live_;
    }
  }
  log_.push_back({at, true, false, 0});
}

}  // namespace weft::crdt

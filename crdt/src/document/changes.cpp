// SPDX-License-Identifier: MIT
// Batches out of changes.
#include "codec/op_batch.hpp"
#include "codec/update_codec.hpp"
#include "document/document_core.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace weft::crdt {
namespace {

std::vector<replica_id> replicas_of(std::span<const change> changes) {
  std::vector<replica_id> ids;
  for (const change& c : changes) {
    ids.push_back(c.first.replica);
    for (const op_id& parent : c.parents) {
      ids.push_back(parent.replica);
    }
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::uint32_t number_of(const std::vector<replica_id>& ids, const replica_id& id) {
  return static_cast<std::uint32_t>(std::lower_bound(ids.begin(), ids.end(), id) - ids.begin());
}

result<void> check(const change& c, std::size_t i, const limits& bounds) {
  if (c.length > max_op_count || c.first.counter > max_op_count - c.length) {
    return unexpected(errc::document_full, i, "operations of a replica");
  }
  if (c.parents.size() > bounds.max_parents) {
    return unexpected(errc::limit_exceeded, i, "parents of a change");
  }
  if (std::adjacent_find(c.parents.begin(), c.parents.end(), [](const op_id& a, const op_id& b) {
        return !(a < b);
      }) != c.parents.end()) {
    return unexpected(errc::not_canonical, i, "order of parents");
  }
  return {};
}

}  // namespace

// In order of lamport every change stands after those that it depends on.
result<op_batch> batch_of(std::span<const change> changes, const limits& bounds) {
  op_batch batch;
  batch.replicas = replicas_of(changes);
  std::vector<std::size_t> order(changes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair{changes[a].lamport, a} < std::pair{changes[b].lamport, b};
  });
  for (const std::size_t i : order) {
    const change& c = changes[i];
    if (const auto checked = check(c, i, bounds); !checked) {
      return unexpected(checked.error());
    }
    const auto length = decode_body(c.body, batch, bounds);
    if (!length) {
      return unexpected(length.error());
    }
    if (*length != c.length) {
      return unexpected(errc::malformed, i, "number of operations of a change");
    }
    batch_span& span = batch.spans.back();
    span.replica = number_of(batch.replicas, c.first.replica);
    span.counter = c.first.counter;
    span.lamport = c.lamport;
    for (const op_id& parent : c.parents) {
      batch.parents.push_back({number_of(batch.replicas, parent.replica), parent.counter});
    }
    span.parent_end = static_cast<std::uint32_t>(batch.parents.size());
  }
  return batch;
}

}  // namespace weft::crdt

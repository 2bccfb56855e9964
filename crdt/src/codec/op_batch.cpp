// SPDX-License-Identifier: MIT
#include "codec/op_batch.hpp"

namespace weft::crdt {
namespace {

// Joins the first atom of `next` (or, if its direction fits, all of it) to `last`. Returns how many
// atoms were joined. An erase of length one has no direction yet and takes that of its follower.
std::uint32_t join(batch_item& last, const batch_item& next) {
  if (last.container != next.container) {
    return 0;
  }
  if (last.kind == item_kind::insert) {
    if (next.kind != item_kind::insert || next.position != last.position + last.length) {
      return 0;
    }
    last.length += next.length;
    return next.length;
  }
  if (last.kind > item_kind::erase_backward || next.kind == item_kind::insert) {
    return 0;
  }
  const bool open = last.length == 1;
  const std::uint32_t target =
      next.kind == item_kind::erase_backward ? next.position + next.length - 1 : next.position;
  if ((open || last.kind == item_kind::erase_forward) && target == last.position) {
    const std::uint32_t atoms = next.kind == item_kind::erase_forward ? next.length : 1;
    last.kind = item_kind::erase_forward;
    last.length += atoms;
    return atoms;
  }
  if ((open || last.kind == item_kind::erase_backward) && target + 1 == last.position) {
    const std::uint32_t atoms = next.kind == item_kind::erase_backward ? next.length : 1;
    last.kind = item_kind::erase_backward;
    last.position -= atoms;
    last.length += atoms;
    return atoms;
  }
  return 0;
}

}  // namespace

void op_batch::clear() noexcept {
  replicas.clear();
  containers.clear();
  spans.clear();
  parents.clear();
  items.clear();
  content.clear();
  borrowed = {};
  keys.clear();
  values.clear();
}

std::size_t op_batch::capacity_bytes() const noexcept {
  return replicas.capacity() * sizeof(replica_id) +
         containers.capacity() * sizeof(batch_container) + spans.capacity() * sizeof(batch_span) +
         parents.capacity() * sizeof(batch_parent) + items.capacity() * sizeof(batch_item) +
         content.capacity() + keys.capacity() * sizeof(std::string) +
         values.capacity() * sizeof(value);
}

void push_item(std::vector<batch_item>& items, std::size_t floor, batch_item item) {
  while (item.length != 0) {
    // A single atom that erases has no direction.
    if (item.length == 1 && item.kind == item_kind::erase_backward) {
      item.kind = item_kind::erase_forward;
    }
    const std::uint32_t joined = items.size() > floor ? join(items.back(), item) : 0;
    if (joined == 0) {
      items.push_back(item);
      return;
    }
    // What is left of a forward erase stands at the same place; what is left of a backward one
    // ends lower, but its position names the lowest and stays.
    item.length -= joined;
  }
}

}  // namespace weft::crdt

// SPDX-License-Identifier: MIT
#include "codec/columns.hpp"
#include "codec/item_codec.hpp"
#include "codec/keystroke.hpp"
#include "codec/keystroke_head.hpp"

namespace weft::crdt {
namespace {

void write_parents(byte_writer& out, const keystroke& k, const op_batch& batch) {
  static_cast<void>(batch);
  if (k.foreign.size() >= keystroke_head::many_parents) {
    out.varint(k.foreign.size() - keystroke_head::many_parents);
  }
  for (const foreign_parent& parent : k.foreign) {
    if (parent.by_id) {
      out.varint(0);
      out.raw(byte_view{parent.id.bytes});
      out.varint(parent.counter);
    } else {
      out.varint(std::uint64_t{parent.distance} + 1);
      out.varint(parent.place);
      out.varint(parent.counter - 1);
    }
  }
}

}  // namespace

void write_path(byte_writer& out, const op_batch& batch, std::uint32_t container) {
  std::vector<std::uint32_t> path;
  for (std::uint32_t c = container; c != no_parent; c = batch.containers[c].parent) {
    path.push_back(c);
  }
  out.varint(static_cast<std::uint64_t>(batch.containers[container].type) | (path.size() - 1)
                                                                                << 2U);
  for (auto c = path.rbegin(); c != path.rend(); ++c) {
    out.sized(batch.containers[*c].key);
  }
}

bytes encode_keystroke(const keystroke& k, const op_batch& batch) {
  const std::uint32_t container = batch.items.front().container;
  const std::size_t parents = std::min<std::size_t>(k.foreign.size(), keystroke_head::many_parents);
  byte_writer out;
  out.u8(format_magic);
  out.u8(static_cast<std::uint8_t>(format_form::keystroke));
  out.u8(static_cast<std::uint8_t>(
      (k.own_parent ? keystroke_head::own_parent : 0U) | parents << keystroke_head::parents_shift |
      (k.named ? 0U : static_cast<unsigned>(k.type)) << keystroke_head::container_shift |
      (k.length > 1 ? keystroke_head::several : 0U)));
  out.raw(byte_view{k.author.bytes});
  out.varint(k.counter);
  if (k.length > 1) {
    out.varint(k.length - 2);
  }
  write_parents(out, k, batch);
  if (k.named) {
    write_path(out, batch, container);
  }
  item_encoder items({&out, &out, &out, &out}, batch);
  items.begin_in(container);
  items.write(batch.items);
  out.raw(batch.text());
  return out.take();
}

}  // namespace weft::crdt

// SPDX-License-Identifier: MIT
#include "codec/columns.hpp"
#include "codec/crc32c.hpp"
#include "codec/item_codec.hpp"
#include "codec/update_codec.hpp"
#include "codec/update_columns.hpp"

#include <algorithm>
#include <array>

namespace weft::crdt {
namespace {

// Below this the columns' sizes and checksum cost more than compression can save.
constexpr std::size_t small_update_bytes = 160;

// The table: replicas with the counter at which their operations start here (for those that are
// only named as parents: one past the greatest counter named), then the number of spans.
void write_tables(byte_writer& out, const op_batch& batch,
                  const std::vector<std::uint32_t>& bases) {
  out.varint(batch.replicas.size());
  for (const replica_id& id : batch.replicas) {
    out.raw(byte_view{id.bytes});
  }
  for (const std::uint32_t base : bases) {
    out.varint(base);
  }
  out.varint(batch.spans.size());
}

std::vector<std::uint32_t> bases_of(const op_batch& batch) {
  constexpr std::uint32_t unset = 0xffff'ffffU;
  std::vector<std::uint32_t> bases(batch.replicas.size(), unset);
  for (const batch_span& span : batch.spans) {
    bases[span.replica] = std::min(bases[span.replica], span.counter);
  }
  std::vector<std::uint32_t> named(batch.replicas.size(), 0);
  for (const batch_parent& parent : batch.parents) {
    named[parent.replica] = std::max(named[parent.replica], parent.counter + 1);
  }
  for (std::size_t r = 0; r < bases.size(); ++r) {
    bases[r] = bases[r] == unset ? named[r] : bases[r];
  }
  return bases;
}

// Span token: (length - 1) << 2 | how the parents are written.
class span_encoder {
public:
  span_encoder(span_writers out, const op_batch& batch, std::vector<std::uint32_t> next)
      : out_(out), batch_(batch), next_(std::move(next)) {}

  void write() {
    for (std::size_t i = 0; i < batch_.spans.size(); ++i) {
      const batch_span& span = batch_.spans[i];
      WEFT_ASSERT(span.counter == next_[span.replica], "spans of a replica follow without gaps");
      const std::span<const batch_parent> parents{batch_.parents.data() + batch_.first_parent(i),
                                                  span.parent_end - batch_.first_parent(i)};
      const parent_code code = predict(span, parents);
      out_.tokens->varint(static_cast<std::uint64_t>(span.length - 1) << 2U |
                          static_cast<std::uint64_t>(code));
      if (batch_.replicas.size() > 1) {
        out_.replicas->varint(span.replica);
      }
      if (code == parent_code::listed) {
        list(parents);
      }
      next_[span.replica] = span.counter + span.length;
      last_ = {span.replica, span.counter + span.length - 1};
      has_last_ = true;
    }
  }

private:
  parent_code predict(const batch_span& span, std::span<const batch_parent> parents) const {
    const batch_parent own{span.replica, span.counter - 1};
    const bool has_own = span.counter != 0;
    if (parents.size() == 1 && has_own && parents[0] == own) {
      return parent_code::own;
    }
    if (parents.size() == 1 && has_last_ && parents[0] == last_) {
      return parent_code::previous;
    }
    if (parents.size() == 2 && has_own && has_last_ &&
        ((parents[0] == own && parents[1] == last_) ||
         (parents[0] == last_ && parents[1] == own))) {
      return parent_code::own_and_previous;
    }
    return parent_code::listed;
  }

  // How far the parent stands before the newest operation of its replica so far.
  void list(std::span<const batch_parent> parents) {
    out_.parents->varint(parents.size());
    for (const batch_parent& parent : parents) {
      if (batch_.replicas.size() > 1) {
        out_.parents->varint(parent.replica);
      }
      WEFT_ASSERT(parent.counter < next_[parent.replica], "parents stand before their followers");
      out_.parents->varint(next_[parent.replica] - 1 - parent.counter);
    }
  }

  span_writers out_;
  const op_batch& batch_;
  std::vector<std::uint32_t> next_;
  batch_parent last_;
  bool has_last_ = false;
};

bytes encode_small(const op_batch& batch, const std::vector<std::uint32_t>& bases) {
  byte_writer out;
  write_format(out, format_form::small_update);
  write_tables(out, batch, bases);
  span_encoder({&out, &out, &out}, batch, bases).write();
  item_encoder({&out, &out, &out, &out}, batch).write(batch.items);
  out.raw(batch.text());
  return out.take();
}

bool may_be_small(const op_batch& batch) {
  // A guess from below that needs no encoding.
  return batch.text().size() + 17 * batch.replicas.size() + batch.items.size() +
             batch.spans.size() <=
         small_update_bytes;
}

}  // namespace

bytes encode_update(const op_batch& batch, int level, update_form form) {
  const std::vector<std::uint32_t> bases = bases_of(batch);
  if (form == update_form::best && may_be_small(batch)) {
    bytes small = encode_small(batch, bases);
    if (small.size() <= small_update_bytes) {
      return small;
    }
  }
  std::array<byte_writer, update_column_count> columns;
  const auto column = [&](update_column c) { return &columns[static_cast<std::size_t>(c)]; };
  column(update_column::tokens)->reserve_more(batch.items.size() + batch.items.size() / 4);
  column(update_column::deltas)->reserve_more(batch.items.size());
  write_tables(*column(update_column::tables), batch, bases);
  span_encoder({column(update_column::spans), column(update_column::span_replicas),
                column(update_column::parents)},
               batch, bases)
      .write();
  item_encoder({column(update_column::containers), column(update_column::tokens),
                column(update_column::deltas), column(update_column::values)},
               batch)
      .write(batch.items);
  std::array<byte_view, update_column_count> views;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    views[i] = columns[i].view();
  }
  views[static_cast<std::size_t>(update_column::content)] = as_bytes(batch.text());

  byte_writer out;
  write_format(out, format_form::update);
  write_columns(out, views, form == update_form::canonical ? 0 : level);
  out.u32_le(crc32c(out.view()));
  return out.take();
}

}  // namespace weft::crdt

// SPDX-License-Identifier: MIT
#include "codec/block_columns.hpp"
#include "codec/columns.hpp"
#include "codec/crc32c.hpp"
#include "codec/item_codec.hpp"
#include "codec/update_codec.hpp"
#include "weft/crdt/document/change.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace weft::crdt {
namespace {

constexpr std::size_t small_block_bytes = 256;

// Gathers the bodies into one batch whose containers and keys each stand once.
class body_gatherer {
public:
  // False if the body has to stay as it is.
  bool add(const sealed_change& c) {
    op_batch one;
    if (c.header.key_epoch != 0) {
      return false;
    }
    const auto length = decode_body(c.body, one, limits{});
    if (!length || *length != c.header.op_count) {
      return false;
    }
    std::vector<std::uint32_t> container(one.containers.size());
    for (std::size_t i = 0; i < container.size(); ++i) {
      batch_container named = one.containers[i];
      named.parent = named.parent == no_parent ? no_parent : container[named.parent];
      container[i] = number(std::move(named));
    }
    for (batch_item item : one.items) {
      item.container = container[item.container];
      if (item.kind == item_kind::insert) {
        item.payload += batch_.content.size();
      } else if (item.kind == item_kind::map_set) {
        item.payload += batch_.values.size();
      }
      if (item.kind == item_kind::map_set || item.kind == item_kind::map_erase) {
        item.position = key(one.keys[item.position]);
      }
      batch_.items.push_back(item);
    }
    batch_.content += one.content;
    std::move(one.values.begin(), one.values.end(), std::back_inserter(batch_.values));
    return true;
  }

  [[nodiscard]] const op_batch& batch() const { return batch_; }

private:
  std::uint32_t number(batch_container named) {
    const auto [found, is_new] =
        containers_.try_emplace({named.parent, named.type, named.key},
                                static_cast<std::uint32_t>(batch_.containers.size()));
    if (is_new) {
      batch_.containers.push_back(std::move(named));
    }
    return found->second;
  }
  std::uint32_t key(const std::string& name) {
    const auto [found, is_new] =
        keys_.try_emplace(name, static_cast<std::uint32_t>(batch_.keys.size()));
    if (is_new) {
      batch_.keys.push_back(name);
    }
    return found->second;
  }

  op_batch batch_;
  std::map<std::tuple<std::uint32_t, container_type, std::string>, std::uint32_t> containers_;
  std::unordered_map<std::string, std::uint32_t> keys_;
};

class block_encoder {
public:
  using writers = std::array<byte_writer*, block_column_count>;

  block_encoder(const writers& out, std::span<const sealed_change> changes,
                const std::vector<bool>& raw)
      : out_(out), changes_(changes), raw_(raw) {}

  void write(bool with_document) {
    number_replicas();
    byte_writer& tables = column(block_column::tables);
    if (with_document) {
      tables.raw(byte_view{changes_.front().header.document});
    }
    tables.varint(replicas_.size());
    for (const auto& [id, number] : replicas_) {
      tables.raw(byte_view{id.bytes});
    }
    tables.varint(changes_.size());
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      write(changes_[i], i == 0 ? nullptr : &changes_[i - 1].header, raw_[i]);
    }
  }

private:
  byte_writer& column(block_column c) { return *out_[static_cast<std::size_t>(c)]; }

  void number_replicas() {
    for (const sealed_change& c : changes_) {
      replicas_.try_emplace(c.header.replica, 0);
      for (const change_ref& dep : c.header.deps) {
        replicas_.try_emplace(dep.replica, 0);
      }
    }
    std::uint32_t next = 0;
    for (auto& [id, number] : replicas_) {
      number = next++;
    }
    positions_.resize(next);
  }

  void write(const sealed_change& c, const change_header* before, bool raw) {
    const change_header& h = c.header;
    const std::uint32_t number = replicas_.at(h.replica);
    block_position& own = positions_[number];
    const bool goes_on = before != nullptr && before->replica == h.replica && own.seq == h.seq &&
                         own.counter == h.first_counter;
    const bool new_heads = before == nullptr ? !h.membership_heads.empty()
                                             : before->membership_heads != h.membership_heads;
    const bool has_key = h.key_epoch != 0 || !h.salt.empty();
    column(block_column::flags)
        .u8(static_cast<std::uint8_t>(
            (goes_on ? block_flag::goes_on : 0) | (h.deps.empty() ? 0 : block_flag::has_deps) |
            (c.signature.empty() ? 0 : block_flag::is_signed) | (raw ? block_flag::raw_body : 0) |
            (new_heads ? block_flag::new_heads : 0) | (has_key ? block_flag::has_key : 0)));
    if (!goes_on) {
      byte_writer& order = column(block_column::order);
      order.varint(number);
      order.zigzag(static_cast<std::int64_t>(h.seq - own.seq));
      order.zigzag(static_cast<std::int64_t>(h.first_counter - own.counter));
    }
    column(block_column::counts).varint(h.op_count);
    std::uint64_t greatest = own.lamport;
    write_deps(h, greatest);
    column(block_column::lamports).zigzag(static_cast<std::int64_t>(h.lamport - (greatest + 1)));
    write_time(h);
    write_rest(c, new_heads, has_key, raw);
    if (!c.signature.empty()) {
      column(block_column::signatures).raw(byte_view{c.signature});
    }
    own = {h.seq + 1, std::uint64_t{h.first_counter} + h.op_count, h.lamport + h.op_count - 1};
  }

  void write_deps(const change_header& h, std::uint64_t& greatest) {
    if (h.deps.empty()) {
      return;
    }
    byte_writer& out = column(block_column::deps);
    out.varint(h.deps.size());
    for (const change_ref& dep : h.deps) {
      const std::uint32_t number = replicas_.at(dep.replica);
      const block_position& there = positions_[number];
      out.varint(number);
      out.zigzag(static_cast<std::int64_t>(there.seq - dep.seq - 1));
      greatest = std::max(greatest, there.lamport);
    }
  }

  // Differences of differences, modulo 2^64: the clock is the writer's own and may jump.
  void write_time(const change_header& h) {
    const auto now = static_cast<std::uint64_t>(h.wall_ms);
    const std::uint64_t step = now - time_;
    column(block_column::times).zigzag(static_cast<std::int64_t>(step - step_));
    step_ = first_ ? 0 : step;
    time_ = now;
    first_ = false;
  }

  void write_rest(const sealed_change& c, bool new_heads, bool has_key, bool raw) {
    const change_header& h = c.header;
    byte_writer& out = column(block_column::rest);
    if (new_heads) {
      out.varint(h.membership_heads.size());
      for (const digest16& head : h.membership_heads) {
        out.raw(byte_view{head});
      }
    }
    if (has_key) {
      out.varint(h.key_epoch);
      out.sized(byte_view{h.salt});
      out.raw(byte_view{h.body_digest});
    }
    if (h.author) {
      out.raw(byte_view{*h.author});
    }
    if (raw) {
      out.sized(byte_view{c.body});
    }
  }

  writers out_;
  std::span<const sealed_change> changes_;
  const std::vector<bool>& raw_;
  std::map<replica_id, std::uint32_t> replicas_;
  std::vector<block_position> positions_;
  std::uint64_t time_ = 0;
  std::uint64_t step_ = 0;
  bool first_ = true;
};

void check(std::span<const sealed_change> changes) {
  WEFT_ASSERT(!changes.empty(), "a block holds at least one change");
  for (const sealed_change& c : changes) {
    WEFT_ASSERT(c.header.document == changes.front().header.document,
                "a block holds changes of one document");
    WEFT_ASSERT(c.header.author.has_value() == (c.header.seq == 0),
                "the first change of a replica names its author, no other");
    WEFT_ASSERT(c.signature.empty() || c.signature.size() == 64, "a signature has 64 bytes");
  }
}

}  // namespace

bytes encode_block(std::span<const sealed_change> changes, int level, bool with_document) {
  check(changes);
  body_gatherer bodies;
  std::vector<bool> raw;
  std::size_t size = 0;
  for (const sealed_change& c : changes) {
    raw.push_back(!bodies.add(c));
    size += c.body.size() + 16;
  }
  const bool stream = size <= small_block_bytes;
  byte_writer out;
  write_format(out, format_form::block);
  out.u8(static_cast<std::uint8_t>((stream ? 0U : 1U) | (with_document ? 0U : 2U)));

  std::array<byte_writer, block_column_count> columns;
  block_encoder::writers writers{};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    writers[i] = stream ? &out : &columns[i];
  }
  const auto column = [&](block_column c) { return writers[static_cast<std::size_t>(c)]; };
  block_encoder(writers, changes, raw).write(with_document);
  item_encoder({column(block_column::containers), column(block_column::tokens),
                column(block_column::deltas), column(block_column::values)},
               bodies.batch())
      .write(bodies.batch().items);
  column(block_column::content)->raw(bodies.batch().content);
  if (!stream) {
    std::array<byte_view, block_column_count> views;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      views[i] = columns[i].view();
    }
    write_columns(out, views, level);
    out.u32_le(crc32c(out.view()));
  }
  return out.take();
}

}  // namespace weft::crdt

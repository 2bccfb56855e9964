// SPDX-License-Identifier: MIT
#include "codec/block_columns.hpp"
#include "codec/columns.hpp"
#include "codec/crc32c.hpp"
#include "codec/item_codec.hpp"
#include "codec/update_codec.hpp"
#include "weft/crdt/document/change.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace weft::crdt {
namespace {

// A change as read, before the digests that a reader recomputes.
struct read_change {
  sealed_change sealed;
  bool raw = false;
  bool has_digest = false;
  std::size_t span = 0;  // of the batch, unless raw
};

class block_decoder {
public:
  using readers = std::array<byte_reader*, block_column_count>;

  block_decoder(const readers& in, const block_resolver& resolver, const limits& bounds,
                std::uint64_t budget)
      : in_(in), resolver_(resolver), bounds_(bounds), budget_(budget) {}

  result<std::vector<sealed_change>> read(bool with_document) {
    read_tables(with_document);
    for (std::uint64_t i = 0; i < count_ && !failed(); ++i) {
      read_one();
    }
    if (failed()) {
      return failure();
    }
    if (const auto bodies = read_bodies(); !bodies) {
      return unexpected(bodies.error());
    }
    return complete();
  }

private:
  byte_reader& column(block_column c) { return *in_[static_cast<std::size_t>(c)]; }
  [[nodiscard]] bool failed() const {
    return std::ranges::any_of(in_, [](const byte_reader* in) { return in->failed(); });
  }
  [[nodiscard]] unexpected failure() const {
    return (*std::ranges::find_if(in_, [](const byte_reader* in) { return in->failed(); }))
        ->failure();
  }

  template <std::size_t Size>
  static void read_array(byte_reader& in, std::array<std::uint8_t, Size>& out) {
    const byte_view raw = in.raw(Size);
    std::copy(raw.begin(), raw.end(), out.begin());
  }

  // What the result may take: names repeat in every body, so a few bytes can mean very many.
  bool spend(byte_reader& in, std::uint64_t size) {
    if (size > budget_) {
      in.fail(errc::limit_exceeded, "size of the changes of a block");
      return false;
    }
    budget_ -= size;
    return true;
  }

  void read_tables(bool with_document) {
    byte_reader& in = column(block_column::tables);
    if (with_document) {
      read_array(in, document_);
    } else if (resolver_.document) {
      document_ = *resolver_.document;
    } else {
      in.fail(errc::bad_value, "a block that does not name its document");
    }
    const std::size_t replicas = in.count(16, "replicas of a block");
    if (replicas > bounds_.max_replicas) {
      in.fail(errc::limit_exceeded, "number of replicas");
    }
    for (std::size_t i = 0; i < replicas && !in.failed(); ++i) {
      replica_id id;
      read_array(in, id.bytes);
      if (!replicas_.empty() && !(replicas_.back() < id)) {
        in.fail(errc::not_canonical, "order of replicas");
      }
      replicas_.push_back(id);
    }
    positions_.resize(replicas_.size());
    count_ = in.varint();
    if (count_ == 0) {
      in.fail(errc::malformed, "a block without changes");
    }
  }

  void read_one() {
    const std::uint8_t flags = column(block_column::flags).u8();
    read_change out;
    change_header& h = out.sealed.header;
    if ((flags & ~block_flag::all) != 0) {
      column(block_column::flags).fail(errc::unsupported, "flags of a change");
    }
    read_order(flags, h);
    if (failed()) {
      return;
    }
    h.document = document_;
    h.op_count = static_cast<std::uint32_t>(
        column(block_column::counts)
            .varint_max(std::min(bounds_.max_change_ops, max_op_count - h.first_counter),
                        "operations of a change"));
    if (h.op_count == 0 && (flags & block_flag::raw_body) == 0) {
      column(block_column::counts).fail(errc::malformed, "a change without operations");
    }
    block_position& own = positions_[last_replica_];
    std::uint64_t greatest = own.lamport;
    if ((flags & block_flag::has_deps) != 0) {
      read_deps(h, greatest);
    }
    h.lamport = greatest + 1 + static_cast<std::uint64_t>(column(block_column::lamports).zigzag());
    read_time(h);
    read_rest(flags, out);
    if ((flags & block_flag::is_signed) != 0) {
      const byte_view signature = column(block_column::signatures).raw(64);
      out.sealed.signature.assign(signature.begin(), signature.end());
    }
    own = {h.seq + 1, std::uint64_t{h.first_counter} + h.op_count, h.lamport + h.op_count - 1};
    spend(column(block_column::tables),
          sizeof(read_change) + 40 * h.deps.size() + 16 * h.membership_heads.size());
    if (!failed()) {
      changes_.push_back(std::move(out));
    }
  }

  void read_order(std::uint8_t flags, change_header& h) {
    byte_reader& in = column(block_column::order);
    std::int64_t seq = 0;
    std::int64_t counter = 0;
    if ((flags & block_flag::goes_on) == 0) {
      last_replica_ = in.varint();
      seq = in.zigzag();
      counter = in.zigzag();
    } else if (changes_.empty()) {
      in.fail(errc::malformed, "the first change of a block");
    }
    if (last_replica_ >= replicas_.size()) {
      in.fail(errc::malformed, "number of a replica");
    }
    if (in.failed()) {
      return;
    }
    const block_position& own = positions_[last_replica_];
    const std::uint64_t first = own.counter + static_cast<std::uint64_t>(counter);
    if (first > max_op_count) {
      in.fail(errc::malformed, "operation counter");
      return;
    }
    h.replica = replicas_[last_replica_];
    h.seq = own.seq + static_cast<std::uint64_t>(seq);
    h.first_counter = static_cast<std::uint32_t>(first);
  }

  void read_deps(change_header& h, std::uint64_t& greatest) {
    byte_reader& in = column(block_column::deps);
    const std::size_t count = in.count(2, "dependencies");
    if (count > bounds_.max_parents || count == 0) {
      in.fail(errc::limit_exceeded, "number of dependencies");
    }
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
      const std::uint64_t number = in.varint();
      const std::int64_t back = in.zigzag();
      if (number >= replicas_.size() || replicas_[number] == h.replica ||
          (!h.deps.empty() && !(h.deps.back().replica < replicas_[number]))) {
        in.fail(errc::malformed, "dependency");
        return;
      }
      const block_position& there = positions_[number];
      h.deps.push_back({replicas_[number], there.seq - 1 - static_cast<std::uint64_t>(back), {}});
      greatest = std::max(greatest, there.lamport);
    }
  }

  void read_time(change_header& h) {
    const std::uint64_t step =
        step_ + static_cast<std::uint64_t>(column(block_column::times).zigzag());
    time_ += step;
    h.wall_ms = static_cast<std::int64_t>(time_);
    step_ = changes_.empty() ? 0 : step;
  }

  void read_rest(std::uint8_t flags, read_change& out) {
    byte_reader& in = column(block_column::rest);
    change_header& h = out.sealed.header;
    if ((flags & block_flag::new_heads) != 0) {
      read_heads(in);
    }
    h.membership_heads = heads_;
    if ((flags & block_flag::has_key) != 0) {
      h.key_epoch = static_cast<std::uint32_t>(
          in.varint_max(std::numeric_limits<std::uint32_t>::max(), "key epoch"));
      const byte_view salt = in.sized(16, "salt");
      h.salt.assign(salt.begin(), salt.end());
      if (salt.size() != 16 && !salt.empty()) {
        in.fail(errc::malformed, "salt");
      }
      if (h.key_epoch == 0 && salt.empty()) {
        in.fail(errc::not_canonical, "digest of a body in clear");
      }
      read_array(in, h.body_digest);
      out.has_digest = true;
    }
    if (h.seq == 0) {
      read_array(in, h.author.emplace());
    }
    out.raw = (flags & block_flag::raw_body) != 0;
    if (out.raw) {
      const byte_view body = in.sized(bounds_.max_change_body_bytes, "body of a change");
      out.sealed.body.assign(body.begin(), body.end());
    }
  }

  void read_heads(byte_reader& in) {
    heads_.clear();
    const std::size_t count = in.count(16, "membership heads");
    if (count > max_membership_heads) {
      in.fail(errc::limit_exceeded, "number of membership heads");
    }
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
      digest16 head;
      read_array(in, head);
      if (!heads_.empty() && heads_.back() >= head) {
        in.fail(errc::not_canonical, "order of membership heads");
      }
      heads_.push_back(head);
    }
  }

  result<void> read_bodies() {
    item_decoder items({&column(block_column::containers), &column(block_column::tokens),
                        &column(block_column::deltas), &column(block_column::values)},
                       batch_, bounds_);
    for (read_change& c : changes_) {
      if (c.raw) {
        continue;
      }
      c.span = batch_.spans.size();
      items.read(c.sealed.header.op_count);
      if (items.failed()) {
        return items.failure();
      }
      batch_span span;
      span.length = c.sealed.header.op_count;
      span.item_end = static_cast<std::uint32_t>(batch_.items.size());
      batch_.spans.push_back(span);
    }
    byte_reader& content = column(block_column::content);
    const std::uint64_t content_at = content.offset();
    batch_.content = as_chars(content.raw(content.remaining()));
    items.expect_end();
    for (byte_reader* in : in_) {
      in->expect_end("bytes after the last change");
    }
    if (failed()) {
      return failure();
    }
    if (const auto placed = place_content(batch_); !placed) {
      return unexpected(placed.error().code, content_at, placed.error().what);
    }
    return {};
  }

  // Bodies, digests and hashes, in the order of the block: a change stands after those it names.
  result<std::vector<sealed_change>> complete() {
    std::vector<sealed_change> out;
    for (read_change& c : changes_) {
      sealed_change& sealed = c.sealed;
      change_header& h = sealed.header;
      if (!c.raw) {
        sealed.body = encode_body(batch_, c.span);
        if (sealed.body.size() > bounds_.max_change_body_bytes ||
            !spend(column(block_column::tables), sealed.body.size())) {
          return unexpected(errc::limit_exceeded, 0, "size of the changes of a block");
        }
      }
      if (!c.has_digest) {
        h.body_digest = resolver_.body_digest(sealed.body);
      }
      if (const auto named = name_others(h); !named) {
        return unexpected(named.error());
      }
      const bool is_new =
          hashes_.try_emplace({h.replica, h.seq}, resolver_.header_hash(h.encode())).second;
      if (!is_new) {
        return unexpected(errc::malformed, 0, "a change that stands twice in a block");
      }
      out.push_back(std::move(sealed));
    }
    return out;
  }

  result<void> name_others(change_header& h) {
    if (h.seq != 0) {
      h.prev = hash_of(h.replica, h.seq - 1);
      if (!h.prev) {
        return unexpected(errc::missing_parent, 0, "the change before one of a block");
      }
    }
    for (change_ref& dep : h.deps) {
      const auto hash = hash_of(dep.replica, dep.seq);
      if (!hash) {
        return unexpected(errc::missing_parent, 0, "a change that one of a block depends on");
      }
      std::copy_n(hash->begin(), dep.hash.size(), dep.hash.begin());
    }
    return {};
  }

  std::optional<digest32> hash_of(const replica_id& replica, std::uint64_t seq) const {
    const auto found = hashes_.find({replica, seq});
    return found != hashes_.end() ? found->second : resolver_.outside(replica, seq);
  }

  readers in_;
  const block_resolver& resolver_;
  const limits& bounds_;
  std::uint64_t budget_;
  digest32 document_{};
  std::vector<replica_id> replicas_;
  std::vector<block_position> positions_;
  std::uint64_t count_ = 0;
  std::uint64_t last_replica_ = 0;
  std::uint64_t time_ = 0;
  std::uint64_t step_ = 0;
  std::vector<digest16> heads_;
  std::vector<read_change> changes_;
  op_batch batch_;
  std::map<std::pair<replica_id, std::uint64_t>, digest32> hashes_;
};

}  // namespace

result<std::vector<sealed_change>> decode_block(byte_view in, const block_resolver& resolver,
                                                const limits& bounds) {
  if (in.size() > bounds.max_input_bytes) {
    return unexpected(errc::limit_exceeded, 0, "size of a block");
  }
  byte_reader reader(in);
  if (read_format(reader) != format_form::block) {
    reader.fail(errc::malformed, "not a block");
  }
  const std::uint8_t layout = reader.u8();
  if (layout > static_cast<std::uint8_t>(block_layout::nameless_columns)) {
    reader.fail(errc::unsupported, "layout of a block");
  }
  const bool with_document = (layout & 2U) == 0;
  const std::uint64_t budget =
      std::min(bounds.max_raw_bytes, (std::uint64_t{1} << 20U) + in.size() * bounds.max_expansion);
  block_decoder::readers readers{};
  column_frame frame;
  std::vector<byte_reader> columns;
  if ((layout & 1U) == 0) {
    readers.fill(&reader);
  } else {
    if (in.size() < 4 || byte_reader{in.last(4)}.u32_le() != crc32c(in.first(in.size() - 4))) {
      reader.fail(errc::checksum_mismatch, "block");
    }
    frame.read(reader, block_column_count, bounds);
    [[maybe_unused]] const std::uint32_t checked = reader.u32_le();
    reader.expect_end("bytes after a block");
    columns.reserve(block_column_count);
    for (std::size_t i = 0; i < block_column_count && !reader.failed(); ++i) {
      columns.emplace_back(frame[i]);
      readers[i] = &columns.back();
    }
  }
  if (reader.failed()) {
    return reader.failure();
  }
  return block_decoder(readers, resolver, bounds, budget).read(with_document);
}

}  // namespace weft::crdt

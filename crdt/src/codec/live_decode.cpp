// SPDX-License-Identifier: MIT
#include "codec/crc32c.hpp"
#include "codec/item_codec.hpp"
#include "codec/keystroke_head.hpp"
#include "codec/live_codec.hpp"
#include "weft/crdt/document/text.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace weft::crdt {
namespace {

class live_reader {
public:
  live_reader(live_direction& from, byte_view message, const limits& bounds, op_batch& batch)
      : from_(from), in_(message), bounds_(bounds), batch_(batch) {}

  result<void> read() {
    bool more = true;
    while (more && !in_.failed()) {
      more = read_piece();
    }
    const std::uint64_t content_at = in_.offset();
    batch_.content = as_chars(in_.raw(in_.remaining()));
    if (in_.failed()) {
      return in_.failure();
    }
    if (const auto placed = place_content(batch_); !placed) {
      return unexpected(placed.error().code, content_at, placed.error().what);
    }
    number_replicas();
    return {};
  }

private:
  bool read_piece() {
    const unsigned head = in_.u8();
    if ((head & keystroke_head::other_author) != 0) {
      std::uint32_t counter = 0;
      const std::uint32_t place = read_operation(counter);
      if (in_.failed()) {
        return false;
      }
      from_.last_author = place;
      from_.authors[place].next = counter;
    } else if (from_.last_author == live_direction::none) {
      in_.fail(errc::malformed, "author of a live message");
    }
    if (in_.failed()) {
      return false;
    }
    live_direction::author& author = from_.authors[from_.last_author];
    batch_span span;
    span.replica = from_.last_author;
    span.counter = author.next;
    span.length = 1;
    if ((head & keystroke_head::several) != 0) {
      span.length = static_cast<std::uint32_t>(in_.varint_max(max_op_count - 2, "operations")) + 2;
    }
    if (span.length > max_op_count - span.counter || span.length > max_op_count - operations_) {
      in_.fail(errc::document_full, "number of operations");
      return false;
    }
    operations_ += span.length;
    author.next += span.length;
    read_parents(head, span);
    read_container(head);
    if (in_.failed()) {
      return false;
    }
    read_items(span);
    span.parent_end = static_cast<std::uint32_t>(batch_.parents.size());
    span.item_end = static_cast<std::uint32_t>(batch_.items.size());
    batch_.spans.push_back(span);
    return (head & keystroke_head::more) != 0;
  }

  std::uint32_t read_operation(std::uint32_t& counter) {
    const std::uint64_t code = in_.varint();
    const std::uint64_t place = code >> 1U;
    if (place > from_.authors.size() || place >= bounds_.max_replicas) {
      in_.fail(errc::malformed, "author of a live message");
      return 0;
    }
    if (place == from_.authors.size()) {
      replica_id id;
      if (const byte_view raw = in_.raw(id.bytes.size()); raw.size() == id.bytes.size()) {
        std::memcpy(id.bytes.data(), raw.data(), id.bytes.size());
      }
      if (in_.failed() ||
          !from_.author_places.try_emplace(id, static_cast<std::uint32_t>(place)).second) {
        in_.fail(errc::malformed, "an author that is named twice");
        return 0;
      }
      from_.authors.push_back({id, 0});
    }
    std::int64_t step = 0;
    if ((code & 1U) != 0) {
      step = in_.zigzag();
      if (step == 0 || step > max_op_count || step < -std::int64_t{max_op_count}) {
        in_.fail(errc::malformed, "operation counter");
      }
    }
    const std::int64_t value = from_.authors[place].next + step;
    if (value < 0 || value >= max_op_count) {
      in_.fail(errc::malformed, "operation counter");
      return 0;
    }
    counter = static_cast<std::uint32_t>(value);
    return static_cast<std::uint32_t>(place);
  }

  // Replicas are places in the session until all are known.
  void read_parents(unsigned head, const batch_span& span) {
    if ((head & keystroke_head::own_parent) != 0) {
      if (span.counter == 0) {
        in_.fail(errc::malformed, "parent of the first operation");
        return;
      }
      batch_.parents.push_back({span.replica, span.counter - 1});
    }
    std::uint64_t parents = head >> keystroke_head::parents_shift & 3U;
    if (parents == keystroke_head::many_parents) {
      parents += in_.varint_max(bounds_.max_parents, "number of parents");
    }
    for (std::uint64_t i = 0; i < parents && !in_.failed(); ++i) {
      std::uint32_t counter = 0;
      const std::uint32_t place = read_operation(counter);
      if (in_.failed() || place == span.replica) {
        in_.fail(errc::malformed, "parent of a live message");
        return;
      }
      from_.authors[place].next = std::max(from_.authors[place].next, counter + 1);
      batch_.parents.push_back({place, counter});
    }
  }

  void read_container(unsigned head) {
    const unsigned type = head >> keystroke_head::container_shift & 3U;
    if (type == 0) {
      const std::uint64_t place = in_.varint();
      if (place > from_.containers.size() || place >= bounds_.max_containers) {
        in_.fail(errc::malformed, "container of a live message");
      } else if (place == from_.containers.size()) {
        define();
      }
      from_.last_container = static_cast<std::uint32_t>(place);
    } else if (from_.last_container == live_direction::none ||
               from_.containers[from_.last_container].path.back().type !=
                   static_cast<container_type>(type)) {
      in_.fail(errc::malformed, "container of a live message");
    }
  }

  void define() {
    op_batch named;
    read_path(in_, bounds_, named);
    if (in_.failed()) {
      return;
    }
    byte_writer key;
    write_path(key, named, static_cast<std::uint32_t>(named.containers.size() - 1));
    if (!from_.container_places
             .try_emplace(std::string(as_chars(key.view())),
                          static_cast<std::uint32_t>(from_.containers.size()))
             .second) {
      in_.fail(errc::malformed, "a container that is named twice");
      return;
    }
    from_.containers.push_back({std::move(named.containers), 0});
  }

  void read_items(const batch_span& span) {
    const std::uint32_t container = in_batch(from_.last_container);
    if (batch_.containers[container].type == container_type::text) {
      std::int64_t& caret = from_.containers[from_.last_container].caret;
      for (std::uint64_t left = span.length; left != 0 && !in_.failed();) {
        batch_item& item = batch_.items.emplace_back();
        item.container = container;
        left -= read_text_item(in_, in_, left, caret, item);
      }
      return;
    }
    item_decoder items({&in_, &in_, &in_, &in_}, batch_, bounds_);
    items.begin_in(container);
    items.read(span.length);
  }

  // The container's number in the batch, which gets its path when it is used first.
  std::uint32_t in_batch(std::uint32_t place) {
    for (const auto& [known, number] : used_) {
      if (known == place) {
        return number;
      }
    }
    const auto first = static_cast<std::uint32_t>(batch_.containers.size());
    for (const batch_container& c : from_.containers[place].path) {
      batch_.containers.push_back(
          {c.type, c.parent == no_parent ? no_parent : c.parent + first, c.key});
    }
    const auto number = static_cast<std::uint32_t>(batch_.containers.size() - 1);
    if (used_.size() < most_remembered) {
      used_.emplace_back(place, number);
    }
    return number;
  }

  // Places in the session become numbers of the batch, ascending by id.
  void number_replicas() {
    std::vector<std::uint32_t> used;
    used.reserve(batch_.spans.size() + batch_.parents.size());
    for (const batch_span& span : batch_.spans) {
      used.push_back(span.replica);
    }
    for (const batch_parent& parent : batch_.parents) {
      used.push_back(parent.replica);
    }
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    const auto id = [&](std::uint32_t place) -> const replica_id& {
      return from_.authors[place].id;
    };
    for (const std::uint32_t place : used) {
      batch_.replicas.push_back(id(place));
    }
    std::sort(batch_.replicas.begin(), batch_.replicas.end());
    const auto number = [&](std::uint32_t place) {
      return static_cast<std::uint32_t>(
          std::lower_bound(batch_.replicas.begin(), batch_.replicas.end(), id(place)) -
          batch_.replicas.begin());
    };
    for (batch_parent& parent : batch_.parents) {
      parent.replica = number(parent.replica);
    }
    std::uint32_t first = 0;
    for (batch_span& span : batch_.spans) {
      span.replica = number(span.replica);
      std::sort(batch_.parents.begin() + first, batch_.parents.begin() + span.parent_end);
      first = span.parent_end;
    }
  }

  static constexpr std::size_t most_remembered = 16;

  live_direction& from_;
  byte_reader in_;
  const limits& bounds_;
  op_batch& batch_;
  std::uint32_t operations_ = 0;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> used_;
};

}  // namespace

result<void> decode_live(live_direction& from, byte_view message, const limits& bounds,
                         op_batch& out) {
  constexpr std::size_t check_bytes = 2;
  out.clear();
  if (message.size() > bounds.max_input_bytes) {
    return unexpected(errc::limit_exceeded, 0, "size of a live message");
  }
  if (message.size() < check_bytes) {
    return unexpected(errc::truncated, message.size(), "live message");
  }
  const byte_view text = message.first(message.size() - check_bytes);
  from.check = crc32c(text, from.check);
  if (message[text.size()] != (from.check & 0xffU) ||
      message[text.size() + 1] != (from.check >> 8U & 0xffU)) {
    return unexpected(errc::checksum_mismatch, text.size(), "order of live messages");
  }
  return live_reader(from, text, bounds, out).read();
}

}  // namespace weft::crdt

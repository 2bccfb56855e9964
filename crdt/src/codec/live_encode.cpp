// SPDX-License-Identifier: MIT
#include "codec/crc32c.hpp"
#include "codec/item_codec.hpp"
#include "codec/keystroke_head.hpp"
#include "codec/live_codec.hpp"

#include <algorithm>

namespace weft::crdt {
namespace {

class live_writer {
public:
  live_writer(live_direction& to, const op_batch& batch) : to_(to), batch_(batch) {}

  bytes write() {
    for (std::size_t i = 0; i < batch_.spans.size(); ++i) {
      write_span(i);
    }
    out_.raw(batch_.text());
    bytes message = out_.take();
    to_.check = crc32c(message, to_.check);
    message.push_back(static_cast<std::uint8_t>(to_.check));
    message.push_back(static_cast<std::uint8_t>(to_.check >> 8U));
    return message;
  }

private:
  // A run of operations of one span on one container.
  struct piece {
    std::uint32_t counter = 0;
    std::uint32_t length = 0;
    std::span<const batch_item> items;
    bool last = false;  // of the message
  };

  void write_span(std::size_t i) {
    const batch_span& span = batch_.spans[i];
    const std::span<const batch_item> items{batch_.items.data() + batch_.first_item(i),
                                            span.item_end - batch_.first_item(i)};
    std::vector<batch_parent> parents(
        batch_.parents.begin() + static_cast<std::ptrdiff_t>(batch_.first_parent(i)),
        batch_.parents.begin() + static_cast<std::ptrdiff_t>(span.parent_end));
    std::uint32_t counter = span.counter;
    for (std::size_t first = 0; first < items.size();) {
      std::size_t end = first;
      std::uint32_t length = 0;
      while (end < items.size() && items[end].container == items[first].container) {
        length += items[end++].length;
      }
      const bool last = i + 1 == batch_.spans.size() && end == items.size();
      write_piece(span.replica, parents,
                  {counter, length, items.subspan(first, end - first), last});
      counter += length;
      parents = {{span.replica, counter - 1}};
      first = end;
    }
  }

  void write_piece(std::uint32_t replica, std::vector<batch_parent>& parents, const piece& p) {
    const bool own =
        p.counter != 0 && std::erase(parents, batch_parent{replica, p.counter - 1}) != 0;
    const auto known = to_.author_places.find(batch_.replicas[replica]);
    const bool goes_on = known != to_.author_places.end() && known->second == to_.last_author &&
                         to_.authors[known->second].next == p.counter;
    const std::uint32_t container = place_of(p.items.front().container);
    const bool same_container = container == to_.last_container;
    const container_type type = batch_.containers[p.items.front().container].type;
    const std::size_t few = std::min<std::size_t>(parents.size(), keystroke_head::many_parents);
    out_.u8(static_cast<std::uint8_t>(
        (own ? keystroke_head::own_parent : 0U) | few << keystroke_head::parents_shift |
        (same_container ? static_cast<unsigned>(type) : 0U) << keystroke_head::container_shift |
        (p.length > 1 ? keystroke_head::several : 0U) |
        (goes_on ? 0U : keystroke_head::other_author) | (p.last ? 0U : keystroke_head::more)));
    if (!goes_on) {
      to_.last_author = write_operation({batch_.replicas[replica], p.counter});
    }
    to_.authors[to_.last_author].next = p.counter + p.length;
    if (p.length > 1) {
      out_.varint(p.length - 2);
    }
    if (few == keystroke_head::many_parents) {
      out_.varint(parents.size() - few);
    }
    for (const batch_parent& parent : parents) {
      const std::uint32_t place =
          write_operation({batch_.replicas[parent.replica], parent.counter});
      to_.authors[place].next = std::max(to_.authors[place].next, parent.counter + 1);
    }
    if (!same_container) {
      write_container(container);
    }
    write_items(p.items, to_.containers[to_.last_container].caret, type);
  }

  // Place of the author, then the counter, as far as it is not what comes next.
  std::uint32_t write_operation(const op_id& id) {
    const auto [found, is_new] =
        to_.author_places.try_emplace(id.replica, static_cast<std::uint32_t>(to_.authors.size()));
    const std::uint32_t place = found->second;
    if (is_new) {
      to_.authors.push_back({id.replica, 0});
    }
    const std::int64_t step = std::int64_t{id.counter} - to_.authors[place].next;
    out_.varint(std::uint64_t{place} << 1U | (step != 0 ? 1U : 0U));
    if (is_new) {
      out_.raw(byte_view{id.replica.bytes});
    }
    if (step != 0) {
      out_.zigzag(step);
    }
    return place;
  }

  std::uint32_t place_of(std::uint32_t container) {
    byte_writer path;
    write_path(path, batch_, container);
    path_ = as_chars(path.view());
    const auto found = to_.container_places.find(path_);
    return found == to_.container_places.end() ? static_cast<std::uint32_t>(to_.containers.size())
                                               : found->second;
  }

  // Its place; a new one is followed by its path, which place_of has left.
  void write_container(std::uint32_t place) {
    out_.varint(place);
    if (place == to_.containers.size()) {
      out_.raw(path_);
      to_.containers.emplace_back();
      to_.container_places.emplace(path_, place);
    }
    to_.last_container = place;
  }

  void write_items(std::span<const batch_item> items, std::int64_t& caret, container_type type) {
    if (type == container_type::text) {
      for (const batch_item& item : items) {
        write_text_item(out_, out_, item, caret);
      }
    } else {
      item_encoder encoder({&out_, &out_, &out_, &out_}, batch_);
      encoder.begin_in(items.front().container);
      encoder.write(items);
    }
  }

  live_direction& to_;
  const op_batch& batch_;
  byte_writer out_;
  std::string path_;
};

}  // namespace

bytes encode_live(live_direction& to, const op_batch& batch) {
  return live_writer(to, batch).write();
}

}  // namespace weft::crdt

// SPDX-License-Identifier: MIT
#include "codec/item_codec.hpp"
#include "codec/value_codec.hpp"
#include "codec/varint_block.hpp"

#include <algorithm>

namespace weft::crdt {

item_encoder::item_encoder(item_writers out, const op_batch& batch) : out_(out), batch_(batch) {}

void item_encoder::begin_in(std::uint32_t container) {
  container_ = container;
  current_ = &containers_.emplace(container, written{}).first->second;
}

void item_encoder::write(std::span<const batch_item> items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    const batch_item& item = items[i];
    if (item.container != container_) {
      container_ = item.container;
      switch_to(container_, items.subspan(i));
    }
    switch (batch_.containers[container_].type) {
      case container_type::text:
        i += write_texts(items.subspan(i)) - 1;
        break;
      case container_type::map:
        map_item(item);
        break;
      case container_type::counter:
        out_.tokens->varint(item.kind == item_kind::counter_reset ? 1 : 0);
        if (item.kind == item_kind::counter_add) {
          out_.values->zigzag(static_cast<std::int64_t>(item.payload));
        }
        break;
    }
  }
}

// As many of the items as are of the text at hand.
std::size_t item_encoder::write_texts(std::span<const batch_item> items) {
  constexpr std::size_t many = 16;
  std::int64_t caret = current_->cursor;
  std::size_t i = 0;
  const auto is_here = [&] { return i < items.size() && items[i].container == container_; };
  if (items.size() < many || out_.tokens == out_.deltas) {
    for (; is_here(); ++i) {
      write_text_item(*out_.tokens, *out_.deltas, items[i], caret);
    }
  } else {
    varint_block tokens(*out_.tokens);
    varint_block deltas(*out_.deltas);
    for (; is_here(); ++i) {
      const text_token t = token_of(items[i], caret);
      tokens.put(t.token);
      deltas.put(zigzag_of(t.delta), t.delta != 0);
    }
    tokens.flush();
    deltas.flush();
  }
  current_->cursor = caret;
  return i;
}

// A switch: how many items follow for the container (0: all the rest), then its number. A number
// that is new is followed by the definitions up to and including it.
void item_encoder::switch_to(std::uint32_t container, std::span<const batch_item> rest) {
  const auto end = std::find_if(rest.begin(), rest.end(), [&](const batch_item& item) {
    return item.container != container;
  });
  out_.containers->varint(end == rest.end() ? 0 : static_cast<std::uint64_t>(end - rest.begin()));
  definitions_.clear();
  for (std::uint32_t c = container; c != no_parent && !containers_.contains(c);
       c = batch_.containers[c].parent) {
    definitions_.push_back(c);
  }
  const std::size_t number = definitions_.empty() ? containers_.at(container).number
                                                  : containers_.size() + definitions_.size() - 1;
  out_.containers->varint(number);
  for (auto c = definitions_.rbegin(); c != definitions_.rend(); ++c) {
    define(*c);
  }
  current_ = &containers_.at(container);
}

void item_encoder::define(std::uint32_t container) {
  const batch_container& c = batch_.containers[container];
  // Naming forms: 0 a root by its name, 1 an ensured child by parent and key. 2 is kept for
  // children that are named by the operation that created them.
  const bool is_child = c.parent != no_parent;
  out_.containers->varint(static_cast<std::uint64_t>(c.type) | (is_child ? 0x10U : 0U));
  if (is_child) {
    out_.containers->varint(containers_.at(c.parent).number);
  }
  out_.containers->sized(c.key);
  const auto number = static_cast<std::uint32_t>(containers_.size());
  containers_.emplace(container, written{number, 0});
}

// Token: set: value kind << 2, erase: 1, reset: 2.
void item_encoder::map_item(const batch_item& item) {
  switch (item.kind) {
    case item_kind::map_set: {
      const value& v = batch_.values[item.payload];
      out_.tokens->varint(static_cast<std::uint64_t>(kind_of(v)) << 2U);
      key(item.position);
      write_payload(*out_.values, v);
      break;
    }
    case item_kind::map_erase:
      out_.tokens->varint(1);
      key(item.position);
      break;
    default:
      out_.tokens->varint(2);
      break;
  }
}

void item_encoder::key(std::uint32_t key_index) {
  const auto [found, is_new] =
      keys_.try_emplace(key_index, static_cast<std::uint32_t>(keys_.size()));
  out_.values->varint(found->second);
  if (is_new) {
    out_.values->sized(batch_.keys[key_index]);
  }
}

}  // namespace weft::crdt

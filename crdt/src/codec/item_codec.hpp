// SPDX-License-Identifier: MIT
// Items of an op_batch to columns and back: used by updates, change bodies and blocks alike.
//
// The four columns may be one and the same stream: writer and reader touch them in one order.
// Containers and keys are defined where they are first used, so equal items in equal order give
// equal bytes. docs/format.md has the bytes. Not thread-safe.
#pragma once

#include "codec/op_batch.hpp"
#include "codec/small_table.hpp"
#include "weft/crdt/bytes.hpp"
#include "weft/crdt/limits.hpp"

#include <cstdint>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

namespace weft::crdt {

struct item_writers {
  byte_writer* containers = nullptr;  ///< switches and definitions
  byte_writer* tokens = nullptr;
  byte_writer* deltas = nullptr;
  byte_writer* values = nullptr;
};

struct item_readers {
  byte_reader* containers = nullptr;
  byte_reader* tokens = nullptr;
  byte_reader* deltas = nullptr;
  byte_reader* values = nullptr;
};

class item_encoder {
public:
  item_encoder(item_writers out, const op_batch& batch);
  /// The items start in `container`, which the reader knows: no switch is written to it.
  void begin_in(std::uint32_t container);
  /// Writes items; call it once per column set, with all of them. O(items).
  void write(std::span<const batch_item> items);

private:
  void switch_to(std::uint32_t container, std::span<const batch_item> rest);
  void define(std::uint32_t container);
  std::size_t write_texts(std::span<const batch_item> items);
  void map_item(const batch_item& item);
  void key(std::uint32_t key_index);

  struct written {
    std::uint32_t number = 0;
    std::int64_t cursor = 0;  // where the last run left the author's caret
  };

  item_writers out_;
  const op_batch& batch_;
  // By index in the batch. Maps: one body may use few of very many.
  std::unordered_map<std::uint32_t, written> containers_;
  std::unordered_map<std::uint32_t, std::uint32_t> keys_;
  std::uint32_t container_ = no_parent;
  written* current_ = nullptr;
  std::vector<std::uint32_t> definitions_;  // scratch
};

class item_decoder {
public:
  /// Appends to `batch`; numbers read from these columns start above what it holds.
  item_decoder(item_readers in, op_batch& batch, const limits& bounds);
  /// All items are in this container of the batch; no switch is read.
  void begin_in(std::uint32_t container);
  /// Reads the items of the next `operations` operations. Faults stay in the readers.
  void read(std::uint64_t operations);
  /// The same for spans, one after the other; sets where their items end.
  void read(std::span<batch_span> spans);
  [[nodiscard]] bool failed() const noexcept {
    return in_.containers->failed() || in_.tokens->failed() || in_.deltas->failed() ||
           in_.values->failed();
  }
  /// The first fault of any column.
  [[nodiscard]] unexpected failure() const noexcept;
  /// Fails unless all columns were used up.
  void expect_end();

private:
  // Names that stand once each, by their place in the batch. Few are compared one by one.
  struct path_order {
    const op_batch* batch;
    bool operator()(std::uint32_t a, std::uint32_t b) const;
  };
  struct key_order {
    const op_batch* batch;
    bool operator()(std::uint32_t a, std::uint32_t b) const;
  };
  struct notes {
    std::int64_t caret = 0;  // where the last run left the author's caret
    std::uint32_t depth = 0;
  };

  void read_switch();
  void define_up_to(std::uint64_t slot);
  void define();
  template <class F>
  void on_copies(F&& f);
  void text_items(byte_reader& tokens, byte_reader& deltas, std::uint64_t& operations);
  void text_spans(byte_reader& tokens, byte_reader& deltas, std::span<batch_span> spans);
  void other_item(std::uint64_t& operations);
  void map_item(std::uint64_t token, batch_item& item);
  void counter_item(std::uint64_t token, batch_item& item);
  std::uint32_t key();

  item_readers in_;
  op_batch& batch_;
  const limits& bounds_;
  std::uint32_t first_container_;
  std::uint32_t first_key_;
  small_table<notes, 4> notes_;  // per container
  std::set<std::uint32_t, path_order> paths_;
  std::set<std::uint32_t, key_order> keys_;
  std::uint32_t container_ = 0;   // of the items being read
  std::uint64_t items_left_ = 0;  // until the next switch
  bool to_the_end_ = false;       // no switch follows
};

/// How one item of a text is written. Token: (length - 1) << 3 | has delta << 2 | backward << 1 |
/// erases. The delta is measured from where the last run of this text left the author's caret.
struct text_token {
  std::uint64_t token = 0;
  std::int64_t delta = 0;  // not written if 0
};

/// The token of the item from where `caret` stands, which it moves.
[[nodiscard]] inline text_token token_of(const batch_item& item, std::int64_t& caret) noexcept {
  const std::int64_t position = item.position;
  const std::int64_t length = item.length;
  const bool erases = item.kind != item_kind::insert;
  // One erased scalar has no direction: called backward when that saves the delta.
  const bool is_before = erases && length == 1 && position + 1 == caret;
  const bool backward = item.kind == item_kind::erase_backward || is_before;
  const std::int64_t delta = position + (backward ? length : 0) - caret;
  caret = position + (erases ? 0 : length);
  return {static_cast<std::uint64_t>(length - 1) << 3U | (delta != 0 ? 4U : 0U) |
              (backward ? 2U : 0U) | (erases ? 1U : 0U),
          delta};
}

/// Writes one item of a text from where `caret` stands, and moves it.
inline void write_text_item(byte_writer& tokens, byte_writer& deltas, const batch_item& item,
                            std::int64_t& caret) {
  const text_token t = token_of(item, caret);
  tokens.varint(t.token);
  if (t.delta != 0) {
    deltas.zigzag(t.delta);
  }
}

/// Reads one item of a text, of at most `operations`, from where `caret` stands, and moves it.
/// Returns the number of operations; a fault stays in the readers, and then it is `operations`.
/// `Reader` is a byte_reader or has its varint, zigzag and fail.
template <class Reader>
std::uint64_t read_text_item(Reader& tokens, Reader& deltas, std::uint64_t operations,
                             std::int64_t& caret, batch_item& item);

/// Gives the inserts their offsets: `batch.content` must be valid UTF-8 and hold exactly their
/// scalars. O(items), O(content) unless it is ASCII.
[[nodiscard]] result<void> place_content(op_batch& batch);

/// Bytes of the insert `item`. Pre: place_content. The end is the next insert's start or the end.
[[nodiscard]] std::size_t insert_size_bytes(const op_batch& batch, const batch_item& item);

template <class Reader>
std::uint64_t read_text_item(Reader& tokens, Reader& deltas, std::uint64_t operations,
                             std::int64_t& caret, batch_item& item) {
  const std::uint64_t token = tokens.varint();
  const std::uint64_t length = (token >> 3U) + 1;
  const bool erases = (token & 1U) != 0;
  const bool backward = (token & 2U) != 0;
  const std::int64_t delta = (token & 4U) != 0 ? deltas.zigzag() : 0;
  if (length > operations || (backward && !erases)) {
    tokens.fail(errc::malformed, "run of operations");
    return operations;
  }
  if (delta > max_op_count || delta < -std::int64_t{max_op_count} ||
      ((token & 4U) != 0 && delta == 0)) {
    deltas.fail(errc::malformed, "position of a run");
    return operations;
  }
  const auto signed_length = static_cast<std::int64_t>(length);
  const std::int64_t position = caret + delta - (backward ? signed_length : 0);
  if (position < 0 || position + signed_length > std::int64_t{max_op_count}) {
    deltas.fail(errc::bad_position, "position of a run");
    return operations;
  }
  item.position = static_cast<std::uint32_t>(position);
  item.length = static_cast<std::uint32_t>(length);
  item.kind = !erases                  ? item_kind::insert
              : backward && length > 1 ? item_kind::erase_backward
                                       : item_kind::erase_forward;
  caret = erases ? position : position + signed_length;
  return length;
}

}  // namespace weft::crdt

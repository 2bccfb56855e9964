// SPDX-License-Identifier: MIT
// rope: a mutable text of Unicode scalars. A B+tree whose leaves are 1 KiB gap buffers of UTF-8.
//
// Invariants: all leaves stand at one depth; no leaf is empty unless it is the only one; a leaf
// holds whole scalars; an inner node's sums are the counts of its children, except along the path
// above the leaf edited last (`hot_`), which are settled when another leaf is looked for.
//
// Positions count scalars unless the name says otherwise. Not thread-safe; const calls move the
// place remembered from the last call, so they need a lock as well.
#pragma once

#include "base/utf.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::crdt {

class rope {
public:
  rope();
  explicit rope(std::string_view utf8);  ///< O(n). Pre: valid UTF-8.
  ~rope();
  rope(rope&&) noexcept;
  rope& operator=(rope&&) noexcept;

  [[nodiscard]] std::uint32_t length() const noexcept { return total_.scalars; }
  [[nodiscard]] std::uint32_t size_bytes() const noexcept { return total_.bytes; }
  [[nodiscard]] std::uint32_t length_utf16() const noexcept { return total_.utf16(); }
  [[nodiscard]] std::uint32_t newlines() const noexcept { return total_.lines; }

  /// O(log n + size), O(size) beside the last edit. Pre: `at <= length()`, valid UTF-8.
  void insert(std::uint32_t at, std::string_view utf8);
  /// O(log n + leaves touched). Pre: `at + count <= length()`.
  void erase(std::uint32_t at, std::uint32_t count);
  void clear();

  [[nodiscard]] std::string to_string() const;
  /// Appends `count` scalars from `from` on. Pre: inside the text.
  void slice(std::uint32_t from, std::uint32_t count, std::string& out) const;
  [[nodiscard]] std::string slice(std::uint32_t from, std::uint32_t count) const;
  /// Calls f(std::string_view) with consecutive pieces of whole scalars. No copy.
  template <class F>
  void for_each_chunk(F&& f) const;

  // Conversions, O(log n). Pre: inside the text (the end counts). A position inside a scalar is
  // moved left to its start.
  [[nodiscard]] std::uint32_t to_utf16(std::uint32_t scalar) const;
  [[nodiscard]] std::uint32_t to_utf8(std::uint32_t scalar) const;
  [[nodiscard]] std::uint32_t from_utf16(std::uint32_t utf16) const;
  [[nodiscard]] std::uint32_t from_utf8(std::uint32_t utf8) const;
  /// Number of newlines before `scalar`.
  [[nodiscard]] std::uint32_t line_of(std::uint32_t scalar) const;
  /// Position after the newline number `line` (1 is the first one); 0 for 0. O(log n).
  /// Pre: `line <= newlines()`.
  [[nodiscard]] std::uint32_t line_start(std::uint32_t line) const;

  void check_invariants() const;

private:
  struct inner;
  struct leaf;
  struct pools;
  struct place {
    leaf* at = nullptr;
    utf::counts before;  // all text left of the leaf
  };
  enum class metric : std::uint8_t { scalars, utf16, utf8, lines };

  [[nodiscard]] static std::string_view left_of_gap(const leaf& l) noexcept;
  [[nodiscard]] static std::string_view right_of_gap(const leaf& l) noexcept;
  [[nodiscard]] static const leaf* next_of(const leaf& l) noexcept;
  [[nodiscard]] const leaf* first_leaf() const noexcept;
  [[nodiscard]] static std::uint32_t measure(const utf::counts& c, metric unit) noexcept {
    switch (unit) {
      case metric::scalars:
        return c.scalars;
      case metric::utf16:
        return c.utf16();
      case metric::utf8:
        return c.bytes;
      case metric::lines:
        break;
    }
    return c.lines;
  }
  /// The leaf that holds position `at`, or newline number `at`; the left one between two.
  [[nodiscard]] place locate(std::uint32_t at, metric unit) const;
  template <metric unit>
  [[nodiscard]] place locate(std::uint32_t at) const;
  [[nodiscard]] leaf& leaf_for_edit(std::uint32_t at);
  /// Counts of all text before `at`, snapped to the start of a scalar.
  [[nodiscard]] utf::counts prefix(std::uint32_t at, metric unit) const;
  void settle() const;
  void build(std::string_view text);
  utf::counts insert_long(leaf& l, std::uint32_t offset_bytes, std::string_view text);
  void add_leaf_after(leaf& l, leaf& fresh);
  void make_room(inner& node);
  void remove_leaf(leaf& l);
  void remove_child(inner& node, std::uint32_t slot);
  void join_if_small(leaf& l);
  static void add_above(inner* node, std::uint32_t slot, const utf::counts& delta);
  utf::counts check_node(const inner& node, std::uint32_t depth) const;

  std::unique_ptr<pools> pools_;
  inner* root_ = nullptr;     // null: one leaf only
  leaf* only_ = nullptr;      // the leaf then
  std::uint32_t height_ = 0;  // levels of inner nodes
  utf::counts total_;
  mutable leaf* hot_ = nullptr;     // its parents' sums lag behind
  mutable utf::counts hot_before_;  // text left of it
};

template <class F>
void rope::for_each_chunk(F&& f) const {
  for (const leaf* l = first_leaf(); l != nullptr; l = next_of(*l)) {
    if (const std::string_view left = left_of_gap(*l); !left.empty()) {
      f(left);
    }
    if (const std::string_view right = right_of_gap(*l); !right.empty()) {
      f(right);
    }
  }
}

}  // namespace weft::crdt

// SPDX-License-Identifier: MIT
// The nodes of a rope; private to rope*.cpp.
#pragma once

#include "content/rope.hpp"
#include "weft/crdt/assert.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

namespace weft::crdt {

// Deep checks build deep trees of small texts.
#ifdef WEFT_DEEP_CHECKS
inline constexpr std::uint32_t rope_fanout = 4;
inline constexpr std::uint32_t rope_leaf_bytes = 64;
#else
inline constexpr std::uint32_t rope_fanout = 32;
inline constexpr std::uint32_t rope_leaf_bytes = 964;
#endif

/// One gap buffer. The text is [0, gap) and [gap_end, room).
struct rope::leaf {
  static constexpr std::uint32_t room = rope_leaf_bytes;

  inner* parent = nullptr;
  leaf* prev = nullptr;
  leaf* next = nullptr;
  std::uint32_t slot = 0;  // place in the parent
  std::uint16_t gap = 0;
  std::uint16_t gap_end = room;
  std::uint16_t gap_scalars = 0;  // scalars left of the gap
  utf::counts sum;
  std::array<char, room> data;

  [[nodiscard]] std::uint32_t free_bytes() const noexcept {
    return static_cast<std::uint32_t>(gap_end - gap);
  }

  [[nodiscard]] std::string_view left() const noexcept { return {data.data(), gap}; }
  [[nodiscard]] std::string_view right() const noexcept {
    return {data.data() + gap_end, static_cast<std::size_t>(room - gap_end)};
  }

  void move_gap(std::uint32_t to) noexcept {
    if (to < gap) {
      const std::uint32_t n = gap - to;
      gap_scalars = static_cast<std::uint16_t>(gap_scalars - scalars_in(to, n));
      std::memmove(data.data() + gap_end - n, data.data() + to, n);
      gap_end = static_cast<std::uint16_t>(gap_end - n);
    } else if (to > gap) {
      const std::uint32_t n = to - gap;
      gap_scalars = static_cast<std::uint16_t>(gap_scalars + scalars_in(gap_end, n));
      std::memmove(data.data() + gap, data.data() + gap_end, n);
      gap_end = static_cast<std::uint16_t>(gap_end + n);
    }
    gap = static_cast<std::uint16_t>(to);
  }
  [[nodiscard]] std::uint32_t scalars_in(std::uint32_t from, std::uint32_t size) const noexcept {
    return sum.ascii() ? size : utf::count({data.data() + from, size}).scalars;
  }

  /// Pre: it fits.
  void put(std::uint32_t at_byte, std::string_view text, const utf::counts& c) noexcept {
    move_gap(at_byte);
    std::memcpy(data.data() + gap, text.data(), text.size());
    gap = static_cast<std::uint16_t>(gap + text.size());
    gap_scalars = static_cast<std::uint16_t>(gap_scalars + c.scalars);
    sum += c;
  }

  /// Takes out bytes [first, end) and returns what they counted.
  utf::counts cut(std::uint32_t first, std::uint32_t end) noexcept {
    if (first > gap || end < gap) {
      move_gap(first > gap ? first : end);
    }
    const std::string_view before_gap{data.data() + first, gap - first};
    const std::string_view after_gap{data.data() + gap_end, end - gap};
    utf::counts gone{end - first, end - first, 0, 0};
    if (!sum.ascii() || sum.lines != 0) {
      gone = utf::count(before_gap) + utf::count(after_gap);
    }
    gap_scalars = static_cast<std::uint16_t>(gap_scalars - scalars_in(first, gap - first));
    gap_end = static_cast<std::uint16_t>(gap_end + after_gap.size());
    gap = static_cast<std::uint16_t>(first);
    sum -= gone;
    return gone;
  }

  [[nodiscard]] std::uint32_t byte_offset(std::uint32_t scalars) const noexcept {
    if (sum.ascii()) {
      return scalars;
    }
    if (scalars >= gap_scalars) {
      return gap + static_cast<std::uint32_t>(utf::bytes_of(right(), scalars - gap_scalars));
    }
    // Edits stand near the gap mostly.
    constexpr std::uint32_t near = 64;
    std::uint32_t back = gap_scalars - scalars;
    if (back > near) {
      return static_cast<std::uint32_t>(utf::bytes_of(left(), scalars));
    }
    std::uint32_t at = gap;
    while (back > 0) {
      back -= static_cast<std::uint32_t>(utf::is_lead(data[--at]));
    }
    return at;
  }

  /// Byte offset of the end of `scalars` scalars from byte `first` on. Pre: `first` is a
  /// byte_offset and they are there. Moves the gap out of the way.
  [[nodiscard]] std::uint32_t end_offset(std::uint32_t first, std::uint32_t scalars) noexcept {
    if (sum.ascii()) {
      return first + scalars;
    }
    move_gap(first);
    return first + static_cast<std::uint32_t>(utf::bytes_of(right(), scalars));
  }
};

/// Children are leaves at the lowest level, else inner nodes. A search adds up the counts that it
/// steps over, so those of a child stand together.
struct rope::inner {
  inner* parent = nullptr;
  std::uint32_t slot = 0;
  std::uint32_t count = 0;
  bool above_leaves = false;
  std::array<void*, rope_fanout> child;
  std::array<utf::counts, rope_fanout> sums;

  [[nodiscard]] const utf::counts& at(std::uint32_t i) const { return sums[i]; }
  void add(std::uint32_t i, const utf::counts& c) { sums[i] += c; }
  /// Sum of the children [first, end).
  [[nodiscard]] utf::counts sum(std::uint32_t first, std::uint32_t end) const {
    utf::counts c;
    for (std::uint32_t i = first; i < end; ++i) {
      c += at(i);
    }
    return c;
  }
  [[nodiscard]] leaf* leaf_at(std::uint32_t i) const { return static_cast<leaf*>(child[i]); }
  [[nodiscard]] inner* inner_at(std::uint32_t i) const { return static_cast<inner*>(child[i]); }
  void adopt(std::uint32_t i) {
    if (above_leaves) {
      leaf_at(i)->parent = this;
      leaf_at(i)->slot = i;
    } else {
      inner_at(i)->parent = this;
      inner_at(i)->slot = i;
    }
  }
  void put(std::uint32_t i, void* node, const utf::counts& c) {
    child[i] = node;
    sums[i] = c;
    adopt(i);
  }
  void insert(std::uint32_t i, void* node, const utf::counts& c) {
    for (std::uint32_t k = count; k > i; --k) {
      put(k, child[k - 1], at(k - 1));
    }
    ++count;
    put(i, node, c);
  }
  void remove(std::uint32_t i) {
    for (std::uint32_t k = i; k + 1 < count; ++k) {
      put(k, child[k + 1], at(k + 1));
    }
    --count;
  }
};

/// Owns all nodes of one rope; freed nodes are used again.
struct rope::pools {
  template <class Node>
  struct pool {
    std::vector<std::unique_ptr<Node[]>> slabs;
    std::vector<Node*> free;
    std::size_t used_of_last = 0;
    std::size_t size_of_last = 0;

    Node* take() {
      Node* node = nullptr;
      if (!free.empty()) {
        node = free.back();
        free.pop_back();
      } else {
        if (used_of_last == size_of_last) {
          size_of_last = std::min<std::size_t>(size_of_last == 0 ? 1 : size_of_last * 2, 64);
          slabs.push_back(std::unique_ptr<Node[]>(new Node[size_of_last]));
          used_of_last = 0;
        }
        node = &slabs.back()[used_of_last++];
      }
      return ::new (node) Node;
    }
    void give(Node* node) { free.push_back(node); }
  };
  pool<leaf> leaves;
  pool<inner> inners;
};

}  // namespace weft::crdt

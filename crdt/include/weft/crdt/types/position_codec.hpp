// SPDX-License-Identifier: MIT
// The bytes of ascending list positions: each replica once, and what a position shares with the one
// before it as little as can be.
//
// A table names the replicas, ascending; steps hold indices into it, which are left out when there
// is one replica only. A first digit is told as its distance from that of the position before, or
// from where lists begin, and the dot of a position is left out when it is the one after the dot
// before, as in text that one writer wrote in a row. Every list has one form: a reader refuses
// tables with names that are not used, and dots that were to be left out. Memory of a reader: a
// step per three bytes.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/limits.hpp"
#include "weft/crdt/types/list_position.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace weft::crdt {

/// The dot of a position that comes right after `before` in the list, if it need not be told.
[[nodiscard]] inline bool follows(const list_position* before, const dot& maker) {
  return before != nullptr && before->maker().replica == maker.replica &&
         before->maker().counter + 1 == maker.counter;
}

/// Writes the positions of a list in order. They must outlive it.
class position_writer {
public:
  /// `entries` have a `position` each, ascending.
  template <class Entries>
  explicit position_writer(const Entries& entries) {
    for (const auto& e : entries) {
      for (const position_step& step : e.position.steps()) {
        if (names_.empty() || names_.back() != step.maker.replica) {
          names_.push_back(step.maker.replica);
        }
      }
    }
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  }
  /// Number of positions, and the table.
  void head(byte_writer& out, std::size_t count) const {
    if (names_.size() <= 1) {
      out.varint(count << 1U);
    } else {
      out.varint(count << 1U | 1U);
      out.varint(names_.size());
    }
    for (const replica_id& name : names_) {
      codec<replica_id>::encode(out, name);
    }
  }
  void put(byte_writer& out, const list_position& position) {
    const auto steps = position.steps();
    const bool known = follows(before_, position.maker());
    out.varint((steps.size() - 1) << 1U | (known ? 1U : 0U));
    for (const position_step& step : steps) {
      if (&step != &steps.front()) {
        out.varint(step.digit);
      } else if (before_ != nullptr) {
        out.varint(step.digit - before_->steps().front().digit);
      } else {
        out.zigzag(std::int64_t{step.digit} - list_position::first_digit);
      }
      if (known && &step == &steps.back()) {
        break;
      }
      if (names_.size() > 1) {
        const auto at = std::lower_bound(names_.begin(), names_.end(), step.maker.replica);
        out.varint(static_cast<std::uint64_t>(at - names_.begin()));
      }
      out.varint(step.maker.counter);
    }
    before_ = &position;
  }

private:
  std::vector<replica_id> names_;
  const list_position* before_ = nullptr;
};

/// Reads what position_writer wrote, and refuses all else through the byte_reader.
class position_reader {
public:
  /// Returns the number of positions, each of which has at least `least` bytes with its value.
  [[nodiscard]] std::size_t head(byte_reader& in, const limits& bounds, std::size_t least) {
    const std::uint64_t head = in.varint();
    const std::uint64_t count = head >> 1U;
    std::uint64_t names = count == 0 ? 0 : 1;
    if ((head & 1U) != 0) {
      names = in.varint();
      if (!in.failed() && (names < 2 || count == 0)) {
        in.fail(errc::not_canonical, "replicas of a list");
      }
    }
    if (!in.failed() && names > bounds.max_replicas) {
      in.fail(errc::limit_exceeded, "replicas of a list");
    } else if (!in.failed() && (names > in.remaining() / 16 || count > in.remaining() / least)) {
      in.fail(errc::truncated, "elements of a list");
    }
    for (std::uint64_t i = 0; i < names && !in.failed(); ++i) {
      const replica_id name = codec<replica_id>::decode(in, bounds);
      if (!in.failed() && !names_.empty() && !(names_.back() < name)) {
        in.fail(errc::not_canonical, "order of the replicas of a list");
      }
      names_.push_back(name);
    }
    used_.assign(names_.size(), false);
    return in.failed() ? 0 : static_cast<std::size_t>(count);
  }
  /// `before` is the position before, nullptr for the first. Pre: head was read well.
  [[nodiscard]] list_position get(byte_reader& in, const list_position* before) {
    const std::uint64_t head = in.varint();
    if (!in.failed() && head >> 1U >= list_position::max_steps) {
      in.fail(errc::malformed, "steps of a list position");
    } else if (!in.failed() && head >> 1U >= in.remaining()) {
      in.fail(errc::truncated, "steps of a list position");
    }
    const bool known = (head & 1U) != 0;
    if (!in.failed() && known && before == nullptr) {
      in.fail(errc::malformed, "a dot after that of no position");
    }
    if (in.failed()) {
      return {};
    }
    std::vector<position_step> steps(static_cast<std::size_t>(head >> 1U) + 1);
    for (position_step& step : steps) {
      step.digit = &step == &steps.front() ? first_digit(in, before) : digit(in, 0);
      step.maker = known && &step == &steps.back() ? after(in, before->maker()) : told(in);
    }
    if (!in.failed() && steps.back().digit == 0) {
      in.fail(errc::malformed, "last digit of a list position");
    } else if (!in.failed() && !known && follows(before, steps.back().maker)) {
      in.fail(errc::not_canonical, "dot of a list position");
    }
    return list_position(steps);
  }
  /// At the end: each name of the table was used.
  void finish(byte_reader& in) const {
    if (!in.failed() && std::find(used_.begin(), used_.end(), false) != used_.end()) {
      in.fail(errc::not_canonical, "replicas of a list");
    }
  }

private:
  static std::uint32_t digit(byte_reader& in, std::uint32_t base) {
    return base + static_cast<std::uint32_t>(in.varint_max(list_position::end_digit - 1 - base,
                                                           "digit of a list position"));
  }
  static std::uint32_t first_digit(byte_reader& in, const list_position* before) {
    if (before != nullptr) {
      return digit(in, before->steps().front().digit);
    }
    const std::int64_t from = in.zigzag();
    constexpr std::int64_t start = list_position::first_digit;
    if (!in.failed() && (from < -start || from > start)) {
      in.fail(errc::malformed, "digit of a list position");
    }
    return in.failed() ? 0 : static_cast<std::uint32_t>(start + from);
  }
  static dot after(byte_reader& in, dot maker) {
    if (!in.failed() && ++maker.counter >= max_op_count) {
      in.fail(errc::limit_exceeded, "counter of a dot");
    }
    return maker;
  }
  dot told(byte_reader& in) {
    std::uint64_t index = 0;
    if (names_.size() > 1) {
      index = in.varint_max(names_.size() - 1, "replica of a list position");
    }
    const auto counter =
        static_cast<std::uint32_t>(in.varint_max(max_op_count - 1, "counter of a dot"));
    if (in.failed()) {
      return {};
    }
    used_[static_cast<std::size_t>(index)] = true;
    return {names_[static_cast<std::size_t>(index)], counter};
  }
  std::vector<replica_id> names_;
  std::vector<bool> used_;
};

}  // namespace weft::crdt

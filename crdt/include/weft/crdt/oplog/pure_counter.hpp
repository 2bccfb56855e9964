// SPDX-License-Identifier: MIT
// pure_counter: a counter as a pure operation-based type. Additions commute, so each goes into the
// compact part at once and the log is always empty.
//
// Two sums that stop at their end, so that the order of additions never shows; the value is held to
// the range of its type. Not thread-safe. Source: Baquero, Almeida, Shoker, arXiv 1710.04469.
#pragma once

#include "weft/crdt/oplog/po_log.hpp"

#include <limits>

namespace weft::crdt {

struct counter_operation {
  std::int64_t amount = 0;  ///< may be negative
  friend bool operator==(const counter_operation&, const counter_operation&) = default;
};

template <>
struct codec<counter_operation> {
  static void encode(byte_writer& out, const counter_operation& o) { out.zigzag(o.amount); }
  static counter_operation decode(byte_reader& in, const limits& /*bounds*/) {
    return {in.zigzag()};
  }
};

struct counter_rules {
  using op = counter_operation;
  struct compact {
    std::uint64_t up = 0;
    std::uint64_t down = 0;
    friend bool operator==(const compact&, const compact&) = default;
  };

  static bool redundant(const op& /*o*/) { return true; }
  static bool obsoletes(const op& /*newer*/, const op& /*older*/) { return false; }
  static void reach(const op& newer, compact& sums) {
    // The magnitude of the least number has no signed form.
    const auto bits = static_cast<std::uint64_t>(newer.amount);
    std::uint64_t& sum = newer.amount < 0 ? sums.down : sums.up;
    const std::uint64_t more = newer.amount < 0 ? ~bits + 1 : bits;
    sum = more > std::numeric_limits<std::uint64_t>::max() - sum
              ? std::numeric_limits<std::uint64_t>::max()
              : sum + more;
  }
  static void settle(const op& /*o*/, compact& /*sums*/, std::vector<tagged<op>>& /*log*/) {}
};

class pure_counter : public po_log<counter_rules> {
public:
  [[nodiscard]] std::int64_t value() const noexcept {
    constexpr auto most = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    const auto& [up, down] = compact();
    if (up >= down) {
      return static_cast<std::int64_t>(std::min(up - down, most));
    }
    const std::uint64_t below = down - up;
    return below > most ? std::numeric_limits<std::int64_t>::min()
                        : -static_cast<std::int64_t>(below);
  }
};

}  // namespace weft::crdt

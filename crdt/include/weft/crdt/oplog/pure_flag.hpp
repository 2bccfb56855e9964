// SPDX-License-Identifier: MIT
// pure_ew_flag: a flag in which enabling wins over a concurrent disabling. A pure operation-based
// type: see po_log.hpp for the state and what it costs.
//
// Not thread-safe. Source: Baquero, Almeida, Shoker, arXiv 1710.04469.
#pragma once

#include "weft/crdt/oplog/po_log.hpp"

namespace weft::crdt {

struct flag_operation {
  bool enables = false;

  [[nodiscard]] static flag_operation enable() { return {true}; }
  [[nodiscard]] static flag_operation disable() { return {false}; }
  friend bool operator==(const flag_operation&, const flag_operation&) = default;
};

template <>
struct codec<flag_operation> {
  static void encode(byte_writer& out, const flag_operation& o) {
    codec<bool>::encode(out, o.enables);
  }
  static flag_operation decode(byte_reader& in, const limits& bounds) {
    return {codec<bool>::decode(in, bounds)};
  }
};

struct ew_flag_rules {
  using op = flag_operation;
  using compact = bool;

  static bool redundant(const op& o) {
    return !o.enables && !WEFT_DEFECT("pure_ew_flag.effect.keeps_disables");
  }
  static bool obsoletes(const op& /*newer*/, const op& /*older*/) { return true; }
  static void reach(const op& /*newer*/, compact& on) { on = false; }
  static void settle(const op& /*o*/, compact& on, std::vector<tagged<op>>& /*log*/) { on = true; }
};

/// Operations: `enable`, `disable` of flag_operation.
class pure_ew_flag : public po_log<ew_flag_rules> {
public:
  [[nodiscard]] bool value() const noexcept { return compact() || !log().empty(); }
};

}  // namespace weft::crdt

// SPDX-License-Identifier: MIT
// pure_mv_register: one value, but concurrent writes are all kept until somebody who saw them
// writes. A pure operation-based type: see po_log.hpp for the state and what it costs.
//
// Not thread-safe. Source: Baquero, Almeida, Shoker, arXiv 1710.04469.
#pragma once

#include "weft/crdt/oplog/po_log.hpp"

#include <set>

namespace weft::crdt {

template <element T>
struct register_operation {
  std::optional<T> written;  ///< none: clear

  [[nodiscard]] static register_operation write(T v) { return {std::move(v)}; }
  [[nodiscard]] static register_operation clear() { return {}; }
  friend bool operator==(const register_operation&, const register_operation&) = default;
};

template <element T>
struct codec<register_operation<T>> {
  static void encode(byte_writer& out, const register_operation<T>& o) {
    out.u8(o.written ? 1 : 0);
    if (o.written) {
      codec<T>::encode(out, *o.written);
    }
  }
  static register_operation<T> decode(byte_reader& in, const limits& bounds) {
    register_operation<T> o;
    if (codec<bool>::decode(in, bounds)) {
      o.written = codec<T>::decode(in, bounds);
    }
    return o;
  }
};

template <element T>
struct mv_register_rules {
  using op = register_operation<T>;
  using compact = std::set<T>;

  static bool redundant(const op& o) { return !o.written; }
  static bool obsoletes(const op& /*newer*/, const op& /*older*/) { return true; }
  static void reach(const op& /*newer*/, compact& values) { values.clear(); }
  static void settle(const op& o, compact& values, std::vector<tagged<op>>& /*log*/) {
    values.insert(*o.written);
  }
};

/// Operations: `write`, `clear` of register_operation.
template <element T>
class pure_mv_register : public po_log<mv_register_rules<T>> {
public:
  /// All concurrent values, each once, ascending.
  [[nodiscard]] std::vector<T> values() const {
    std::set<T> all = this->compact();
    for (const auto& m : this->log()) {
      all.insert(*m.op.written);
    }
    return {all.begin(), all.end()};
  }
};

}  // namespace weft::crdt

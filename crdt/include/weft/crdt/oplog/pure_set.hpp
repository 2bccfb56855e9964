// SPDX-License-Identifier: MIT
// Sets as pure operation-based types: pure_aw_set, in which an add wins over a concurrent remove,
// and pure_rw_set, in which the remove wins.
//
// See po_log.hpp for the state and what it costs: nothing but the elements, once all is stable. A
// stable element of either set has no metadata. Not thread-safe. Source: Baquero, Almeida, Shoker,
// "Pure operation-based replicated data types", arXiv 1710.04469.
#pragma once

#include "weft/crdt/oplog/po_log.hpp"

#include <set>

namespace weft::crdt {

enum class set_change : std::uint8_t { add, remove, clear };

template <element E>
struct set_operation {
  set_change what = set_change::clear;
  std::optional<E> element;  ///< none for clear

  [[nodiscard]] static set_operation add(E e) { return {set_change::add, std::move(e)}; }
  [[nodiscard]] static set_operation remove(E e) { return {set_change::remove, std::move(e)}; }
  [[nodiscard]] static set_operation clear() { return {}; }
  friend bool operator==(const set_operation&, const set_operation&) = default;
};

template <element E>
struct codec<set_operation<E>> {
  static void encode(byte_writer& out, const set_operation<E>& o) {
    out.u8(static_cast<std::uint8_t>(o.what));
    if (o.element) {
      codec<E>::encode(out, *o.element);
    }
  }
  static set_operation<E> decode(byte_reader& in, const limits& bounds) {
    const std::uint8_t what = in.u8();
    if (what > static_cast<std::uint8_t>(set_change::clear)) {
      in.fail(errc::malformed, "operation of a set");
      return {};
    }
    set_operation<E> o{static_cast<set_change>(what), std::nullopt};
    if (o.what != set_change::clear) {
      o.element = codec<E>::decode(in, bounds);
    }
    return o;
  }
};

template <element E>
struct aw_set_rules {
  using op = set_operation<E>;
  using compact = std::set<E>;

  static bool redundant(const op& o) { return o.what != set_change::add; }
  static bool obsoletes(const op& newer, const op& older) {
    return newer.what == set_change::clear || newer.element == older.element;
  }
  static void reach(const op& newer, compact& elements) {
    if (newer.what == set_change::clear) {
      elements.clear();
    } else {
      elements.erase(*newer.element);
    }
  }
  static void settle(const op& o, compact& elements, std::vector<tagged<op>>& /*log*/) {
    if (!WEFT_DEFECT("pure_aw_set.settle.forgets_the_element")) {
      elements.insert(*o.element);
    }
  }
};

/// Operations: `add`, `remove`, `clear` of set_operation.
template <element E>
class pure_aw_set : public po_log<aw_set_rules<E>> {
public:
  /// Ascending. O(size + log).
  [[nodiscard]] std::vector<E> values() const {
    std::set<E> all = this->compact();
    for (const auto& m : this->log()) {
      all.insert(*m.op.element);
    }
    return {all.begin(), all.end()};
  }
};

template <element E>
struct rw_set_rules {
  using op = set_operation<E>;
  using compact = std::set<E>;

  // To clear is to remove each element: an operation that took away stable removes and adds alike
  // would let adds reappear where they are not gone yet. As one operation it has no meaning here.
  static bool redundant(const op& o) { return o.what == set_change::clear; }
  static bool obsoletes(const op& newer, const op& older) { return newer.element == older.element; }
  static void reach(const op& newer, compact& elements) {
    if (newer.element) {
      elements.erase(*newer.element);
    }
  }
  static void settle(const op& o, compact& elements, std::vector<tagged<op>>& log) {
    if (o.what == set_change::add) {
      elements.insert(*o.element);
      return;
    }
    // What it hid goes with it, else that would show up now.
    if (!WEFT_DEFECT("pure_rw_set.settle.hidden_adds_reappear")) {
      elements.erase(*o.element);
      std::erase_if(log, [&](const tagged<op>& other) {
        return other.op.what == set_change::add && other.op.element == o.element;
      });
    }
  }
};

/// Operations: `add`, `remove` of set_operation. A remove is remembered until it is stable, also of
/// what is not there: it wins over all adds that it is concurrent with.
template <element E>
class pure_rw_set : public po_log<rw_set_rules<E>> {
public:
  /// Ascending. O(size + log).
  [[nodiscard]] std::vector<E> values() const {
    std::set<E> all = this->compact();
    for (const auto& m : this->log()) {
      if (m.op.what == set_change::add) {
        all.insert(*m.op.element);
      }
    }
    for (const auto& m : this->log()) {
      if (m.op.what == set_change::remove && !WEFT_DEFECT("pure_rw_set.values.add_wins")) {
        all.erase(*m.op.element);
      }
    }
    return {all.begin(), all.end()};
  }
  /// The operations that clear what is shown here: one remove for each element.
  [[nodiscard]] std::vector<set_operation<E>> clear() const {
    std::vector<set_operation<E>> removes;
    for (E& e : values()) {
      removes.push_back(set_operation<E>::remove(std::move(e)));
    }
    return removes;
  }
};

}  // namespace weft::crdt

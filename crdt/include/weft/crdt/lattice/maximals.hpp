// SPDX-License-Identifier: MIT
// maximals: the maximal elements of everything that was put in. Bottom is empty.
//
// `Below(a, b)` is a strict partial order of the elements; it must never change, so it is causal or
// fixed by the values themselves. `operator<` only sorts what is stored. Invariant: ascending, and
// no element is below another. Joins cost O(product of both): meant for a handful of concurrent
// values. A plain value; concurrent const calls are safe.
#pragma once

#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/lattice/decomposable.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace weft::crdt {

/// More concurrent elements are not read from bytes: checking them is quadratic.
inline constexpr std::size_t max_maximals = 4'096;

template <element E, class Below>
class maximals {
public:
  maximals() = default;
  explicit maximals(E e) { elements_.push_back(std::move(e)); }

  /// Ascending by `operator<`.
  [[nodiscard]] const std::vector<E>& values() const noexcept { return elements_; }

  bool merge(const maximals& other) {
    const maximals fresh = difference(other, *this);
    if (fresh.elements_.empty()) {
      return false;
    }
    std::erase_if(elements_, [&](const E& mine) { return fresh.covers(mine); });
    elements_.insert(elements_.end(), fresh.elements_.begin(), fresh.elements_.end());
    std::sort(elements_.begin(), elements_.end());
    return true;
  }
  friend bool leq(const maximals& a, const maximals& b) {
    return std::all_of(a.elements_.begin(), a.elements_.end(),
                       [&](const E& e) { return b.covers(e); });
  }
  friend maximals difference(const maximals& a, const maximals& b) {
    maximals rest;
    for (const E& e : a.elements_) {
      if (!b.covers(e)) {
        rest.elements_.push_back(e);
      }
    }
    return rest;
  }
  template <class F>
  void for_each_irreducible(F&& f) const {
    for (const E& e : elements_) {
      f(maximals(e));
    }
  }

  void encode(byte_writer& out) const {
    out.varint(elements_.size());
    for (const E& e : elements_) {
      codec<E>::encode(out, e);
    }
  }
  [[nodiscard]] static result<maximals> decode(byte_reader& in, const limits& bounds = {}) {
    maximals state;
    const std::size_t count = in.count(1, "maximal elements");
    if (count > max_maximals) {
      in.fail(errc::limit_exceeded, "maximal elements");
    }
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
      E e = codec<E>::decode(in, bounds);
      if (!in.failed() && !state.elements_.empty() &&
          (!(state.elements_.back() < e) || state.comparable(e))) {
        in.fail(errc::not_canonical, "maximal elements");
      }
      state.elements_.push_back(std::move(e));
    }
    if (in.failed()) {
      return in.failure();
    }
    return state;
  }
  friend bool operator==(const maximals&, const maximals&) = default;

private:
  [[nodiscard]] bool covers(const E& e) const {
    return std::any_of(elements_.begin(), elements_.end(),
                       [&](const E& mine) { return mine == e || Below{}(e, mine); });
  }
  [[nodiscard]] bool comparable(const E& e) const {
    return covers(e) || std::any_of(elements_.begin(), elements_.end(),
                                    [&](const E& mine) { return Below{}(mine, e); });
  }
  std::vector<E> elements_;
};

}  // namespace weft::crdt

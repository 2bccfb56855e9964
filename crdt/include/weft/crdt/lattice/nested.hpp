// SPDX-License-Identifier: MIT
// nestable: a causal type that can live inside another one and share its context.
//
// One context serves a whole state, however deep: a part's own context would grow with every part,
// and its history would be lost when the part is removed. So a nested mutator runs on (the part,
// the context of the whole), which is what `mutate_part` lends it. Laws: a nestable type's
// operations read and change nothing but its store and context. Source: Almeida, Shoker, Baquero,
// JPDC 2018.
#pragma once

#include "weft/crdt/lattice/dot_store.hpp"
#include "weft/crdt/lattice/laws.hpp"

#include <concepts>
#include <tuple>
#include <utility>

namespace weft::crdt {

template <class T>
concept nestable =
    delta_crdt<T> && dot_store<typename T::store_type> &&
    std::constructible_from<T, causal<typename T::store_type>> && requires(const T c, T t) {
      { c.state() } -> std::same_as<const causal<typename T::store_type>&>;
      { std::move(t).take() } -> std::same_as<causal<typename T::store_type>>;
    };

/// Runs f(mutator of a T made of `part` and `context`), which returns T or result<T>, its delta.
/// Afterwards part and context are as f left them; f's errors come back. Nothing is copied.
template <nestable T, class F>
result<causal<typename T::store_type>> mutate_part(typename T::store_type& part,
                                                   causal_context& context, const replica_id& self,
                                                   F&& f) {
  T whole(causal<typename T::store_type>(std::move(part), std::move(context)));
  result<T> delta = std::forward<F>(f)(typename T::mutator(whole, self));
  std::tie(part, context) = std::move(whole).take().take();
  if (!delta) {
    return unexpected(delta.error());
  }
  return std::move(*delta).take();
}

/// A T for reading that holds a copy of `part` alone. O(part).
template <nestable T>
[[nodiscard]] T view_of(const typename T::store_type& part) {
  return T(causal<typename T::store_type>(part, dots_of(part)));
}

}  // namespace weft::crdt

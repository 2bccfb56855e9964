// SPDX-License-Identifier: MIT
// codec<T>: how an element type becomes canonical bytes and back. There are codecs for integers,
// bool, std::string, bytes, replica_id, std::pair, std::optional, std::vector and every lattice.
// Specialise it for your own types:
//
//   template <> struct weft::crdt::codec<my_type> {
//     static void encode(byte_writer& out, const my_type& v);
//     static my_type decode(byte_reader& in, const limits& bounds);   // in.fail(...) when
//     malformed
//   };
//
// Laws: equal values have equal bytes; decode(encode(v)) == v; decode refuses every other form.
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/ids.hpp"
#include "weft/crdt/limits.hpp"

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::crdt {

template <class T>
struct codec;

template <std::unsigned_integral T>
struct codec<T> {
  static void encode(byte_writer& out, const T& v) { out.varint(v); }
  static T decode(byte_reader& in, const limits& /*bounds*/) {
    return static_cast<T>(in.varint_max(static_cast<std::uint64_t>(static_cast<T>(-1)), "integer"));
  }
};

template <std::signed_integral T>
struct codec<T> {
  static void encode(byte_writer& out, const T& v) { out.zigzag(v); }
  static T decode(byte_reader& in, const limits& /*bounds*/) {
    const std::int64_t wide = in.zigzag();
    if (static_cast<std::int64_t>(static_cast<T>(wide)) != wide) {
      in.fail(errc::bad_value, "integer out of range");
      return 0;
    }
    return static_cast<T>(wide);
  }
};

template <>
struct codec<bool> {
  static void encode(byte_writer& out, bool v) { out.u8(v ? 1 : 0); }
  static bool decode(byte_reader& in, const limits& /*bounds*/) {
    const std::uint8_t v = in.u8();
    if (v > 1) {
      in.fail(errc::not_canonical, "boolean");
    }
    return v == 1;
  }
};

template <>
struct codec<std::string> {
  static void encode(byte_writer& out, const std::string& v) { out.sized(v); }
  static std::string decode(byte_reader& in, const limits& bounds) {
    return std::string{as_chars(in.sized(bounds.max_value_bytes, "string"))};
  }
};

template <>
struct codec<replica_id> {
  static void encode(byte_writer& out, const replica_id& v) { out.raw(byte_view{v.bytes}); }
  static replica_id decode(byte_reader& in, const limits& /*bounds*/) {
    replica_id id;
    const byte_view view = in.raw(id.bytes.size());
    std::copy(view.begin(), view.end(), id.bytes.begin());
    return id;
  }
};

template <>
struct codec<op_id> {
  static void encode(byte_writer& out, const op_id& v) {
    codec<replica_id>::encode(out, v.replica);
    out.varint(v.counter);
  }
  static op_id decode(byte_reader& in, const limits& bounds) {
    op_id id;
    id.replica = codec<replica_id>::decode(in, bounds);
    id.counter = static_cast<std::uint32_t>(in.varint_max(max_op_count - 1, "counter of a dot"));
    return id;
  }
};

template <>
struct codec<bytes> {
  static void encode(byte_writer& out, const bytes& v) { out.sized(byte_view{v}); }
  static bytes decode(byte_reader& in, const limits& bounds) {
    const byte_view view = in.sized(bounds.max_value_bytes, "bytes");
    return {view.begin(), view.end()};
  }
};

template <class A, class B>
struct codec<std::pair<A, B>> {
  static void encode(byte_writer& out, const std::pair<A, B>& v) {
    codec<A>::encode(out, v.first);
    codec<B>::encode(out, v.second);
  }
  static std::pair<A, B> decode(byte_reader& in, const limits& bounds) {
    A a = codec<A>::decode(in, bounds);
    return {std::move(a), codec<B>::decode(in, bounds)};
  }
};

template <class T>
struct codec<std::optional<T>> {
  static void encode(byte_writer& out, const std::optional<T>& v) {
    codec<bool>::encode(out, v.has_value());
    if (v) {
      codec<T>::encode(out, *v);
    }
  }
  static std::optional<T> decode(byte_reader& in, const limits& bounds) {
    if (!codec<bool>::decode(in, bounds)) {
      return std::nullopt;
    }
    return codec<T>::decode(in, bounds);
  }
};

template <class T>
struct codec<std::vector<T>> {
  static void encode(byte_writer& out, const std::vector<T>& v) {
    out.varint(v.size());
    for (const T& one : v) {
      codec<T>::encode(out, one);
    }
  }
  static std::vector<T> decode(byte_reader& in, const limits& bounds) {
    std::vector<T> all;
    const std::size_t count = in.count(1, "elements of a vector");
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
      all.push_back(codec<T>::decode(in, bounds));
    }
    return all;
  }
};

/// The head of a list whose only number may stand in it: 0 is an empty list, another even head is
/// twice the number after it, an odd one says how many entries come. So the most frequent
/// delta, one entry, has no count.
struct list_head {
  /// Numbers below this may stand alone.
  static constexpr std::uint64_t max_alone = (std::uint64_t{1} << 63U) - 1;

  std::uint64_t count = 0;
  std::optional<std::uint64_t> alone;

  /// `first` is that of the first entry, any when there is none.
  static list_head of(std::uint64_t count, std::uint64_t first) {
    return count == 1 && first < max_alone ? list_head{1, first} : list_head{count, std::nullopt};
  }
  void encode(byte_writer& out) const {
    out.varint(alone ? (*alone + 1) << 1U : count == 0 ? 0 : count << 1U | 1U);
  }
  /// Each entry has at least `least` bytes.
  static list_head decode(byte_reader& in, std::size_t least, const char* what) {
    const std::uint64_t head = in.varint();
    if (head == 0 || in.failed()) {
      return {};
    }
    if ((head & 1U) == 0) {
      return {1, (head >> 1U) - 1};
    }
    if (head == 1) {
      in.fail(errc::not_canonical, what);
    } else if (head >> 1U > in.remaining() / least) {
      in.fail(errc::truncated, what);
    }
    return {in.failed() ? 0 : head >> 1U, std::nullopt};
  }
  /// Fails the reader when a number that was read could have stood alone.
  void check(byte_reader& in, std::uint64_t first, const char* what) const {
    if (!in.failed() && !alone && count == 1 && first < max_alone) {
      in.fail(errc::not_canonical, what);
    }
  }
};

/// A type that has a codec and an order: what sets and maps of this library can hold.
template <class T>
concept element = std::totally_ordered<T> && std::copyable<T> &&
                  requires(byte_writer& out, byte_reader& in, const T& v, const limits& bounds) {
                    codec<T>::encode(out, v);
                    { codec<T>::decode(in, bounds) } -> std::same_as<T>;
                  };

/// An element of an ascending list, after `before`, which is nullptr for the first. Integers are
/// told as the distance from the one before, less one.
template <class E>
void encode_ascending(byte_writer& out, const E* before, const E& e) {
  if constexpr (std::integral<E> && !std::same_as<E, bool>) {
    if (before != nullptr) {
      out.varint(static_cast<std::uint64_t>(e) - static_cast<std::uint64_t>(*before) - 1);
      return;
    }
  }
  codec<E>::encode(out, e);
}
/// Fails the reader when the element is not greater than `before`.
template <class E>
[[nodiscard]] E decode_ascending(byte_reader& in, const limits& bounds, const E* before,
                                 const char* what) {
  if constexpr (std::integral<E> && !std::same_as<E, bool>) {
    if (before != nullptr) {
      const auto last = static_cast<std::uint64_t>(*before);
      const std::uint64_t gap = in.varint();
      if (gap >= static_cast<std::uint64_t>(std::numeric_limits<E>::max()) - last) {
        in.fail(errc::malformed, what);
        return *before;
      }
      return static_cast<E>(last + gap + 1);
    }
  }
  E e = codec<E>::decode(in, bounds);
  if (!in.failed() && before != nullptr && !(*before < e)) {
    in.fail(errc::not_canonical, what);
  }
  return e;
}

}  // namespace weft::crdt

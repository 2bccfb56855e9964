// SPDX-License-Identifier: MIT
// dot_set: the simplest dot store, a set of dots. One dot, which is the rule, costs no allocation.
//
// Also here: `unseen`, by which two states tell each other which dots they lack. A plain value;
// concurrent const calls are safe. Source: Almeida, Shoker, Baquero, JPDC 2018.
#pragma once

#include "weft/crdt/causality/causal_context.hpp"
#include "weft/crdt/defect.hpp"
#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/lattice/few.hpp"
#include "weft/crdt/lattice/sorted_map.hpp"

#include <array>
#include <utility>
#include <vector>

namespace weft::crdt {

/// The dots that a context lacks: what its owner has neither seen nor removed.
class unseen {
public:
  explicit unseen(const causal_context& by) noexcept : probe_(by) {}
  [[nodiscard]] bool operator()(const dot& d) const noexcept { return !probe_.contains(d); }
  [[nodiscard]] const causal_context& context() const noexcept { return probe_.context(); }

private:
  dot_probe probe_;
};

/// A set of dots.
class dot_set {
public:
  dot_set() = default;
  explicit dot_set(const dot& only) { dots_.push_back(only); }

  [[nodiscard]] bool has(const dot& d) const {
    return std::binary_search(dots_.begin(), dots_.end(), d);
  }
  [[nodiscard]] bool empty() const noexcept { return dots_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return dots_.size(); }
  void insert(const dot& d) {
    const auto at = std::lower_bound(dots_.begin(), dots_.end(), d);
    if (at == dots_.end() || *at != d) {
      dots_.replace(static_cast<std::size_t>(at - dots_.begin()), 0, {&d, 1});
    }
  }

  /// Ascending.
  template <class F>
  void for_each_dot(F&& f) const {
    for (const dot& d : dots_) {
      f(d);
    }
  }
  template <class F>
  void for_each_single(F&& f) const {
    for (const dot& d : dots_) {
      f(dot_set(d), d);
    }
  }
  template <class Keep>
  [[nodiscard]] dot_set only(Keep&& keep) const {
    dot_set part;
    for (const dot& d : dots_) {
      if (keep(d)) {
        part.dots_.push_back(d);
      }
    }
    return part;
  }
  /// Removes the dots for which `gone` holds; returns whether there was one.
  template <class Gone>
  bool drop(Gone&& gone) {
    if (std::none_of(dots_.begin(), dots_.end(), gone)) {
      return false;
    }
    *this = only([&](const dot& d) { return !gone(d); });
    return true;
  }

  bool merge(const dot_set& other, const unseen& by_theirs, const unseen& by_mine) {
    if (dots_ == other.dots_) {
      return false;
    }
    // Mostly there are two dots or three: those need no allocation.
    std::array<dot, 6> few_dots;
    std::vector<dot> many;
    dot* kept = few_dots.data();
    if (dots_.size() + other.dots_.size() > few_dots.size()) {
      many.resize(dots_.size() + other.dots_.size());
      kept = many.data();
    }
    std::size_t count = 0;
    walk_both(
        dots_, other.dots_, key_is_all{},
        [&](const dot& d) {
          if (by_theirs(d) || WEFT_DEFECT("dot_set.merge.keeps_removed")) kept[count++] = d;
          return true;
        },
        [&](const dot& d) {
          if (by_mine(d)) kept[count++] = d;
          return true;
        },
        [&](const dot& d, const dot& /*same*/) {
          kept[count++] = d;
          return true;
        });
    const std::span<const dot> all(kept, count);
    if (std::equal(all.begin(), all.end(), dots_.begin(), dots_.end())) {
      return false;
    }
    dots_.replace(0, dots_.size(), all);
    return true;
  }
  /// Merging this into `upper` would change nothing of it. `seen`: by the owner of this one.
  template <class Seen>
  [[nodiscard]] bool within(const dot_set& upper, Seen&& seen) const {
    return walk_both(
        dots_, upper.dots_, key_is_all{}, [](const dot&) { return true; },
        [&](const dot& d) { return !seen(d); }, [](const dot&, const dot&) { return true; });
  }
  /// The dots that `base` lacks; calls struck(d) for those of base that do not stand here.
  template <class Struck>
  [[nodiscard]] dot_set beyond(const dot_set& base, const unseen& by_base, Struck&& struck) const {
    dot_set part;
    walk_both(
        dots_, base.dots_, key_is_all{},
        [&](const dot& d) {
          if (by_base(d)) part.dots_.push_back(d);
          return true;
        },
        [&](const dot& d) {
          struck(d);
          return true;
        },
        [](const dot&, const dot&) { return true; });
    return part;
  }

  /// One dot is one number; else the count and the gaps between numbers.
  void encode(byte_writer& out, const dot_numbers& numbers) const {
    if (dots_.size() == 1) {
      out.varint(numbers.number_of(dots_.front()) << 1U);
      return;
    }
    out.varint(dots_.size() << 1U | 1U);
    std::uint64_t next = 0;
    for (const dot& d : dots_) {
      const std::uint64_t number = numbers.number_of(d);
      out.varint(number - next);
      next = number + 1;
    }
  }
  [[nodiscard]] static dot_set decode(byte_reader& in, const limits& /*bounds*/,
                                      const dot_numbers& numbers) {
    const std::uint64_t head = in.varint();
    if ((head & 1U) == 0) {
      if (!in.failed() && head >> 1U >= numbers.size()) {
        in.fail(errc::malformed, "a dot that is not in its context");
      }
      return in.failed() ? dot_set{} : dot_set(numbers.at(head >> 1U));
    }
    const std::uint64_t count = head >> 1U;
    if (!in.failed() && count == 1) {
      in.fail(errc::not_canonical, "count of dots");
    } else if (count > in.remaining()) {
      in.fail(errc::truncated, "dots");
    }
    std::vector<dot> dots;
    std::uint64_t next = 0;
    for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
      if (const auto number = next_number(in, next, numbers)) {
        dots.push_back(numbers.at(*number));
      }
    }
    dot_set set;
    set.dots_ = few<dot>(std::move(dots));
    return set;
  }
  /// Reads the gap to the next number; moves `next` behind it. Nothing when it is no dot.
  [[nodiscard]] static std::optional<std::uint64_t> next_number(byte_reader& in,
                                                                std::uint64_t& next,
                                                                const dot_numbers& numbers) {
    const std::uint64_t gap = in.varint();
    if (!in.failed() && (next >= numbers.size() || gap >= numbers.size() - next)) {
      in.fail(errc::malformed, "a dot that is not in its context");
    }
    if (in.failed()) {
      return std::nullopt;
    }
    const std::uint64_t number = next + gap;
    next = number + 1;
    return number;
  }
  friend bool operator==(const dot_set&, const dot_set&) = default;

private:
  few<dot> dots_;
};

}  // namespace weft::crdt

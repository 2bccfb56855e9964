// SPDX-License-Identifier: MIT
// Bytes of a sequence_tree: its elements as runs, so that typing costs a few bytes and not two ids
// for each element.
//
// A run is elements of one replica with successive counters, each hanging on the one before: all to
// the right of it with one common right neighbour (typing forwards), or all to the left (typing
// backwards). Layout: table of the replicas named, ascending; a number, which is twice that of the
// runs and a bit for the caller; then the runs by id, as long as they can be. A run: flags; how
// many replicas of the table it leaves out; how far its counter is ahead of the run before, or of
// 0; its length; what it names, each as number of the replica and counter. Of these it has what the
// flags tell, in most cases only the last. Whether an element is erased is not said here. Free
// functions, no state.
#pragma once

#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/types/sequence_tree.hpp"

#include <vector>

namespace weft::crdt {

template <class Order>
struct sequence_run {
  using name = sequence_ids::name;
  using origin_name = typename sequence_tree<Order>::origin_name;

  name first;
  std::uint32_t length = 1;
  origin_name origin;                               ///< of the first
  sequence_side later_ones = sequence_side::right;  ///< how the others hang; meant from length 2 on

  [[nodiscard]] std::uint32_t end() const noexcept { return first.counter + length; }
  /// Where the element at this place hangs, from 1 on, if it is on `side` of the one before.
  [[nodiscard]] origin_name origin_at(std::uint32_t place, sequence_side side) const {
    origin_name o{{first.author, first.counter + place - 1}, {}, side};
    if (side == sequence_side::right) {
      o.right = origin.right_of_next();
    }
    return o;
  }
  /// An element with this id and origin makes the run longer.
  [[nodiscard]] bool goes_on_with(const name& id, const origin_name& where) const {
    return id == name{first.author, end()} && (length == 1 || where.side == later_ones) &&
           where == origin_at(length, where.side);
  }
};

/// As long as they can be, by id. O(runs of the tree).
template <class Order>
[[nodiscard]] std::vector<sequence_run<Order>> runs_of(const sequence_tree<Order>& tree) {
  std::vector<sequence_run<Order>> runs;
  const sequence_ids& ids = tree.ids();
  for (std::size_t place = 0; place < ids.authors(); ++place) {
    const std::uint32_t author = ids.author_at(place);
    for (const sequence_ids::range& range : ids.ranges(author)) {
      std::uint32_t length = 0;
      for (std::uint32_t at = 0; at < range.count; at += length) {
        const sequence_slot s = range.slot + at;
        length = std::min(range.count - at, tree.rest_of_run(s));
        const sequence_ids::name id{author, range.counter + at};
        const auto where = tree.origin_name_of(s);
        if (runs.empty() || !runs.back().goes_on_with(id, where)) {
          runs.push_back({id, length, where});
          continue;
        }
        auto& last = runs.back();
        last.later_ones = where.side;
        ++last.length;
        if (where.side == sequence_side::right) {
          last.length += length - 1;
        } else if (length > 1) {  // what follows hangs on the other side
          length = 1;
        }
      }
    }
  }
  return runs;
}

namespace detail {

struct run_flag {
  static constexpr unsigned first_is_left = 1;
  static constexpr unsigned later_are_left = 2;
  static constexpr unsigned has_parent = 4;
  static constexpr unsigned has_right = 8;
  static constexpr unsigned next_replica = 16;
  static constexpr unsigned after_others = 32;  // which are left out
  static constexpr unsigned ahead = 64;
  static constexpr unsigned several = 128;
};

}  // namespace detail

/// `bit` is given back by decode_runs. O(runs of the tree).
template <class Order>
void encode_runs(byte_writer& out, const sequence_tree<Order>& tree, bool bit) {
  using flag = detail::run_flag;
  const std::vector<sequence_run<Order>> runs = runs_of(tree);
  const sequence_ids& ids = tree.ids();
  constexpr std::uint32_t unnamed = sequence_ids::nobody;
  std::vector<std::uint32_t> number(ids.authors(), unnamed);
  for (const auto& run : runs) {
    for (const auto& n : {run.first, run.origin.parent, run.origin.right}) {
      if (n.author != ids.nobody) {
        number[n.author] = 0;
      }
    }
  }
  std::uint32_t named = 0;
  for (std::size_t place = 0; place < ids.authors(); ++place) {
    std::uint32_t& at = number[ids.author_at(place)];
    at = at == unnamed ? unnamed : named++;
  }
  out.varint(named);
  for (std::size_t place = 0; place < ids.authors(); ++place) {
    if (const std::uint32_t author = ids.author_at(place); number[author] != unnamed) {
      codec<replica_id>::encode(out, ids.replica(author));
    }
  }
  out.varint(std::uint64_t{runs.size()} << 1U | (bit ? 1U : 0U));
  std::uint32_t next = 0;  // number of a replica, counter
  std::uint32_t counter = 0;
  for (const auto& run : runs) {
    const std::uint32_t of = number[run.first.author];
    const bool other = next == 0 || of != next - 1;
    counter = other ? 0 : counter;
    const bool later_left = run.length > 1 && run.later_ones == sequence_side::left;
    unsigned flags = 0;
    const auto say = [&](unsigned f, bool holds) { flags |= holds ? f : 0U; };
    say(flag::first_is_left, run.origin.side == sequence_side::left);
    say(flag::later_are_left, later_left);
    say(flag::has_parent, run.origin.parent.author != ids.nobody);
    say(flag::has_right, run.origin.right.author != ids.nobody);
    say(flag::next_replica, other);
    say(flag::after_others, other && of != next);
    say(flag::ahead, run.first.counter != counter);
    say(flag::several, run.length > 1);
    out.u8(static_cast<std::uint8_t>(flags));
    if ((flags & flag::after_others) != 0) {
      out.varint(of - next);
    }
    if ((flags & flag::ahead) != 0) {
      out.varint(run.first.counter - counter);
    }
    if ((flags & flag::several) != 0) {
      out.varint(run.length);
    }
    for (const auto& n : {run.origin.parent, run.origin.right}) {
      if (n.author != ids.nobody) {
        out.varint(number[n.author]);
        out.varint(n.counter);
      }
    }
    next = of + 1;
    counter = run.end();
  }
}

/// Reads the runs into an empty tree, where slots then ascend by id; returns the bit. Fails on any
/// fault, and on any form but the one that encode_runs makes. Makes at most `most` elements.
/// O(runs), and O(elements) to note them.
template <class Order>
bool decode_runs(byte_reader& in, const limits& bounds, std::uint64_t most,
                 sequence_tree<Order>& tree) {
  using flag = detail::run_flag;
  const std::size_t replicas = in.count(sizeof(replica_id), "replicas of a sequence");
  if (replicas > bounds.max_replicas) {
    in.fail(errc::limit_exceeded, "replicas of a sequence");
    return false;
  }
  tree.reserve_replicas(replicas);
  std::uint64_t first_named = 0;  // of the first 64, which are mostly all: bits
  std::vector<bool> later_named(replicas > 64 ? replicas - 64 : 0);
  const auto note_named = [&](std::size_t number) {
    if (number < 64) {
      first_named |= std::uint64_t{1} << number;
    } else {
      later_named[number - 64] = true;
    }
  };
  replica_id before;
  for (std::size_t i = 0; i < replicas; ++i) {
    const replica_id r = codec<replica_id>::decode(in, bounds);
    if (in.failed()) {
      return false;
    }
    if (i > 0 && !(before < r)) {
      in.fail(errc::not_canonical, "order of replicas");
      return false;
    }
    tree.intern({r, 0});
    before = r;
  }
  const auto read_name = [&] {
    const std::uint64_t number = in.varint();
    const std::uint64_t counter = in.varint_max(max_op_count - 1, "counter of an element");
    if (number >= replicas) {
      in.fail(errc::malformed, "number of a replica");
      return sequence_ids::name{};
    }
    note_named(static_cast<std::size_t>(number));
    return sequence_ids::name{static_cast<std::uint32_t>(number),
                              static_cast<std::uint32_t>(counter)};
  };
  constexpr unsigned wrong =
      Order::keeps_right ? 0U : flag::first_is_left | flag::later_are_left | flag::has_right;
  const std::uint64_t head = in.varint();
  if (head >> 1U > in.remaining()) {
    in.fail(errc::truncated, "runs of a sequence");
  }
  sequence_run<Order> last;
  std::uint64_t next = 0;  // number of a replica, counter
  std::uint64_t counter = 0;
  for (std::uint64_t i = 0; i < head >> 1U && !in.failed(); ++i) {
    const unsigned flags = in.u8();
    const auto is = [flags](unsigned f) { return (flags & f) != 0; };
    std::uint64_t others = 0;
    std::uint64_t further = 0;
    std::uint64_t length = 1;
    if (is(flag::after_others)) {
      others = in.varint_max(bounds.max_replicas, "number of a replica");
    }
    if (is(flag::ahead)) {
      further = in.varint_max(max_op_count, "counter of an element");
    }
    if (is(flag::several)) {
      length = in.varint_max(most, "elements of a sequence");
    }
    if (is(flag::next_replica)) {
      next += others + 1;
      counter = 0;
    }
    counter += further;
    sequence_run<Order> run;
    run.origin.side = is(flag::first_is_left) ? sequence_side::left : sequence_side::right;
    run.later_ones = is(flag::later_are_left) ? sequence_side::left : sequence_side::right;
    if (is(flag::has_parent)) {
      run.origin.parent = read_name();
    }
    if (is(flag::has_right)) {
      run.origin.right = read_name();
    }
    if (in.failed()) {
      break;
    }
    if ((flags & wrong) != 0 || next == 0 || next > replicas || length == 0 ||
        (is(flag::after_others) && !is(flag::next_replica)) ||
        (is(flag::first_is_left) && (!is(flag::has_parent) || is(flag::has_right)))) {
      in.fail(errc::malformed, "run of a sequence");
      break;
    }
    if (length > most || counter + length > max_op_count) {
      in.fail(errc::limit_exceeded, "elements of a sequence");
      break;
    }
    run.first = {static_cast<std::uint32_t>(next - 1), static_cast<std::uint32_t>(counter)};
    run.length = static_cast<std::uint32_t>(length);
    if ((is(flag::after_others) && others == 0) || (is(flag::ahead) && further == 0) ||
        (is(flag::several) && length == 1) || (is(flag::later_are_left) && length == 1) ||
        (i > 0 && last.goes_on_with(run.first, run.origin) &&
         !WEFT_DEFECT("sequence.decode.takes_parts_of_runs"))) {
      in.fail(errc::not_canonical, "run of a sequence");
      break;
    }
    note_named(run.first.author);
    most -= length;
    counter += length;
    if (run.later_ones == sequence_side::right) {
      tree.add(run.first, run.length, run.origin);
    } else {
      tree.add(run.first, 1, run.origin);
      for (std::uint32_t k = 1; k < run.length; ++k) {
        tree.add({run.first.author, run.first.counter + k}, 1,
                 run.origin_at(k, sequence_side::left));
      }
    }
    last = run;
  }
  const std::uint64_t all = replicas >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << replicas) - 1;
  if (!in.failed() && (first_named != all || std::find(later_named.begin(), later_named.end(),
                                                       false) != later_named.end())) {
    in.fail(errc::not_canonical, "replica without elements");
  }
  return (head & 1U) != 0;
}

}  // namespace weft::crdt

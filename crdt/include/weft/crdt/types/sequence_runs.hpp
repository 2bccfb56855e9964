// SPDX-License-Identifier: MIT
// Bytes of a sequence_tree: its elements as runs, so that typing costs a few bytes and not two ids
// for each element.
//
// A run is elements of one replica with successive counters, each hanging on the one before: all to
// the right of it with one common right neighbour (typing forwards), or all to the left (typing
// backwards). Layout: table of the replicas named, ascending; then the runs by id, as long as they
// can be. Whether an element is erased is not said here. Free functions, no state.
#pragma once

#include "weft/crdt/lattice/codec.hpp"
#include "weft/crdt/types/sequence_tree.hpp"

#include <set>

namespace weft::crdt {

struct sequence_run {
  dot first{};
  std::uint32_t length = 1;
  sequence_origin origin;                           ///< of the first
  sequence_side later_ones = sequence_side::right;  ///< how the others hang; meant from length 2 on
};

/// Where the element after the first ones of `run` hangs if it belongs to it.
template <class Order>
[[nodiscard]] sequence_origin origin_in_run(const sequence_run& run, std::uint32_t place) {
  sequence_origin o{dot{run.first.replica, run.first.counter + place - 1}, run.later_ones, {}};
  if (Order::keeps_right && run.later_ones == sequence_side::right) {
    // What follows a left child is its parent.
    o.right = run.origin.side == sequence_side::right ? run.origin.right : run.origin.parent;
  }
  return o;
}

template <class Order>
[[nodiscard]] std::vector<sequence_run> runs_of(const sequence_tree<Order>& tree) {
  std::vector<sequence_run> runs;
  tree.for_each_by_id([&](element_order::slot s) {
    const dot id = tree.id(s);
    const sequence_origin origin = tree.origin(s);
    if (!runs.empty()) {
      sequence_run& last = runs.back();
      sequence_run longer = last;
      longer.later_ones = last.length == 1 ? origin.side : last.later_ones;
      if (id.replica == last.first.replica && id.counter == last.first.counter + last.length &&
          origin == origin_in_run<Order>(longer, last.length)) {
        last.later_ones = longer.later_ones;
        ++last.length;
        return;
      }
    }
    runs.push_back({id, 1, origin, sequence_side::right});
  });
  return runs;
}

namespace detail {

enum run_flag : std::uint8_t {
  first_is_left = 1,
  later_are_left = 2,
  has_parent = 4,
  has_right = 8
};

}  // namespace detail

/// O(n).
template <class Order>
void encode_runs(byte_writer& out, const sequence_tree<Order>& tree) {
  const std::vector<sequence_run> runs = runs_of(tree);
  std::set<replica_id> named;
  for (const sequence_run& run : runs) {
    named.insert(run.first.replica);
    for (const std::optional<dot>& d : {run.origin.parent, run.origin.right}) {
      if (d) {
        named.insert(d->replica);
      }
    }
  }
  const std::vector<replica_id> table(named.begin(), named.end());
  const auto number = [&](const replica_id& r) {
    return static_cast<std::uint64_t>(std::lower_bound(table.begin(), table.end(), r) -
                                      table.begin());
  };
  out.varint(table.size());
  for (const replica_id& r : table) {
    codec<replica_id>::encode(out, r);
  }
  out.varint(runs.size());
  for (const sequence_run& run : runs) {
    const bool left = run.origin.side == sequence_side::left;
    const bool later_left = run.length > 1 && run.later_ones == sequence_side::left;
    out.u8(static_cast<std::uint8_t>(
        (left ? detail::first_is_left : 0) | (later_left ? detail::later_are_left : 0) |
        (run.origin.parent ? detail::has_parent : 0) | (run.origin.right ? detail::has_right : 0)));
    out.varint(number(run.first.replica));
    out.varint(run.first.counter);
    out.varint(run.length);
    for (const std::optional<dot>& d : {run.origin.parent, run.origin.right}) {
      if (d) {
        out.varint(number(d->replica));
        out.varint(d->counter);
      }
    }
  }
}

/// Reads the runs into an empty tree. Elements of `erased` come in as such. Fails on any fault;
/// that the form is the canonical one is for the caller to check. Makes at most `most` elements.
template <class Order>
void decode_runs(byte_reader& in, const limits& bounds, const causal_context& erased,
                 std::uint64_t most, sequence_tree<Order>& tree) {
  std::vector<replica_id> table(in.count(sizeof(replica_id), "replicas of a sequence"));
  if (table.size() > bounds.max_replicas) {
    return in.fail(errc::limit_exceeded, "replicas of a sequence");
  }
  for (replica_id& r : table) {
    r = codec<replica_id>::decode(in, bounds);
  }
  const auto read_dot = [&] {
    const std::uint64_t number = in.varint();
    dot d;
    d.counter =
        static_cast<std::uint32_t>(in.varint_max(max_op_count - 1, "counter of an element"));
    if (number >= table.size()) {
      in.fail(errc::malformed, "number of a replica");
    } else {
      d.replica = table[static_cast<std::size_t>(number)];
    }
    return d;
  };
  constexpr unsigned known = Order::keeps_right ? 15U : static_cast<unsigned>(detail::has_parent);
  const std::size_t count = in.count(4, "runs of a sequence");
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    sequence_run run;
    const std::uint8_t flags = in.u8();
    run.first = read_dot();
    run.length = static_cast<std::uint32_t>(in.varint_max(most, "elements of a sequence"));
    const bool left = (flags & detail::first_is_left) != 0;
    run.origin.side = left ? sequence_side::left : sequence_side::right;
    run.later_ones =
        (flags & detail::later_are_left) != 0 ? sequence_side::left : sequence_side::right;
    if ((flags & detail::has_parent) != 0) {
      run.origin.parent = read_dot();
    }
    if ((flags & detail::has_right) != 0) {
      run.origin.right = read_dot();
    }
    if (!in.failed() && ((flags & ~known) != 0 || run.length == 0 ||
                         run.length > max_op_count - run.first.counter ||
                         (left && (!run.origin.parent || run.origin.right)))) {
      in.fail(errc::malformed, "run of a sequence");
    }
    most -= run.length;
    for (std::uint32_t k = 0; k < run.length && !in.failed(); ++k) {
      const dot id{run.first.replica, run.first.counter + k};
      if (tree.find(id) != element_order::none) {
        in.fail(errc::malformed, "an element that stands twice");
      } else {
        tree.add(id, k == 0 ? run.origin : origin_in_run<Order>(run, k), erased.contains(id));
      }
    }
  }
}

}  // namespace weft::crdt

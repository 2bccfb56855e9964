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

namespace detail {

/// Reads what encode_runs writes, into an empty tree.
template <class Order>
class run_reader {
public:
  run_reader(byte_reader& in, const limits& bounds, std::uint64_t most, sequence_tree<Order>& tree)
      : in_(in), bounds_(bounds), most_(most), tree_(tree) {}

  bool read() {
    read_table();
    const std::uint64_t head = in_.varint();
    if (head >> 1U > in_.remaining()) {
      in_.fail(errc::truncated, "runs of a sequence");
    }
    for (std::uint64_t i = 0; i < head >> 1U && !in_.failed(); ++i) {
      read_run();
    }
    if (!in_.failed() && !all_named()) {
      in_.fail(errc::not_canonical, "replica without elements");
    }
    return (head & 1U) != 0;
  }

private:
  using flag = run_flag;
  using name = sequence_ids::name;

  void read_table() {
    replicas_ = in_.count(sizeof(replica_id), "replicas of a sequence");
    if (replicas_ > bounds_.max_replicas) {
      return in_.fail(errc::limit_exceeded, "replicas of a sequence");
    }
    tree_.reserve_replicas(replicas_);
    later_named_.resize(replicas_ > 64 ? replicas_ - 64 : 0);
    replica_id before;
    for (std::size_t i = 0; i < replicas_; ++i) {
      const replica_id r = codec<replica_id>::decode(in_, bounds_);
      if (i > 0 && !(before < r)) {
        return in_.fail(errc::not_canonical, "order of replicas");
      }
      tree_.intern({r, 0});
      before = r;
    }
  }

  void read_run() {
    const unsigned flags = in_.u8();
    const auto is = [flags](unsigned f) { return (flags & f) != 0; };
    const std::uint64_t others =
        is(flag::after_others) ? in_.varint_max(bounds_.max_replicas, "number of a replica") : 0;
    const std::uint64_t further =
        is(flag::ahead) ? in_.varint_max(max_op_count, "counter of an element") : 0;
    const std::uint64_t length =
        is(flag::several) ? in_.varint_max(most_, "elements of a sequence") : 1;
    if (is(flag::next_replica)) {
      next_ += others + 1;
      counter_ = 0;
    }
    counter_ += further;
    sequence_run<Order> run;
    run.origin.side = is(flag::first_is_left) ? sequence_side::left : sequence_side::right;
    run.later_ones = is(flag::later_are_left) ? sequence_side::left : sequence_side::right;
    run.origin.parent = is(flag::has_parent) ? read_name() : name{};
    run.origin.right = is(flag::has_right) ? read_name() : name{};
    if (in_.failed()) {
      return;
    }
    if (!makes_sense(flags) || next_ == 0 || next_ > replicas_ || length == 0) {
      return in_.fail(errc::malformed, "run of a sequence");
    }
    if (length > most_ || counter_ + length > max_op_count) {
      return in_.fail(errc::limit_exceeded, "elements of a sequence");
    }
    run.first = {static_cast<std::uint32_t>(next_ - 1), static_cast<std::uint32_t>(counter_)};
    run.length = static_cast<std::uint32_t>(length);
    if ((is(flag::after_others) && others == 0) || (is(flag::ahead) && further == 0) ||
        (length == 1 && (is(flag::several) || is(flag::later_are_left))) || goes_on(run)) {
      return in_.fail(errc::not_canonical, "run of a sequence");
    }
    note_named(run.first.author);
    most_ -= length;
    counter_ += length;
    add(run);
    last_ = run;
  }
  [[nodiscard]] static bool makes_sense(unsigned flags) {
    constexpr unsigned wrong =
        Order::keeps_right ? 0U : flag::first_is_left | flag::later_are_left | flag::has_right;
    const unsigned names = flags & (flag::has_parent | flag::has_right);
    return (flags & wrong) == 0 &&
           ((flags & flag::after_others) == 0 || (flags & flag::next_replica) != 0) &&
           ((flags & flag::first_is_left) == 0 || names == flag::has_parent);
  }
  // It belongs to the run before.
  [[nodiscard]] bool goes_on(const sequence_run<Order>& run) const {
    return last_.first.author != sequence_ids::nobody &&
           last_.goes_on_with(run.first, run.origin) &&
           !WEFT_DEFECT("sequence.decode.takes_parts_of_runs");
  }
  void add(const sequence_run<Order>& run) {
    if (run.later_ones == sequence_side::right) {
      tree_.add(run.first, run.length, run.origin);
      return;
    }
    tree_.add(run.first, 1, run.origin);
    for (std::uint32_t k = 1; k < run.length; ++k) {
      tree_.add({run.first.author, run.first.counter + k}, 1,
                run.origin_at(k, sequence_side::left));
    }
  }

  name read_name() {
    const std::uint64_t number = in_.varint();
    const std::uint64_t counter = in_.varint_max(max_op_count - 1, "counter of an element");
    if (number >= replicas_) {
      in_.fail(errc::malformed, "number of a replica");
      return {};
    }
    note_named(static_cast<std::size_t>(number));
    return {static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(counter)};
  }
  void note_named(std::size_t number) {
    if (number < 64) {
      first_named_ |= std::uint64_t{1} << number;
    } else {
      later_named_[number - 64] = true;
    }
  }
  [[nodiscard]] bool all_named() const {
    const std::uint64_t all =
        replicas_ >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << replicas_) - 1;
    return first_named_ == all &&
           std::find(later_named_.begin(), later_named_.end(), false) == later_named_.end();
  }

  byte_reader& in_;
  const limits& bounds_;
  std::uint64_t most_;
  sequence_tree<Order>& tree_;
  std::size_t replicas_ = 0;
  std::uint64_t first_named_ = 0;  ///< of the first 64, which mostly are all: bits
  std::vector<bool> later_named_;
  std::uint64_t next_ = 0;     ///< one more than the number of the replica read last
  std::uint64_t counter_ = 0;  ///< where its next run may begin
  sequence_run<Order> last_;
};

}  // namespace detail

/// Reads the runs into an empty tree, where slots then ascend by id; returns the bit. Fails on any
/// fault, and on any form but the one that encode_runs makes. Makes at most `most` elements.
/// O(runs), and O(elements) to note them.
template <class Order>
bool decode_runs(byte_reader& in, const limits& bounds, std::uint64_t most,
                 sequence_tree<Order>& tree) {
  return detail::run_reader<Order>(in, bounds, most, tree).read();
}

}  // namespace weft::crdt

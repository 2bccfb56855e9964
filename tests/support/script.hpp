// SPDX-License-Identifier: MIT
// Scripts: what people do, decoded from any bytes. One generator for three drivers: random seeds,
// the fuzzer and saved cases all give bytes, and every byte string is a script (decoding is total).
//
// Two bytes of head, then six bytes a step, so cutting or changing six bytes cuts or changes one
// step. What a step means in numbers (which gap, how much) is decided when it runs, from its raw
// bytes and the text as it is then. Pure values and functions.
#pragma once

#include "weft/crdt/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::test {

enum class step_kind : std::uint8_t {
  insert,         ///< one or more characters at once
  type_forward,   ///< characters one by one, left to right
  type_backward,  ///< characters one by one, each before the last
  erase,          ///< a range at once
  backspace,      ///< one by one, to the left
  delete_key,     ///< one by one, to the right
  replace,        ///< a range by new text
  map_set,
  map_erase,
  ensure,
  counter_add,
  begin_transaction,
  end_transaction,
  undo,
  redo,
  set_replica,    ///< writes as a new replica from now on
  reopen,         ///< snapshot, drop, open
  fork,           ///< another peer opens a snapshot
  sync,           ///< all that the other peer lacks, one update
  sync_repeated,  ///< everything, known or not
  send_some,      ///< some changes of some replicas, cut small, in any order
  take_cursor,
  sync_all,
};

struct step {
  step_kind kind = step_kind::insert;
  std::uint8_t peer = 0;
  std::uint8_t where = 0;  ///< which container
  std::uint8_t place = 0;  ///< which gap; low values mean the troublesome ones
  std::uint8_t amount = 0;
  std::uint8_t extra = 0;  ///< kind of characters, other peer, key
};

struct script {
  std::uint8_t peers = 2;  ///< 1..4 at the start
  std::uint8_t ids = 0;    ///< which order the replica ids of the peers have
  std::vector<step> steps;
};

inline constexpr std::size_t script_head_bytes = 2;
inline constexpr std::size_t script_step_bytes = 6;

/// Every byte string is a script. Only the first `max_steps` steps are read.
[[nodiscard]] script decode_script(crdt::byte_view bytes, std::size_t max_steps = 400);

/// Random bytes for a script of `steps` steps.
[[nodiscard]] crdt::bytes random_script(std::uint64_t seed, std::size_t steps);

/// Only the steps that edit one root text and deliver, for laws about order alone.
[[nodiscard]] script only_text(script s, bool with_erasures);

/// Steps that make, fill, erase and make again nested containers, and deliver.
[[nodiscard]] script only_containers(script s);

/// One line per step, for people.
[[nodiscard]] std::string describe(const script& s);
[[nodiscard]] std::string describe(const step& s);

}  // namespace weft::test

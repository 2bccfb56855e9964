// SPDX-License-Identifier: MIT
// Histories: what replicas do and what reaches whom, decoded from any bytes. One generator for
// three drivers, as script.hpp, but made for merging: up to twelve replicas, the shapes of event
// graphs that hurt, and nothing but texts and one counter.
//
// Four bytes of head, then five bytes an event, so cutting or changing five bytes cuts or changes
// one event. Pure values and functions.
#pragma once

#include "support/seeds.hpp"
#include "weft/crdt/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::test {

enum class twin_kind : std::uint8_t {
  insert,       ///< characters at once
  type,         ///< one by one, left to right
  type_back,    ///< one by one, each before the last
  erase,        ///< a range at once
  backspace,    ///< one by one, to the left
  delete_key,   ///< one by one, to the right
  replace,      ///< a range by new text
  transaction,  ///< several edits, one event
  add,          ///< to the counter: an operation that no text sees
  pull,         ///< all that the actor lacks of what the other knows, one update
  pull_since,   ///< the other's operations since a version that is not the actor's
  stream,       ///< the oldest packets (an update per local call) that the actor lacks
  stream_from,  ///< the same of the other's packets only
  jump,         ///< any packet, known or too early
  changes,      ///< some changes of what the other knows, cut and shuffled, as one import
  refused,      ///< what the other knows and an impossible change after it: nothing may change
  reopen,       ///< snapshot, drop, open
  join,         ///< a new replica, empty or from the actor's snapshot
  new_id,       ///< the actor writes as a new replica from now on
  cursor,       ///< a cursor is taken
  look,         ///< texts are read (where they are not after each event)
};
inline constexpr std::size_t twin_kinds = 21;

struct twin_event {
  twin_kind kind = twin_kind::insert;
  std::uint8_t text = 0;   ///< 0 or 1
  std::uint8_t actor = 0;  ///< taken modulo the number of replicas, as `other`
  std::uint8_t other = 0;
  std::uint8_t place = 0;  ///< which gap; low values mean the troublesome ones
  std::uint8_t amount = 0;
};

enum class looking : std::uint8_t { always, often, at_end };

struct twin_script {
  std::uint8_t replicas = 2;  ///< 1..12 at the start
  std::uint8_t ids = 0;       ///< which order the replica ids have
  looking look = looking::always;
  bool wide_scalars = false;  ///< characters of two to four bytes only
  std::vector<twin_event> events;
};

inline constexpr std::size_t twin_head_bytes = 4;
inline constexpr std::size_t twin_event_bytes = 5;

/// Every byte string is a script. Only the first `max_events` events are read.
[[nodiscard]] twin_script decode_twin_script(crdt::byte_view bytes,
                                             std::size_t max_events = 100'000);
/// `decode_twin_script(encode_twin_script(s)) == s` for what it can hold.
[[nodiscard]] crdt::bytes encode_twin_script(const twin_script& s);

/// A history of one of the shapes below, about `size` events long.
[[nodiscard]] twin_script random_twin_script(std::uint64_t seed, std::size_t size);
[[nodiscard]] std::size_t twin_shapes();
[[nodiscard]] const char* twin_shape_name(std::size_t shape);
[[nodiscard]] twin_script shaped_twin_script(std::size_t shape, std::uint64_t seed,
                                             std::size_t size);

/// One line per event, for people; only the last ones of many.
[[nodiscard]] std::string describe(const twin_script& s);

}  // namespace weft::test

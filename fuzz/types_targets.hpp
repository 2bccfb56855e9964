// SPDX-License-Identifier: MIT
// The standalone types in the order of the first byte of a types input. The corpora depend on these
// numbers; add new ones at the end.
#pragma once

#include "support/types/fugue_list_subject.hpp"
#include "support/types/g_list_subject.hpp"
#include "support/types/lww_register_subject.hpp"
#include "support/types/or_set_subject.hpp"
#include "support/types/rga_subject.hpp"
#include "weft/crdt/oplog/pure_set.hpp"
#include "weft/crdt/replication/delta_replicator.hpp"
#include "weft/crdt/types/g_counter.hpp"
#include "weft/crdt/types/mv_register.hpp"
#include "weft/crdt/types/pn_counter.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>

namespace weft::fuzz {

/// Subjects whose scripts are played.
using script_subjects =
    std::tuple<tests::lww_register_subject, tests::or_set_subject, tests::rga_subject,
               tests::fugue_list_subject, tests::g_list_subject>;

/// What is decoded: states and messages.
using decoded_types =
    std::tuple<crdt::g_counter, crdt::pn_counter, crdt::lww_register<std::string>,
               crdt::mv_register<std::string>, crdt::or_set<std::uint32_t>, crdt::rga<std::uint8_t>,
               crdt::fugue_list<std::uint8_t>, crdt::g_list<std::uint8_t>,
               crdt::fugue_list<std::string>, crdt::delta_message<crdt::or_set<std::uint32_t>>,
               crdt::replicated_state<crdt::or_set<std::uint32_t>>, crdt::delta_ack,
               crdt::tagged<crdt::set_operation<std::uint32_t>>>;

template <class T>
struct type_name {
  using type = T;
};

/// Calls f(type_name<T>) for the `number`-th type of the tuple; nothing past the end.
template <class Tuple, std::size_t At = 0, class F>
void with_type(std::size_t number, F&& f) {
  if constexpr (At < std::tuple_size_v<Tuple>) {
    if (number == At) {
      f(type_name<std::tuple_element_t<At, Tuple>>{});
    } else {
      with_type<Tuple, At + 1>(number, f);
    }
  }
}

}  // namespace weft::fuzz

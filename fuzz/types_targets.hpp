// SPDX-License-Identifier: MIT
// The standalone types in the order of the first byte of a types input. The corpora depend on these
// numbers; add new ones at the end.
#pragma once

#include "support/types/bounded_counter_subject.hpp"
#include "support/types/causal_counter_subject.hpp"
#include "support/types/cl_set_subject.hpp"
#include "support/types/extreme_register_subject.hpp"
#include "support/types/flag_subject.hpp"
#include "support/types/fugue_list_subject.hpp"
#include "support/types/g_counter_subject.hpp"
#include "support/types/g_list_subject.hpp"
#include "support/types/g_map_subject.hpp"
#include "support/types/g_set_subject.hpp"
#include "support/types/lww_element_set_subject.hpp"
#include "support/types/lww_map_subject.hpp"
#include "support/types/lww_register_subject.hpp"
#include "support/types/mv_register_subject.hpp"
#include "support/types/or_map_subject.hpp"
#include "support/types/or_set_subject.hpp"
#include "support/types/pn_counter_subject.hpp"
#include "support/types/resettable_counter_subject.hpp"
#include "support/types/rga_subject.hpp"
#include "support/types/rw_or_set_subject.hpp"
#include "support/types/stamped_register_subject.hpp"
#include "support/types/two_phase_set_subject.hpp"
#include "weft/crdt/oplog/pure_counter.hpp"
#include "weft/crdt/oplog/pure_flag.hpp"
#include "weft/crdt/oplog/pure_register.hpp"
#include "weft/crdt/oplog/pure_set.hpp"
#include "weft/crdt/replication/delta_replicator.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>

namespace weft::fuzz {

/// Subjects whose scripts are played.
using script_subjects =
    std::tuple<tests::lww_register_subject, tests::or_set_subject, tests::rga_subject,
               tests::fugue_list_subject, tests::g_list_subject, tests::g_counter_subject,
               tests::pn_counter_subject, tests::mv_register_subject, tests::causal_counter_subject,
               tests::resettable_counter_subject, tests::reset_wins_counter_subject,
               tests::bounded_counter_subject, tests::upper_bounded_counter_subject,
               tests::max_register_subject, tests::min_register_subject,
               tests::fww_register_subject, tests::hybrid_register_subject, tests::ew_flag_subject,
               tests::dw_flag_subject, tests::g_set_subject, tests::two_phase_set_subject,
               tests::lww_add_wins_set_subject, tests::lww_remove_wins_set_subject,
               tests::cl_set_subject, tests::rw_or_set_subject, tests::g_map_subject,
               tests::lww_map_subject, tests::or_map_subject>;

/// What is decoded: states and messages.
using decoded_types =
    std::tuple<crdt::g_counter, crdt::pn_counter, crdt::lww_register<std::string>,
               crdt::mv_register<std::string>, crdt::or_set<std::uint32_t>, crdt::rga<std::uint8_t>,
               crdt::fugue_list<std::uint8_t>, crdt::g_list<std::uint8_t>,
               crdt::fugue_list<std::string>, crdt::delta_message<crdt::or_set<std::uint32_t>>,
               crdt::replicated_state<crdt::or_set<std::uint32_t>>, crdt::delta_ack,
               crdt::tagged<crdt::set_operation<std::uint32_t>>, tests::mv_register_subject::state,
               tests::causal_counter_subject::state, tests::resettable_counter_subject::state,
               tests::reset_wins_counter_subject::state, tests::bounded_counter_subject::state,
               tests::upper_bounded_counter_subject::state, tests::max_register_subject::state,
               tests::min_register_subject::state, tests::fww_register_subject::state,
               tests::hybrid_register_subject::state, tests::ew_flag_subject::state,
               tests::dw_flag_subject::state, tests::g_set_subject::state,
               tests::two_phase_set_subject::state, tests::lww_add_wins_set_subject::state,
               tests::lww_remove_wins_set_subject::state, tests::cl_set_subject::state,
               tests::rw_or_set_subject::state, tests::g_map_subject::state,
               tests::lww_map_subject::state, tests::or_map_subject::state>;

/// States of operation-based types; their numbers start at `first_log`.
using logged_types =
    std::tuple<crdt::pure_aw_set<std::uint32_t>, crdt::pure_rw_set<std::uint32_t>,
               crdt::pure_mv_register<std::uint32_t>, crdt::pure_ew_flag, crdt::pure_counter>;
inline constexpr std::uint8_t first_log = 128;

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

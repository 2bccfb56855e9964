// SPDX-License-Identifier: MIT
// operation_subject: a type that is replicated by its operations, for the model checker.
//
// Like a subject (weft/testing/subject.hpp), but what is sent is a message that has its effect once
// on every replica, in causal order; and the type may be told which operations are stable.
//
//   struct votes {
//     using state = ...;                                     // copyable, default: nothing happened
//     using message = ...;                                   // copyable
//     struct op { ... };
//     static std::vector<op> alphabet();
//     static crdt::result<message> act(state&, const crdt::replica_id&, const op&);  // and send it
//     static crdt::result<void> effect(state&, const message&);                      // receive it
//     static void settle(state&, const crdt::version_vector& stable);  // everybody has seen these
//     static crdt::bytes identity(const state&);   // equal for states that nothing can tell apart
//     static std::string name(const op&);
//     static std::string shown(const state&);
//     static std::string expected(const history<op>&);       // optional
//   };
#pragma once

#include "weft/crdt/bytes.hpp"
#include "weft/crdt/causality/version.hpp"
#include "weft/crdt/error.hpp"
#include "weft/crdt/ids.hpp"
#include "weft/testing/history.hpp"

#include <concepts>
#include <string>
#include <vector>

namespace weft::testing {

template <class S>
concept operation_subject =
    std::copyable<typename S::state> && std::default_initializable<typename S::state> &&
    std::copyable<typename S::message> && std::regular<typename S::op> &&
    requires(typename S::state& s, const typename S::state& c, const crdt::replica_id& me,
             const typename S::op& o, const typename S::message& m,
             const crdt::version_vector& stable) {
      { S::alphabet() } -> std::same_as<std::vector<typename S::op>>;
      { S::act(s, me, o) } -> std::same_as<crdt::result<typename S::message>>;
      { S::effect(s, m) } -> std::same_as<crdt::result<void>>;
      S::settle(s, stable);
      { S::identity(c) } -> std::same_as<crdt::bytes>;
      { S::name(o) } -> std::same_as<std::string>;
      { S::shown(c) } -> std::same_as<std::string>;
    };

}  // namespace weft::testing

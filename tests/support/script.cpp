// SPDX-License-Identifier: MIT
#include "support/script.hpp"

#include "support/seeds.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weft::test {
namespace {

// How often each kind comes up, out of 64.
constexpr std::array<std::pair<step_kind, int>, 23> weights{{
    {step_kind::insert, 9},
    {step_kind::type_forward, 5},
    {step_kind::type_backward, 3},
    {step_kind::erase, 6},
    {step_kind::backspace, 3},
    {step_kind::delete_key, 2},
    {step_kind::replace, 3},
    {step_kind::map_set, 3},
    {step_kind::map_erase, 2},
    {step_kind::ensure, 3},
    {step_kind::counter_add, 2},
    {step_kind::begin_transaction, 1},
    {step_kind::end_transaction, 1},
    {step_kind::undo, 2},
    {step_kind::redo, 1},
    {step_kind::set_replica, 1},
    {step_kind::reopen, 1},
    {step_kind::fork, 1},
    {step_kind::sync, 8},
    {step_kind::sync_repeated, 1},
    {step_kind::send_some, 3},
    {step_kind::take_cursor, 2},
    {step_kind::sync_all, 1},
}};

step_kind kind_of(std::uint8_t byte) {
  int left = byte % 64;
  for (const auto& [kind, weight] : weights) {
    if (left < weight) {
      return kind;
    }
    left -= weight;
  }
  return step_kind::insert;
}

const char* name(step_kind kind) {
  constexpr std::array<const char*, 23> names{
      "insert",          "type_forward", "type_backward", "erase",
      "backspace",       "delete_key",   "replace",       "map_set",
      "map_erase",       "ensure",       "counter_add",   "begin_transaction",
      "end_transaction", "undo",         "redo",          "set_replica",
      "reopen",          "fork",         "sync",          "sync_repeated",
      "send_some",       "take_cursor",  "sync_all"};
  return names.at(static_cast<std::size_t>(kind));
}

}  // namespace

script decode_script(crdt::byte_view bytes, std::size_t max_steps) {
  script out;
  if (bytes.size() < script_head_bytes) {
    return out;
  }
  out.peers = static_cast<std::uint8_t>(1 + bytes[0] % 4);
  out.ids = bytes[1];
  for (std::size_t at = script_head_bytes; at + script_step_bytes <= bytes.size();
       at += script_step_bytes) {
    if (out.steps.size() == max_steps) {
      break;
    }
    out.steps.push_back({kind_of(bytes[at]), bytes[at + 1], bytes[at + 2], bytes[at + 3],
                         bytes[at + 4], bytes[at + 5]});
  }
  return out;
}

crdt::bytes random_script(std::uint64_t seed, std::size_t steps) {
  rng random(seed);
  crdt::bytes out(script_head_bytes + steps * script_step_bytes);
  std::generate(out.begin(), out.end(),
                [&] { return static_cast<std::uint8_t>(random.below(256)); });
  return out;
}

script only_text(script s, bool with_erasures) {
  for (step& st : s.steps) {
    st.where = 0;
    switch (st.kind) {
      case step_kind::insert:
      case step_kind::type_forward:
      case step_kind::type_backward:
      case step_kind::sync:
      case step_kind::sync_repeated:
      case step_kind::send_some:
      case step_kind::sync_all:
      case step_kind::fork:
      case step_kind::reopen:
      case step_kind::set_replica:
        break;
      case step_kind::erase:
      case step_kind::backspace:
      case step_kind::delete_key:
      case step_kind::replace:
        st.kind = with_erasures ? st.kind : step_kind::insert;
        break;
      default:
        st.kind = st.extra % 2 == 0 ? step_kind::sync : step_kind::type_backward;
    }
  }
  return s;
}

script only_containers(script s) {
  constexpr std::array<step_kind, 16> kinds{
      step_kind::insert,    step_kind::insert,    step_kind::map_set,     step_kind::ensure,
      step_kind::ensure,    step_kind::ensure,    step_kind::ensure,      step_kind::map_erase,
      step_kind::map_erase, step_kind::map_erase, step_kind::counter_add, step_kind::counter_add,
      step_kind::sync,      step_kind::sync,      step_kind::reopen,      step_kind::send_some};
  for (step& st : s.steps) {
    st.kind = kinds.at(st.amount % kinds.size());
    st.where = static_cast<std::uint8_t>(150 + st.where % 106);
    st.amount = 0;
    st.place = static_cast<std::uint8_t>(st.place % 5 == 0 ? 1 : st.place % 5 == 1 ? 2 : 0);
  }
  return s;
}

std::string describe(const step& s) {
  return std::string(name(s.kind)) + " peer=" + std::to_string(s.peer) +
         " where=" + std::to_string(s.where) + " place=" + std::to_string(s.place) +
         " amount=" + std::to_string(s.amount) + " extra=" + std::to_string(s.extra);
}

std::string describe(const script& s) {
  std::string out = "peers=" + std::to_string(s.peers) + " ids=" + std::to_string(s.ids) + '\n';
  for (const step& st : s.steps) {
    out += "  " + describe(st) + '\n';
  }
  return out;
}

}  // namespace weft::test

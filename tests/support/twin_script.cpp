// SPDX-License-Identifier: MIT
#include "support/twin_script.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weft::test {
namespace {

struct kind_name {
  twin_kind kind;
  int weight;  // out of 64, for raw bytes
  const char* name;
};
constexpr std::array<kind_name, twin_kinds> kinds{{
    {twin_kind::insert, 8, "insert"},
    {twin_kind::type, 5, "type"},
    {twin_kind::type_back, 3, "type_back"},
    {twin_kind::erase, 5, "erase"},
    {twin_kind::backspace, 4, "backspace"},
    {twin_kind::delete_key, 2, "delete_key"},
    {twin_kind::replace, 2, "replace"},
    {twin_kind::transaction, 2, "transaction"},
    {twin_kind::add, 1, "add"},
    {twin_kind::pull, 8, "pull"},
    {twin_kind::pull_since, 2, "pull_since"},
    {twin_kind::stream, 7, "stream"},
    {twin_kind::stream_from, 4, "stream_from"},
    {twin_kind::jump, 2, "jump"},
    {twin_kind::changes, 2, "changes"},
    {twin_kind::refused, 1, "refused"},
    {twin_kind::reopen, 1, "reopen"},
    {twin_kind::join, 1, "join"},
    {twin_kind::new_id, 1, "new_id"},
    {twin_kind::cursor, 1, "cursor"},
    {twin_kind::look, 2, "look"},
}};

std::uint8_t byte_of(twin_kind kind) {
  int before = 0;
  for (const kind_name& k : kinds) {
    if (k.kind == kind) {
      break;
    }
    before += k.weight;
  }
  return static_cast<std::uint8_t>(before);
}

twin_kind kind_of(std::uint8_t byte) {
  int left = byte % 64;
  for (const kind_name& k : kinds) {
    if (left < k.weight) {
      return k.kind;
    }
    left -= k.weight;
  }
  return twin_kind::look;
}

}  // namespace

twin_script decode_twin_script(crdt::byte_view bytes, std::size_t max_events) {
  twin_script out;
  if (bytes.size() < twin_head_bytes) {
    return out;
  }
  out.replicas = static_cast<std::uint8_t>(1 + bytes[0] % 12);
  out.ids = bytes[1];
  out.look = static_cast<looking>(bytes[2] % 3);
  out.wide_scalars = bytes[3] % 2 == 1;
  for (std::size_t at = twin_head_bytes;
       at + twin_event_bytes <= bytes.size() && out.events.size() < max_events;
       at += twin_event_bytes) {
    out.events.push_back({kind_of(bytes[at]), static_cast<std::uint8_t>(bytes[at] / 64 == 3),
                          bytes[at + 1], bytes[at + 2], bytes[at + 3], bytes[at + 4]});
  }
  return out;
}

crdt::bytes encode_twin_script(const twin_script& s) {
  crdt::bytes out{static_cast<std::uint8_t>(s.replicas - 1), s.ids,
                  static_cast<std::uint8_t>(s.look), static_cast<std::uint8_t>(s.wide_scalars)};
  for (const twin_event& e : s.events) {
    out.push_back(static_cast<std::uint8_t>(byte_of(e.kind) + (e.text == 1 ? 192 : 0)));
    out.insert(out.end(), {e.actor, e.other, e.place, e.amount});
  }
  return out;
}

std::string describe(const twin_script& s) {
  std::string out = "replicas=" + std::to_string(s.replicas) + " ids=" + std::to_string(s.ids) +
                    " look=" + std::to_string(static_cast<int>(s.look)) +
                    " wide=" + std::to_string(static_cast<int>(s.wide_scalars)) + '\n';
  constexpr std::size_t most = 100;
  const std::size_t from = s.events.size() > most ? s.events.size() - most : 0;
  if (from > 0) {
    out += "  ... " + std::to_string(from) + " events\n";
  }
  for (std::size_t i = from; i < s.events.size(); ++i) {
    const twin_event& e = s.events[i];
    out += std::string("  ") + kinds.at(static_cast<std::size_t>(e.kind)).name +
           " actor=" + std::to_string(e.actor) + " other=" + std::to_string(e.other) +
           " text=" + std::to_string(e.text) + " place=" + std::to_string(e.place) +
           " amount=" + std::to_string(e.amount) + '\n';
  }
  return out;
}

}  // namespace weft::test

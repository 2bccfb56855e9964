// SPDX-License-Identifier: MIT
// Writes the seed corpora of the fuzz targets of the standalone types: states of every type, and
// short scripts. usage: make_types_corpus FOLDER; writes FOLDER/types_decode and
// FOLDER/types_script.
#include "types_targets.hpp"
#include "weft/crdt/lattice/laws.hpp"
#include "weft/testing/random.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace weft::fuzz {
namespace {

std::filesystem::path root;

void write(const std::string& folder, const std::string& name, std::size_t number,
           const crdt::bytes& data) {
  std::filesystem::create_directories(root / folder);
  crdt::bytes all{static_cast<std::uint8_t>(number)};
  all.insert(all.end(), data.begin(), data.end());
  std::ofstream out(root / folder / name, std::ios::binary);
  out.write(reinterpret_cast<const char*>(all.data()), static_cast<std::streamsize>(all.size()));
}

// Two replicas that were apart, one after the other.
template <class S>
crdt::bytes states_of() {
  testing::seeded_random random(7);
  std::vector<typename S::state> states(2);
  const auto alphabet = S::alphabet();
  for (std::size_t i = 0; i < 24; ++i) {
    const std::size_t who = random.below(2);
    static_cast<void>(S::apply(states[who], crdt::replica_id::from_number(who + 1),
                               alphabet[random.below(alphabet.size())]));
    if (i == 12) {
      states[0].merge(states[1]);
    }
  }
  crdt::byte_writer out;
  states[0].encode(out);
  states[1].encode(out);
  return out.take();
}

template <std::size_t At = 0>
void write_all() {
  if constexpr (At < std::tuple_size_v<decoded_types>) {
    using type = std::tuple_element_t<At, decoded_types>;
    const std::string number = std::to_string(At);
    if constexpr (std::default_initializable<type>) {
      write("types_decode", number + "-empty", At, crdt::to_bytes(type{}));
    }
    write_all<At + 1>();
  }
}

template <std::size_t At = 0>
void write_subjects() {
  if constexpr (At < std::tuple_size_v<script_subjects>) {
    using subject = std::tuple_element_t<At, script_subjects>;
    for (std::size_t type = 0; type < std::tuple_size_v<decoded_types>; ++type) {
      with_type<decoded_types>(type, [&](auto name) {
        if constexpr (std::is_same_v<typename decltype(name)::type, typename subject::state>) {
          write("types_decode", std::to_string(type) + "-states", type, states_of<subject>());
        }
      });
    }
    testing::seeded_random random(At + 1);
    for (std::size_t k = 0; k < 4; ++k) {
      crdt::bytes script{static_cast<std::uint8_t>(k)};
      for (std::size_t i = 0; i < 4 * 20; ++i) {
        script.push_back(static_cast<std::uint8_t>(random.below(i % 4 == 0 && i < 30 ? 2 : 256)));
      }
      write("types_script", std::to_string(At) + "-" + std::to_string(k), At, script);
    }
    write_subjects<At + 1>();
  }
}

template <class T>
void write_value(const std::string& name, const T& value) {
  for (std::size_t type = 0; type < std::tuple_size_v<decoded_types>; ++type) {
    with_type<decoded_types>(type, [&](auto other) {
      if constexpr (std::is_same_v<typename decltype(other)::type, T>) {
        write("types_decode", std::to_string(type) + "-" + name, type, crdt::to_bytes(value));
      }
    });
  }
}

void write_values() {
  const auto me = crdt::replica_id::from_number(1);
  crdt::g_counter up;
  static_cast<void>(on(up, me).increment(300));
  write_value("some", up);
  crdt::pn_counter both;
  static_cast<void>(on(both, me).decrement(7));
  write_value("some", both);
  crdt::mv_register<std::string> words;
  static_cast<void>(on(words, me).write("ab"));
  write_value("some", words);
  crdt::lww_register<std::string> last;
  static_cast<void>(on(last, me).write("ab"));
  write_value("some", last);
  crdt::fugue_list<std::string> list;
  static_cast<void>(on(list, me).insert_run(0, {"ab", "c", ""}));
  static_cast<void>(on(list, me).erase(1));
  write_value("some", list);
  crdt::or_set<std::uint32_t> set;
  static_cast<void>(on(set, me).add(5));
  write_value("whole", crdt::delta_message<crdt::or_set<std::uint32_t>>{set, 1, 0, std::nullopt});
  write_value("part", crdt::delta_message<crdt::or_set<std::uint32_t>>{set, 300, 2, 1});
  write_value("some", crdt::replicated_state<crdt::or_set<std::uint32_t>>{set, 300, 2});
  write_value("some", crdt::delta_ack{1, 300, 2});
  crdt::causal_delivery<crdt::set_operation<std::uint32_t>> sender(me);
  static_cast<void>(sender.send(crdt::set_operation<std::uint32_t>::clear()));
  write_value("add", *sender.send(crdt::set_operation<std::uint32_t>::add(5)));
}

}  // namespace
}  // namespace weft::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_types_corpus FOLDER\n");
    return 2;
  }
  weft::fuzz::root = argv[1];
  weft::fuzz::write_all();
  weft::fuzz::write_subjects();
  weft::fuzz::write_values();
  return 0;
}

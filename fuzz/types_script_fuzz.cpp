// SPDX-License-Identifier: MIT
// Bytes as a script of a few replicas of a standalone type, with its laws and its specification
// checked after every step. Byte 0: the type; byte 1: a seed, whose low bit asks for causal
// delivery; then four bytes a step.
#include "types_targets.hpp"
#include "weft/testing/random_laws.hpp"

#include <cstdio>
#include <cstdlib>

namespace weft::fuzz {
namespace {

constexpr std::size_t replicas = 3;
constexpr std::size_t most_steps = 48;

testing::random_script script_of(crdt::byte_view bytes, std::size_t alphabet) {
  testing::random_script script;
  for (std::size_t at = 0; at + 4 <= bytes.size() && script.size() < most_steps; at += 4) {
    testing::random_step s;
    s.id = script.size();
    s.what = static_cast<testing::action>(bytes[at] %
                                          (static_cast<unsigned>(testing::action::restore) + 1));
    s.replica = bytes[at + 1] % replicas;
    const bool takes =
        s.what == testing::action::take_state || s.what == testing::action::take_missing;
    const std::size_t range = s.what == testing::action::act ? alphabet
                              : takes                        ? replicas
                                                             : script.size() + 1;
    s.first = bytes[at + 2] % range;
    s.second = bytes[at + 3] % (script.size() + 1);
    script.push_back(s);
  }
  return script;
}

template <class S>
void play(crdt::byte_view bytes) {
  const std::uint64_t seed = bytes[0] + std::uint64_t{1};
  const testing::law_options options{.first_seed = seed, .runs = 1, .replicas = replicas};
  const auto script = script_of(bytes.subspan(1), S::alphabet().size());
  if (testing::random_run<S>(options, seed).play(script)) {
    testing::timetable table(testing::replica_columns(replicas));
    const auto v = testing::random_run<S>(options, seed, &table).play(script);
    std::fprintf(stderr, "types_script_fuzz: %s\n%s\n%s\n", v ? v->law.c_str() : "",
                 v ? v->detail.c_str() : "", table.text().c_str());
    std::abort();
  }
}

}  // namespace
}  // namespace weft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 1) {
    weft::fuzz::with_type<weft::fuzz::script_subjects>(data[0], [&](auto name) {
      weft::fuzz::play<typename decltype(name)::type>({data + 1, size - 1});
    });
  }
  return 0;
}

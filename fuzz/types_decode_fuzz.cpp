// SPDX-License-Identifier: MIT
// Any bytes to the decoder of any standalone type: an error with its place, or a state that has one
// form, keeps the laws with itself, and joins a second one the same from both sides.
#include "types_targets.hpp"
#include "weft/testing/law_checks.hpp"

#include <cstdio>
#include <cstdlib>
#include <optional>

namespace weft::fuzz {
namespace {

void require(bool holds, const char* claim) {
  if (!holds) {
    std::fprintf(stderr, "types_decode_fuzz: %s\n", claim);
    std::abort();
  }
}
void require(const testing::verdict& v) {
  if (v) {
    std::fprintf(stderr, "types_decode_fuzz: %s: %s\n", v->law.c_str(), v->detail.c_str());
    std::abort();
  }
}

// Bounds low enough that a small input cannot ask for much memory.
crdt::limits small_limits() {
  crdt::limits bounds;
  bounds.max_change_ops = 2'000;
  bounds.max_expansion = 16;
  return bounds;
}

template <class T>
std::optional<T> read(crdt::byte_reader& in) {
  const crdt::byte_reader start = in;
  crdt::result<T> read = T::decode(in, small_limits());
  if (!read) {
    require(read.error().offset <= in.offset() + in.remaining(), "an error lies inside the input");
    return std::nullopt;
  }
  crdt::byte_writer again;
  read->encode(again);
  crdt::byte_reader from = start;
  const crdt::byte_view used = from.raw(in.offset() - start.offset());
  require(std::equal(used.begin(), used.end(), again.view().begin(), again.view().end()),
          "a value has one form only");
  return std::move(*read);
}

template <class T>
void check_invariants(const T& state) {
  if constexpr (requires { state.check_invariants(); }) {
    state.check_invariants();
  }
}

template <class T>
void check_state(const T& a, const T& b) {
  check_invariants(a);
  require(testing::check_lattice_laws(a, a, a));
  require(testing::check_parts(a, a));
  T both = a;
  both.merge(b);
  T other = b;
  other.merge(a);
  require(both == other, "both sides join to the same state");
  require(leq(a, both) && leq(b, both), "a join is above both");
  check_invariants(both);
}

// Two of them in a row where there is more.
template <class T>
void try_type(crdt::byte_view bytes) {
  crdt::byte_reader in(bytes);
  const std::optional<T> first = read<T>(in);
  if constexpr (crdt::delta_crdt<T>) {
    if (first) {
      const std::optional<T> second = read<T>(in);
      check_state(*first, second ? *second : T{});
    }
  }
}

}  // namespace
}  // namespace weft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) {
    weft::fuzz::with_type<weft::fuzz::decoded_types>(data[0], [&](auto name) {
      weft::fuzz::try_type<typename decltype(name)::type>({data + 1, size - 1});
    });
  }
  return 0;
}

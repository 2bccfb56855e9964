// SPDX-License-Identifier: MIT
// "Concurrent const calls are safe": of one state that several threads read at once.
#include "unit/crdt/threads/in_threads.hpp"
#include "weft/crdt/lattice/laws.hpp"
#include "weft/crdt/types/fugue_list.hpp"
#include "weft/crdt/types/lww_map.hpp"
#include "weft/crdt/types/or_map.hpp"
#include "weft/crdt/types/or_set.hpp"
#include "weft/crdt/types/pn_counter.hpp"
#include "weft/crdt/types/rga.hpp"
#include "weft/crdt/types/rw_or_set.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <string>

using namespace weft::crdt;
using weft::test::in_threads;

namespace {

// Each thread reads `shared`, merges it into what it has of its own, and sends and saves it.
template <class T>
bool reads_agree(const T& shared, const T& part) {
  const bytes saved = to_bytes(shared);
  std::atomic<int> wrong{0};
  in_threads(4, [&](std::size_t) {
    for (int round = 0; round < 20; ++round) {
      T own = part;
      own.merge(shared);
      own.merge(difference(shared, part));
      const result<T> again = from_bytes<T>(saved);
      const bool right = own == shared && leq(part, shared) && to_bytes(shared) == saved && again &&
                         *again == shared;
      wrong += right ? 0 : 1;
    }
  });
  return wrong == 0;
}

replica_id writer(int i) {
  return replica_id::from_number(static_cast<std::uint64_t>(i));
}

template <class List>
bool list_agrees() {
  List shared;
  List part;
  for (int i = 0; i < 200; ++i) {
    auto edit = on(shared, writer(i % 3));
    const std::size_t at = static_cast<std::size_t>(i * 5) % (shared.size() + 1);
    if (!edit.insert(at, std::to_string(i)) || (i % 7 == 0 && !edit.erase(at))) {
      return false;
    }
    if (i == 100) {
      part = shared;
    }
  }
  return reads_agree(shared, part);
}

template <class Set>
bool set_agrees() {
  Set shared;
  Set part;
  for (int i = 0; i < 200; ++i) {
    auto edit = on(shared, writer(i % 3));
    if (!edit.add(std::to_string(i * 7 % 50))) {
      return false;
    }
    if (i % 3 == 0) {
      static_cast<void>(edit.remove(std::to_string(i % 50)));
    }
    if (i == 100) {
      part = shared;
    }
  }
  return reads_agree(shared, part);
}

}  // namespace

TEST_CASE("threads: sets are read by several threads at once") {
  CHECK(set_agrees<or_set<std::string>>());
  CHECK(set_agrees<rw_or_set<std::string>>());
}

TEST_CASE("threads: lists are read by several threads at once") {
  CHECK(list_agrees<rga<std::string>>());
  CHECK(list_agrees<fugue_list<std::string>>());
}

TEST_CASE("threads: counters and maps are read by several threads at once") {
  pn_counter count;
  lww_map<std::string, std::string> last;
  or_map<std::string, or_set<int>> nested;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(on(count, writer(i % 3)).increment(1));
    REQUIRE(on(last, writer(i % 3)).set(std::to_string(i % 20), std::to_string(i)));
    REQUIRE(on(nested, writer(i % 3)).apply(std::to_string(i % 20), [&](auto set) {
      return set.add(i);
    }));
  }
  CHECK(reads_agree(count, {}));
  CHECK(reads_agree(last, {}));
  CHECK(reads_agree(nested, {}));
}

// SPDX-License-Identifier: MIT
// rga, fugue_list and g_list: the laws that are about order alone.
#include "small_random.hpp"
#include "weft/crdt/types/fugue_list.hpp"
#include "weft/crdt/types/g_list.hpp"
#include "weft/crdt/types/rga.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace weft::tests {
namespace {

// Three who edit with values that say who made them and when, and share whole states at random.
template <class List>
class writers {
public:
  explicit writers(unsigned seed) : random_(seed) {}

  void step() {
    const std::size_t i = random_() % lists_.size();
    List& list = lists_[i];
    const auto me = crdt::replica_id::from_number(i + 1);
    const auto choice = random_() % 8;
    if (choice < 4) {
      REQUIRE(on(list, me).insert(random_() % (list.size() + 1), next_++));
    } else if (choice == 4 && !list.empty()) {
      if constexpr (requires { on(list, me).erase(0); }) {
        REQUIRE(on(list, me).erase(random_() % list.size()));
      }
    } else {
      list.merge(lists_[random_() % lists_.size()]);
    }
    seen_.push_back(list.values());
  }
  // Strong list specification: one total order that every list ever seen follows.
  void check_one_order() const {
    std::map<std::uint32_t, std::set<std::uint32_t>> after;
    for (const auto& list : seen_) {
      for (std::size_t k = 1; k < list.size(); ++k) {
        after[list[k - 1]].insert(list[k]);
      }
    }
    // No cycle: take away, again and again, what nothing stands before.
    std::map<std::uint32_t, std::size_t> before;
    for (const auto& [x, next] : after) {
      before.try_emplace(x, 0);
      for (const std::uint32_t y : next) {
        ++before[y];
      }
    }
    std::vector<std::uint32_t> free;
    for (const auto& [x, count] : before) {
      if (count == 0) {
        free.push_back(x);
      }
    }
    std::size_t taken = 0;
    while (!free.empty()) {
      const std::uint32_t x = free.back();
      free.pop_back();
      ++taken;
      for (const std::uint32_t y : after[x]) {
        if (--before[y] == 0) {
          free.push_back(y);
        }
      }
    }
    REQUIRE(taken == before.size());
  }

private:
  crdt::small_random random_;
  std::vector<List> lists_ = std::vector<List>(3);
  std::vector<std::vector<std::uint32_t>> seen_;
  std::uint32_t next_ = 0;
};

}  // namespace

TEMPLATE_TEST_CASE("sequences: all lists ever seen are parts of one order", "",
                   crdt::rga<std::uint32_t>, crdt::fugue_list<std::uint32_t>,
                   crdt::g_list<std::uint32_t>) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    INFO("seed " << seed);
    writers<TestType> w(seed);
    for (int i = 0; i < 60; ++i) {
      w.step();
    }
    w.check_one_order();
  }
}

TEST_CASE("fugue_list: what three type at once in one place never mixes") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    crdt::small_random random(seed);
    crdt::fugue_list<std::uint32_t> common;
    REQUIRE(on(common, crdt::replica_id::from_number(9)).insert_run(0, {1000, 1001}));
    crdt::fugue_list<std::uint32_t> all = common;
    for (std::uint32_t who = 0; who < 3; ++who) {
      auto list = common;
      const bool forwards = random() % 2 == 0;
      for (std::uint32_t k = 0; k < 5; ++k) {
        REQUIRE(on(list, crdt::replica_id::from_number(who + 1))
                    .insert(forwards ? 1 + k : 1, 10 * who + k));
      }
      all.merge(list);
    }
    const auto values = all.values();
    for (std::size_t k = 1; k < 16; ++k) {
      // Whoever is left does not come back.
      const bool change = values[k] / 10 != values[k - 1] / 10;
      REQUIRE((!change || (k - 1) % 5 == 0));
    }
  }
}

namespace {

// Delivers the deltas of a long edit in random order, one by one, against the state itself.
template <class List>
void deliver_shuffled(unsigned seed) {
  crdt::small_random random(seed);
  std::vector<List> lists(2);
  std::vector<List> deltas;
  for (std::uint32_t i = 0; i < 400; ++i) {
    const std::size_t who = random() % 2;
    List& list = lists[who];
    const auto me = crdt::replica_id::from_number(who + 1);
    if (random() % 4 == 0 && !list.empty()) {
      deltas.push_back(on(list, me).erase(random() % list.size()).value());
    } else {
      deltas.push_back(on(list, me).insert(random() % (list.size() + 1), i).value());
    }
    if (random() % 10 == 0) {
      lists[who].merge(lists[1 - who]);
    }
  }
  lists[0].merge(lists[1]);
  for (std::size_t k = deltas.size(); k > 1; --k) {
    std::swap(deltas[k - 1], deltas[random() % k]);
  }
  List late;
  for (const List& delta : deltas) {
    late.merge(delta);
  }
  late.check_invariants();
  REQUIRE(late == lists[0]);
  REQUIRE(late.values() == lists[0].values());
  REQUIRE(late.waiting() == 0);
  REQUIRE(crdt::to_bytes(late) == crdt::to_bytes(lists[0]));
}

}  // namespace

TEST_CASE("sequences: deltas in any order make the same list") {
  for (unsigned seed = 0; seed < 40; ++seed) {
    INFO("seed " << seed);
    deliver_shuffled<crdt::rga<std::uint32_t>>(seed);
    deliver_shuffled<crdt::fugue_list<std::uint32_t>>(seed);
  }
}

namespace {

template <class List>
std::vector<List> parts_of(const List& list) {
  std::vector<List> parts;
  list.for_each_irreducible([&](const List& part) { parts.push_back(part); });
  return parts;
}
template <class List>
List join_shuffled(std::vector<List> parts, crdt::small_random& random) {
  for (std::size_t k = parts.size(); k > 1; --k) {
    std::swap(parts[k - 1], parts[random() % k]);
  }
  List all;
  for (const List& part : parts) {
    all.merge(part);
  }
  return all;
}
template <class List>
void check_same(const List& x, const List& y) {
  x.check_invariants();
  y.check_invariants();
  REQUIRE(x == y);
  REQUIRE(leq(x, y));
  REQUIRE(leq(y, x));
  REQUIRE(difference(x, y) == List{});
  REQUIRE(x.values() == y.values());
  REQUIRE(x.waiting() == y.waiting());
  REQUIRE(crdt::to_bytes(x) == crdt::to_bytes(y));
}

// Three type and erase runs in all places; `writers` ids for them, so that with one or two of these
// ids are used twice. What came as runs must be as what comes element by element.
template <class List>
void runs_and_elements(unsigned seed, std::size_t writers, std::size_t longest) {
  using values = decltype(List{}.values());
  crdt::small_random random(seed);
  std::vector<List> lists(3);
  std::vector<List> deltas;
  std::uint32_t next = 0;
  for (int step = 0; step < 40; ++step) {
    const std::size_t who = random() % lists.size();
    List& list = lists[who];
    const auto me = crdt::replica_id::from_number(who % writers + 1);
    const auto choice = random() % 8;
    if (choice < 4) {
      values run;
      for (auto left = 1 + random() % longest; left > 0; --left) {
        run.push_back(static_cast<typename values::value_type>(next++));
      }
      deltas.push_back(on(list, me).insert_run(random() % (list.size() + 1), run).value());
    } else if (choice < 6) {
      const std::size_t from = random() % (list.size() + 1);
      const std::size_t count = random() % std::min(list.size() - from + 1, longest);
      deltas.push_back(on(list, me).erase(from, count).value());
    } else {
      list.merge(lists[random() % lists.size()]);
    }
    list.check_invariants();
  }
  List all = lists[0];
  all.merge(lists[1]);
  all.merge(lists[2]);
  check_same(all, join_shuffled(deltas, random));
  if (longest < 100) {
    check_same(all, join_shuffled(parts_of(all), random));
  }
  auto again = crdt::from_bytes<List>(crdt::to_bytes(all));
  REQUIRE(again);
  check_same(all, *again);
  for (const List& list : lists) {
    check_same(all, crdt::join(list, all));
    check_same(all, crdt::join(list, difference(all, list)));
    auto read = crdt::from_bytes<List>(crdt::to_bytes(difference(all, list)));
    REQUIRE(read);
    check_same(all, crdt::join(list, *read));
  }
  // The same places for all, also when typing goes on.
  const auto z = crdt::replica_id::from_number(9);
  const std::size_t index = random() % (all.size() + 1);
  REQUIRE(on(all, z).insert(index, {}).value() == on(*again, z).insert(index, {}).value());
}

}  // namespace

TEMPLATE_TEST_CASE("sequences: what comes as runs is as what comes element by element", "[long]",
                   crdt::rga<std::uint32_t>, crdt::fugue_list<std::uint32_t>,
                   crdt::fugue_list<bool>) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    INFO("seed " << seed);
    runs_and_elements<TestType>(seed, 3, 6);
    runs_and_elements<TestType>(seed, 3, 40);
    runs_and_elements<TestType>(seed, 1, 5);
    runs_and_elements<TestType>(seed, 2, 12);
  }
  for (unsigned seed = 0; seed < 4; ++seed) {
    INFO("seed " << seed);
    runs_and_elements<TestType>(seed, 3, 9'000);
  }
}

TEST_CASE("run_order: keeps every list in step with a plain vector") {
  crdt::small_random random(7);
  crdt::run_order order;
  std::vector<std::uint32_t> plain;
  std::vector<std::uint32_t> shown;  // by run
  for (std::uint32_t r = 0; r < 6'000; ++r) {
    std::size_t place = random() % 8 == 0 ? random() % (plain.size() + 1) : plain.size();
    const std::uint32_t count = random() % 4;
    shown.push_back(count);
    if (place > 0 && random() % 3 == 0) {
      const std::uint32_t whole = plain[place - 1];
      shown[r] = random() % (shown[whole] + 1);
      shown[whole] -= shown[r];
      order.divide(whole, r, shown[r]);
    } else if (random() % 2 == 0) {
      order.insert_after(place == 0 ? order.none : plain[place - 1], r, count);
    } else {
      order.insert_before(place == plain.size() ? order.none : plain[place], r, count);
    }
    plain.insert(plain.begin() + static_cast<std::ptrdiff_t>(place), r);
    const std::uint32_t other = random() % (r + 1);
    if (random() % 2 == 0) {
      order.show_more(other, 2);
      shown[other] += 2;
    } else if (shown[other] > 0) {
      order.show_less(other, 1);
      --shown[other];
    }
    if (r % 500 == 0) {
      order = crdt::run_order(order);
      order.check_invariants();
    }
  }
  order.check_invariants();
  REQUIRE(order.first() == plain.front());
  std::vector<std::pair<std::uint32_t, std::size_t>> visible;
  for (std::size_t k = 0; k < plain.size(); ++k) {
    REQUIRE(order.next(plain[k]) == (k + 1 < plain.size() ? plain[k + 1] : order.none));
    if (k % 7 == 0) {
      REQUIRE(order.index_of(plain[k]) == visible.size());
    }
    if (k > 0) {
      REQUIRE(order.before(plain[k / 2], plain[k]));
      REQUIRE_FALSE(order.before(plain[k], plain[k / 2]));
      REQUIRE_FALSE(order.before(plain[k], plain[k]));
    }
    for (std::size_t i = 0; i < shown[plain[k]]; ++i) {
      visible.emplace_back(plain[k], i);
    }
  }
  REQUIRE(order.shown() == visible.size());
  for (std::size_t k = 0; k < visible.size(); k += 5) {
    REQUIRE(std::pair(order.at(k).at, order.at(k).index) == visible[k]);
  }
  std::vector<std::pair<std::uint32_t, std::size_t>> tail;
  order.for_each_shown(visible.size() / 2, [&](std::uint32_t r, std::size_t skip) {
    for (; skip < shown[r]; ++skip) {
      tail.emplace_back(r, skip);
    }
    return true;
  });
  REQUIRE(std::equal(tail.begin(), tail.end(),
                     visible.begin() + static_cast<std::ptrdiff_t>(visible.size() / 2),
                     visible.end()));
}

TEST_CASE("slot_set: does what a plain set does") {
  crdt::small_random random(11);
  for (int round = 0; round < 300; ++round) {
    crdt::slot_set bits;
    std::set<std::uint32_t> plain;
    for (int step = 0; step < 20; ++step) {
      const std::uint32_t first = random() % 300;
      const std::uint32_t count = random() % 4 == 0 ? random() % 200 : random() % 4;
      std::set<std::uint32_t> fresh;
      std::set<std::uint32_t> told;
      std::set<std::uint32_t> members;
      for (std::uint32_t s = first; s < first + count; ++s) {
        (plain.contains(s) ? members : fresh).insert(s);
      }
      REQUIRE(bits.count(first, count) == members.size());
      if (random() % 2 == 0) {
        REQUIRE(bits.insert(first, count, [&](std::uint32_t s) { told.insert(s); }) ==
                fresh.size());
        REQUIRE(told == fresh);
        plain.insert(fresh.begin(), fresh.end());
      }
      std::uint32_t at = first;
      for (std::size_t index = 0; index < 100; ++index, ++at) {
        while (plain.contains(at)) {
          ++at;
        }
        REQUIRE(bits.missing(first, index) == at);
      }
    }
  }
}

}  // namespace weft::tests

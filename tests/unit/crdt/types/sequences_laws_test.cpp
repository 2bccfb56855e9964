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

TEST_CASE("element_order: keeps every list in step with a plain vector") {
  crdt::small_random random(7);
  crdt::element_order order;
  std::vector<std::uint32_t> plain;
  std::set<std::uint32_t> hidden;
  for (std::uint32_t s = 0; s < 6'000; ++s) {
    const std::size_t place = random() % 8 == 0 ? random() % (plain.size() + 1) : plain.size();
    const bool shown = random() % 5 != 0;
    if (random() % 2 == 0) {
      order.insert_after(place == 0 ? order.none : plain[place - 1], s, shown);
    } else {
      order.insert_before(place == plain.size() ? order.none : plain[place], s, shown);
    }
    plain.insert(plain.begin() + static_cast<std::ptrdiff_t>(place), s);
    if (!shown) {
      hidden.insert(s);
    } else if (random() % 6 == 0) {
      order.hide(s);
      hidden.insert(s);
    }
  }
  order.check_invariants();
  std::vector<std::uint32_t> visible;
  for (std::size_t k = 0; k < plain.size(); ++k) {
    REQUIRE(order.next(plain[k]) == (k + 1 < plain.size() ? plain[k + 1] : order.none));
    if (k % 7 == 0) {
      REQUIRE(order.index_of(plain[k]) == visible.size());
    }
    if (k > 0) {
      REQUIRE(order.before(plain[k / 2], plain[k]));
    }
    if (!hidden.contains(plain[k])) {
      visible.push_back(plain[k]);
    }
  }
  REQUIRE(order.shown() == visible.size());
  for (std::size_t k = 0; k < visible.size(); k += 5) {
    REQUIRE(order.at(k) == visible[k]);
  }
  std::vector<std::uint32_t> tail;
  order.for_each_shown(visible.size() / 2, [&](std::uint32_t s) {
    tail.push_back(s);
    return true;
  });
  REQUIRE(std::equal(tail.begin(), tail.end(),
                     visible.begin() + static_cast<std::ptrdiff_t>(visible.size() / 2),
                     visible.end()));
}

}  // namespace weft::tests

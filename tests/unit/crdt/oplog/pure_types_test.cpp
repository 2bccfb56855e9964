// SPDX-License-Identifier: MIT
// The pure operation-based types on random runs: against their specification, and step by step
// against the delta-state type of the same meaning.
#include "../types/small_random.hpp"
#include "weft/crdt/lattice/laws.hpp"
#include "weft/crdt/oplog/pure_counter.hpp"
#include "weft/crdt/oplog/pure_flag.hpp"
#include "weft/crdt/oplog/pure_register.hpp"
#include "weft/crdt/oplog/pure_set.hpp"
#include "weft/crdt/types/ew_flag.hpp"
#include "weft/crdt/types/mv_register.hpp"
#include "weft/crdt/types/or_set.hpp"
#include "weft/crdt/types/pn_counter.hpp"
#include "weft/crdt/types/rw_or_set.hpp"
#include "weft/testing/history.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <vector>

namespace weft::crdt {
namespace {

using testing::history;

template <class T>
std::string listed(const T& values) {
  std::string out;
  for (const auto v : values) {
    out += (out.empty() ? "" : ", ") + std::to_string(v);
  }
  return "{" + out + "}";
}

// Some later operation that the observer sees, has seen event e, and is about the same thing.
template <class Op, class About>
bool undone(const history<Op>& h, std::size_t e, About&& about) {
  bool any = false;
  h.for_each([&](std::size_t later, const testing::event<Op>& event) {
    any = any || (h.before(e, later) && about(event.op));
  });
  return any;
}

struct aw_set_case {
  using type = pure_aw_set<std::uint32_t>;
  using op = type::op;
  using twin = or_set<std::uint32_t>;
  static op any(small_random& random) {
    const std::uint32_t e = random() % 3;
    const auto choice = random() % 8;
    return choice == 0 ? op::clear() : choice < 4 ? op::remove(e) : op::add(e);
  }
  static std::string shown(const type& t) { return listed(t.values()); }
  static std::string expected(const history<op>& h) {
    std::set<std::uint32_t> in;
    h.for_each([&](std::size_t e, const testing::event<op>& add) {
      const auto about = [&](const op& o) {
        return o.what == set_change::clear || o.element == add.op.element;
      };
      if (add.op.what == set_change::add && !undone(h, e, about)) {
        in.insert(*add.op.element);
      }
    });
    return listed(in);
  }
  static twin apply(twin& t, const replica_id& me, const op& o) {
    auto writer = on(t, me);
    return o.what == set_change::add      ? writer.add(*o.element).value()
           : o.what == set_change::remove ? writer.remove(*o.element)
                                          : writer.clear();
  }
  static std::string shown_twin(const twin& t) { return listed(t.values()); }
};

struct rw_set_case {
  using type = pure_rw_set<std::uint32_t>;
  using op = type::op;
  using twin = rw_or_set<std::uint32_t>;
  static op any(small_random& random) {
    const std::uint32_t e = random() % 2;
    return random() % 2 == 0 ? op::remove(e) : op::add(e);
  }
  static std::string shown(const type& t) { return listed(t.values()); }
  static std::string expected(const history<op>& h) {
    std::set<std::uint32_t> in;
    std::set<std::uint32_t> out;
    h.for_each([&](std::size_t e, const testing::event<op>& event) {
      const auto about = [&](const op& o) { return o.element == event.op.element; };
      if (!undone(h, e, about)) {
        (event.op.what == set_change::add ? in : out).insert(*event.op.element);
      }
    });
    for (const std::uint32_t e : out) {
      in.erase(e);
    }
    return listed(in);
  }
  static twin apply(twin& t, const replica_id& me, const op& o) {
    auto writer = on(t, me);
    return (o.what == set_change::add ? writer.add(*o.element) : writer.remove(*o.element)).value();
  }
  static std::string shown_twin(const twin& t) { return listed(t.values()); }
};

struct mv_register_case {
  using type = pure_mv_register<std::uint32_t>;
  using op = type::op;
  using twin = mv_register<std::uint32_t>;
  static op any(small_random& random) {
    return random() % 5 == 0 ? op::clear() : op::write(random() % 4);
  }
  static std::string shown(const type& t) { return listed(t.values()); }
  static std::string expected(const history<op>& h) {
    std::set<std::uint32_t> values;
    h.for_each([&](std::size_t e, const testing::event<op>& event) {
      if (event.op.written && !undone(h, e, [](const op&) { return true; })) {
        values.insert(*event.op.written);
      }
    });
    return listed(values);
  }
  static twin apply(twin& t, const replica_id& me, const op& o) {
    return o.written ? on(t, me).write(*o.written).value() : on(t, me).clear();
  }
  static std::string shown_twin(const twin& t) { return listed(t.values()); }
};

struct ew_flag_case {
  using type = pure_ew_flag;
  using op = type::op;
  using twin = ew_flag;
  static op any(small_random& random) { return {random() % 2 == 0}; }
  static std::string shown(const type& t) { return t.value() ? "on" : "off"; }
  static std::string expected(const history<op>& h) {
    bool on = false;
    h.for_each([&](std::size_t e, const testing::event<op>& event) {
      on = on || (event.op.enables && !undone(h, e, [](const op&) { return true; }));
    });
    return on ? "on" : "off";
  }
  static twin apply(twin& t, const replica_id& me, const op& o) {
    return o.enables ? on(t, me).enable().value() : on(t, me).disable();
  }
  static std::string shown_twin(const twin& t) { return t.value() ? "on" : "off"; }
};

struct counter_case {
  using type = pure_counter;
  using op = type::op;
  using twin = pn_counter;
  static op any(small_random& random) { return {std::int64_t{random() % 9} - 4}; }
  static std::string shown(const type& t) { return std::to_string(t.value()); }
  static std::string expected(const history<op>& h) {
    std::int64_t sum = 0;
    h.for_each([&](std::size_t, const testing::event<op>& event) { sum += event.op.amount; });
    return std::to_string(sum);
  }
  static twin apply(twin& t, const replica_id& me, const op& o) {
    const auto size = static_cast<std::uint64_t>(o.amount < 0 ? -o.amount : o.amount);
    return (o.amount < 0 ? on(t, me).decrement(size) : on(t, me).increment(size)).value();
  }
  static std::string shown_twin(const twin& t) { return std::to_string(t.value()); }
};

// Three replicas with every message on its way to everybody, in any order and more than once.
template <class Case>
class op_run {
public:
  using type = typename Case::type;
  using op = typename Case::op;
  using twin = typename Case::twin;

  explicit op_run(unsigned seed) : random_(seed) {
    static_assert(op_crdt<type>);
    std::vector<replica_id> members;
    for (std::size_t i = 0; i < 3; ++i) {
      members.push_back(replica_id::from_number(i + 1));
    }
    for (const replica_id& m : members) {
      replicas_.push_back({m, causal_delivery<op>(m, members), {}, {}, 0});
    }
  }

  void step() {
    replica& r = replicas_[random_() % 3];
    const auto choice = random_() % 8;
    if (choice < 2 && sent_.size() < 40) {
      act(r);
    } else if (choice < 6 && !sent_.empty()) {
      receive(r, random_() % sent_.size());
    } else if (choice == 6) {
      const replica& other = replicas_[random_() % 3];
      r.delivery.observe(other.id, other.delivery.version());
    } else {
      settle(r);
    }
  }
  void finish() {
    for (replica& r : replicas_) {
      for (std::size_t k = 0; k < sent_.size(); ++k) {
        receive(r, sent_.size() - 1 - k);
      }
      REQUIRE(r.delivery.held() == 0);
      REQUIRE(r.delivery.missing().empty());
    }
    for (replica& r : replicas_) {
      for (const replica& other : replicas_) {
        r.delivery.observe(other.id, other.delivery.version());
      }
      settle(r);
      REQUIRE(r.value.log().empty());
      REQUIRE(r.value.compact() == replicas_.front().value.compact());
    }
  }

private:
  struct replica {
    replica_id id;
    causal_delivery<op> delivery;
    type value;
    twin state;
    testing::event_set seen = 0;
  };
  struct message {
    tagged<op> m;
    twin delta;
  };

  void act(replica& r) {
    const op o = r.value.prepare(Case::any(random_));
    const tagged<op> m = r.delivery.send(o).value();
    history_.events.push_back({std::size_t{r.id.bytes[15]}, o, r.seen});
    r.seen |= testing::event_set{1} << sent_.size();
    REQUIRE(r.value.effect(m));
    sent_.push_back({m, Case::apply(r.state, r.id, o)});
    check(r);
  }
  void receive(replica& r, std::size_t k) {
    const auto ready = r.delivery.receive(sent_[k].m);
    REQUIRE(ready);
    for (const tagged<op>& m : *ready) {
      REQUIRE(r.value.effect(m));
      for (std::size_t e = 0; e < sent_.size(); ++e) {
        if (sent_[e].m.id == m.id) {
          r.seen |= testing::event_set{1} << e;
          r.state.merge(sent_[e].delta);
        }
      }
      check(r);
    }
  }
  void settle(replica& r) {
    const std::string before = Case::shown(r.value);
    const version_vector stable = r.delivery.stable();
    for (const replica& other : replicas_) {
      REQUIRE(stable <= other.delivery.version());
    }
    r.value.settle(stable);
    REQUIRE(Case::shown(r.value) == before);
    for (const auto& entry : r.value.log()) {
      REQUIRE_FALSE(stable.contains(entry.id));
    }
  }
  void check(const replica& r) {
    history_.visible = r.seen;
    REQUIRE(Case::shown(r.value) == Case::expected(history_));
    REQUIRE(Case::shown(r.value) == Case::shown_twin(r.state));
    const bytes data = to_bytes(r.value);
    byte_reader in(data);
    type again;
    REQUIRE(again.load(in));
    REQUIRE(in.remaining() == 0);
    REQUIRE(again == r.value);
  }

  small_random random_;
  std::vector<replica> replicas_;
  std::vector<message> sent_;
  history<op> history_;
};

const replica_id a = replica_id::from_number(1);
const replica_id b = replica_id::from_number(2);
const replica_id c = replica_id::from_number(3);

}  // namespace

TEMPLATE_TEST_CASE("pure types: random runs show what the specification says, and no log remains",
                   "[long]", aw_set_case, rw_set_case, mv_register_case, ew_flag_case,
                   counter_case) {
  for (unsigned seed = 0; seed < 600; ++seed) {
    INFO("seed " << seed);
    op_run<TestType> run(seed);
    for (int i = 0; i < 120; ++i) {
      run.step();
    }
    run.finish();
  }
}

TEST_CASE("pure_rw_set: what a stable remove hid does not reappear") {
  using op = set_operation<std::uint32_t>;
  const std::vector<replica_id> members{a, b};
  causal_delivery<op> at_a(a, members);
  causal_delivery<op> at_b(b, members);
  pure_rw_set<std::uint32_t> x;
  const auto add = at_a.send(op::add(1)).value();
  const auto remove = at_b.send(op::remove(1)).value();
  REQUIRE(x.effect(add));
  REQUIRE(at_a.receive(remove).value().size() == 1);
  REQUIRE(x.effect(remove));
  REQUIRE(x.values().empty());
  REQUIRE(at_b.receive(add).value().size() == 1);
  at_a.observe(b, at_b.version());
  REQUIRE(x.settle(at_a.stable()));
  REQUIRE(x.values().empty());
  REQUIRE(x.log().empty());
  REQUIRE(x.compact().empty());
}

TEST_CASE("pure_rw_set: a remove of what is not there is remembered until it is stable") {
  using op = set_operation<std::uint32_t>;
  causal_delivery<op> at_a(a, {a, b});
  causal_delivery<op> at_b(b, {a, b});
  pure_rw_set<std::uint32_t> x;
  REQUIRE(x.effect(at_a.send(op::remove(1)).value()));
  REQUIRE(x.log().size() == 1);
  const auto add = at_b.send(op::add(1)).value();
  REQUIRE(x.effect(add));
  REQUIRE(x.values().empty());
  REQUIRE(x.clear().empty());
  REQUIRE(x.effect(at_a.send(op::add(7)).value()));
  REQUIRE(x.clear() == std::vector<op>{op::remove(7)});  // to clear is to remove each
}

TEST_CASE("pure types: an operation out of order, again, or from before the stable is refused") {
  using op = set_operation<std::uint32_t>;
  causal_delivery<op> at_a(a, {a, b});
  pure_aw_set<std::uint32_t> x;
  const auto first = at_a.send(op::add(1)).value();
  const auto second = at_a.send(op::add(2)).value();
  REQUIRE(x.effect(second).error().code == errc::missing_parent);
  REQUIRE(x.effect(first));
  REQUIRE(x.effect(first).error().code == errc::malformed);
  tagged<op> early{{b, 0}, {}, op::add(3)};
  early.seen.include(a, 2);
  REQUIRE(x.effect(early).error().code == errc::missing_parent);
  x.settle(at_a.version());
  REQUIRE(x.effect({{c, 0}, {}, op::remove(1)}).error().code == errc::bad_value);
  REQUIRE(x.values() == std::vector<std::uint32_t>{1});
  REQUIRE(x.log().empty());
  REQUIRE(x.effect(second));
}

TEST_CASE("pure types: a damaged state is refused, and the one there stays") {
  using op = set_operation<std::uint32_t>;
  causal_delivery<op> at_a(a, {a, b});
  pure_rw_set<std::uint32_t> x;
  for (const op& o : {op::add(1), op::add(2), op::remove(3)}) {
    REQUIRE(x.effect(at_a.send(o).value()));
  }
  version_vector stable;
  stable.include(a, 1);
  REQUIRE(x.settle(stable));
  const bytes data = to_bytes(x);
  pure_rw_set<std::uint32_t> y = x;
  for (std::size_t cut = 0; cut < data.size(); ++cut) {
    byte_reader in(byte_view(data).first(cut));
    REQUIRE_FALSE(y.load(in));
  }
  for (std::size_t k = 0; k < data.size(); ++k) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      bytes damaged = data;
      damaged[k] ^= static_cast<std::uint8_t>(1U << bit);
      byte_reader in(damaged);
      pure_rw_set<std::uint32_t> read = x;
      if (read.load(in)) {
        damaged.resize(static_cast<std::size_t>(in.offset()));
        REQUIRE(to_bytes(read) == damaged);
      } else {
        REQUIRE(read == x);
      }
    }
  }
  REQUIRE(y == x);
}

TEST_CASE("pure_counter: sums stop at their ends, in any order") {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  pure_counter x;
  causal_delivery<counter_operation> at_a(a);
  REQUIRE(x.effect(at_a.send({least}).value()));
  REQUIRE(x.value() == least);
  REQUIRE(x.effect(at_a.send({-1}).value()));
  REQUIRE(x.value() == least);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(x.effect(at_a.send({std::numeric_limits<std::int64_t>::max()}).value()));
  }
  REQUIRE(x.value() == std::numeric_limits<std::int64_t>::max() - 1);
}

}  // namespace weft::crdt

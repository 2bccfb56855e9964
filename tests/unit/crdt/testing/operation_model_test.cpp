// SPDX-License-Identifier: MIT
// The model checker on types that are replicated by their operations.
#include "weft/crdt/lattice/dot_store.hpp"
#include "weft/testing/model_checker.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <sstream>

namespace weft::tests {
namespace {

enum class log_fault : std::uint8_t {
  none,
  hidden_adds_reappear,  // a stable remove forgets what it hid
  order_of_arrival,      // a remove takes out concurrent adds that came before it
};

struct set_change {
  bool add = true;
  std::uint32_t element = 0;
  [[maybe_unused]] friend bool operator==(const set_change&, const set_change&) = default;
};
struct log_entry {
  crdt::dot id{};
  crdt::version_vector seen;
  set_change change;
};

// A set in which a remove wins over concurrent adds, as a log of what is not stable yet.
struct removes_win {
  std::vector<log_entry> log;  // by id
  std::set<std::uint32_t> compact;
  crdt::version_vector version;

  [[nodiscard]] std::set<std::uint32_t> values() const {
    std::set<std::uint32_t> all = compact;
    for (const bool add : {true, false}) {
      for (const log_entry& e : log) {
        if (e.change.add == add) {
          add ? void(all.insert(e.change.element)) : void(all.erase(e.change.element));
        }
      }
    }
    return all;
  }
};

template <log_fault Fault>
struct removes_win_subject {
  using state = removes_win;
  using message = log_entry;
  using op = set_change;
  static std::vector<op> alphabet() { return {{true, 1}, {false, 1}, {true, 2}, {false, 2}}; }
  static crdt::result<message> act(state& s, const crdt::replica_id& me, const op& o) {
    const message m{{me, s.version.count(me)}, s.version, o};
    if (const auto done = effect(s, m); !done) {
      return crdt::unexpected(done.error());
    }
    return m;
  }
  static crdt::result<void> effect(state& s, const message& m) {
    if (s.version.count(m.id.replica) != m.id.counter || !(m.seen <= s.version)) {
      return crdt::unexpected(crdt::errc::missing_parent, 0, "too early");
    }
    std::erase_if(s.log, [&](const log_entry& old) {
      const bool follows =
          m.seen.contains(old.id) || (Fault == log_fault::order_of_arrival && !m.change.add);
      return follows && old.change.element == m.change.element;
    });
    s.compact.erase(m.change.element);
    const auto place =
        std::find_if(s.log.begin(), s.log.end(), [&](const log_entry& e) { return m.id < e.id; });
    s.log.insert(place, m);
    s.version.include(m.id.replica, m.id.counter + 1);
    return {};
  }
  static void settle(state& s, const crdt::version_vector& stable) {
    for (bool again = true; again;) {
      const auto found = std::find_if(s.log.begin(), s.log.end(),
                                      [&](const log_entry& e) { return stable.contains(e.id); });
      again = found != s.log.end();
      if (again) {
        const set_change change = found->change;
        s.log.erase(found);
        settle_one(s, change);
      }
    }
  }
  static crdt::bytes identity(const state& s) {
    crdt::byte_writer out;
    for (const log_entry& e : s.log) {
      crdt::codec<crdt::dot>::encode(out, e.id);
      out.u8(e.change.add ? 1 : 0);
      out.varint(e.change.element);
    }
    out.u8(0xff);
    for (const std::uint32_t e : s.compact) {
      out.varint(e);
    }
    out.u8(0xff);
    s.version.encode(out);
    return out.take();
  }
  static std::string name(const op& o) {
    return (o.add ? "add(" : "remove(") + std::to_string(o.element) + ")";
  }
  static std::string shown(const state& s) { return listed(s.values()); }
  static std::string expected(const testing::history<op>& h) {
    std::set<std::uint32_t> all;
    for (const bool add : {true, false}) {
      h.for_each([&](std::size_t e, const auto& event) {
        bool stands = event.op.add == add;
        h.for_each([&](std::size_t later, const auto& l) {
          stands = stands && !(l.op.element == event.op.element && h.before(e, later));
        });
        if (stands) {
          add ? void(all.insert(event.op.element)) : void(all.erase(event.op.element));
        }
      });
    }
    return listed(all);
  }

private:
  static void settle_one(state& s, const set_change& change) {
    if (change.add) {
      s.compact.insert(change.element);
    } else if (Fault != log_fault::hidden_adds_reappear) {
      s.compact.erase(change.element);
      std::erase_if(s.log, [&](const log_entry& e) {
        return e.change.add && e.change.element == change.element;
      });
    }
  }
  static std::string listed(const std::set<std::uint32_t>& values) {
    std::string out = "{";
    for (const std::uint32_t v : values) {
      out += " " + std::to_string(v);
    }
    return out + " }";
  }
};

template <log_fault Fault>
testing::model_report check(std::size_t replicas, std::size_t operations, std::size_t letters) {
  testing::model_options<removes_win_subject<Fault>> options;
  options.alphabet = removes_win_subject<Fault>::alphabet();
  options.alphabet.resize(letters);
  options.replicas = replicas;
  options.operations = operations;
  return testing::check_model<removes_win_subject<Fault>>(options);
}

}  // namespace

TEST_CASE("model checker: an operation-based set holds, told what is stable or not") {
  for (const auto& [replicas, letters] : {std::pair{2U, 4U}, std::pair{3U, 2U}}) {
    const testing::model_report r = check<log_fault::none>(replicas, 2, letters);
    std::ostringstream text;
    text << r;
    INFO(text.str());
    REQUIRE(r.holds());
  }
}

TEST_CASE("model checker: faults of operation-based types are noticed") {
  const testing::model_report stable = check<log_fault::hidden_adds_reappear>(2, 2, 3);
  REQUIRE(stable.failure);
  REQUIRE(stable.failure->what.law == "what is stable changes nothing that is shown");
  const testing::model_report order = check<log_fault::order_of_arrival>(2, 1, 2);
  REQUIRE(order.failure);
  REQUIRE(order.failure->events == 2);
}

}  // namespace weft::tests

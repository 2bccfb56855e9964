// SPDX-License-Identifier: MIT
// One history told in many ways must end as one document: replayed from every critical version, cut
// at every place, shown as of every version that somebody had, under other ids of the same order,
// with runs split at random, typed one by one or at once.
#include "support/twin_run.hpp"
#include "support/utf8.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace weft::test {
namespace {

using crdt::change;
using crdt::document;
using crdt::replica_id;

const replica_id stranger = replica_id::from_number(~std::uint64_t{0});

std::string shown(document& d) {
  return d.get_text("t").to_string() + '\n' + d.get_text("u").to_string() + '\n' +
         std::to_string(d.get_counter("c").value());
}

// The changes of a document in a causal order, none longer than its cut.
template <class Cut>
std::vector<change> changes_of(document& d, Cut&& cut) {
  std::vector<change> out;
  for (const auto& [replica, count] : d.version().counts()) {
    for (std::uint32_t first = 0; first < count;) {
      crdt::limits bounds;
      bounds.max_change_ops = cut();
      out.push_back(d.export_changes(replica, first, bounds).front());
      first += out.back().length;
    }
  }
  std::sort(out.begin(), out.end(), [](const change& a, const change& b) {
    return std::pair(a.lamport, a.first) < std::pair(b.lamport, b.first);
  });
  return out;
}

std::vector<change> single_operations(document& d) {
  return changes_of(d, [] { return 1U; });
}

// What one operation's author knew once it was made.
op_counts version_after(const twin_world& world, slot s, std::uint32_t counter) {
  op_counts out = world.past(s, counter);
  out[s] = counter + 1;
  return out;
}

// Does every other operation come before it or after it?
bool is_critical(const twin_world& world, const op_counts& all, slot s, std::uint32_t counter) {
  const op_counts version = version_after(world, s, counter);
  for (slot other = 0; other < twin_slots; ++other) {
    if (other != s && version[other] < all[other] &&
        world.past(other, version[other])[s] <= counter) {
      return false;
    }
  }
  return true;
}

std::vector<change> inside(const std::vector<change>& single, const twin_world& world,
                           const op_counts& version) {
  std::map<replica_id, std::uint32_t> counts;
  for (slot s = 0; s < twin_slots; ++s) {
    counts[world.ids[s]] = version[s];
  }
  std::vector<change> out;
  std::copy_if(single.begin(), single.end(), std::back_inserter(out),
               [&](const change& c) { return c.first.counter < counts[c.first.replica]; });
  return out;
}

document of(const std::vector<change>& changes) {
  document d(stranger);
  REQUIRE(d.import_changes(changes)->pending == 0);
  return d;
}

// Only events that edit or that bring everything: then how often calls were made decides nothing.
twin_script whole_deliveries(twin_script s) {
  for (twin_event& e : s.events) {
    switch (e.kind) {
      case twin_kind::stream:
      case twin_kind::stream_from:
      case twin_kind::jump:
      case twin_kind::changes:
      case twin_kind::pull_since:
      case twin_kind::refused:
        e.kind = twin_kind::pull;
        break;
      default:
        break;
    }
  }
  return s;
}

struct outcome {
  std::string text;
  crdt::bytes canonical;
};

outcome run(const twin_script& s, twin_options options = {}) {
  twin_run r(s, options);
  r.run();
  document& d = r.peers().front()->doc;
  return {shown(d), d.export_canonical()};
}

}  // namespace

TEST_CASE("replay: from every critical version on it gives what replay of everything gives") {
  std::size_t histories = 0;
  std::size_t critical = 0;
  for_seeds(150, [&](std::uint64_t seed) {
    ++histories;
    twin_run r(random_twin_script(seed + 3'000'000, 24));
    r.run();
    document& source = r.peers().front()->doc;
    const twin_world& world = r.world();
    const op_counts& all = r.peers().front()->twin.known();
    const auto single = single_operations(source);
    const crdt::bytes canonical = source.export_canonical();
    std::size_t here = 0;
    for (slot s = 0; s < twin_slots; ++s) {
      for (std::uint32_t counter = 0; counter < all[s]; ++counter) {
        // The last of a run of critical ones, and a few inside of runs.
        if (!is_critical(world, all, s, counter) || (counter % 5 != 0 && here > 3)) {
          continue;
        }
        ++here;
        document base = of(inside(single, world, version_after(world, s, counter)));
        for (const bool reopened : {false, true}) {
          document d(stranger);
          if (reopened) {
            auto opened = document::open(stranger, base.export_snapshot(0));
            REQUIRE(opened.has_value());
            d = std::move(*opened);
          } else {
            d = of(inside(single, world, version_after(world, s, counter)));
          }
          const auto report = d.import(source.export_updates(d.version(), 0));
          REQUIRE(report.has_value());
          REQUIRE(report->pending == 0);
          REQUIRE(shown(d) == shown(source));
          REQUIRE(d.export_canonical() == canonical);
        }
      }
    }
    critical += here;
  });
  CHECK((critical > histories || histories == 1));  // else this test has nothing to look at
}

TEST_CASE("replay: a history cut in two at any place is the history") {
  for_seeds(60, [](std::uint64_t seed) {
    rng random(seed);
    twin_run r(random_twin_script(seed + 4'000'000, 16));
    r.run();
    document& source = r.peers().front()->doc;
    const auto changes = changes_of(source, [] { return 4U; });
    for (std::size_t at = 0; at <= changes.size(); ++at) {
      document d(stranger);
      REQUIRE(d.import_changes({changes.data(), at})->pending == 0);
      if (random.chance(50)) {
        static_cast<void>(shown(d));
      }
      REQUIRE(d.import_changes({changes.data() + at, changes.size() - at})->pending == 0);
      REQUIRE(shown(d) == shown(source));
    }
  });
}

// Checkout is import into an empty document, and the way from one version to a later one is the
// event of an import.
TEST_CASE("replay: every version that somebody had shows what it showed then") {
  for_seeds(100, [](std::uint64_t seed) {
    struct moment {
      op_counts version;
      std::string text;
    };
    std::vector<moment> moments;
    twin_options options;
    options.after_event = [&](twin_peer& p) { moments.push_back({p.twin.known(), shown(p.doc)}); };
    twin_run r(random_twin_script(seed + 5'000'000, 20), options);
    r.run();
    const auto single = single_operations(r.peers().front()->doc);
    rng random(seed);
    for (const moment& m : moments) {
      auto parts = inside(single, r.world(), m.version);
      if (random.chance(50)) {
        random.shuffle(parts);
      }
      document d = of(parts);
      REQUIRE(shown(d) == m.text);
    }
  });
}

TEST_CASE("replay: other ids of the same order give the same text") {
  for_seeds(150, [](std::uint64_t seed) {
    const twin_script s = random_twin_script(seed + 6'000'000, 30);
    const outcome first = run(s);
    for (const std::uint64_t spread : {3U, 1'000'003U}) {
      twin_options options;
      options.id_spread = spread;
      REQUIRE(run(s, options).text == first.text);
    }
  });
}

TEST_CASE("replay: runs that are split at random mean the same") {
  for_seeds(150, [](std::uint64_t seed) {
    rng random(seed);
    twin_run r(random_twin_script(seed + 7'000'000, 30));
    r.run();
    document& source = r.peers().front()->doc;
    const crdt::bytes canonical = source.export_canonical();
    auto changes =
        changes_of(source, [&] { return 1 + static_cast<std::uint32_t>(random.below(5)); });
    document whole = of(changes);
    REQUIRE(whole.export_canonical() == canonical);
    random.shuffle(changes);
    document pieces(stranger);
    for (std::size_t at = 0; at < changes.size();) {
      const std::size_t size = std::min(changes.size() - at, 1 + random.below(4));
      REQUIRE(pieces.import_changes({changes.data() + at, size}).has_value());
      at += size;
    }
    REQUIRE(shown(pieces) == shown(source));
    REQUIRE(pieces.export_canonical() == canonical);
  });
}

TEST_CASE("replay: one call or many, the operations are the same") {
  for_seeds(150, [](std::uint64_t seed) {
    twin_script once = whole_deliveries(random_twin_script(seed + 8'000'000, 30));
    twin_script singly = once;
    for (std::size_t i = 0; i < once.events.size(); ++i) {
      twin_event& one = once.events[i];
      if (one.kind == twin_kind::type || one.kind == twin_kind::insert) {
        one.kind = twin_kind::insert;
        singly.events[i].kind = twin_kind::type;
      } else if (one.kind == twin_kind::erase || one.kind == twin_kind::delete_key) {
        one.kind = twin_kind::erase;
        singly.events[i].kind = twin_kind::delete_key;
      }
    }
    const outcome a = run(once);
    const outcome b = run(singly);
    REQUIRE(a.text == b.text);
    REQUIRE(a.canonical == b.canonical);
  });
}

}  // namespace weft::test

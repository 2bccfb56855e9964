// SPDX-License-Identifier: MIT
// Event graphs that are hard to replay. Sizes count operations unless a row says otherwise.
#include "growth.hpp"
#include "makers.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <string>

namespace weft::bench {
namespace {

using sample = growth_row::sample;

constexpr std::uint32_t burst = 10;
const std::string burst_text = "typed more";

sample one_import(std::span<const crdt::change> changes, std::uint64_t operations) {
  crdt::document source = fresh_document(900'001);
  import_all(source, changes);
  const crdt::bytes update = source.export_updates({}, 0);
  crdt::document sink = fresh_document(900'002);
  return {nanoseconds([&] { import_update(sink, update); }), operations};
}

sample one_by_one(std::span<const crdt::change> changes, std::uint64_t operations) {
  crdt::document sink = fresh_document(900'002);
  return {nanoseconds([&] {
            for (const crdt::change& c : changes) {
              import_all(sink, {&c, 1});
            }
          }),
          operations};
}

enum class delivery : std::uint8_t { one_update, change_by_change };

sample deliver(const history_maker& h, delivery way) {
  return way == delivery::one_update ? one_import(h.changes(), h.operations())
                                     : one_by_one(h.changes(), h.operations());
}

// Two type bursts, the first before a newline, the second behind it; each sees the other's bursts
// `lag` late (`both`: else only the second sees the first).
history_maker ladder(std::uint64_t n, std::size_t lag, bool both) {
  history_maker h(static_cast<std::uint32_t>(n + 2));
  const std::size_t root = h.insert(1, {}, 0, "\n");
  std::vector<std::size_t> a{root};
  std::vector<std::size_t> b{root};
  for (std::size_t i = 0; h.operations() < n; ++i) {
    const std::size_t seen = i > lag ? i - lag : 0;  // bursts of the other
    const auto others = static_cast<std::uint32_t>(seen) * burst;
    const auto own = static_cast<std::uint32_t>(i) * burst;
    std::vector<std::size_t> parents{a.back()};
    if (both && seen > 0) {
      parents.push_back(b[seen]);
    }
    a.push_back(h.insert(1, parents, own, burst_text));
    parents = {b.back()};
    if (seen > 0) {
      parents.push_back(a[seen]);
    }
    b.push_back(h.insert(2, parents, others + 1 + own, burst_text));
  }
  return h;
}

// The same between two open documents, one encoded update at a time; only the imports are timed.
sample ladder_session(std::uint64_t n, std::size_t lag, bool both) {
  crdt::document a = fresh_document(1);
  crdt::document b = fresh_document(2);
  a.get_text(text_name).insert({0}, "\n");
  import_update(b, a.export_updates({}, 0));
  std::deque<crdt::bytes> to_b;
  std::deque<crdt::bytes> to_a;
  double ns = 0;
  std::uint64_t done = 0;
  for (std::uint32_t i = 0; done < n; ++i) {
    const auto edit = [&](crdt::document& d, std::uint32_t at, std::deque<crdt::bytes>& out) {
      const crdt::version_vector before = d.version();
      d.get_text(text_name).insert({at}, burst_text);
      out.push_back(d.export_updates(before, 0));
      done += burst;
    };
    edit(a, i * burst, to_b);
    edit(b, b.get_text(text_name).length(), to_a);
    const auto arrive = [&](std::deque<crdt::bytes>& in, crdt::document& d) {
      if (in.size() > lag) {
        ns += nanoseconds([&] { import_update(d, in.front()); });
        in.pop_front();
      }
    };
    arrive(to_b, b);
    if (both) {
      arrive(to_a, a);
    }
  }
  return {ns, done};
}

// Each merges what the other had before it merged: two heads for ever, none critical.
history_maker criss_cross(std::uint64_t n, std::size_t replicas) {
  history_maker h(static_cast<std::uint32_t>(n + 2));
  const std::size_t root = h.insert(1, {}, 0, "\n");
  std::vector<std::size_t> last(replicas, root);
  for (bool first = true; h.operations() < n; first = false) {
    std::vector<std::size_t> parents = last;
    if (first) {
      parents = {root};
    }
    for (std::size_t r = 0; r < replicas; ++r) {
      last[r] = h.insert(r + 1, parents, 0, burst_text);
    }
  }
  return h;
}

// k users insert one character each into one gap of a text that all have, concurrently.
history_maker one_place(std::uint64_t k) {
  history_maker h(64);
  const std::size_t root = h.insert(1, {}, 0, "<>");
  for (std::uint64_t user = 0; user < k; ++user) {
    h.insert(10 + user * 7'919 % k, {root}, 1, "x");
  }
  return h;
}

sample one_place_updates(std::uint64_t k) {
  crdt::document base = fresh_document(1);
  base.get_text(text_name).insert({0}, "<>");
  const crdt::bytes first = base.export_updates({}, 0);
  std::vector<crdt::bytes> updates;
  for (std::uint64_t user = 0; user < k; ++user) {
    crdt::document d = fresh_document(10 + user * 7'919 % k);
    import_update(d, first);
    d.get_text(text_name).insert({1}, "x");
    updates.push_back(d.export_updates(base.version(), 0));
  }
  crdt::document sink = fresh_document(900'002);
  import_update(sink, first);
  return {nanoseconds([&] {
            for (const crdt::bytes& update : updates) {
              import_update(sink, update);
            }
          }),
          k};
}

// All at one place, live: each user types at the front and sees the others two rounds late.
history_maker crowd(std::uint64_t n, std::size_t users) {
  history_maker h(static_cast<std::uint32_t>(n + users + 2));
  const std::size_t root = h.insert(1, {}, 0, "<>");
  std::vector<std::vector<std::size_t>> rounds{std::vector<std::size_t>(users, root)};
  while (h.operations() < n) {
    std::vector<std::size_t> round;
    for (std::size_t u = 0; u < users; ++u) {
      std::vector<std::size_t> parents{rounds.back()[u]};
      if (rounds.size() > 3) {
        for (std::size_t other = 0; other < users; ++other) {
          if (other != u) {
            parents.push_back(rounds[rounds.size() - 3][other]);
          }
        }
      }
      round.push_back(h.insert(u + 1, parents, 1, "x"));
    }
    rounds.push_back(std::move(round));
  }
  return h;
}

// Rounds of many heads that one change joins. 4,096 parents are the most that a change may have.
history_maker fan_in(std::uint64_t n, std::size_t heads) {
  history_maker h(static_cast<std::uint32_t>(n + 2 * heads + 2));
  std::size_t tip = h.insert(1, {}, 0, "<>");
  while (h.operations() < n) {
    std::vector<std::size_t> parents;
    for (std::size_t r = 0; r < heads; ++r) {
      parents.push_back(h.insert(2 + r, {tip}, 1, "x"));
    }
    tip = h.insert(1, parents, 0, "m");
  }
  return h;
}

// Branches of 16 operations from the root, merged in pairs, the merges in pairs, and so on.
history_maker tournament(std::uint64_t n) {
  history_maker h(static_cast<std::uint32_t>(2 * n + 64));
  const std::size_t root = h.insert(1, {}, 0, "<>");
  struct branch {
    std::uint64_t replica;
    std::size_t last;
  };
  std::vector<branch> branches;
  for (std::uint64_t r = 2; h.operations() + branches.size() < n; ++r) {
    branches.push_back({r, h.insert(r, {root}, 1, "sixteen letters.")});
  }
  while (branches.size() > 1) {
    std::vector<branch> merged;
    for (std::size_t i = 0; i + 1 < branches.size(); i += 2) {
      merged.push_back(
          {branches[i].replica,
           h.insert(branches[i].replica, {branches[i].last, branches[i + 1].last}, 1, "m")});
    }
    if (branches.size() % 2 == 1) {
      merged.push_back(branches.back());
    }
    branches = std::move(merged);
  }
  return h;
}

// Two branches that never merge, edits of `length` all over a common text. `turns`: they arrive in
// turns.
history_maker two_branches(std::uint64_t n, bool turns, std::uint32_t length = burst) {
  const auto base = static_cast<std::uint32_t>(100 + n / 10);
  history_maker h(static_cast<std::uint32_t>(n + base));
  random_source random(7);
  const std::string typed = words(length);
  const std::size_t root = h.insert(1, {}, 0, words(base));
  std::array<std::uint32_t, 2> lengths{base, base};
  std::array<std::size_t, 2> last{root, root};
  for (std::uint64_t i = 0; h.operations() < n + base; ++i) {
    const std::size_t side =
        turns ? i % 2 : static_cast<std::size_t>(h.operations() > n / 2 + base);
    if (random.below(4) == 0 && lengths[side] > length) {
      last[side] = h.erase(side + 1, {last[side]}, random.below(lengths[side] - length), length);
      lengths[side] -= length;
    } else {
      last[side] = h.insert(side + 1, {last[side]}, random.below(lengths[side] + 1), typed);
      lengths[side] += length;
    }
  }
  return h;
}

// Two type n characters in all into one gap, each backwards, or each with jumps to its own start
// after every word: as many runs in one gap as there are words.
history_maker two_at_one_place(std::uint64_t n, std::size_t word) {
  history_maker h(static_cast<std::uint32_t>(n + 16));
  const std::size_t root = h.insert(1, {}, 0, "<>");
  std::array<std::size_t, 2> last{root, root};
  for (std::size_t i = 0; h.operations() < n; ++i) {
    last[i % 2] = h.insert(i % 2 + 1, {last[i % 2]}, 1, std::string(word, 'x'));
  }
  return h;
}

// One types words backwards; another sees a growing part of them and always types before that.
history_maker backward_ladder(std::uint64_t n) {
  history_maker h(static_cast<std::uint32_t>(n + 16));
  std::vector<std::size_t> a{h.insert(1, {}, 0, "<>")};
  std::size_t last = a.front();
  for (std::size_t i = 0; h.operations() < n; ++i) {
    a.push_back(h.insert(1, {a.back()}, 1, "word "));
    std::vector<std::size_t> parents{last};
    if (i >= 2 && i % 2 == 0) {
      parents.push_back(a[i / 2]);
    }
    last = h.insert(2, parents, 1, "mine ");
  }
  return h;
}

// A long branch typed offline here; then the other's words arrive one packet at a time.
sample on_long_branch(std::uint64_t n, std::uint32_t packets, bool answers) {
  crdt::document here = fresh_document(1);
  crdt::document there = fresh_document(2);
  here.get_text(text_name).insert({0}, words(1'000));
  import_update(there, here.export_updates({}, 0));
  random_source random(3);
  while (here.op_count() < n) {
    crdt::text t = here.get_text(text_name);
    t.insert({random.below(t.length() + 1)}, burst_text);
  }
  double ns = 0;
  for (std::uint32_t i = 0; i <= packets; ++i) {
    const crdt::version_vector before = there.version();
    there.get_text(text_name).insert({500 + i}, "k");
    const crdt::bytes update = there.export_updates(before, 0);
    const double spent = nanoseconds([&] { import_update(here, update); });
    ns += i == 0 ? 0 : spent;  // the first has to look at the branch, the others need not
    if (answers) {
      ns += nanoseconds([&] { here.get_text(text_name).insert({0}, "y"); });
    }
  }
  return {ns, packets};
}

std::vector<growth_row> ladders() {
  std::vector<growth_row> rows;
  const std::vector<std::uint64_t> all_sizes{1'000,   3'000,   10'000,   30'000,
                                             100'000, 300'000, 1'000'000};
  const std::vector<std::uint64_t> big{3'000'000, 10'000'000};
  for (const bool both : {false, true}) {
    const std::string name = both ? "two-way ladder" : "ladder";
    for (const std::size_t lag :
         both ? std::vector<std::size_t>{20, 80} : std::vector<std::size_t>{20, 40, 80, 320}) {
      // The text must outgrow the lag by far.
      const std::string lagged = name + ", lag " + std::to_string(lag);
      std::vector<std::uint64_t> sizes;
      std::copy_if(all_sizes.begin(), all_sizes.end(), std::back_inserter(sizes),
                   [=](std::uint64_t n) { return n >= 80 * lag; });
      rows.push_back({lagged + ", one update", "op", sizes, big, [=](std::uint64_t n) {
                        return deliver(ladder(n, lag, both), delivery::one_update);
                      }});
      rows.push_back({lagged + ", change by change", "op", sizes, big, [=](std::uint64_t n) {
                        return deliver(ladder(n, lag, both), delivery::change_by_change);
                      }});
      rows.push_back({lagged + ", open documents", "op", sizes, big,
                      [=](std::uint64_t n) { return ladder_session(n, lag, both); }});
    }
  }
  // The lag grows with the history: half of it is always unseen.
  for (const delivery way : {delivery::one_update, delivery::change_by_change}) {
    rows.push_back({std::string("ladder, lag a quarter of the bursts, ") +
                        (way == delivery::one_update ? "one update" : "change by change"),
                    "op", all_sizes, big, [=](std::uint64_t n) {
                      return deliver(ladder(n, n / burst / 8, false), way);
                    }});
  }
  return rows;
}

}  // namespace

std::vector<growth_row> graph_rows() {
  std::vector<growth_row> rows = ladders();
  const std::vector<std::uint64_t> sizes{1'000, 3'000, 10'000, 30'000, 100'000, 300'000, 1'000'000};
  const std::vector<std::uint64_t> big{3'000'000, 10'000'000};
  const auto both_ways = [&](const std::string& name, const std::vector<std::uint64_t>& at,
                             const std::vector<std::uint64_t>& more, auto make) {
    rows.push_back({name + ", one update", "op", at, more,
                    [=](std::uint64_t n) { return deliver(make(n), delivery::one_update); }});
    rows.push_back({name + ", change by change", "op", at, more,
                    [=](std::uint64_t n) { return deliver(make(n), delivery::change_by_change); }});
  };
  both_ways("criss-cross of 2", sizes, big, [](std::uint64_t n) { return criss_cross(n, 2); });
  both_ways("criss-cross of 8", sizes, big, [](std::uint64_t n) { return criss_cross(n, 8); });
  const std::vector<std::uint64_t> users{100, 300, 1'000, 3'000, 10'000};
  both_ways("k users at one place", users, {30'000, 60'000},
            [](std::uint64_t k) { return one_place(k); });
  rows.push_back(
      {"k users at one place, encoded updates", "op", users, {30'000, 60'000}, one_place_updates});
  both_ways("two type backwards at one place", sizes, big,
            [](std::uint64_t n) { return two_at_one_place(n, 1); });
  both_ways("two put words at one place", sizes, big,
            [](std::uint64_t n) { return two_at_one_place(n, 5); });
  both_ways("32 users at one place, live", {1'000, 3'000, 10'000, 30'000, 100'000}, {300'000},
            [](std::uint64_t n) { return crowd(n, 32); });
  for (const delivery way : {delivery::one_update, delivery::change_by_change}) {
    // Every change lists n parents, so that much is due for each.
    rows.push_back({std::string("n users at one place, live, 2,000 characters, ") +
                        (way == delivery::one_update ? "one update" : "change by change"),
                    "op",
                    {2, 4, 8, 16, 32, 64},
                    {128},
                    [=](std::uint64_t n) { return deliver(crowd(2'000, n), way); }});
  }
  both_ways("fan-in of 64 heads", sizes, big, [](std::uint64_t n) { return fan_in(n, 64); });
  both_ways("fan-in of 4,096 heads", {4'000, 12'000, 40'000, 120'000, 400'000}, {1'200'000},
            [](std::uint64_t n) { return fan_in(n, 4'096); });
  both_ways("one change joins n heads", {64, 200, 640, 1'300, 4'096}, {},
            [](std::uint64_t n) { return fan_in(2, n); });
  both_ways("branches merged in pairs", {1'000, 3'000, 10'000, 30'000, 100'000, 300'000},
            {1'000'000}, tournament);
  both_ways("two branches that never meet", sizes, big,
            [](std::uint64_t n) { return two_branches(n, false); });
  both_ways("two branches that never meet, in turns", sizes, big,
            [](std::uint64_t n) { return two_branches(n, true); });
  both_ways("two branches that never meet, in turns of 200", sizes, big,
            [](std::uint64_t n) { return two_branches(n, true, 200); });
  both_ways("backward ladder, lag half of the words", sizes, big, backward_ladder);
  for (const bool answers : {false, true}) {
    rows.push_back(
        {std::string("200 packets on an offline branch of n") + (answers ? ", typing on" : ""),
         "packet", sizes, big, [=](std::uint64_t n) { return on_long_branch(n, 200, answers); }});
  }
  rows.push_back({"n packets on an offline branch of 10,000, typing on", "packet", sizes, big,
                  [](std::uint64_t n) {
                    return on_long_branch(10'000, static_cast<std::uint32_t>(n), true);
                  }});
  return rows;
}

}  // namespace weft::bench

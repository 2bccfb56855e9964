// SPDX-License-Identifier: MIT
// What must hold of every document of a history, on the way and in the end.
#include "support/naive_graph.hpp"
#include "support/naive_list.hpp"
#include "support/naive_walker.hpp"
#include "support/twin_run.hpp"
#include "support/utf8.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace weft::test {
namespace {

constexpr std::array<const char*, twin_texts> names{"t", "u"};

}  // namespace

void twin_run::check(twin_peer& p) {
  const op_counts& known = p.twin.known();
  std::size_t seen = 0;
  for (slot s = 0; s < slots_given_; ++s) {
    require(p.doc.version().count(world_.ids[s]) == known[s],
            "the document knows the operations that it should");
    seen += known[s] > 0 ? 1U : 0U;
  }
  require(p.doc.version().size() == seen, "the document knows no stranger");
  require(p.doc.op_count() == p.twin.op_count(), "op_count counts the known operations");
  require(p.doc.frontier() == p.twin.frontier(),
          "the frontier is the operations that no other follows");
  for (std::size_t text = 0; text < twin_texts; ++text) {
    check_text(p, text);
  }
  require(p.doc.get_counter("c").value() == p.twin.sum(), "the counter is the sum");
  require(p.mirrored_sum == static_cast<std::uint64_t>(p.twin.sum()),
          "the deltas of all events give the sum");
  for (watched& w : cursors_) {
    check_cursor(p, w);
  }
#ifdef WEFT_DEEP_CHECKS
  p.doc.check_invariants();
#endif
}

void twin_run::check_text(twin_peer& p, std::size_t text) {
  const crdt::text handle = p.doc.get_text(names[text]);
  const std::u32string expected = p.twin.text(text);
  require(handle.length() == expected.size(), "length counts scalars");
  const std::u32string found = to_scalars(handle.to_string());
  if (found != expected) {
    throw mismatch("text " + std::string(names[text]) + " is \"" + printable(expected) +
                   "\", not \"" + printable(found) + '"');
  }
  if (p.mirror[text] != found) {
    throw mismatch("the patches of all events give \"" + printable(found) + "\", not \"" +
                   printable(p.mirror[text]) + '"');
  }
}

void twin_run::check_cursor(twin_peer& p, watched& w) {
  const auto found = p.doc.get_text(names[w.text]).resolve(w.at);
  const auto state = p.twin.state(w.text, w.item);
  require(found.has_value() == (state != twin_replica::presence::unknown),
          "a cursor resolves where it is known");
  if (!found) {
    return;
  }
  if (w.beside.size() <= p.opened) {
    w.beside.resize(p.opened + 1U);
  }
  const std::uint32_t place = p.twin.shown_before(w.text, w.item);
  if (state == twin_replica::presence::shown) {
    require(found->value == place + (w.at.stick == crdt::side::after ? 1 : 0),
            "a cursor stays beside its item");
    auto& beside = w.beside[p.opened];
    beside.clear();
    for (const item_index i : world_.texts[w.text].order()) {
      if (p.twin.state(w.text, i) == twin_replica::presence::shown) {
        beside.push_back(i);
      }
    }
    return;
  }
  // Its item is gone: it stays between those that were beside it, in list order. What came later
  // may stand on either side.
  require(found->value <= p.twin.length(w.text), "a cursor is inside the text");
  const auto& order = world_.texts[w.text].order();
  const auto& beside = w.beside[p.opened];
  std::size_t next = 0;
  std::uint32_t at = 0;
  bool before = true;
  for (const item_index i : order) {
    before = before && i != w.item;
    const bool was_there = next < beside.size() && beside[next] == i;
    next += was_there ? 1U : 0U;
    if (p.twin.state(w.text, i) == twin_replica::presence::shown) {
      require(!was_there || (before ? found->value > at : found->value <= at),
              "a cursor whose item is gone stays between the items that were beside it");
      ++at;
    }
  }
}

void twin_run::converge() {
  twin_peer& hub = *peers_.front();
  for (const auto& p : peers_) {
    pull(hub, *p, hub.doc.version());
  }
  check(hub);
  const crdt::bytes canonical = hub.doc.export_canonical();
  for (const auto& p : peers_) {
    pull(*p, hub, p->doc.version());
    check(*p);
    require(p->doc.export_canonical() == canonical, "all canonical exports are equal");
  }
  peers_.back()->doc.check_invariants();
  check_fresh(canonical);
  for (std::size_t text = 0; text < twin_texts; ++text) {
    check_naive(text);
  }
}

// The same operations into fresh documents: at once, and as changes in any order and batches.
void twin_run::check_fresh(const crdt::bytes& canonical) {
  const crdt::replica_id stranger = crdt::replica_id::from_number(~std::uint64_t{0});
  crdt::document& source = peers_[random_.below(peers_.size())]->doc;
  crdt::document whole(stranger);
  require(whole.import(source.export_updates({}, 0)).has_value(), "the whole history imports");
  require(whole.get_text("t").to_string() == source.get_text("t").to_string(),
          "one import gives the same text");
  require(whole.export_canonical() == canonical, "one import gives the same document");
  std::vector<crdt::change> changes;
  for (slot s = 0; s < slots_given_; ++s) {
    for (crdt::change& c : source.export_changes(world_.ids[s], 0)) {
      changes.push_back(std::move(c));
    }
  }
  random_.shuffle(changes);
  crdt::document batched(stranger);
  const std::size_t most = random_.chance(50) ? 1 : 8;
  for (std::size_t at = 0; at < changes.size();) {
    const std::size_t size = std::min(changes.size() - at, 1 + random_.below(most));
    require(batched.import_changes({changes.data() + at, size}).has_value(), "a batch imports");
    at += size;
  }
  require(batched.get_text("t").to_string() == source.get_text("t").to_string(),
          "changes in any order give the same text");
  require(batched.export_canonical() == canonical, "changes in any order give the same document");
}

// The naive twins judge: the list by its own placing, the walker by replay in any causal order.
void twin_run::check_naive(std::size_t text) {
  const twin_replica& all = peers_.front()->twin;
  std::size_t on_text = 0;
  for (const auto& ops : world_.ops) {
    on_text += static_cast<std::size_t>(std::count_if(ops.begin(), ops.end(), [&](const auto& op) {
      return op.kind != twin_op::kind_of::add && op.text == text;
    }));
  }
  if (on_text == 0 || on_text > options_.judged_operations) {
    return;
  }
  naive_graph graph;
  naive_list list;
  std::vector<walk_op> walk;
  std::map<crdt::op_id, node> nodes;
  const auto& items = world_.texts[text].items();
  const auto id_of = [&](item_index i) {
    return i == no_item ? std::nullopt : std::optional(items[i].id);
  };
  op_counts done{};
  const auto ready = [&](slot s) {
    const op_counts& past = world_.past(s, done[s]);
    for (slot other = 0; other < slots_given_; ++other) {
      if (past[other] > done[other]) {
        return false;
      }
    }
    return true;
  };
  for (std::uint64_t left = all.op_count(); left > 0;) {
    const auto s = static_cast<slot>(random_.below(slots_given_));
    if (done[s] == world_.ops[s].size() || !ready(s)) {
      continue;
    }
    const twin_op& op = world_.ops[s][done[s]];
    const crdt::op_id id{world_.ids[s], done[s]};
    std::vector<node> parents;
    for (slot p = 0; p < slots_given_; ++p) {
      const std::uint32_t count = p == s ? done[s] : world_.past(s, done[s])[p];
      if (count > 0) {
        parents.push_back(nodes.at({world_.ids[p], count - 1}));
      }
    }
    const node n = graph.add(id, parents);
    nodes.emplace(id, n);
    ++done[s];
    --left;
    if (op.kind == twin_op::kind_of::add || op.text != text) {
      continue;
    }
    const auto& item = items[op.item];
    if (op.kind == twin_op::kind_of::insert) {
      list.insert(id, id_of(item.left), id_of(item.right), item.scalar);
    } else {
      list.erase(item.id);
    }
    walk.push_back({n, op.kind == twin_op::kind_of::insert, op.position, item.scalar});
  }
  std::u32string listed;
  for (const list_item& item : list.order()) {
    if (!item.erased) {
      listed.push_back(item.scalar);
    }
  }
  std::vector<std::size_t> order(walk.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;  // the random causal order drawn above
  }
  require(listed == all.text(text), "the naive list and the quick twin agree");
  require(naive_walk(graph, walk, order) == all.text(text),
          "the naive walker and the quick twin agree");
}

void run_twins(const twin_script& s, twin_options options) {
  twin_run(s, options).run();
}

void check_twins(const twin_script& s, twin_options options) {
  const auto failure = [&](crdt::byte_view candidate) -> std::string {
    try {
      run_twins(decode_twin_script(candidate), options);
      return {};
    } catch (const std::exception& e) {
      return e.what();
    }
  };
  try {
    run_twins(s, options);
    return;
  } catch (const std::exception& e) {
    const crdt::bytes bytes = encode_twin_script(s);
    if (failure(bytes).empty()) {
      throw mismatch(std::string(e.what()) + " (gone when run again)\n" + describe(s));
    }
    const crdt::bytes small = shrink_bytes(bytes, {twin_head_bytes, twin_event_bytes, 3'000},
                                           [&](crdt::byte_view b) { return !failure(b).empty(); });
    throw mismatch(failure(small) + "\nrun it again with WEFT_TWINS=" + to_hex(small) + '\n' +
                   describe(decode_twin_script(small)));
  }
}

}  // namespace weft::test

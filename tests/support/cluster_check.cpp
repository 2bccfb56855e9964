// SPDX-License-Identifier: MIT
// What must hold of every document after every step.
#include "support/cluster.hpp"
#include "support/utf8.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace weft::test {
namespace {

constexpr std::size_t longest_walk = 900;  // the naive walker is cubic

// A random topological order: visit nodes in random order, each after all that come before it.
std::vector<std::size_t> random_order(const naive_graph& graph, const std::vector<walk_op>& ops,
                                      rng& random) {
  std::vector<std::size_t> picks(ops.size());
  for (std::size_t i = 0; i < picks.size(); ++i) {
    picks[i] = i;
  }
  random.shuffle(picks);
  std::vector<std::size_t> order;
  std::vector<bool> done(ops.size());
  for (const std::size_t pick : picks) {
    for (std::size_t i = 0; i <= pick; ++i) {  // ascending is causal
      if (!done[i] && (i == pick || graph.before(ops[i].at, ops[pick].at))) {
        done[i] = true;
        order.push_back(i);
      }
    }
  }
  return order;
}

}  // namespace

void cluster::expect_same_version(const peer& p) const {
  const auto counts = p.twin.counts();
  if (p.doc->version().counts() == counts) {
    return;
  }
  std::string text = "the document knows the operations that it should; expected";
  for (const auto& [replica, count] : counts) {
    text += ' ' + crdt::to_string(replica).substr(16) + ':' + std::to_string(count);
  }
  text += ", found";
  for (const auto& [replica, count] : p.doc->version().counts()) {
    text += ' ' + crdt::to_string(replica).substr(16) + ':' + std::to_string(count);
  }
  throw mismatch(text);
}

void cluster::check(peer& p) {
  expect_same_version(p);
  std::vector<crdt::op_id> frontier;
  std::uint64_t known = 0;
  for (const node n : p.twin.frontier()) {
    frontier.push_back(world_->ops[n].id);
  }
  for (const auto& [replica, count] : p.twin.counts()) {
    known += count;
  }
  std::sort(frontier.begin(), frontier.end());
  require(p.doc->frontier() == frontier, "the frontier is the operations that no other follows");
  require(p.doc->op_count() == known, "op_count counts the known operations");
  const container_path root_map{crdt::container_type::map, "m", {}};
  check_text(p, main_text());
  check_text(p, {crdt::container_type::text, "u", {}});
  check_map(p, root_map);
  check_counter(p, {crdt::container_type::counter, "c", {}});
  for (const container_path& child : p.twin.children(root_map)) {
    switch (child.type()) {
      case crdt::container_type::text:
        check_text(p, child);
        break;
      case crdt::container_type::map:
        check_map(p, child);
        break;
      case crdt::container_type::counter:
        check_counter(p, child);
        break;
    }
  }
  check_cursors(p);
  expect_same_version(p);  // looking makes no operation
#ifdef WEFT_DEEP_CHECKS
  p.doc->check_invariants();
#endif
}

void cluster::check_text(peer& p, const container_path& where) {
  const crdt::text text = text_at(*p.doc, where);
  const std::string shown = text.to_string();
  const std::u32string found = to_scalars(shown);
  const std::u32string expected = p.twin.text(where);
  p.paths.emplace(text.index(), where);
  require(found == expected, "text " + where.to_string() + " is \"" + printable(expected) +
                                 "\", not \"" + printable(found) + '"');
  if (where == main_text() && (p.seen.empty() || p.seen.back() != found)) {
    p.seen.push_back(found);
  }
  const auto astral = static_cast<std::size_t>(
      std::count_if(found.begin(), found.end(), [](char32_t c) { return c > 0xffff; }));
  require(text.length() == found.size(), "length counts scalars");
  require(text.size_bytes() == shown.size(), "size_bytes counts bytes");
  require(text.length_utf16() == found.size() + astral, "length_utf16 counts units");
  const auto half = static_cast<std::uint32_t>(found.size() / 2);
  const std::u32string_view head = std::u32string_view(found).substr(0, half);
  const auto head_bytes = static_cast<std::uint32_t>(to_utf8(head).size());
  require(text.to_utf8(crdt::scalar_pos{half}).value == head_bytes, "to_utf8 counts bytes");
  require(text.to_scalar(crdt::utf8_pos{head_bytes}).value == half, "to_scalar undoes to_utf8");
  require(text.slice({half}, text.length() - half) == shown.substr(head_bytes), "slice cuts");
  event_mirror& m = p.mirror;
  if (p.open_transactions > 0) {
    return;
  }
  if (!m.from_empty && m.tracked.insert(text.index()).second) {
    m.texts[text.index()] = found;
  }
  require(m.texts[text.index()] == found,
          "the patches of all events give the text " + where.to_string() + ": \"" +
              printable(found) + "\", not \"" + printable(m.texts[text.index()]) + '"');
}

void cluster::check_map(peer& p, const container_path& where) {
  const crdt::map map = map_at(*p.doc, where);
  const auto expected = p.twin.entries(where);
  std::map<std::string, crdt::value> found;
  std::string last;
  map.for_each([&](std::string_view key, const crdt::value& v) {
    require(found.empty() || last < key, "for_each goes up by key");
    last = std::string(key);
    found.emplace(key, v);
  });
  require(found == expected, "map " + where.to_string() + " shows the right entries");
  require(map.size() == expected.size(), "size counts the keys shown");
  for (const std::string key : {"a", "b", "c"}) {
    const auto at = expected.find(key);
    require(map.contains(key) == (at != expected.end()), "contains tells what is shown");
    require(map.get(key) == (at == expected.end() ? std::nullopt : std::optional(at->second)),
            "get gives what is shown");
  }
  event_mirror& m = p.mirror;
  if (p.open_transactions > 0) {
    return;
  }
  auto& mirrored = m.entries[map.index()];
  if (!m.from_empty && m.tracked.insert(map.index()).second) {
    mirrored = found;
  }
  for (const std::string& key : m.dirty[map.index()]) {
    if (found.count(key) != 0) {
      mirrored[key] = found[key];
    } else {
      mirrored.erase(key);
    }
  }
  m.dirty[map.index()].clear();
  require(mirrored == found, "events name every key of " + where.to_string() + " that changed");
}

void cluster::check_counter(peer& p, const container_path& where) {
  const crdt::counter counter = counter_at(*p.doc, where);
  const std::int64_t expected = p.twin.sum(where);
  require(counter.value() == expected, "counter " + where.to_string() + " is " +
                                           std::to_string(expected) + ", not " +
                                           std::to_string(counter.value()));
  event_mirror& m = p.mirror;
  if (p.open_transactions > 0) {
    return;
  }
  if (!m.from_empty && m.tracked.insert(counter.index()).second) {
    m.sums[counter.index()] = static_cast<std::uint64_t>(expected);
  }
  require(m.sums[counter.index()] == static_cast<std::uint64_t>(expected),
          "the deltas of all events give the sum of " + where.to_string());
}

void cluster::check_cursors(peer& p) {
  const container_path root_map{crdt::container_type::map, "m", {}};
  const auto shown = p.twin.children(root_map);
  for (watched_cursor& w : cursors_) {
    if (w.where.steps.empty() || std::find(shown.begin(), shown.end(), w.where) != shown.end()) {
      check_cursor(p, w);
    }
  }
}

void cluster::check_cursor(peer& p, watched_cursor& w) {
  const auto found = text_at(*p.doc, w.where).resolve(w.at);
  const std::vector<list_item> all = p.twin.items(w.where);
  std::vector<crdt::op_id> visible;
  for (const list_item& item : p.twin.visible_items(w.where)) {
    visible.push_back(item.id);
  }
  if (!w.at.element) {
    const std::size_t end = w.at.stick == crdt::side::after ? 0 : visible.size();
    require(found && found->value == end, "a cursor at an end of the text stays there");
    return;
  }
  const auto place = [&](const crdt::op_id& id) {
    return std::find_if(all.begin(), all.end(),
                        [&](const list_item& item) { return item.id == id; });
  };
  const auto element = place(*w.at.element);
  require(found.has_value() == (element != all.end()), "a cursor resolves where it is known");
  if (!found) {
    return;
  }
  if (!element->erased) {
    const auto at = std::find(visible.begin(), visible.end(), element->id) - visible.begin();
    require(found->value == at + (w.at.stick == crdt::side::after ? 1 : 0),
            "a cursor stays beside its item");
    w.beside[p.opened] = visible;
    return;
  }
  require(found->value <= visible.size(), "a cursor is inside the text");
  for (const crdt::op_id& id : w.beside[p.opened]) {
    const auto at = std::find(visible.begin(), visible.end(), id);
    if (at != visible.end()) {
      const auto index = static_cast<std::size_t>(at - visible.begin());
      require(place(id) < element ? found->value > index : found->value <= index,
              "a cursor whose item is gone stays between the items that were beside it");
    }
  }
}

void cluster::check_walk(peer& p, std::uint64_t seed) {
  rng random(seed);
  for (const char* root : {"t", "u"}) {
    const container_path where{crdt::container_type::text, root, {}};
    const auto ops = p.twin.walk_ops(where);
    if (ops.size() > longest_walk) {
      continue;
    }
    const std::u32string walked =
        naive_walk(world_->graph, ops, random_order(world_->graph, ops, random));
    require(walked == p.twin.text(where), "the naive walker and the naive list agree");
    require(to_utf8(walked) == text_at(*p.doc, where).to_string(),
            "the naive walker and the document agree");
  }
}

// The same operations into fresh documents: at once, one change at a time in any order, and in
// batches. All must end as the others did.
void cluster::check_fresh_imports(std::uint64_t seed) {
  rng random(seed + 1);
  crdt::document& source = *peers_.front().doc;
  const crdt::bytes canonical = source.export_canonical();
  crdt::document whole(fresh_id());
  require(whole.import(source.export_updates()).has_value(), "the whole history imports at once");
  require(whole.export_canonical() == canonical, "one import gives the same document");
  std::vector<crdt::change> changes;
  for (const auto& [replica, count] : source.version().counts()) {
    for (crdt::change& c : source.export_changes(replica, 0)) {
      changes.push_back(std::move(c));
    }
  }
  random.shuffle(changes);
  crdt::document single(fresh_id());
  for (const crdt::change& c : changes) {
    require(single.import_changes({&c, 1}).has_value(), "a change imports or waits");
  }
  require(single.export_canonical() == canonical, "changes in any order give the same document");
  crdt::document batched(fresh_id());
  for (std::size_t at = 0; at < changes.size();) {
    const std::size_t size = std::min(changes.size() - at, 1 + random.below(8));
    require(batched.import_changes({changes.data() + at, size}).has_value(), "a batch imports");
    at += size;
  }
  require(batched.export_canonical() == canonical, "any batches give the same document");
  auto opened = crdt::document::open(fresh_id(), canonical);
  if (opened) {
    require(opened->export_canonical() == canonical, "a canonical export opens as the same");
  }
}

}  // namespace weft::test

// SPDX-License-Identifier: MIT
#include "support/twin_run.hpp"

#include "support/step_import.hpp"
#include "support/utf8.hpp"

#include <algorithm>
#include <utility>

namespace weft::test {
namespace {

constexpr std::size_t most_peers = 12;
constexpr std::array<const char*, twin_texts> names{"t", "u"};

crdt::text text_of(twin_peer& p, std::size_t text) {
  return p.doc.get_text(names[text]);
}

}  // namespace

twin_run::twin_run(const twin_script& s, twin_options options)
    : script_(s), options_(options), random_(s.ids) {
  for (crdt::replica_id& id : world_.ids) {
    id = crdt::replica_id::from_number((random_.next() >> 24U) * options_.id_spread);
  }
  for (std::size_t i = 0; i < s.replicas; ++i) {
    const slot self = slots_given_++;
    add_peer(crdt::document(world_.ids[self]), twin_replica(world_, self));
  }
}

void twin_run::add_peer(crdt::document d, twin_replica t) {
  peers_.push_back(std::make_unique<twin_peer>(std::move(d), std::move(t)));
  listen(*peers_.back());
}

void twin_run::listen(twin_peer& p) {
  p.opened = openings_++;
  for (std::size_t i = 0; i < twin_texts; ++i) {
    p.mirror[i] = p.twin.text(i);
  }
  p.mirrored_sum = static_cast<std::uint64_t>(p.twin.sum());
  const std::array<crdt::container_index, twin_texts> texts{text_of(p, 0).index(),
                                                            text_of(p, 1).index()};
  p.doc.subscribe([&p, texts](const crdt::event& e) {
    for (const crdt::container_change& c : e.changes) {
      p.mirrored_sum += static_cast<std::uint64_t>(c.counter_delta);
      std::u32string& mirror = p.mirror[c.container == texts[1] ? 1 : 0];
      for (const crdt::text_patch& patch : c.patches) {
        const std::u32string fresh = to_scalars(patch.inserted);
        require(fresh.size() == patch.inserted_length, "a patch says how long its text is");
        require(patch.position + patch.erased <= mirror.size(), "a patch lies inside the text");
        mirror.replace(patch.position, patch.erased, fresh);
      }
    }
  });
}

void twin_run::run() {
  for (const twin_event& e : script_.events) {
    run_event(e);
  }
  converge();
}

std::size_t twin_run::operations() const {
  std::size_t sum = 0;
  for (const auto& ops : world_.ops) {
    sum += ops.size();
  }
  return sum;
}

void twin_run::run_event(const twin_event& e) {
  twin_peer& p = *peers_[e.actor % peers_.size()];
  twin_peer& other = *peers_[e.other % peers_.size()];
  bool look = script_.look == looking::always;
  switch (e.kind) {
    case twin_kind::pull:
      pull(p, other, p.doc.version());
      break;
    case twin_kind::pull_since:
      pull_since(p, other, e);
      break;
    case twin_kind::stream:
      stream(p, nullptr, 1U + e.amount % 64U);
      break;
    case twin_kind::stream_from: {
      op_counts only{};
      only[other.twin.self()] = 1;
      stream(p, &only, 1U + e.amount % 64U);
      break;
    }
    case twin_kind::jump:
      if (!packets_.empty()) {
        // Mostly recent ones.
        const std::size_t back = e.place < 192 ? e.place % 16U : e.place * e.amount;
        receive_packet(p, packets_[packets_.size() - 1 - back % packets_.size()]);
      }
      break;
    case twin_kind::changes:
      receive_changes(p, other, e);
      break;
    case twin_kind::refused:
      refused(p, other, e);
      break;
    case twin_kind::reopen:
      reopen(p);
      break;
    case twin_kind::join:
      join(p, e);
      break;
    case twin_kind::new_id:
      if (slots_given_ < twin_slots) {
        p.twin.set_slot(slots_given_++);
        p.doc.set_replica(world_.ids[p.twin.self()]);
      }
      break;
    case twin_kind::cursor:
      take_cursor(p, e);
      break;
    case twin_kind::look:
      look = look || script_.look == looking::often;
      break;
    default:
      edit(p, e);
  }
  look = look || (script_.look == looking::often && e.place % 4 == 0);
  if (look) {
    check(p);
  }
  if (options_.after_event) {
    options_.after_event(p);
  }
}

// Low values are the gaps that make trouble: both ends, where somebody just was, and both sides of
// one item that all know.
std::uint32_t twin_run::gap(const twin_peer& p, const twin_event& e) const {
  const std::uint32_t length = p.twin.length(e.text);
  const item_index hot = hot_[e.text];
  switch (e.place % 16) {
    case 0:
      return 0;
    case 1:
      return length;
    case 2:
      return std::min(length, p.last_gap);
    case 3:
      return std::min(length, p.last_gap > 0 ? p.last_gap - 1 : 0);
    case 4:
      return std::min(length, p.last_gap + 1);
    case 5:
      return std::min(length, shared_gap_);
    case 6:
      return std::min(length, 1U);
    case 7:
    case 8:
    case 9:
      return p.twin.shown_before(e.text, hot);
    case 10:
    case 11:
      return std::min(length, p.twin.shown_before(e.text, hot) + 1);
    default:
      return static_cast<std::uint32_t>(e.place * (length + 1ULL) / 256);
  }
}

// Characters of one to four bytes, combining ones among them, none twice.
std::u32string twin_run::fresh_text(const twin_event& e) {
  std::uint32_t count = 1;
  if (e.amount >= 96 && scalars_given_ < options_.max_items) {
    count = e.amount < 160 ? 2U + e.amount % 3U : e.amount < 224 ? 5U + e.amount % 8U : 30U;
  }
  constexpr std::array<char32_t, 4> starts{0x4e00, 0x300, 0x1'f300, 0xac00};
  std::u32string out;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t n = scalars_given_++;
    out.push_back(n < 94 && !script_.wide_scalars ? U'!' + n
                  : n < 8'000                     ? starts.at(e.amount % 4U) + n
                                                  : 0x2'0000 + n);
  }
  return out;
}

void twin_run::edit(twin_peer& p, const twin_event& e) {
  if (operations() >= options_.max_operations) {
    return;
  }
  const std::uint32_t before = p.twin.known()[p.twin.self()];
  const crdt::version_vector version = p.doc.version();
  if (e.kind == twin_kind::transaction) {
    const crdt::transaction scope(p.doc);
    constexpr std::array kinds{twin_kind::insert, twin_kind::erase, twin_kind::backspace,
                               twin_kind::replace, twin_kind::type_back};
    for (std::size_t i = 0; i < 2U + e.amount % 3U; ++i) {
      twin_event part = e;
      part.place = static_cast<std::uint8_t>(e.place + i * 37);
      part.amount = static_cast<std::uint8_t>(e.amount / 2 + i * 11);
      edit_once(p, part, kinds[(e.amount + i) % kinds.size()]);
    }
  } else {
    edit_once(p, e, e.kind);
  }
  send_local(p, before, version);
}

void twin_run::edit_once(twin_peer& p, const twin_event& e, twin_kind kind) {
  const std::size_t text = e.text;
  std::uint32_t at = gap(p, e);
  const std::uint32_t length = p.twin.length(text);
  const std::uint32_t wanted = e.amount < 96 ? 1U : e.amount < 224 ? 1U + e.amount % 8U : 60U;
  const std::uint32_t right = std::min(length - at, wanted);
  p.last_gap = at;
  switch (kind) {
    case twin_kind::add:
      p.doc.get_counter("c").add(e.amount - 100);
      p.twin.add(e.amount - 100);
      break;
    case twin_kind::erase:
      erase(p, text, at, right);
      break;
    case twin_kind::delete_key:
      for (std::uint32_t i = 0; i < right; ++i) {
        erase(p, text, at, 1);
      }
      break;
    case twin_kind::backspace:
      for (std::uint32_t i = std::min(at, wanted); i > 0; --i) {
        erase(p, text, --at, 1);
      }
      p.last_gap = at;
      break;
    case twin_kind::replace: {
      const std::u32string fresh = fresh_text(e);
      text_of(p, text).replace({at}, right, to_utf8(fresh));
      p.twin.erase(text, at, right);
      p.twin.insert(text, at, fresh);
      p.last_gap = at + static_cast<std::uint32_t>(fresh.size());
      break;
    }
    case twin_kind::type:
      for (const char32_t c : fresh_text(e)) {
        insert(p, text, at++, {c});
      }
      p.last_gap = at;
      break;
    case twin_kind::type_back:
      for (const char32_t c : fresh_text(e)) {
        insert(p, text, at, {c});
      }
      break;
    default: {
      const std::u32string fresh = fresh_text(e);
      insert(p, text, at, fresh);
      p.last_gap = at + static_cast<std::uint32_t>(fresh.size());
    }
  }
  shared_gap_ = p.last_gap;
  const auto& items = world_.texts[text].items();
  if (!items.empty() && (hot_[text] == no_item || e.amount % 32 == 31)) {
    hot_[text] = static_cast<item_index>(items.size() - 1);
  }
}

void twin_run::insert(twin_peer& p, std::size_t text, std::uint32_t at,
                      const std::u32string& scalars) {
  text_of(p, text).insert({at}, to_utf8(scalars));
  p.twin.insert(text, at, scalars);
}

void twin_run::erase(twin_peer& p, std::size_t text, std::uint32_t at, std::uint32_t count) {
  text_of(p, text).erase({at}, count);
  p.twin.erase(text, at, count);
}

void twin_run::send_local(twin_peer& p, std::uint32_t before, const crdt::version_vector& version) {
  const slot self = p.twin.self();
  const std::uint32_t count = p.twin.known()[self] - before;
  if (count > 0) {
    packets_.push_back({self, before, count, p.doc.export_updates(version, 0)});
  }
}

void twin_run::settle(twin_peer& to, const crdt::result<crdt::import_report>& report) {
  require(report.has_value(), "what a document exports imports");
  const std::uint64_t applied = to.twin.settle();
  if (report->applied != applied) {
    throw mismatch("an import reports " + std::to_string(applied) + " operations as applied, not " +
                   std::to_string(report->applied));
  }
}

void twin_run::pull(twin_peer& to, twin_peer& from, const crdt::version_vector& since) {
  if (&to == &from) {
    return;
  }
  op_counts first{};
  for (slot s = 0; s < slots_given_; ++s) {
    first[s] = since.count(world_.ids[s]);
  }
  const auto report = import_somehow(to.doc, from.doc.export_updates(since, 0), random_);
  for (slot s = 0; s < slots_given_; ++s) {
    if (first[s] < from.twin.known()[s]) {
      to.twin.receive(s, first[s], from.twin.known()[s] - first[s]);
    }
  }
  settle(to, report);
}

// From nothing, from what a third one knows, or from a part of what the receiver knows: known
// operations again, or operations that have to wait.
void twin_run::pull_since(twin_peer& to, twin_peer& from, const twin_event& e) {
  crdt::version_vector since;
  if (e.amount % 4 == 1) {
    since = peers_[e.place % peers_.size()]->doc.version();
  } else if (e.amount % 4 > 1) {
    // Whole changes back, so still a version that somebody had.
    since = to.doc.version();
    if (!packets_.empty()) {
      const twin_packet& packet = packets_[e.place * packets_.size() / 256];
      if (to.twin.known()[packet.from] > packet.first) {
        since = {};
        const op_counts& past = world_.past(packet.from, packet.first);
        for (slot s = 0; s < slots_given_; ++s) {
          since.include(world_.ids[s], s == packet.from ? packet.first : past[s]);
        }
      }
    }
  }
  pull(to, from, since);
}

void twin_run::stream(twin_peer& to, const op_counts* only, std::size_t count) {
  bool gap = false;
  for (std::size_t i = to.streamed; i < packets_.size() && count > 0; ++i) {
    const twin_packet& packet = packets_[i];
    const bool has = to.twin.received(packet.from, packet.first + packet.count - 1);
    if (!has && (only == nullptr || (*only)[packet.from] != 0)) {
      receive_packet(to, packet);
      --count;
    } else if (!has) {
      gap = true;
    }
    if (!gap) {
      to.streamed = i + 1;
    }
  }
}

void twin_run::receive_packet(twin_peer& to, const twin_packet& packet) {
  const auto report = import_somehow(to.doc, packet.update, random_);
  to.twin.receive(packet.from, packet.first, packet.count);
  settle(to, report);
}

void twin_run::receive_changes(twin_peer& to, twin_peer& from, const twin_event& e) {
  if (&to == &from) {
    return;
  }
  std::vector<crdt::change> changes;
  for (slot s = 0; s < slots_given_; ++s) {
    const std::uint32_t count = from.twin.known()[s];
    const std::uint32_t known = to.twin.known()[s];
    if (count == 0 || random_.chance(25)) {
      continue;
    }
    crdt::limits bounds;
    if (e.place % 2 == 0) {
      bounds.max_change_ops = static_cast<std::uint32_t>(1 + random_.below(6));
    }
    const std::uint32_t first = random_.chance(80)
                                    ? std::min(known, count)
                                    : static_cast<std::uint32_t>(random_.below(count + 1));
    for (crdt::change& c : from.doc.export_changes(world_.ids[s], first, bounds)) {
      if (random_.chance(90)) {
        require(c.lamport == world_.ops[s][c.first.counter].lamport,
                "a change has the lamport of its first operation");
        to.twin.receive(s, c.first.counter, c.length);
        changes.push_back(std::move(c));
      }
    }
  }
  random_.shuffle(changes);
  settle(to, to.doc.import_changes(changes));
}

// All that the other knows, and then a change by a stranger who knows just that, at a place that
// the text of that version does not have. All or nothing, so nothing.
void twin_run::refused(twin_peer& to, twin_peer& from, const twin_event& e) {
  const crdt::replica_id stranger = crdt::replica_id::from_number(~std::uint64_t{0} - e.amount);
  const std::uint32_t length = from.twin.length(e.text);
  crdt::document liar(stranger);
  crdt::text text = liar.get_text(names[e.text]);
  text.insert({0}, std::string(length + 2, '.'));
  bool good_first = e.place % 2 == 0;
  if (good_first) {
    text.insert({length}, "!");  // the first operation is possible, the second one is not
  }
  const std::uint32_t end = length + (good_first ? 1 : 0);
  switch (e.amount % 3) {
    case 0:
      text.insert({end + 1}, "x");
      break;
    case 1:
      text.erase({end}, 1);
      break;
    default:
      text.erase({end == 0 ? 0 : end - 1}, end == 0 ? 1 : 2);
  }
  crdt::change bad = liar.export_changes(stranger, length + 2).front();
  bad.first.counter = 0;
  bad.parents = from.doc.frontier();
  bad.lamport = from.twin.lamport() + 1;
  std::vector<crdt::change> batch;
  for (slot s = 0; s < slots_given_ && &to != &from; ++s) {
    if (from.twin.known()[s] > to.twin.known()[s]) {
      for (crdt::change& c : from.doc.export_changes(world_.ids[s], to.twin.known()[s])) {
        batch.push_back(std::move(c));
      }
    }
  }
  if (e.place % 3 == 0) {
    random_.shuffle(batch);
  }
  batch.push_back(std::move(bad));
  const auto report = to.doc.import_changes(batch);
  require(!report.has_value(), "an impossible change is refused");
  require(report.error().code == crdt::errc::bad_position, "a place outside the text is named");
  check(to);
}

void twin_run::reopen(twin_peer& p) {
  auto opened = crdt::document::open(world_.ids[p.twin.self()], p.doc.export_snapshot(0));
  require(opened.has_value(), "a snapshot opens");
  p.doc = std::move(*opened);
  p.twin.forget_waiting();
  p.streamed = 0;
  listen(p);
}

void twin_run::join(twin_peer& p, const twin_event& e) {
  if (peers_.size() >= most_peers || slots_given_ >= twin_slots) {
    return;
  }
  const slot self = slots_given_++;
  if (e.place % 2 == 0) {
    add_peer(crdt::document(world_.ids[self]), twin_replica(world_, self));
    return;
  }
  auto opened = crdt::document::open(world_.ids[self], p.doc.export_snapshot(0));
  require(opened.has_value(), "a snapshot opens");
  twin_replica twin = p.twin;
  twin.forget_waiting();
  twin.set_slot(self);
  add_peer(std::move(*opened), std::move(twin));
}

void twin_run::take_cursor(twin_peer& p, const twin_event& e) {
  if (cursors_.size() >= 4) {
    return;
  }
  const std::uint32_t at = gap(p, e);
  const crdt::side stick = e.amount % 2 == 0 ? crdt::side::after : crdt::side::before;
  const crdt::cursor c = text_of(p, e.text).cursor_at({at}, stick);
  const bool left = stick == crdt::side::after;
  if (left ? at == 0 : at == p.twin.length(e.text)) {
    require(!c.element.has_value(), "a cursor at an end of the text names no item");
    return;
  }
  const item_index i = p.twin.shown(e.text, left ? at - 1 : at);
  require(c.element == world_.texts[e.text].items()[i].id, "a cursor names the item beside it");
  cursors_.push_back({e.text, i, c, {}});
}

}  // namespace weft::test

// SPDX-License-Identifier: MIT
// Steps of a script that edit: each is done to the document and to its twin.
#include "support/cluster.hpp"
#include "support/utf8.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weft::test {

crdt::map map_at(crdt::document& doc, const container_path& where) {
  if (where.steps.empty()) {
    return doc.get_map(where.root);
  }
  return map_at(doc, where.parent()).ensure_map(where.steps.back().first);
}

crdt::text text_at(crdt::document& doc, const container_path& where) {
  if (where.steps.empty()) {
    return doc.get_text(where.root);
  }
  return map_at(doc, where.parent()).ensure_text(where.steps.back().first);
}

crdt::counter counter_at(crdt::document& doc, const container_path& where) {
  if (where.steps.empty()) {
    return doc.get_counter(where.root);
  }
  return map_at(doc, where.parent()).ensure_counter(where.steps.back().first);
}

// Mostly the roots; else a child that the peer's maps show.
container_path cluster::pick(const peer& p, const step& s, crdt::container_type type) const {
  if (type == crdt::container_type::text && (s.where < 150 || p.open_transactions > 0)) {
    return main_text();
  }
  const container_path root_map{crdt::container_type::map, "m", {}};
  std::vector<container_path> found;
  switch (type) {
    case crdt::container_type::text:
      found.push_back({type, "u", {}});
      break;
    case crdt::container_type::map:
      found.push_back(root_map);
      break;
    case crdt::container_type::counter:
      found.push_back({type, "c", {}});
      break;
  }
  for (container_path& child : p.twin.children(root_map)) {
    if (child.type() == type) {
      found.push_back(std::move(child));
    }
  }
  return found[s.where % found.size()];
}

// Low values are the gaps that make trouble: both ends, and where somebody just was.
std::uint32_t cluster::gap(const peer& p, std::uint32_t length, std::uint8_t place) const {
  switch (place % 16) {
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
    default:
      return static_cast<std::uint32_t>(place * (length + 1ULL) / 256);
  }
}

// Characters of one to four bytes, combining ones among them, none twice.
std::u32string cluster::fresh_text(const step& s) {
  std::uint32_t count = 1;
  if (s.amount >= 128 && scalars_given_ < options_.max_items) {
    count = s.amount < 200 ? 2U + s.amount % 3U : s.amount < 250 ? 5U + s.amount % 8U : 40U;
  }
  constexpr std::array<char32_t, 4> starts{0x4e00, 0x300, 0x1'f300, 0xac00};
  std::u32string out;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t n = scalars_given_++;
    out.push_back(n < 94 ? U'!' + n : starts.at(s.extra % 4U) + n);
  }
  return out;
}

void cluster::edit_text(peer& p, const step& s) {
  const container_path where = pick(p, s, crdt::container_type::text);
  const crdt::text text = text_at(*p.doc, where);
  p.paths.emplace(text.index(), where);
  const std::uint32_t at = gap(p, text.length(), s.place);
  p.last_gap = at;
  if (s.extra % 8 == 7) {
    p.undo->join_next();
  }
  switch (s.kind) {
    case step_kind::insert: {
      const std::u32string fresh = fresh_text(s);
      text_at(*p.doc, where).insert({at}, to_utf8(fresh));
      p.twin.insert(where, at, fresh);
      p.last_gap = at + static_cast<std::uint32_t>(fresh.size());
      break;
    }
    case step_kind::type_forward:
      type_forward(p, where, at, s);
      break;
    case step_kind::type_backward:
      type_backward(p, where, at, s);
      break;
    default:
      erase_text(p, where, at, s);
  }
  shared_gap_ = p.last_gap;
}

void cluster::type_forward(peer& p, const container_path& where, std::uint32_t at, const step& s) {
  const std::u32string fresh = fresh_text(s);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    text_at(*p.doc, where).insert({at}, to_utf8(fresh[i]));
    p.twin.insert(where, at, {&fresh[i], 1});
    ++at;
    if (i == fresh.size() / 2) {
      interrupt(p, s, at);
    }
  }
  p.last_gap = at;
}

void cluster::type_backward(peer& p, const container_path& where, std::uint32_t at, const step& s) {
  const std::u32string fresh = fresh_text(s);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    text_at(*p.doc, where).insert({at}, to_utf8(fresh[i]));
    p.twin.insert(where, at, {&fresh[i], 1});
    if (i == fresh.size() / 2) {
      interrupt(p, s, at);
    }
  }
}

void cluster::erase_text(peer& p, const container_path& where, std::uint32_t at, const step& s) {
  crdt::text text = text_at(*p.doc, where);
  const std::uint32_t wanted = s.amount < 128 ? 1U : s.amount < 240 ? 1U + s.amount % 8U : 60U;
  if (s.kind == step_kind::backspace) {
    const std::uint32_t count = std::min(at, wanted);
    for (std::uint32_t i = 1; i <= count; ++i) {
      text.erase({at - i}, 1);
      p.twin.erase(where, at - i, 1);
      if (i == count / 2) {
        interrupt(p, s, at - i);
      }
    }
    p.last_gap = at - count;
    return;
  }
  const std::uint32_t count = std::min(text.length() - at, wanted);
  if (s.kind == step_kind::delete_key) {
    for (std::uint32_t i = 0; i < count; ++i) {
      text.erase({at}, 1);
      p.twin.erase(where, at, 1);
      if (i == count / 2) {
        interrupt(p, s, at);
      }
    }
    return;
  }
  if (s.kind == step_kind::erase) {
    text.erase({at}, count);
    p.twin.erase(where, at, count);
    return;
  }
  const std::u32string fresh = fresh_text(s);
  text.replace({at}, count, to_utf8(fresh));
  p.twin.erase(where, at, count);
  p.twin.insert(where, at, fresh);
  p.last_gap = at + static_cast<std::uint32_t>(fresh.size());
}

// Another peer gets what is done so far and types close by, so its operation is concurrent with
// the second half of a run that looks like one.
void cluster::interrupt(peer& p, const step& s, std::uint32_t at) {
  peer& other = peers_[static_cast<std::size_t>(&p - peers_.data() + 1) % peers_.size()];
  if (s.extra % 4 != 3 || &other == &p || p.open_transactions > 0) {
    return;
  }
  close_transactions(other);
  sync(p, other, false);
  const crdt::text text = text_at(*other.doc, main_text());
  const std::uint32_t there = std::min(text.length(), at > 1 ? at - s.place % 3U % at : at);
  const std::u32string fresh = fresh_text({});
  text_at(*other.doc, main_text()).insert({there}, to_utf8(fresh));
  other.twin.insert(main_text(), there, fresh);
}

// The index of every text that shows, since events name texts by it.
void cluster::learn_texts(peer& p) {
  const container_path root_map{crdt::container_type::map, "m", {}};
  std::vector<container_path> shown = p.twin.children(root_map);
  shown.push_back(main_text());
  shown.push_back({crdt::container_type::text, "u", {}});
  for (const container_path& child : shown) {
    if (child.type() == crdt::container_type::text) {
      p.paths.emplace(text_at(*p.doc, child).index(), child);
    }
  }
}

void cluster::edit_map(peer& p, const step& s) {
  learn_texts(p);
  const container_path where = pick(p, s, crdt::container_type::map);
  crdt::map map = map_at(*p.doc, where);
  const std::string key(1, static_cast<char>('a' + s.place % 3));
  if (s.kind == step_kind::map_erase) {
    map.erase(key);
    pad_twin(p, where);
    p.twin.map_erase(where, key);
  } else if (s.kind == step_kind::map_set) {
    const std::array<crdt::value, 6> values{crdt::value{},
                                            crdt::value{s.amount % 2 == 0},
                                            crdt::value{std::int64_t{s.amount} - 100},
                                            crdt::value{s.amount * 0.5},
                                            crdt::value{"\xc3\xa9" + std::to_string(s.amount)},
                                            crdt::value{crdt::bytes{s.amount, 0, 255}}};
    map.set(key, values.at(s.extra % values.size()));
    pad_twin(p, where);
    p.twin.map_set(where, key, values.at(s.extra % values.size()));
  } else {
    const auto type = static_cast<crdt::container_type>(
        1 + (where.steps.size() > 2 ? s.extra % 2 * 2 : s.extra % 3));
    switch (type) {
      case crdt::container_type::text:
        static_cast<void>(map.ensure_text(key));
        break;
      case crdt::container_type::map:
        static_cast<void>(map.ensure_map(key));
        break;
      case crdt::container_type::counter:
        static_cast<void>(map.ensure_counter(key));
        break;
    }
    pad_twin(p, where);
    p.twin.ensure(where, key, type);
  }
}

// A write that resets a child makes the parts of the reset first and the write last. The twin needs
// the write alone, at its right number.
void cluster::pad_twin(peer& p, const container_path& where) {
  while (world_->count(p.twin.replica()) + 1 < p.doc->version().count(p.twin.replica())) {
    p.twin.add_rest(where);
  }
}

void cluster::add_to_counter(peer& p, const step& s) {
  const container_path where = pick(p, s, crdt::container_type::counter);
  std::int64_t amount = std::int64_t{s.amount} - 100;
  if (s.extra == 0) {
    amount = INT64_MAX;
  } else if (s.extra == 1) {
    amount = INT64_MIN;
  } else if (amount == 0) {
    amount = 1;
  }
  counter_at(*p.doc, where).add(amount);
  p.twin.add(where, amount);
}

void cluster::undo_or_redo(peer& p, bool redo) {
  learn_texts(p);
  p.mirror.recent.clear();
  const bool possible = redo ? p.undo->can_redo() : p.undo->can_undo();
  const auto outcome = redo ? p.undo->redo() : p.undo->undo();
  require(!outcome || possible, "nothing is undone that could not be undone");
  if (!outcome) {
    require(p.mirror.recent.empty(), "an undo that does nothing has no event");
  }
  follow_undo(p);
}

// Events name a text by an index that only a handle tells, and a hidden child gives no handle. Then
// the characters tell which text it is, since each was typed into one text only: those that come
// back, or those that go, which must be our own.
const container_path& cluster::path_of(peer& p, const crdt::container_change& c) const {
  const auto known = p.paths.find(c.container);
  if (known != p.paths.end()) {
    return known->second;
  }
  const auto fits = [&](const container_path& where) {
    const crdt::text_patch& first = c.patches.front();
    if (first.inserted_length > 0) {
      return p.twin.find_scalar(where, to_scalars(first.inserted).front());
    }
    const auto visible = p.twin.visible_items(where);
    return first.position < visible.size() &&
           p.own.count(visible[first.position].id.replica) != 0 &&
           std::none_of(
               p.paths.begin(), p.paths.end(),
               [&](const auto& entry) { return entry.second == where; });
  };
  for (const world_op& op : world_->ops) {
    if (op.kind == op_kind::insert && fits(op.where)) {
      return p.paths.emplace(c.container, op.where).first->second;
    }
  }
  throw mismatch("an undo touches a text that was there");
}

// What an undo did is known from its event alone. It must erase own items only.
void cluster::follow_undo(peer& p) {
  const std::vector<crdt::event> events = std::move(p.mirror.recent);
  p.mirror.recent.clear();
  for (const crdt::event& e : events) {
    require(e.from == crdt::origin::undo, "an undo says so in its event");
    for (const crdt::container_change& c : e.changes) {
      const container_path& where = path_of(p, c);
      for (const crdt::text_patch& patch : c.patches) {
        const auto visible = p.twin.visible_items(where);
        for (std::uint32_t i = 0; i < patch.erased; ++i) {
          require(p.own.count(visible.at(patch.position + i).id.replica) != 0,
                  "an undo erases own items only");
        }
        p.twin.erase(where, patch.position, patch.erased);
        p.twin.insert(where, patch.position, to_scalars(patch.inserted));
        p.last_gap = patch.position;
      }
    }
  }
}

void cluster::take_cursor(peer& p, const step& s) {
  const container_path where = pick(p, s, crdt::container_type::text);
  const crdt::text text = text_at(*p.doc, where);
  const std::uint32_t at = gap(p, text.length(), s.place);
  const auto stick = s.extra % 2 == 0 ? crdt::side::before : crdt::side::after;
  watched_cursor w{where, text.cursor_at({at}, stick), {}};
  const std::vector<list_item> items = p.twin.visible_items(where);
  std::optional<crdt::op_id> element;
  if (stick == crdt::side::after && at > 0) {
    element = items[at - 1].id;
  } else if (stick == crdt::side::before && at < items.size()) {
    element = items[at].id;
  }
  require(w.at.element == element, "a cursor names the item beside its gap");
  require(w.at.stick == stick, "a cursor keeps its side");
  if (cursors_.size() < 12) {
    cursors_.push_back(std::move(w));
  }
}

}  // namespace weft::test

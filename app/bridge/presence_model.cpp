// SPDX-License-Identifier: MIT
#include "bridge/presence_model.hpp"

#include <algorithm>
#include <utility>

namespace weft::app {

namespace {

constexpr std::uint8_t kPayloadVersion = 1;

const Person* find(const std::vector<Person>& people, const std::string& key) {
  const auto it =
      std::find_if(people.begin(), people.end(), [&key](const Person& p) { return p.key == key; });
  return it == people.end() ? nullptr : &*it;
}

}  // namespace

crdt::bytes PresencePayload::encode() const {
  crdt::byte_writer out;
  out.u8(kPayloadVersion);
  anchor.encode(out);
  caret.encode(out);
  return out.take();
}

crdt::result<PresencePayload> PresencePayload::decode(crdt::byte_view in) {
  crdt::byte_reader reader(in);
  if (reader.u8() != kPayloadVersion && !reader.failed()) {
    reader.fail(crdt::errc::unsupported, "presence version");
  }
  if (reader.failed()) {
    return reader.failure();
  }
  PresencePayload out;
  for (crdt::cursor* part : {&out.anchor, &out.caret}) {
    auto read = crdt::cursor::decode(reader);
    if (!read) {
      return crdt::unexpected(read.error());
    }
    *part = *read;
  }
  reader.expect_end("presence");
  if (reader.failed()) {
    return reader.failure();
  }
  return out;
}

PresenceModel::PresenceModel(crdt::text text, std::function<std::int64_t()> clockMs,
                             QObject* parent)
    : QObject(parent), m_text(text), m_clockMs(std::move(clockMs)) {}

void PresenceModel::setPeople(std::vector<Person> people) {
  if (people == m_people) {
    return;
  }
  std::vector<std::string> keys;
  for (const Person& person : people) {
    keys.push_back(person.key);
  }
  m_colors = colorsOf(std::move(keys));
  m_people = std::move(people);
  Q_EMIT peopleChanged();
  Q_EMIT changed();
}

AuthorColor PresenceModel::colorOf(const std::string& key) const {
  const auto it = m_colors.find(key);
  return it == m_colors.end() ? AuthorColor{} : it->second;
}

void PresenceModel::receive(const crdt::replica_id& replica, const std::string& personKey,
                            crdt::byte_view payload) {
  if (payload.empty()) {
    m_entries.erase(replica);
    Q_EMIT changed();
    return;
  }
  auto read = PresencePayload::decode(payload);
  if (!read) {
    return;
  }
  Entry& entry = m_entries[replica];
  entry.person = personKey;
  entry.at = *read;
  entry.movedMs = m_clockMs();
  if (const auto where = resolved(entry.at)) {
    entry.where = where;
  }
  Q_EMIT changed();
}

void PresenceModel::resolve() {
  if (m_entries.empty()) {
    return;
  }
  const int length = static_cast<int>(m_text.length_utf16());
  for (auto& [replica, entry] : m_entries) {
    if (const auto where = resolved(entry.at)) {
      entry.where = where;
    } else if (entry.where) {
      entry.where->anchor = std::min(entry.where->anchor, length);
      entry.where->caret = std::min(entry.where->caret, length);
    }
  }
  Q_EMIT changed();
}

std::optional<Selection> PresenceModel::resolved(const PresencePayload& at) const {
  const auto anchor = m_text.resolve(at.anchor);
  const auto caret = m_text.resolve(at.caret);
  if (!anchor || !caret) {
    return std::nullopt;
  }
  return Selection{static_cast<int>(m_text.to_utf16(*anchor).value),
                   static_cast<int>(m_text.to_utf16(*caret).value)};
}

std::vector<RemoteCaret> PresenceModel::carets() const {
  std::vector<RemoteCaret> out;
  for (const auto& [replica, entry] : m_entries) {
    const Person* person = find(m_people, entry.person);
    if (entry.where && person != nullptr) {
      out.push_back({replica, person->name, colorOf(entry.person), *entry.where, entry.movedMs});
    }
  }
  return out;
}

std::optional<Selection> PresenceModel::whereIs(const std::string& personKey) const {
  std::optional<Selection> newest;
  std::int64_t movedMs = 0;
  for (const auto& [replica, entry] : m_entries) {
    if (entry.person == personKey && entry.where && (!newest || entry.movedMs >= movedMs)) {
      newest = entry.where;
      movedMs = entry.movedMs;
    }
  }
  return newest;
}

PresencePayload PresenceModel::payloadFor(const Selection& selection) const {
  const auto scalar = [this](int utf16) {
    return m_text.to_scalar(crdt::utf16_pos{static_cast<std::uint32_t>(utf16)});
  };
  PresencePayload out;
  if (selection.empty()) {
    out.caret = m_text.cursor_at(scalar(selection.caret), crdt::side::after);
    out.anchor = out.caret;
    return out;
  }
  // What others write at the edges stays outside of the selection.
  const crdt::cursor first = m_text.cursor_at(scalar(selection.first()), crdt::side::before);
  const crdt::cursor end = m_text.cursor_at(scalar(selection.end()), crdt::side::after);
  const bool forward = selection.anchor < selection.caret;
  out.anchor = forward ? first : end;
  out.caret = forward ? end : first;
  return out;
}

}  // namespace weft::app

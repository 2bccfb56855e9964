// SPDX-License-Identifier: MIT
// Who is in a document, where, and in which colour.
//
// Presence comes as a pair of cursors. It is kept as cursors and resolved to positions when the
// document or the presence changed. A cursor whose element is not here yet keeps its old place:
// presence may overtake the change that it belongs to. One thread; no clock of its own.
#pragma once

#include "bridge/author_colors.hpp"
#include "bridge/selection.hpp"
#include "weft/crdt/document/document.hpp"

#include <QObject>
#include <QString>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weft::app {

/// A selection as it travels.
struct PresencePayload {
  crdt::cursor anchor;
  crdt::cursor caret;

  [[nodiscard]] crdt::bytes encode() const;
  /// Refuses anything but what encode() writes; a newer version gives `unsupported`.
  [[nodiscard]] static crdt::result<PresencePayload> decode(crdt::byte_view in);
};

/// A member of the document, as the sync layer tells it.
struct Person {
  std::string key;  ///< names the person's device
  QString name;
  bool self = false;
  bool here = false;  ///< connected now
  friend bool operator==(const Person&, const Person&) = default;
};

/// A caret to draw.
struct RemoteCaret {
  crdt::replica_id replica;
  QString name;
  AuthorColor color;
  Selection where;
  std::int64_t movedMs = 0;  ///< when its owner last moved it
};

class PresenceModel : public QObject {
  Q_OBJECT

public:
  PresenceModel(crdt::text text, std::function<std::int64_t()> clockMs, QObject* parent = nullptr);

  void setPeople(std::vector<Person> people);
  [[nodiscard]] const std::vector<Person>& people() const noexcept { return m_people; }
  [[nodiscard]] AuthorColor colorOf(const std::string& key) const;

  /// An empty payload means that this replica is gone. Payloads that cannot be read are dropped.
  void receive(const crdt::replica_id& replica, const std::string& personKey,
               crdt::byte_view payload);
  /// Call after every change of the document.
  void resolve();

  [[nodiscard]] std::vector<RemoteCaret> carets() const;
  /// Where that person is, if they show it.
  [[nodiscard]] std::optional<Selection> whereIs(const std::string& personKey) const;

  /// The payload for a selection of our own.
  [[nodiscard]] PresencePayload payloadFor(const Selection& selection) const;

Q_SIGNALS:
  /// Carets or people changed.
  void changed();
  /// People changed; comes with `changed`.
  void peopleChanged();

private:
  struct Entry {
    std::string person;
    PresencePayload at;
    std::optional<Selection> where;
    std::int64_t movedMs = 0;
  };
  [[nodiscard]] std::optional<Selection> resolved(const PresencePayload& at) const;

  crdt::text m_text;
  std::function<std::int64_t()> m_clockMs;
  std::vector<Person> m_people;
  std::map<std::string, AuthorColor> m_colors;
  std::map<crdt::replica_id, Entry> m_entries;
};

}  // namespace weft::app

// SPDX-License-Identifier: MIT
// What the windows need of the sync layer, as two interfaces.
//
// NodeWorkspace implements them over weft::sync::node. Tests implement them in memory, so that the
// windows can be driven through every state. All calls, and all signals, on the application thread.
#pragma once

#include "bridge/presence_model.hpp"
#include "bridge/status_words.hpp"
#include "weft/crdt/document/document.hpp"
#include "weft/sync/error.hpp"

#include <QObject>
#include <QString>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace weft::app {

/// One open document.
class OpenDocument : public QObject {
  Q_OBJECT

public:
  [[nodiscard]] virtual QString id() const = 0;
  [[nodiscard]] virtual crdt::document& document() = 0;
  [[nodiscard]] virtual QString title() const = 0;
  virtual void setTitle(const QString& title) = 0;

  /// While held, what others do waits, durable and un-imported.
  virtual void setHold(bool held) = 0;
  virtual void sendPresence(const crdt::bytes& payload) = 0;

  [[nodiscard]] virtual DocumentState state() const = 0;
  /// All members, this device included.
  [[nodiscard]] virtual std::vector<Person> people() const = 0;

  [[nodiscard]] virtual std::optional<crdt::bytes> loadUndo() const = 0;
  virtual void saveUndo(crdt::byte_view stacks) = 0;

Q_SIGNALS:
  void stateChanged();
  void titleChanged();
  /// `payload` empty: that replica is gone.
  void presence(const weft::crdt::replica_id& replica, const std::string& person,
                const weft::crdt::bytes& payload);
};

struct DocumentEntry {
  QString id;
  QString title;
  friend bool operator==(const DocumentEntry&, const DocumentEntry&) = default;
};

/// What a shared link allows.
struct ShareTerms {
  bool mayEdit = true;
  int hours = 24;  ///< 0: does not end
};

class Workspace : public QObject {
  Q_OBJECT

public:
  [[nodiscard]] virtual QString name() const = 0;
  [[nodiscard]] virtual std::vector<DocumentEntry> documents() const = 0;
  [[nodiscard]] virtual sync::result<std::shared_ptr<OpenDocument>> create(
      const QString& title) = 0;
  [[nodiscard]] virtual sync::result<std::shared_ptr<OpenDocument>> open(const QString& id) = 0;
  /// A link that lets others in.
  [[nodiscard]] virtual sync::result<QString> share(const QString& id, const ShareTerms& terms) = 0;
  /// Joins by link; `done` gets the document's id or a sentence that says what went wrong.
  virtual void join(const QString& link, std::function<void(sync::result<QString>)> done) = 0;
  virtual void setOnline(bool online) = 0;
  [[nodiscard]] virtual bool online() const = 0;

  [[nodiscard]] virtual std::optional<crdt::bytes> loadValue(const QString& key) const = 0;
  virtual void saveValue(const QString& key, crdt::byte_view value) = 0;

Q_SIGNALS:
  void documentsChanged();
  void onlineChanged();
};

}  // namespace weft::app

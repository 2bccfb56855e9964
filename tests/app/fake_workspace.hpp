// SPDX-License-Identifier: MIT
// A workspace in memory, so that tests can put windows into every state.
#pragma once

#include "bridge/workspace.hpp"

#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace weft::app::testing {

class FakeDocument : public OpenDocument {
public:
  FakeDocument(QString id, std::uint64_t replica)
      : m_id(std::move(id)), m_document(crdt::replica_id::from_number(replica)) {}

  [[nodiscard]] QString id() const override { return m_id; }
  [[nodiscard]] crdt::document& document() override { return m_document; }
  [[nodiscard]] QString title() const override { return m_title; }
  void setTitle(const QString& title) override {
    m_title = title;
    Q_EMIT titleChanged();
  }
  void setHold(bool held) override {
    m_held = held;
    if (!held) {
      for (const crdt::bytes& update : std::exchange(m_waiting, {})) {
        import(update);
      }
    }
  }
  void sendPresence(const crdt::bytes& payload) override { sent.push_back(payload); }
  [[nodiscard]] DocumentState state() const override { return now; }
  [[nodiscard]] std::vector<Person> people() const override { return members; }
  [[nodiscard]] std::optional<crdt::bytes> loadUndo() const override { return undoStacks; }
  void saveUndo(crdt::byte_view stacks) override {
    undoStacks = crdt::bytes(stacks.begin(), stacks.end());
  }

  /// What arrives from others; waits while held.
  void import(const crdt::bytes& update) {
    if (m_held) {
      m_waiting.push_back(update);
    } else {
      const auto report = m_document.import(update);
      WEFT_ASSERT(report.has_value(), "updates of test documents are good");
    }
  }
  [[nodiscard]] bool held() const { return m_held; }
  [[nodiscard]] std::string text() { return m_document.get_text("text").to_string(); }

  DocumentState now;
  std::vector<Person> members;
  std::vector<crdt::bytes> sent;
  std::optional<crdt::bytes> undoStacks;

private:
  QString m_id;
  QString m_title;
  crdt::document m_document;
  bool m_held = false;
  std::vector<crdt::bytes> m_waiting;
};

class FakeWorkspace : public Workspace {
public:
  [[nodiscard]] QString name() const override { return QStringLiteral("Ana"); }
  [[nodiscard]] std::vector<DocumentEntry> documents() const override {
    std::vector<DocumentEntry> out;
    for (const auto& [id, document] : held) {
      out.push_back({id, document->title()});
    }
    return out;
  }
  [[nodiscard]] sync::result<std::shared_ptr<OpenDocument>> create(const QString& title) override {
    const QString id = QStringLiteral("doc%1").arg(held.size());
    held[id] = std::make_shared<FakeDocument>(id, 100 + held.size());
    held[id]->setTitle(title);
    Q_EMIT documentsChanged();
    return std::shared_ptr<OpenDocument>(held[id]);
  }
  [[nodiscard]] sync::result<std::shared_ptr<OpenDocument>> open(const QString& id) override {
    if (!held.contains(id)) {
      return sync::sync_error{sync::sync_errc::not_found, "There is no such document."};
    }
    return std::shared_ptr<OpenDocument>(held[id]);
  }
  [[nodiscard]] sync::result<QString> share(const QString& id, const ShareTerms& terms) override {
    return QStringLiteral("weft:join/%1?edit=%2&h=%3").arg(id).arg(terms.mayEdit).arg(terms.hours);
  }
  void join(const QString& link, std::function<void(sync::result<QString>)> done) override {
    asked = link;
    pending = std::move(done);
  }
  void setOnline(bool on) override {
    m_online = on;
    for (const auto& [id, document] : held) {
      document->now.online = on;
      Q_EMIT document->stateChanged();
    }
    Q_EMIT onlineChanged();
  }
  [[nodiscard]] bool online() const override { return m_online; }
  [[nodiscard]] std::optional<crdt::bytes> loadValue(const QString& key) const override {
    const auto it = values.find(key);
    return it == values.end() ? std::nullopt : std::optional(it->second);
  }
  void saveValue(const QString& key, crdt::byte_view value) override {
    values[key] = crdt::bytes(value.begin(), value.end());
  }

  std::map<QString, std::shared_ptr<FakeDocument>> held;
  std::map<QString, crdt::bytes> values;
  QString asked;
  std::function<void(sync::result<QString>)> pending;

private:
  bool m_online = true;
};

}  // namespace weft::app::testing

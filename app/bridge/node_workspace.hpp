// SPDX-License-Identifier: MIT
// The workspace of a real node: documents, links and presence over weft::sync.
//
// Lives on the application thread; the node's callbacks arrive there. The node must outlive it.
#pragma once

#include "bridge/workspace.hpp"
#include "weft/sync/node.hpp"

#include <map>
#include <memory>
#include <string>

namespace weft::app {

class NodeDocument : public OpenDocument {
  Q_OBJECT

public:
  NodeDocument(sync::node& node, std::shared_ptr<sync::shared_document> document);
  ~NodeDocument() override;

  [[nodiscard]] QString id() const override;
  [[nodiscard]] crdt::document& document() override { return m_document->document(); }
  [[nodiscard]] QString title() const override;
  void setTitle(const QString& title) override;
  void setHold(bool held) override { m_document->set_hold(held); }
  void sendPresence(const crdt::bytes& payload) override { m_document->send_presence(payload); }
  [[nodiscard]] DocumentState state() const override;
  [[nodiscard]] std::vector<Person> people() const override;
  [[nodiscard]] std::optional<crdt::bytes> loadUndo() const override;
  void saveUndo(crdt::byte_view stacks) override;

private:
  [[nodiscard]] std::string undoKey() const;
  sync::node& m_node;
  std::shared_ptr<sync::shared_document> m_document;
};

class NodeWorkspace : public Workspace {
  Q_OBJECT

public:
  explicit NodeWorkspace(sync::node& node);
  ~NodeWorkspace() override;

  [[nodiscard]] QString name() const override;
  [[nodiscard]] std::vector<DocumentEntry> documents() const override;
  [[nodiscard]] sync::result<std::shared_ptr<OpenDocument>> create(const QString& title) override;
  [[nodiscard]] sync::result<std::shared_ptr<OpenDocument>> open(const QString& id) override;
  [[nodiscard]] sync::result<QString> share(const QString& id, const ShareTerms& terms) override;
  void join(const QString& link, std::function<void(sync::result<QString>)> done) override;
  void setOnline(bool online) override;
  [[nodiscard]] bool online() const override;
  [[nodiscard]] std::optional<crdt::bytes> loadValue(const QString& key) const override;
  void saveValue(const QString& key, crdt::byte_view value) override;

private:
  [[nodiscard]] std::vector<std::string> addresses() const;
  sync::node& m_node;
};

}  // namespace weft::app

// SPDX-License-Identifier: MIT
// What a node and its open documents share on the application thread.
//
// Reports of the node's thread arrive here through the executor. They hold the hub weakly and look
// documents up by id, so node and documents may go at any time. Application thread only, but for
// `thread`, whose functions say themselves from where they may be called.
#pragma once

#include "node/node_thread.hpp"
#include "weft/sync/node.hpp"

namespace weft::sync {

class document_session;

struct hub : std::enable_shared_from_this<hub> {
  executor run;
  std::unique_ptr<node_thread> thread;  ///< null once the node is closed
  node* owner = nullptr;                ///< null once the node is closed
  std::map<doc_id, std::weak_ptr<document_session>> documents;
  std::map<doc_id, std::function<void(result<doc_id>)>> joins;

  [[nodiscard]] std::shared_ptr<document_session> find(const doc_id& document) const;
  /// Hands each report on to the application thread.
  [[nodiscard]] thread_reports reports();
  void on_joined(const doc_id& document, const std::optional<sync_error>& error);
  void say(const std::string& line) const;
  void documents_changed() const;
};

}  // namespace weft::sync

// SPDX-License-Identifier: MIT
// The inside of shared_document: the engine's document, what of it is sealed, and what has arrived
// and is not imported yet.
//
// Invariants: `index` holds every change that this document was given or has sealed; `waiting` is
// in causal order and none of it is imported; local operations are sealed before an import.
// Application thread only.
#pragma once

#include "node/change_index.hpp"
#include "node/hub.hpp"

#include <deque>

namespace weft::sync {

class document_session : public std::enable_shared_from_this<document_session> {
public:
  /// Pre: `h->thread` is alive. bad_data or corrupt: the stored changes cannot be read.
  [[nodiscard]] static result<std::shared_ptr<document_session>> open(const std::shared_ptr<hub>& h,
                                                                      const doc_id& id,
                                                                      attached_document from);
  ~document_session();
  document_session(const document_session&) = delete;
  document_session& operator=(const document_session&) = delete;

  std::uint64_t seal();
  [[nodiscard]] result<void> wait_saved();
  void set_hold(bool held);
  [[nodiscard]] seq_vector available() const;
  [[nodiscard]] result<void> import_upto(const seq_vector& upto);
  [[nodiscard]] doc_status status() const;
  [[nodiscard]] std::string title();
  void set_title(const std::string& title);
  void send_presence(const bytes& payload);
  [[nodiscard]] result<std::vector<shared_document::log_entry>> log() const;

  // Reports.
  void on_delivered(std::vector<checked_change> changes);
  void on_status(doc_status now);
  void on_presence(const replica_id& replica, const device_id& from, const bytes& payload);
  void on_members(std::shared_ptr<const membership> now) { members_ = std::move(now); }
  void tell_status() const;

  [[nodiscard]] const doc_id& id() const noexcept { return id_; }
  [[nodiscard]] crdt::document& document() noexcept { return document_; }
  [[nodiscard]] const membership& members() const noexcept { return *members_; }

  shared_document* outer = nullptr;  ///< whose callbacks are called; null when it is gone

private:
  document_session(const std::shared_ptr<hub>& h, const doc_id& id, attached_document& from);
  [[nodiscard]] result<void> load(const std::vector<checked_change>& changes);
  void seal_soon();
  void drain();
  void import_now(const std::vector<checked_change>& batch);
  [[nodiscard]] std::optional<std::string> try_import(std::span<const checked_change> batch);
  [[nodiscard]] std::optional<std::string> seal_group(std::span<const crdt::change> group,
                                                      std::vector<checked_change>& out);
  void after_import();
  void report_taken(std::size_t size);
  void trouble(const std::string& what);
  void flush_presence();

  std::weak_ptr<hub> hub_;
  doc_id id_;
  replica_id self_;
  crdt::document document_;
  change_index index_;
  change_lookup lookup_;  ///< reads index_
  std::deque<checked_change> waiting_;
  std::size_t untaken_ = 0;  ///< size of what waits and was not reported as taken
  bool held_ = false;
  bool seal_scheduled_ = false;
  bool drain_scheduled_ = false;
  std::uint32_t sealed_ops_ = 0;
  std::shared_ptr<save_progress> progress_;
  std::shared_ptr<const membership> members_;
  doc_status status_;
  std::string trouble_;
  std::string stored_title_;
  std::optional<bytes> presence_;  ///< not sent yet
  std::chrono::milliseconds presence_sent_at_{0};
};

}  // namespace weft::sync

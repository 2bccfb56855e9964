// SPDX-License-Identifier: MIT
// shared_document: the outside of document_session.
#include "node/document_session.hpp"
#include "node/shared_document_state.hpp"

namespace weft::sync {

shared_document::shared_document(std::unique_ptr<state> s) : state_(std::move(s)) {
  state_->session->outer = this;
}
shared_document::~shared_document() {
  state_->session->outer = nullptr;
}

const doc_id& shared_document::id() const {
  return state_->session->id();
}
crdt::document& shared_document::document() {
  return state_->session->document();
}
const crdt::document& shared_document::document() const {
  return state_->session->document();
}
std::string shared_document::title() const {
  return state_->session->title();
}
void shared_document::set_title(const std::string& title) {
  state_->session->set_title(title);
}
std::uint64_t shared_document::seal() {
  return state_->session->seal();
}
result<void> shared_document::wait_saved() {
  return state_->session->wait_saved();
}
void shared_document::set_hold(bool held) {
  state_->session->set_hold(held);
}
seq_vector shared_document::available() const {
  return state_->session->available();
}
result<void> shared_document::import_upto(const seq_vector& upto) {
  return state_->session->import_upto(upto);
}
doc_status shared_document::status() const {
  return state_->session->status();
}
membership shared_document::members() const {
  return state_->session->members();
}
void shared_document::send_presence(const bytes& payload) {
  state_->session->send_presence(payload);
}
result<std::vector<shared_document::log_entry>> shared_document::log() const {
  return state_->session->log();
}

}  // namespace weft::sync

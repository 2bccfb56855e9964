// SPDX-License-Identifier: MIT
#include "profile/trace_player.hpp"

#include "profile/document_commands.hpp"
#include "trace/trace_history.hpp"
#include "trace/trace_reader.hpp"

#include <algorithm>
#include <utility>

namespace weft::app {

trace_player::trace_player(sync::node& host, sync::executor run, const std::filesystem::path& file,
                           std::uint32_t agent)
    : host_(host), run_(std::move(run)), trace_(read_trace(file)), agent_(agent) {
  if (trace_.kind != trace_kind::concurrent || agent_ >= trace_.agents) {
    throw trace_error("has no agent " + std::to_string(agent_));
  }
  plan_ = make_plan(trace_, agent_);
}

trace_player::~trace_player() {
  *alive_ = false;
  if (document_) document_->on_remote_changes = nullptr;
}

json trace_player::start(const json& args) {
  if (document_) throw command_error(exit_code::usage, "the replay has begun already");
  const std::string name = text_argument(args, "doc");
  const std::optional<sync::doc_id> id = sync::parse_doc_id(name);
  if (!id) throw command_error(exit_code::usage, "`" + name + "` is no document id");
  document_ = value_or_throw(host_.open_document(*id, replica_of(agent_)));
  document_->set_hold(true);
  document_->on_remote_changes = [this] { schedule(); };
  schedule();
  return {{"total", plan_.own_transactions}};
}

void trace_player::schedule() {
  if (scheduled_ || finished_ || !error_.empty()) return;
  scheduled_ = true;
  run_([this, alive = alive_] {
    if (!*alive) return;
    scheduled_ = false;
    try {
      step();
    } catch (const std::exception& e) {
      error_ = e.what();
    }
  });
}

/// One portion per task, so that requests are answered in between.
void trace_player::step() {
  const bool last = next_ == plan_.portions.size();
  const sync::seq_vector& needed = last ? plan_.all : plan_.portions[next_].merge;
  if (at_gate() || !reachable(needed)) return;  // gate and on_remote_changes call again
  import_needed(needed);
  if (last) return finish();
  play(plan_.portions[next_]);
  ++next_;
  schedule();
}

bool trace_player::reachable(const sync::seq_vector& needed) const {
  const sync::seq_vector available = document_->available();
  return std::all_of(needed.begin(), needed.end(), [&](const auto& entry) {
    const auto& [replica, seq] = entry;
    const auto had = imported_.find(replica);
    if (had != imported_.end() && had->second >= seq) return true;
    const auto found = available.find(replica);
    return found != available.end() && found->second >= seq;
  });
}

void trace_player::import_needed(const sync::seq_vector& needed) {
  sync::seq_vector fresh;
  for (const auto& [replica, seq] : needed) {
    std::uint64_t& had = imported_[replica];
    if (had < seq) fresh[replica] = had = seq;
  }
  if (!fresh.empty()) value_or_throw(document_->import_upto(fresh));
}

void trace_player::play(const player_plan::portion& p) {
  crdt::text text = document_->document().get_text("text");
  for (const std::uint32_t index : p.transactions) {
    const crdt::transaction one(document_->document());
    apply_transaction(trace_, index, text);
  }
  if (document_->seal() != next_ + 1) {
    throw trace_error("transaction " + std::to_string(p.transactions.back()) +
                      ": is too large for one change");
  }
  played_ += static_cast<std::uint32_t>(p.transactions.size());
}

void trace_player::finish() {
  document_->set_hold(false);  // what is no agent's: the document's title
  document_->on_remote_changes = nullptr;
  value_or_throw(document_->wait_saved());
  value_or_throw(host_.compact());
  crdt::document& d = document_->document();
  const replica_state state = state_of(d);
  result_["state_hash"] = state.canonical_sha256;
  result_["text_sha256"] = state.text_sha256;
  result_["equal"] = d.get_text("text").to_string() == trace_.end_content;
  result_["chars"] = d.get_text("text").length();
  result_["ops"] = d.op_count();
  result_["export_bytes"] = d.export_updates().size();
  finished_ = true;
}

json trace_player::gate(const json& args) {
  const std::int64_t upto = number_argument(args, "upto", UINT32_MAX);
  gate_ = static_cast<std::uint32_t>(std::clamp<std::int64_t>(upto, 0, UINT32_MAX));
  if (document_) schedule();
  return json::object();
}

json trace_player::report() {
  if (!document_) throw command_error(exit_code::usage, "the replay has not begun");
  json out = result_.is_object() ? result_ : json::object();
  const bool last = next_ == plan_.portions.size();
  const sync::seq_vector& needed = last ? plan_.all : plan_.portions[next_].merge;
  out["played"] = played_;
  out["total"] = plan_.own_transactions;
  out["finished"] = finished_;
  const bool waiting = finished_ || (!scheduled_ && !reachable(needed));
  out["waiting"] = waiting;
  out["resting"] = waiting || (!scheduled_ && at_gate());
  if (!error_.empty()) out["error"] = error_;
  const sync::wire_stats wire = host_.wire();
  out["sent_bytes"] = wire.sent_bytes;
  out["received_bytes"] = wire.received_bytes;
  out["sessions"] = wire.sessions;
  out["store_bytes"] = host_.store().file_bytes;
  return out;
}

}  // namespace weft::app

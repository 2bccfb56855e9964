// SPDX-License-Identifier: MIT
#include "profile/document_commands.hpp"

#include "profile/hex.hpp"
#include "profile/recording.hpp"
#include "profile/text_diff.hpp"
#include "trace/sha256.hpp"
#include "trace/trace_history.hpp"
#include "trace/trace_writer.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>
#include <vector>

namespace weft::app {

namespace {

constexpr const char* text_name = "text";

crdt::text text_of(sync::shared_document& d) {
  return d.document().get_text(text_name);
}

/// Sealed and on this disk, so that what a command reported as done survives a crash.
void save(sync::shared_document& d) {
  d.seal();
  value_or_throw(d.wait_saved());
}

void require_utf8(const std::string& text, const char* what) {
  if (!crdt::is_valid_utf8(text)) {
    throw command_error(exit_code::bad_data, std::string(what) + " is no UTF-8 text");
  }
}

json version_json(const crdt::version_vector& version) {
  json out = json::object();
  for (const auto& [replica, count] : version.counts()) out[to_string(replica)] = count;
  return out;
}

std::shared_ptr<sync::shared_document> found_document(sync::node& host, const std::string& title,
                                                      const std::string& text) {
  auto d = value_or_throw(host.create(title));
  if (!text.empty()) text_of(*d).insert(crdt::scalar_pos{0}, text);
  save(*d);
  return d;
}

std::string title_in(crdt::document& d) {
  const std::optional<crdt::value> value = d.get_map("meta").get("title");
  const std::string* const title = value ? std::get_if<std::string>(&*value) : nullptr;
  return title != nullptr ? *title : std::string();
}

}  // namespace

std::string title_of(sync::node& host, const sync::document_summary& d) {
  if (!d.title.empty()) return d.title;
  // A document that came from a peer tells its title itself.
  const auto opened = host.open_document(d.id);
  return opened ? (*opened)->title() : std::string();
}

std::shared_ptr<sync::shared_document> find_document(sync::node& host, const std::string& name) {
  std::vector<sync::doc_id> exact;
  std::vector<sync::doc_id> starts;
  for (const sync::document_summary& d : host.documents()) {
    const std::string id = to_string(d.id);
    const std::string title = title_of(host, d);
    if (id == name || title == name) {
      exact.push_back(d.id);
    } else if (!name.empty() && (id.starts_with(name) || title.starts_with(name))) {
      starts.push_back(d.id);
    }
  }
  const std::vector<sync::doc_id>& fitting = exact.empty() ? starts : exact;
  if (fitting.empty()) {
    throw command_error(exit_code::no,
                        "no document `" + name + "` here; `weft status` lists the documents");
  }
  if (fitting.size() > 1) {
    throw command_error(exit_code::usage, "`" + name + "` fits " + std::to_string(fitting.size()) +
                                              " documents; name one by its id (`weft status`)");
  }
  return value_or_throw(host.open_document(fitting.front()));
}

json new_document(sync::node& host, const json& args) {
  const std::string title = text_argument(args, "title");
  const std::string text = text_argument(args, "text", "");
  require_utf8(title, "the title");
  require_utf8(text, "the text");
  const auto d = found_document(host, title, text);
  return {{"document", to_string(d->id())}, {"title", d->title()}};
}

json edit_document(sync::node& host, const json& args) {
  const auto d = find_document(host, text_argument(args, "doc"));
  const std::string wanted = text_argument(args, "text");
  require_utf8(wanted, "the new text");
  crdt::text text = text_of(*d);
  const std::vector<text_edit> edits = diff_texts(text.to_string(), wanted);
  std::uint64_t inserted = 0;
  std::uint64_t erased = 0;
  {
    const crdt::transaction one(d->document());
    for (auto e = edits.rbegin(); e != edits.rend(); ++e) {
      inserted += crdt::count_scalars(e->inserted);
      erased += e->erased;
      const crdt::scalar_pos at{e->position};
      if (e->inserted.empty()) {
        text.erase(at, e->erased);
      } else if (e->erased == 0) {
        text.insert(at, e->inserted);
      } else {
        text.replace(at, e->erased, e->inserted);
      }
    }
  }
  save(*d);
  return {{"edits", edits.size()},
          {"inserted", inserted},
          {"erased", erased},
          {"chars", text.length()}};
}

json show_text(sync::node& host, const json& args) {
  const auto d = find_document(host, text_argument(args, "doc"));
  return {{"text", text_of(*d).to_string()}};
}

json show_log(sync::node& host, const json& args) {
  const auto d = find_document(host, text_argument(args, "doc"));
  const std::int64_t limit =
      number_argument(args, "limit", std::numeric_limits<std::int64_t>::max());
  const auto entries = value_or_throw(d->log());
  const std::size_t shown =
      std::min(entries.size(), static_cast<std::size_t>(std::max<std::int64_t>(limit, 0)));
  json list = json::array();
  for (std::size_t i = entries.size() - shown; i < entries.size(); ++i) {
    const sync::shared_document::log_entry& e = entries[i];
    list.push_back({{"author", e.author},
                    {"replica", to_string(e.meta.replica)},
                    {"seq", e.meta.seq},
                    {"ops", e.meta.op_count},
                    {"lamport", e.meta.lamport},
                    {"wall_ms", e.header.wall_ms},
                    {"deps", e.header.deps.size()},
                    {"hash", to_hex(e.meta.hash)}});
  }
  return {{"entries", std::move(list)}, {"total", entries.size()}};
}

json show_info(sync::node& host, const json& args) {
  const auto d = find_document(host, text_argument(args, "doc"));
  const replica_state state = state_of(d->document());
  return {{"document", to_string(d->id())},
          {"title", d->title()},
          {"text_sha256", state.text_sha256},
          {"state_hash", state.canonical_sha256},
          {"ops", d->document().op_count()},
          {"chars", text_of(*d).length()},
          {"changes", d->status().changes},
          {"store_bytes", host.store().file_bytes},
          {"version", version_json(d->document().version())}};
}

json export_document(sync::node& host, const json& args) {
  const auto d = find_document(host, text_argument(args, "doc"));
  d->seal();
  return {{"snapshot", to_hex(d->document().export_snapshot())}};
}

json import_document(sync::node& host, const json& args) {
  const std::optional<crdt::bytes> content = from_hex(text_argument(args, "content"));
  if (!content) throw command_error(exit_code::bad_data, "`content` is not hexadecimal");
  std::string title = text_argument(args, "title", "");
  std::string text;
  // The reader only looks; nothing is ever written as this replica.
  crdt::result<crdt::document> opened =
      crdt::document::open(crdt::replica_id::from_number(0), *content);
  if (opened) {
    text = opened->get_text(text_name).to_string();
    if (const std::string kept = title_in(*opened); title.empty()) title = kept;
  } else {
    text = crdt::as_chars(*content);
    if (!crdt::is_valid_utf8(text) || text.find('\0') != std::string::npos) {
      throw command_error(exit_code::bad_data, "is neither a .weft file (" +
                                                   to_string(opened.error()) + ") nor UTF-8 text");
    }
  }
  require_utf8(title, "the title");
  const auto d = found_document(host, title.empty() ? "Imported" : title, text);
  return {{"document", to_string(d->id())}, {"title", d->title()}, {"chars", text_of(*d).length()}};
}

json record_trace(sync::node& host, const json& args) {
  const auto d = find_document(host, text_argument(args, "doc"));
  save(*d);
  const recording r = record_history(value_or_throw(d->log()));
  return {{"trace", to_json(r.history, r.wall_ms)},
          {"transactions", r.history.transactions.size()},
          {"agents", r.history.agents}};
}

}  // namespace weft::app

// SPDX-License-Identifier: MIT
#include "weft_session.hpp"

#if __has_include("weft/crdt/document/live.hpp")
#include "weft/crdt/document/live.hpp"
#define WEFT_HAS_LIVE_SESSION 1
#endif

namespace weft::bench {

#ifdef WEFT_HAS_LIVE_SESSION

namespace {

using crdt::document;
using crdt::live_session;

document from_history(const crdt::replica_id& id, crdt::byte_view history) {
  document d(id);
  const crdt::result<crdt::import_report> done = d.import(history);
  require(done && done->pending == 0, "an update that was just made is not applied");
  return d;
}

void type_at_end(document& d, std::string_view what) {
  crdt::text text = d.get_text("text");
  text.insert(crdt::scalar_pos{text.length()}, what);
}

void apply_message(live_session& session, document& d, crdt::byte_view message) {
  const crdt::result<crdt::import_report> done = session.apply(d, message);
  require(done && done->pending == 0, "a message of the session is not applied");
}

/// One message for each transaction.
std::vector<crdt::bytes> messages_of(const edit_list& all) {
  document d(writer_id(0));
  crdt::text text = d.get_text("text");
  live_session session(d.version());
  std::vector<crdt::bytes> out;
  std::uint32_t first = 0;
  for (const std::uint32_t end : all.ends) {
    {
      const crdt::transaction one(d);
      apply_edits(text, std::span(all.edits).subspan(first, end - first));
    }
    out.push_back(session.encode(d));
    first = end;
  }
  return out;
}

}  // namespace

void session_keystroke(const report& out, const work_files& files) {
  const crdt::bytes history = files.read("history");
  document writer = from_history(reader_id(), history);
  document other = from_history(writer_id(1000), history);
  live_session here(other.version());
  live_session there(writer.version());
  type_at_end(writer, "x");
  apply_message(there, other, here.encode(writer));
  type_at_end(writer, "y");
  const crdt::bytes message = here.encode(writer);
  apply_message(there, other, message);
  require(other.get_text("text").to_string() == writer.get_text("text").to_string(),
          "both ends have the same text");
  out.value("bytes-keystroke-session", "bytes", static_cast<double>(message.size()));
}

void session_stream(const report& out, const app::trace& t) {
  const std::vector<crdt::bytes> messages = messages_of(edits_of(t));
  out.repeat("stream-session", [&] {
    document d(reader_id());
    live_session session(d.version());
    const watch time;
    for (const crdt::bytes& message : messages) apply_message(session, d, message);
    consume(d.get_text("text").length());
    const double ms = time.ms();
    require(d.get_text("text").to_string() == t.end_content, "session: the text of the trace");
    return ms;
  });
}

#else

void session_keystroke(const report& /*out*/, const work_files& /*files*/) {}
void session_stream(const report& /*out*/, const app::trace& /*t*/) {}

#endif

}  // namespace weft::bench

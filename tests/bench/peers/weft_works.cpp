// SPDX-License-Identifier: MIT
#include "weft_works.hpp"

#include "support/heap_hooks.hpp"
#include "weft_session.hpp"

#include <algorithm>

namespace weft::bench {

namespace {

using crdt::document;

constexpr std::uint32_t screen = 4096;  // scalars

bool is_sequential(const app::trace& t) {
  return t.kind == app::trace_kind::sequential;
}

void local_one(const report& out, const app::trace& t) {
  const edit_list all = edits_of(t);
  out.repeat("local-one", [&] {
    document d(writer_id(0));
    crdt::text text = d.get_text("text");
    const watch time;
    {
      const crdt::transaction one(d);
      apply_edits(text, all.edits);
    }
    const double ms = time.ms();
    require(text.to_string() == t.end_content, "local: the text of the trace");
    return ms;
  });
}

void local_each(const report& out, const app::trace& t) {
  const edit_list all = edits_of(t);
  out.repeat("local-each", [&] {
    document d(writer_id(0));
    crdt::text text = d.get_text("text");
    const watch time;
    std::uint64_t lengths = 0;
    std::uint32_t first = 0;
    for (const std::uint32_t end : all.ends) {
      {
        const crdt::transaction one(d);
        apply_edits(text, std::span(all.edits).subspan(first, end - first));
      }
      lengths += text.length();
      first = end;
    }
    const double ms = time.ms();
    consume(lengths);
    require(text.to_string() == t.end_content, "local: the text of the trace");
    return ms;
  });
}

void import_all(document& d, crdt::byte_view update) {
  const crdt::result<crdt::import_report> done = d.import(update);
  require(done && done->pending == 0, "an update that was just made is not applied");
}

void merge(const report& out, const work_files& files) {
  const crdt::bytes history = files.read("history");
  const std::string expected = files.read_text();
  out.repeat("merge", [&] {
    const watch time;
    document d(reader_id());
    import_all(d, history);
    const std::string text = d.get_text("text").to_string();
    const double ms = time.ms();
    require(text == expected, "merge: the same text");
    return ms;
  });
}

void stream(const report& out, const work_files& files) {
  const std::vector<crdt::bytes> updates = files.read_stream();
  const std::string expected = files.read_text();
  out.repeat("stream", [&] {
    document d(reader_id());
    const watch time;
    for (const crdt::bytes& update : updates) import_all(d, update);
    consume(d.get_text("text").length());
    const double ms = time.ms();
    require(d.get_text("text").to_string() == expected, "stream: the same text");
    return ms;
  });
}

document open_saved(crdt::byte_view saved) {
  crdt::result<document> d = document::open(reader_id(), saved);
  require(d.has_value(), "a snapshot that was just made is refused");
  return std::move(*d);
}

void open(const report& out, const work_files& files) {
  const crdt::bytes saved = files.read("saved");
  const std::string expected = files.read_text();
  out.repeat("open", [&] {
    const watch time;
    document d = open_saved(saved);
    const std::string text = d.get_text("text").to_string();
    const double ms = time.ms();
    require(text == expected, "open: the same text");
    return ms;
  });
  out.repeat("first-screen", [&] {
    const watch time;
    document d = open_saved(saved);
    const crdt::text text = d.get_text("text");
    const std::string head = text.slice(crdt::scalar_pos{0}, std::min(screen, text.length()));
    const double ms = time.ms();
    require(expected.starts_with(head) && (head.size() >= screen || head == expected),
            "first screen: the same text");
    return ms;
  });
}

/// A live document for the save rows: one that merged the history and edits it further.
document live(const work_files& files) {
  document d(reader_id());
  import_all(d, files.read("history"));
  return d;
}

/// Types one character at the end.
crdt::bytes type_one(document& d, std::string_view what) {
  const edit one{d.get_text("text").length(), 0, what};
  return commit_encoded(d, std::span(&one, 1));
}

void save(const report& out, const work_files& files) {
  std::vector<double> again;
  std::size_t saved_bytes = 0;
  out.repeat("save", [&] {
    document d = live(files);
    const watch time;
    const crdt::bytes saved = d.export_snapshot();
    const double ms = time.ms();
    saved_bytes = saved.size();
    consume(type_one(d, "x").size());
    const watch second;
    consume(d.export_snapshot().size());
    again.push_back(second.ms());
    return ms;
  });
  out.values("save-again", "ms", again);
  out.value("bytes-saved", "bytes", static_cast<double>(saved_bytes));
  document d = live(files);
  consume(type_one(d, "x").size());
  out.value("bytes-keystroke", "bytes", static_cast<double>(type_one(d, "y").size()));
  session_keystroke(out, files);
  std::size_t history_bytes = 0;
  out.repeat("encode-history", [&] {
    document one = live(files);
    const watch time;
    const crdt::bytes history = one.export_updates();
    const double ms = time.ms();
    history_bytes = history.size();
    return ms;
  });
  out.value("bytes-history", "bytes", static_cast<double>(history_bytes));
}

}  // namespace

void prepare_weft(const report& out, const app::trace& t, const work_files& files) {
  made_history made = make_history(t);
  const std::string text = made.whole.get_text("text").to_string();
  out.check("text", text);
  out.value("bytes-text", "bytes", static_cast<double>(text.size()));
  if (text != t.end_content) out.note("text", "text differs from the trace's");
  files.write("text", crdt::as_bytes(text));
  files.write_stream(made.updates);
  files.write("history", made.whole.export_updates());
  files.write("saved", made.whole.export_snapshot());
}

void time_weft(const report& out, const app::trace& t, const work_files& files,
               std::span<const std::string> works) {
  for (const std::string& work : works) {
    if (work == "local-one") {
      if (is_sequential(t)) local_one(out, t);
    } else if (work == "local-each") {
      if (is_sequential(t)) local_each(out, t);
    } else if (work == "merge") {
      merge(out, files);
    } else if (work == "stream") {
      stream(out, files);
      if (is_sequential(t)) session_stream(out, t);
    } else if (work == "open") {
      open(out, files);
    } else if (work == "save") {
      save(out, files);
    } else {
      require(false, "no such work");
    }
  }
}

void heap_weft(const report& out, const work_files& files, const std::string& figure) {
  if (!test::heap::available()) return out.note(figure, "the allocator cannot be counted here");
  if (figure == "heap-open") {
    const crdt::bytes saved = files.read("saved");
    test::heap::start();
    // As a program does that keeps its documents in files: the history stays there.
    crdt::result<document> d = document::open(
        reader_id(), saved, [&] { return crdt::result<crdt::bytes>(files.read("saved")); });
    require(d.has_value(), "a snapshot that was just made is refused");
    consume(d->get_text("text").to_string().size());
    return out.value(figure, "bytes", static_cast<double>(test::heap::live_bytes()));
  }
  require(figure == "heap-merge", "no such figure");
  const crdt::bytes history = files.read("history");
  test::heap::start();
  document d(reader_id());
  import_all(d, history);
  consume(d.get_text("text").to_string().size());
  out.value(figure, "bytes", static_cast<double>(test::heap::peak_bytes()));
}

}  // namespace weft::bench

// SPDX-License-Identifier: MIT
#include "weft_count.hpp"

namespace weft::bench {

namespace {

using crdt::document;

void import_all(document& d, crdt::byte_view update) {
  const crdt::result<crdt::import_report> done = d.import(update);
  require(done && done->pending == 0, "an update that was just made is not applied");
}

std::string read(document& d) {
  return d.get_text("text").to_string();
}

std::size_t count_local(const app::trace& t, bool each) {
  require(t.kind == app::trace_kind::sequential, "local work needs a sequential trace");
  const edit_list all = edits_of(t);
  document d(writer_id(0));
  crdt::text text = d.get_text("text");
  weft_counted([&] {
    if (!each) {
      const crdt::transaction one(d);
      apply_edits(text, all.edits);
      return;
    }
    std::uint32_t first = 0;
    for (const std::uint32_t end : all.ends) {
      const crdt::transaction one(d);
      apply_edits(text, std::span(all.edits).subspan(first, end - first));
      first = end;
    }
  });
  require(read(d) == t.end_content, "local: the text of the trace");
  return each ? all.ends.size() : all.edits.size();
}

std::size_t count_stream(const work_files& files) {
  const std::vector<crdt::bytes> updates = files.read_stream();
  document d(reader_id());
  weft_counted([&] {
    for (const crdt::bytes& update : updates) import_all(d, update);
  });
  require(read(d) == files.read_text(), "stream: the same text");
  return updates.size();
}

std::size_t count_merge(const work_files& files) {
  const crdt::bytes history = files.read("history");
  document d(reader_id());
  std::string text;
  weft_counted([&] {
    import_all(d, history);
    text = read(d);
  });
  require(text == files.read_text(), "merge: the same text");
  return d.op_count();
}

std::size_t count_open(const work_files& files) {
  const crdt::bytes saved = files.read("saved");
  std::string text;
  weft_counted([&] {
    crdt::result<document> d = document::open(reader_id(), saved);
    require(d.has_value(), "a snapshot that was just made is refused");
    text = read(*d);
  });
  require(text == files.read_text(), "open: the same text");
  return 1;
}

std::size_t count_export(const work_files& files, const std::string& work) {
  document d(reader_id());
  import_all(d, files.read("history"));
  if (work == "keystroke") {
    const crdt::version_vector before = d.version();
    weft_counted([&] {
      crdt::text text = d.get_text("text");
      text.insert(crdt::scalar_pos{text.length()}, "x");
      consume(d.export_updates(before).size());
    });
    return 1;
  }
  require(work == "encode-history" || work == "save", "no such work");
  weft_counted(
      [&] { consume(work == "save" ? d.export_snapshot().size() : d.export_updates().size()); });
  return d.op_count();
}

}  // namespace

void count_weft(const report& out, const app::trace& t, const work_files& files,
                const std::string& work) {
  std::size_t units = 0;
  if (work == "local-one" || work == "local-each") {
    units = count_local(t, work == "local-each");
  } else if (work == "stream") {
    units = count_stream(files);
  } else if (work == "merge") {
    units = count_merge(files);
  } else if (work == "open") {
    units = count_open(files);
  } else {
    units = count_export(files, work);
  }
  out.value(work, "units", static_cast<double>(units));
}

}  // namespace weft::bench

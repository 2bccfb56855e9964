// SPDX-License-Identifier: MIT
#include "weft_history.hpp"

#include "random.hpp"
#include "report.hpp"
#include "trace/causal_walk.hpp"

#include <fstream>
#include <iterator>
#include <optional>

namespace weft::bench {

namespace {

made_history make_sequential(const edit_list& all) {
  made_history out{crdt::document(writer_id(0)), {}};
  std::uint32_t first = 0;
  for (const std::uint32_t end : all.ends) {
    out.updates.push_back(
        commit_encoded(out.whole, std::span(all.edits).subspan(first, end - first)));
    first = end;
  }
  return out;
}

void receive(crdt::document& d, crdt::byte_view update) {
  const crdt::result<crdt::import_report> done = d.import(update);
  require(done && done->pending == 0, "an update that was just made is not applied");
}

made_history make_concurrent(const app::trace& t, const edit_list& all) {
  std::vector<std::optional<crdt::document>> replicas(t.agents);
  std::vector<crdt::bytes> updates;
  app::causal_walk walk(t);
  std::uint32_t first = 0;
  for (std::size_t i = 0; !walk.done(); ++i) {
    const std::uint32_t agent = t.transactions[i].agent;
    std::optional<crdt::document>& d = replicas[agent];
    if (!d) d.emplace(writer_id(agent));
    for (const std::uint32_t other : walk.step()) receive(*d, updates[other]);
    const std::uint32_t end = all.ends[i];
    updates.push_back(commit_encoded(*d, std::span(all.edits).subspan(first, end - first)));
    first = end;
  }
  crdt::document whole(reader_id());
  for (const crdt::bytes& update : updates) receive(whole, update);
  return {std::move(whole), std::move(updates)};
}

constexpr std::uint64_t reader = (1U << 13U) - 1;

crdt::replica_id id_of(std::uint64_t index) {
  crdt::replica_id id;
  const std::uint64_t halves[2] = {mix(2 * index + 1), mix(2 * index + 2)};
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    id.bytes[i] = static_cast<std::uint8_t>(halves[i / 8] >> (8 * (i % 8)));
  }
  id.bytes[0] = static_cast<std::uint8_t>(index >> 8U);
  id.bytes[1] = static_cast<std::uint8_t>(index & 0xFFU);
  return id;
}

}  // namespace

edit_list edits_of(const app::trace& t) {
  edit_list out;
  out.edits.reserve(t.patches.size());
  for (const app::trace_transaction& one : t.transactions) {
    for (const app::trace_patch& p : t.patches_of(one)) {
      out.edits.push_back({p.position, p.erased, t.text_of(p)});
    }
    out.ends.push_back(static_cast<std::uint32_t>(out.edits.size()));
  }
  return out;
}

crdt::bytes commit_encoded(crdt::document& d, std::span<const edit> edits) {
  const crdt::version_vector before = d.version();
  crdt::text text = d.get_text("text");
  {
    const crdt::transaction one(d);
    apply_edits(text, edits);
  }
  return d.export_updates(before);
}

crdt::replica_id writer_id(std::uint64_t index) {
  require(index < reader, "there are too many writers");
  return id_of(index);
}

crdt::replica_id reader_id() {
  return id_of(reader);
}

made_history make_history(const app::trace& t) {
  const edit_list all = edits_of(t);
  return t.kind == app::trace_kind::sequential ? make_sequential(all) : make_concurrent(t, all);
}

void work_files::write(const char* name, crdt::byte_view data) const {
  std::ofstream out(folder_ / name, std::ios::binary);
  const std::string_view chars = crdt::as_chars(data);
  out.write(chars.data(), static_cast<std::streamsize>(chars.size()));
  require(out.good(), "a file cannot be written");
}

crdt::bytes work_files::read(const char* name) const {
  std::ifstream in(folder_ / name, std::ios::binary);
  require(in.good(), "a prepared file is missing");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string work_files::read_text() const {
  return std::string(crdt::as_chars(read("text")));
}

void work_files::write_stream(const std::vector<crdt::bytes>& updates) const {
  crdt::byte_writer out;
  for (const crdt::bytes& update : updates) {
    out.u32_le(static_cast<std::uint32_t>(update.size()));
    out.raw(update);
  }
  write("stream", out.view());
}

std::vector<crdt::bytes> work_files::read_stream() const {
  const crdt::bytes all = read("stream");
  std::vector<crdt::bytes> out;
  for (std::size_t at = 0; at < all.size();) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size |= std::size_t{all[at + i]} << (8 * i);
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(at + 4);
    out.emplace_back(first, first + static_cast<std::ptrdiff_t>(size));
    at += 4 + size;
  }
  return out;
}

}  // namespace weft::bench

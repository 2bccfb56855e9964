// SPDX-License-Identifier: MIT
#include "floor.hpp"

#include "bare_log.hpp"
#include "gap_buffer.hpp"

#include <zstd.h>

#include <algorithm>
#include <cstring>

namespace weft::bench {

namespace {

/// Patches in bytes: a gap buffer knows nothing of scalars. Non-ASCII ones are found by keeping the
/// positions of the wider scalars of the text, ascending.
struct wide_scalar {
  std::uint32_t position = 0;
  std::uint32_t extra = 0;  // bytes beyond the first
};

std::vector<wide_scalar> wide_in(std::string_view text, std::uint32_t position) {
  std::vector<wide_scalar> out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) {
      ++position;
    } else if (out.empty() || out.back().position != position - 1) {
      out.push_back({position - 1, 1});
    } else {
      ++out.back().extra;
    }
  }
  return out;
}

std::vector<edit> to_bytes(std::vector<edit> edits) {
  std::vector<wide_scalar> wide;
  for (edit& e : edits) {
    const auto before = [](const wide_scalar& w, std::uint32_t at) { return w.position < at; };
    const auto first = std::lower_bound(wide.begin(), wide.end(), e.position, before);
    const auto last = std::lower_bound(first, wide.end(), e.position + e.erased, before);
    std::uint32_t extra_before = 0;
    for (auto w = wide.begin(); w != first; ++w) extra_before += w->extra;
    std::uint32_t extra_erased = 0;
    for (auto w = first; w != last; ++w) extra_erased += w->extra;
    const std::vector<wide_scalar> inserted = wide_in(e.inserted, e.position);
    const std::uint32_t scalars = crdt::count_scalars(e.inserted);
    for (auto w = last; w != wide.end(); ++w) w->position = w->position - e.erased + scalars;
    wide.insert(wide.erase(first, last), inserted.begin(), inserted.end());
    e.position += extra_before;
    e.erased += extra_erased;
  }
  return edits;
}

void local_one(const report& out, const app::trace& t, std::span<const edit> edits) {
  out.repeat("local-one", [&] {
    gap_buffer text;
    const watch time;
    for (const edit& e : edits) text.replace(e.position, e.erased, e.inserted);
    const double ms = time.ms();
    require(text.to_string() == t.end_content, "gap buffer: the text of the trace");
    return ms;
  });
}

void local_each(const report& out, const app::trace& t, std::span<const edit> edits,
                std::span<const std::uint32_t> ends) {
  out.repeat("local-each", [&] {
    gap_buffer text;
    const watch time;
    std::uint64_t lengths = 0;
    std::uint32_t first = 0;
    for (const std::uint32_t end : ends) {
      for (std::uint32_t i = first; i < end; ++i) {
        text.replace(edits[i].position, edits[i].erased, edits[i].inserted);
      }
      lengths += text.size();
      first = end;
    }
    const double ms = time.ms();
    consume(lengths);
    require(text.to_string() == t.end_content, "gap buffer: the text of the trace");
    return ms;
  });
}

void open(const report& out, const std::string& text) {
  constexpr int times = 100;  // one is too short for a clock
  out.repeat("open", [&] {
    std::string copy(text.size(), '\0');
    const watch time;
    for (int i = 0; i < times; ++i) {
      std::memcpy(copy.data(), text.data(), text.size());
      consume(static_cast<unsigned char>(copy[static_cast<std::size_t>(i) % copy.size()]));
    }
    return time.ms() / times;
  });
  out.repeat("validate", [&] {
    const watch time;
    std::uint64_t valid = 0;
    for (int i = 0; i < times; ++i) valid += crdt::is_valid_utf8(text) ? 1U : 0U;
    const double ms = time.ms() / times;
    require(valid == times, "the text of the trace is valid");
    return ms;
  });
}

void log_size(const report& out, const app::trace& t, std::span<const edit> edits) {
  const crdt::bytes log = bare_log(edits);
  require(text_of_log(log) == t.end_content, "bare log: the text of the trace");
  crdt::bytes packed(ZSTD_compressBound(log.size()));
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), log.data(), log.size(), 19);
  require(ZSTD_isError(size) == 0, "zstd compresses");
  out.value("bytes-history", "bytes", static_cast<double>(size));
}

}  // namespace

void time_floor(const report& out, const app::trace& t, std::span<const std::string> works) {
  const edit_list all = edits_of(t);
  const bool sequential = t.kind == app::trace_kind::sequential;
  const std::vector<edit> edits = sequential ? to_bytes(all.edits) : std::vector<edit>();
  for (const std::string& work : works) {
    if (work == "local-one" && sequential) local_one(out, t, edits);
    if (work == "local-each" && sequential) local_each(out, t, edits, all.ends);
    if (work == "open") open(out, t.end_content);
    if (work == "save" && sequential) log_size(out, t, all.edits);
  }
}

}  // namespace weft::bench

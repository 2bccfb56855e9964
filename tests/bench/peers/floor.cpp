// SPDX-License-Identifier: MIT
#include "floor.hpp"

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

/// Consecutive edits that continue each other: typing on, erasing backwards, erasing forwards.
class run_log {
public:
  void add(const edit& e) {
    if (e.erased > 0) erase(e.position, e.erased);
    if (!e.inserted.empty()) insert(e.position, e.inserted);
  }

  [[nodiscard]] crdt::bytes take() {
    flush();
    crdt::byte_writer out;
    out.sized(lengths_.view());
    out.sized(moves_.view());
    out.raw(std::string_view(text_));
    return out.take();
  }

private:
  enum class kind : std::uint8_t { none, typed, backwards, forwards };

  void erase(std::uint32_t at, std::uint32_t count) {
    const bool one = kind_ != kind::typed && length_ == 1;
    if ((kind_ == kind::backwards || one) && kind_ != kind::none && at + count == next_) {
      kind_ = kind::backwards;
      length_ += count;
      next_ = at;
    } else if ((kind_ == kind::forwards || one) && kind_ != kind::none && at == next_) {
      kind_ = kind::forwards;
      length_ += count;
    } else {
      start(count == 1 ? kind::backwards : kind::forwards, at, at, count);
      if (count == 1) begun_ = at + 1;
    }
  }

  void insert(std::uint32_t at, std::string_view inserted) {
    const std::uint32_t count = crdt::count_scalars(inserted);
    if (kind_ == kind::typed && at == next_) {
      length_ += count;
      next_ += count;
    } else {
      start(kind::typed, at, at + count, count);
    }
    text_ += inserted;
  }

  void start(kind k, std::uint32_t begun, std::uint32_t next, std::uint32_t length) {
    flush();
    kind_ = k;
    begun_ = begun;
    next_ = next;
    length_ = length;
  }

  void flush() {
    if (kind_ == kind::none) return;
    // A run of one erased scalar has no direction: its place is where it stood.
    if (kind_ == kind::backwards && length_ == 1) begun_ = next_ + 1;
    lengths_.varint((std::uint64_t{length_} << 2U) | (static_cast<std::uint64_t>(kind_) - 1));
    moves_.zigzag(std::int64_t{begun_} - std::int64_t{cursor_});
    cursor_ = next_;
  }

  kind kind_ = kind::none;
  std::uint32_t begun_ = 0;
  std::uint32_t next_ = 0;
  std::uint32_t length_ = 0;
  std::uint32_t cursor_ = 0;
  crdt::byte_writer lengths_;
  crdt::byte_writer moves_;
  std::string text_;
};

void log_size(const report& out, std::span<const edit> edits) {
  const crdt::bytes log = bare_log(edits);
  crdt::bytes packed(ZSTD_compressBound(log.size()));
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), log.data(), log.size(), 19);
  require(ZSTD_isError(size) == 0, "zstd compresses");
  out.value("bytes-history", "bytes", static_cast<double>(size));
}

}  // namespace

crdt::bytes bare_log(std::span<const edit> edits) {
  run_log log;
  for (const edit& e : edits) log.add(e);
  return log.take();
}

void time_floor(const report& out, const app::trace& t, std::span<const std::string> works) {
  const edit_list all = edits_of(t);
  const bool sequential = t.kind == app::trace_kind::sequential;
  const std::vector<edit> edits = sequential ? to_bytes(all.edits) : std::vector<edit>();
  for (const std::string& work : works) {
    if (work == "local-one" && sequential) local_one(out, t, edits);
    if (work == "local-each" && sequential) local_each(out, t, edits, all.ends);
    if (work == "open") open(out, t.end_content);
    if (work == "save" && sequential) log_size(out, all.edits);
  }
}

}  // namespace weft::bench

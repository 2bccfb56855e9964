// SPDX-License-Identifier: MIT
#include "bare_log.hpp"

#include "gap_buffer.hpp"
#include "report.hpp"
#include "weft/crdt/document/text.hpp"

namespace weft::bench {

namespace {

enum class run_kind : std::uint8_t { typed, backwards, forwards };

struct run {
  run_kind kind = run_kind::typed;
  std::uint32_t begun = 0;   // where the caret stood before
  std::uint32_t caret = 0;   // and after
  std::uint32_t length = 0;  // scalars

  /// Takes an erasure into the run if it continues it. One erased scalar has no direction yet.
  bool erase_on(std::uint32_t at, std::uint32_t count) {
    if (kind == run_kind::typed) return false;
    if ((kind == run_kind::backwards || length == 1) && at + count == caret) {
      if (kind == run_kind::forwards) begun = caret + 1;
      kind = run_kind::backwards;
      caret = at;
    } else if ((kind == run_kind::forwards || length == 1) && at == caret) {
      kind = run_kind::forwards;
      begun = caret;
    } else {
      return false;
    }
    length += count;
    return true;
  }
};

class log_writer {
public:
  void add(const edit& e) {
    if (e.erased > 0) erase(e.position, e.erased);
    if (!e.inserted.empty()) insert(e.position, e.inserted);
  }

  crdt::bytes take() {
    flush();
    crdt::byte_writer out;
    out.sized(lengths_.view());
    out.sized(moves_.view());
    out.raw(std::string_view(text_));
    return out.take();
  }

private:
  void erase(std::uint32_t at, std::uint32_t count) {
    if (run_.length > 0 && run_.erase_on(at, count)) return;
    flush();
    run_ = count == 1 ? run{run_kind::backwards, at + 1, at, 1}
                      : run{run_kind::forwards, at, at, count};
  }

  void insert(std::uint32_t at, std::string_view inserted) {
    const std::uint32_t count = crdt::count_scalars(inserted);
    if (run_.length > 0 && run_.kind == run_kind::typed && at == run_.caret) {
      run_.length += count;
      run_.caret += count;
    } else {
      flush();
      run_ = {run_kind::typed, at, at + count, count};
    }
    text_ += inserted;
  }

  void flush() {
    if (run_.length == 0) return;
    lengths_.varint((std::uint64_t{run_.length} << 2U) | static_cast<std::uint64_t>(run_.kind));
    moves_.zigzag(std::int64_t{run_.begun} - std::int64_t{caret_});
    caret_ = run_.caret;
  }

  run run_;
  std::uint32_t caret_ = 0;
  crdt::byte_writer lengths_;
  crdt::byte_writer moves_;
  std::string text_;
};

constexpr char filler = '\xFF';  // in no UTF-8

/// Each scalar as four bytes, so that positions are offsets.
std::string widen(std::string_view utf8) {
  std::string out;
  for (const char c : utf8) {
    const bool first = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (first) out.resize((out.size() + 3) / 4 * 4, filler);
    out += c;
  }
  out.resize((out.size() + 3) / 4 * 4, filler);
  return out;
}

std::uint64_t next_varint(crdt::byte_view from, std::size_t& at) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint8_t byte = from[at++];
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80U) return value;
  }
}

crdt::byte_view next_sized(crdt::byte_view from, std::size_t& at) {
  const std::uint64_t size = next_varint(from, at);
  at += size;
  return from.subspan(at - size, size);
}

}  // namespace

crdt::bytes bare_log(std::span<const edit> edits) {
  log_writer log;
  for (const edit& e : edits) log.add(e);
  return log.take();
}

std::string text_of_log(crdt::byte_view log) {
  std::size_t at = 0;
  const crdt::byte_view lengths = next_sized(log, at);
  const crdt::byte_view moves = next_sized(log, at);
  const std::string typed = widen(crdt::as_chars(log.subspan(at)));
  gap_buffer text;
  std::size_t length_at = 0;
  std::size_t move_at = 0;
  std::size_t typed_at = 0;
  std::int64_t caret = 0;
  while (length_at < lengths.size()) {
    const std::uint64_t head = next_varint(lengths, length_at);
    const std::uint64_t move = next_varint(moves, move_at);
    const auto length = static_cast<std::int64_t>(head >> 2U);
    caret += static_cast<std::int64_t>(move >> 1U) ^ -static_cast<std::int64_t>(move & 1U);
    const auto bytes = static_cast<std::size_t>(4 * length);
    if ((head & 3U) == static_cast<std::uint64_t>(run_kind::typed)) {
      text.replace(static_cast<std::size_t>(4 * caret), 0,
                   std::string_view(typed).substr(typed_at, bytes));
      typed_at += bytes;
      caret += length;
    } else {
      if ((head & 3U) == static_cast<std::uint64_t>(run_kind::backwards)) caret -= length;
      text.replace(static_cast<std::size_t>(4 * caret), bytes, {});
    }
  }
  std::string out;
  for (const char c : text.to_string()) {
    if (c != filler) out += c;
  }
  return out;
}

}  // namespace weft::bench

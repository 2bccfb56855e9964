// SPDX-License-Identifier: MIT
#include "codec/columns.hpp"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <new>

namespace weft::crdt {
namespace {

// Small columns may expand by more than limits::max_expansion: a run of equal tokens compresses to
// almost nothing.
constexpr std::uint64_t free_raw_bytes = std::uint64_t{1} << 20U;
constexpr std::size_t least_worth_compressing = 64;

bool expansion_allowed(std::uint64_t raw, std::uint64_t stored, std::uint64_t max_expansion) {
  return raw <= free_raw_bytes || raw / max_expansion <= stored;
}

// The last column of a frame is text. A byte of the others becomes some thirty in memory.
constexpr std::uint64_t table_factor = 16;
std::uint64_t most_expansion(std::size_t column, std::size_t count, std::uint64_t of_text) {
  return column + 1 == count ? of_text : std::max<std::uint64_t>(of_text / table_factor, 1);
}

// Compresses columns one after the other into memory that is taken once.
class packer {
public:
  /// `most`: bytes of all columns.
  packer(std::size_t most, std::size_t columns)
      : room_(ZSTD_compressBound(most) + columns * ZSTD_compressBound(0)) {}
  ~packer() { ZSTD_freeCCtx(context_); }
  packer(const packer&) = delete;
  packer& operator=(const packer&) = delete;

  /// Empty if compression does not pay or the reader would refuse its ratio. Valid while this is.
  byte_view pack(byte_view raw, int level, std::uint64_t max_expansion) {
    if (level == 0 || raw.size() < least_worth_compressing) {
      return {};
    }
    if (context_ == nullptr) {
      context_ = ZSTD_createCCtx();
      packed_ = std::make_unique_for_overwrite<std::uint8_t[]>(room_);
      if (context_ == nullptr) {
        throw std::bad_alloc();
      }
    }
    const bool small = raw.size() <= small_column && level > 0 && level < thorough;
    set(ZSTD_c_compressionLevel, std::min(level, 19));
    set(ZSTD_c_hashLog, small ? small_table_log : 0);
    std::uint8_t* const at = packed_.get() + used_;
    const std::size_t size = ZSTD_compress2(context_, at, room_ - used_, raw.data(), raw.size());
    WEFT_ASSERT(ZSTD_isError(size) == 0, "zstd compresses any input into its own bound");
    if (size >= raw.size() || !expansion_allowed(raw.size(), size, max_expansion)) {
      return {};
    }
    used_ += size;
    return {at, size};
  }

private:
  // Up to this size zstd's quick levels take a larger table of hashes than beyond it. To touch that
  // memory costs more than it saves bytes.
  static constexpr std::size_t small_column = std::size_t{16} << 10U;
  static constexpr int small_table_log = 13;
  static constexpr int thorough = 4;

  void set(ZSTD_cParameter what, int value) {
    const std::size_t done = ZSTD_CCtx_setParameter(context_, what, value);
    WEFT_ASSERT(ZSTD_isError(done) == 0, "zstd takes a parameter within its bounds");
  }

  std::size_t room_;
  std::size_t used_ = 0;
  ZSTD_CCtx* context_ = nullptr;
  std::unique_ptr<std::uint8_t[]> packed_;
};

// Decompresses columns one after the other. With one context: to make one asks the processor what
// it can, which takes microseconds in a virtual machine.
class unpacker {
public:
  unpacker() = default;
  ~unpacker() { ZSTD_freeDCtx(context_); }
  unpacker(const unpacker&) = delete;
  unpacker& operator=(const unpacker&) = delete;

  /// Puts exactly `raw` bytes into `out`; false on any disagreement.
  template <class Out>
  [[nodiscard]] bool unpack(byte_view stored, std::size_t raw, Out& out) {
    if (raw == 0 || ZSTD_getFrameContentSize(stored.data(), stored.size()) != raw ||
        ZSTD_findFrameCompressedSize(stored.data(), stored.size()) != stored.size()) {
      return false;
    }
    if (context_ == nullptr) {
      context_ = ZSTD_createDCtx();
      if (context_ == nullptr) {
        throw std::bad_alloc();
      }
    }
    out.resize(raw);
    const std::size_t size =
        ZSTD_decompressDCtx(context_, out.data(), out.size(), stored.data(), stored.size());
    return ZSTD_isError(size) == 0 && size == raw;
  }

private:
  ZSTD_DCtx* context_ = nullptr;
};

}  // namespace

void write_format(byte_writer& out, format_form form) {
  out.u8(format_magic);
  out.u8(static_cast<std::uint8_t>(form));
  out.u8(format_version);
}

format_form read_format(byte_reader& in) {
  if (in.u8() != format_magic) {
    in.fail(errc::malformed, "these bytes are not Weft's");
  }
  const std::uint8_t form = in.u8();
  if (form != 'u' && form != 'U' && form != 'S' && form != 'B') {
    in.fail(errc::unsupported, "unknown kind of encoding");
  }
  if (in.u8() != format_version) {
    in.fail(errc::unsupported, "format version or order rule");
  }
  return static_cast<format_form>(form);
}

void write_columns(byte_writer& out, std::span<const byte_view> columns,
                   std::span<const int> levels) {
  WEFT_ASSERT(columns.size() == levels.size(), "every column has a level");
  const auto longest = static_cast<std::size_t>(
      std::ranges::max_element(columns, {}, &byte_view::size) - columns.begin());
  std::size_t most = 0;
  for (const byte_view column : columns) {
    most += column.size();
  }
  packer pack(most, columns.size());
  std::vector<byte_view> stored(columns.size());
  const auto pack_column = [&](std::size_t i) {
    stored[i] =
        pack.pack(columns[i], levels[i], most_expansion(i, columns.size(), limits{}.max_expansion));
  };
  // The longest first: zstd then makes its tables once.
  pack_column(longest);
  std::size_t size = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i != longest) {
      pack_column(i);
    }
    out.varint(columns[i].size());
    out.varint(stored[i].size());
    stored[i] = stored[i].empty() ? columns[i] : stored[i];
    size += stored[i].size();
  }
  constexpr std::size_t checksum = 4;
  out.reserve_more(size + checksum);
  for (const byte_view column : stored) {
    out.raw(column);
  }
}

void write_columns(byte_writer& out, std::span<const byte_view> columns, int level) {
  if (level > 0) {
    write_columns(out, columns, std::vector<int>(columns.size(), level));
    return;
  }
  std::size_t size = 0;
  for (const byte_view column : columns) {
    out.varint(column.size());
    out.varint(0);
    size += column.size();
  }
  constexpr std::size_t checksum = 4;
  out.reserve_more(size + checksum);
  for (const byte_view column : columns) {
    out.raw(column);
  }
}

void column_frame::read(byte_reader& in, std::size_t count, const limits& bounds,
                        std::string* text) {
  struct sizes {
    std::uint64_t raw = 0;
    std::uint64_t stored = 0;
  };
  std::vector<sizes> table(count);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sizes& s = table[i];
    s.raw = in.varint_max(bounds.max_raw_bytes, "column size");
    s.stored = in.varint_max(bounds.max_input_bytes, "stored column size");
    total += s.raw;
    if (total > bounds.max_raw_bytes ||
        (s.stored != 0 &&
         !expansion_allowed(s.raw, s.stored, most_expansion(i, count, bounds.max_expansion)))) {
      in.fail(errc::limit_exceeded, "decompressed size");
    }
    if (s.stored > in.remaining() || (s.stored == 0 && s.raw > in.remaining())) {
      in.fail(errc::truncated, "column");
    }
  }
  owned_.assign(count, {});
  views_.assign(count, {});
  unpacker unpack;
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    const sizes& s = table[i];
    const bool is_text = text != nullptr && i + 1 == count;
    const byte_view stored = in.raw(s.stored == 0 ? s.raw : s.stored);
    if (in.failed()) {
      return;
    }
    if (s.stored != 0) {
      const auto raw = static_cast<std::size_t>(s.raw);
      if (!(is_text ? unpack.unpack(stored, raw, *text) : unpack.unpack(stored, raw, owned_[i]))) {
        in.fail(errc::malformed, "compressed column");
        return;
      }
      views_[i] = owned_[i];
    } else if (is_text) {
      text->assign(as_chars(stored));
    } else {
      views_[i] = stored;
    }
  }
}

}  // namespace weft::crdt

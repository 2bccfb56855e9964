// SPDX-License-Identifier: MIT
#include "store/file_checks.hpp"

#include "store/posix_file.hpp"
#include "weft/crdt/bytes.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace weft::sync::detail {

namespace {

using crdt::byte_view;
using crdt::bytes;

constexpr std::size_t header_bytes = 100;
constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::uint32_t our_application = 1464157780;  // "WEFT"
constexpr std::size_t wal_header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;

std::uint32_t big_endian(byte_view in, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = (value << 8U) | in[at + i];
  return value;
}

std::uint32_t little_endian(byte_view in, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i > 0; --i) value = (value << 8U) | in[at + i - 1];
  return value;
}

sync_error damaged(const std::filesystem::path& file, const std::string& what) {
  return {sync_errc::corrupt,
          file.string() + " is damaged: " + what +
              ". The file was left as it is: keep a copy, and restore a backup or join again from "
              "another device."};
}

/// The running checksum of a WAL: two sums over 32-bit words, in the byte order that its header
/// names.
struct wal_sum {
  bool words_are_big_endian = false;
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  void add(byte_view in) {
    for (std::size_t at = 0; at + 8 <= in.size(); at += 8) {
      const auto word = [&](std::size_t i) {
        return words_are_big_endian ? big_endian(in, i) : little_endian(in, i);
      };
      first += word(at) + second;
      second += word(at + 4) + first;
    }
  }
  [[nodiscard]] bool matches(byte_view in, std::size_t at) const {
    return big_endian(in, at) == first && big_endian(in, at + 4) == second;
  }
};

result<void> check_main(const std::filesystem::path& file, std::uint32_t schema_version,
                        bool has_wal) {
  auto head = read_file_part(file, 0, header_bytes);
  if (!head) return head.error();
  if (head->empty()) return {};
  if (head->size() < header_bytes) return damaged(file, "it ends inside its header");
  if (crdt::as_chars(byte_view(*head).first(magic.size())) != magic) {
    return damaged(file, "it is not a Weft store");
  }
  const std::uint32_t application = big_endian(*head, 68);
  const std::uint32_t version = big_endian(*head, 60);
  if (version == 0 && application == 0) return {};  // made, but not yet filled: a crash at birth
  if (application != our_application) return damaged(file, "it belongs to another program");
  if (version > schema_version) return newer_version(file);
  // Format versions: 1 at birth, 2 with a WAL. SQLite takes others for a read-only database.
  if ((*head)[18] < 1 || (*head)[18] > 2 || (*head)[19] < 1 || (*head)[19] > 2) {
    return damaged(file, "its header does not check out");
  }
  const std::uint64_t page = big_endian(*head, 16) >> 16U;
  const std::uint64_t pages = big_endian(*head, 28);
  std::error_code ignored;
  const std::uint64_t size = std::filesystem::file_size(file, ignored);
  if (!has_wal && (page < 512 || size < page * pages)) return damaged(file, "its end is missing");
  return {};
}

/// Frames behind the first bad one that carry the salts of this WAL were written by the same
/// session. A crash can leave such frames only inside the last commit, which was not synced yet.
result<void> check_frames(const std::filesystem::path& wal, byte_view in) {
  const std::uint32_t page = big_endian(in, 8);
  wal_sum sum;
  sum.words_are_big_endian = (in[3] & 1U) != 0;
  sum.add(in.first(24));
  if (page < 512 || page > 65536 || !sum.matches(in, 24)) {
    return damaged(wal, "its header does not check out, so saved changes cannot be read");
  }
  const std::size_t stride = frame_header_bytes + page;
  const byte_view salts = in.subspan(16, 8);
  bool broken = false;
  bool commit_behind = false;
  for (std::size_t at = wal_header_bytes; at + stride <= in.size(); at += stride) {
    const byte_view frame = in.subspan(at, stride);
    const bool ours = std::equal(salts.begin(), salts.end(), frame.begin() + 8);
    if (!broken) {
      sum.add(frame.first(8));
      sum.add(frame.subspan(frame_header_bytes));
      if (ours && sum.matches(frame, 16)) continue;
      broken = true;
      commit_behind = big_endian(frame, 4) != 0;
      continue;
    }
    if (!ours) continue;
    if (commit_behind) {
      return damaged(wal, "frame " + std::to_string((at - wal_header_bytes) / stride) +
                              " stands behind a broken one, so saved changes cannot be read");
    }
    commit_behind = big_endian(frame, 4) != 0;
  }
  return {};
}

}  // namespace

sync_error newer_version(const std::filesystem::path& file) {
  return {sync_errc::version, file.string() +
                                  " was written by a newer version of Weft. Update Weft to open "
                                  "it; nothing was changed."};
}

result<void> check_database_files(const std::filesystem::path& file, std::uint32_t schema_version) {
  std::filesystem::path wal = file;
  wal += "-wal";
  std::error_code ignored;
  const bool has_main = std::filesystem::exists(file, ignored);
  const auto wal_size = std::filesystem::file_size(wal, ignored);
  const bool has_wal = !ignored && wal_size > 0;
  if (has_main) {
    if (auto ok = check_main(file, schema_version, has_wal); !ok) return ok;
  }
  if (!has_wal || wal_size < wal_header_bytes + frame_header_bytes) return {};
  auto in = read_file_part(wal, 0, static_cast<std::size_t>(wal_size));
  if (!in) return in.error();
  if (in->size() < wal_header_bytes) return {};
  return check_frames(wal, *in);
}

}  // namespace weft::sync::detail

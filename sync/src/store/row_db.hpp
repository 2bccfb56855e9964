// SPDX-License-Identifier: MIT
// The SQLite file as three tables of checksummed rows: change, pack and record.
//
// Every table is (id INTEGER PRIMARY KEY, data BLOB); the last four bytes of `data` are a checksum
// over table, id and the bytes before. A row is never given out before its checksum was verified,
// since SQLite itself does not notice a flipped bit in a payload. This is the only file that speaks
// to SQLite; its codes end here. One thread at a time.
#pragma once

#include "weft/sync/error.hpp"
#include "weft/sync/ids.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace weft::sync::detail {

enum class table : std::uint8_t { change = 0, pack = 1, record = 2 };

/// Schema written by this version; PRAGMA user_version.
inline constexpr std::uint32_t schema_version = 1;

class row_db {
public:
  /// Opens or creates the file and its tables. Refuses files that are no store of ours or of a
  /// newer version without touching them.
  [[nodiscard]] static result<std::unique_ptr<row_db>> open(const std::filesystem::path& file);
  ~row_db();
  row_db(const row_db&) = delete;
  row_db& operator=(const row_db&) = delete;

  /// One transaction. `body` writes; an error from it, or from the commit, leaves nothing behind.
  [[nodiscard]] result<void> transact(const std::function<result<void>()>& body);

  // Writes; only inside transact().
  [[nodiscard]] result<void> put(table t, std::int64_t id, byte_view data);
  [[nodiscard]] result<void> erase(table t, std::int64_t first, std::int64_t end);

  /// nullopt: no such row. corrupt: its checksum is wrong.
  [[nodiscard]] result<std::optional<bytes>> get(table t, std::int64_t id);
  /// Rows of [first, end) in order of id, until `visit` returns false.
  using visitor = std::function<result<bool>(std::int64_t id, byte_view data)>;
  [[nodiscard]] result<void> scan(table t, std::int64_t first, std::int64_t end,
                                  const visitor& visit);
  /// As scan, but hands damaged rows to `damaged` and goes on.
  [[nodiscard]] result<void> scan_all(table t, std::int64_t first, std::int64_t end,
                                      const visitor& visit,
                                      const std::function<void(const std::string&)>& damaged);

  /// Moves the WAL into the file and empties it.
  [[nodiscard]] result<void> checkpoint();
  /// Gives unused pages back to the file system (at the next checkpoint).
  [[nodiscard]] result<void> give_back_space();
  /// What SQLite says about the structure of the file; empty when all is well.
  [[nodiscard]] std::vector<std::string> structure_faults(int max_faults);
  /// Bytes of WAL since the last checkpoint.
  [[nodiscard]] std::uint64_t wal_bytes() const noexcept { return wal_pages_ * page_bytes; }

  static constexpr std::uint64_t page_bytes = 1024;

private:
  explicit row_db(std::filesystem::path file) : file_(std::move(file)) {}
  enum class use : std::uint8_t { put, erase, get, scan };
  [[nodiscard]] result<void> start();
  [[nodiscard]] result<void> exec(const char* sql);
  [[nodiscard]] result<std::int64_t> number(const char* sql);
  [[nodiscard]] result<sqlite3_stmt*> prepared(table t, use u);
  [[nodiscard]] sync_error error_now(int code, const char* doing) const;
  [[nodiscard]] sync_error damaged_row(table t, std::int64_t id) const;

  std::filesystem::path file_;
  sqlite3* db_ = nullptr;
  std::array<sqlite3_stmt*, 12> statements_{};
  std::uint64_t wal_pages_ = 0;
  bool leftovers_ = false;  // a failed transaction may have left frames in the WAL
};

}  // namespace weft::sync::detail

// SPDX-License-Identifier: MIT
#include "store/row_db.hpp"

#include "store/crc32c.hpp"
#include "store/file_checks.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace weft::sync::detail {

namespace {

constexpr std::size_t checksum_bytes = 4;
constexpr std::array<std::string_view, 3> table_names = {"change", "pack", "record"};

std::uint32_t checksum(table t, std::int64_t id, byte_view data) {
  crdt::byte_writer head;
  head.u8(static_cast<std::uint8_t>(t));
  head.u64_le(static_cast<std::uint64_t>(id));
  return crc32c(data, crc32c(head.view()));
}

byte_view column_bytes(sqlite3_stmt* s, int column) {
  const void* data = sqlite3_column_blob(s, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(s, column));
  return {static_cast<const std::uint8_t*>(data), size};
}

/// The payload without its checksum; nullopt when that is wrong.
std::optional<byte_view> verified(table t, std::int64_t id, byte_view stored) {
  if (stored.size() < checksum_bytes) return std::nullopt;
  const byte_view data = stored.first(stored.size() - checksum_bytes);
  crdt::byte_reader tail(stored.last(checksum_bytes));
  if (tail.u32_le() != checksum(t, id, data)) return std::nullopt;
  return data;
}

/// Statements are reused: reset when their use ends, however it ends.
class use_once {
public:
  explicit use_once(sqlite3_stmt* s) : statement_(s) {}
  ~use_once() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  use_once(const use_once&) = delete;
  use_once& operator=(const use_once&) = delete;

private:
  sqlite3_stmt* statement_;
};

/// Why the last write to the database or its WAL failed, as the system said it.
int last_write_errno(sqlite3* db) {
  int of_main = 0;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &of_main);
  sqlite3_file* wal = nullptr;
  int of_wal = 0;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&wal));
  if (wal != nullptr && wal->pMethods != nullptr) {
    wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &of_wal);
  }
  return of_wal != 0 ? of_wal : of_main;
}

bool is_disk_full(int code, int system_code) {
  // A quota or a file size limit is a full disk to the user, whatever SQLite calls it.
  return (code & 0xff) == SQLITE_FULL ||
         ((code & 0xff) == SQLITE_IOERR &&
          (system_code == ENOSPC || system_code == EDQUOT || system_code == EFBIG));
}

}  // namespace

sync_error row_db::error_now(int code, const char* doing) const {
  const std::string name = file_.string();
  const int system_code = (code & 0xff) == SQLITE_IOERR ? last_write_errno(db_) : 0;
  const std::string detail = std::string(" (") + doing + ": " + sqlite3_errmsg(db_) + ", code " +
                             std::to_string(code) + ")";
  if (is_disk_full(code, system_code)) {
    return {sync_errc::disk_full, "The disk that holds " + name +
                                      " is full, so nothing was saved. Free some space and try "
                                      "again." +
                                      detail};
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {sync_errc::in_use, name +
                                     " is locked by another process. Close that program, or choose "
                                     "another profile." +
                                     detail};
    case SQLITE_ERROR:  // our statements are fixed: they only fail on a schema that is not ours
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {sync_errc::corrupt, name +
                                      " is damaged. The file was left as it is: keep a copy, and "
                                      "restore a backup or join again from another device." +
                                      detail};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return {sync_errc::io, name +
                                 " cannot be opened for writing. Check the permissions of the "
                                 "file and of its folder." +
                                 detail};
    default:
      return {sync_errc::io, "Reading or writing " + name +
                                 " failed, so nothing was saved. Check the disk, then try again." +
                                 detail};
  }
}

sync_error row_db::damaged_row(table t, std::int64_t id) const {
  return {sync_errc::corrupt,
          "Row " + std::to_string(id) + " of table " +
              std::string(table_names[static_cast<std::size_t>(t)]) + " in " + file_.string() +
              " is damaged: its checksum is wrong. The file was left as it is: keep a copy, and "
              "restore a backup or join again from another device."};
}

result<std::unique_ptr<row_db>> row_db::open(const std::filesystem::path& file) {
  if (auto ok = check_database_files(file, schema_version); !ok) return ok.error();
  std::unique_ptr<row_db> db(new row_db(file));
  if (auto ok = db->start(); !ok) return ok.error();
  return db;
}

result<void> row_db::start() {
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (const int rc = sqlite3_open_v2(file_.c_str(), &db_, flags, nullptr); rc != SQLITE_OK) {
    return error_now(rc, "opening");
  }
  sqlite3_extended_result_codes(db_, 1);
  // The order matters: exclusive before anything reads the file, so that no shared memory file is
  // made; page size and auto_vacuum before the first table.
  for (const char* pragma :
       {"PRAGMA locking_mode=EXCLUSIVE", "PRAGMA page_size=1024", "PRAGMA auto_vacuum=INCREMENTAL",
        "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA fullfsync=1",
        "PRAGMA checkpoint_fullfsync=1", "PRAGMA wal_autocheckpoint=0", "PRAGMA cell_size_check=ON",
        "PRAGMA trusted_schema=OFF", "PRAGMA temp_store=MEMORY", "PRAGMA secure_delete=OFF"}) {
    if (auto ok = exec(pragma); !ok) return ok;
  }
  sqlite3_wal_hook(
      db_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<row_db*>(self)->wal_pages_ = static_cast<std::uint64_t>(pages);
        return SQLITE_OK;
      },
      this);
  auto version = number("PRAGMA user_version");
  if (!version) return version.error();
  if (*version > static_cast<std::int64_t>(schema_version)) return newer_version(file_);
  if (*version == 0) {
    if (auto ok = exec("BEGIN IMMEDIATE;"
                       "CREATE TABLE change(id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
                       "CREATE TABLE pack(id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
                       "CREATE TABLE record(id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
                       "PRAGMA application_id=1464157780;"
                       "PRAGMA user_version=1;"
                       "COMMIT");
        !ok) {
      return ok;
    }
    // From here on the version stands in the file itself, where a newer program looks first.
    if (auto ok = checkpoint(); !ok) return ok;
  }
  return {};
}

row_db::~row_db() {
  for (sqlite3_stmt* s : statements_) sqlite3_finalize(s);
  sqlite3_close(db_);
}

result<void> row_db::exec(const char* sql) {
  const int rc = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (rc == SQLITE_OK) return {};
  sync_error e = error_now(rc, "preparing");
  if (sqlite3_get_autocommit(db_) == 0) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  return e;
}

result<std::int64_t> row_db::number(const char* sql) {
  sqlite3_stmt* s = nullptr;
  int rc = sqlite3_prepare_v2(db_, sql, -1, &s, nullptr);
  if (rc == SQLITE_OK) rc = sqlite3_step(s);
  const std::int64_t value = rc == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
  sqlite3_finalize(s);
  if (rc != SQLITE_ROW) return error_now(rc, "reading");
  return value;
}

result<sqlite3_stmt*> row_db::prepared(table t, use u) {
  const std::size_t slot = static_cast<std::size_t>(t) * 4 + static_cast<std::size_t>(u);
  if (statements_[slot] != nullptr) return statements_[slot];
  const std::string name(table_names[static_cast<std::size_t>(t)]);
  std::string sql;
  switch (u) {
    case use::put:
      sql = "INSERT OR REPLACE INTO " + name + "(id,data) VALUES(?1,?2)";
      break;
    case use::erase:
      sql = "DELETE FROM " + name + " WHERE id>=?1 AND id<?2";
      break;
    case use::get:
      sql = "SELECT id,data FROM " + name + " WHERE id=?1";
      break;
    case use::scan:
      sql = "SELECT id,data FROM " + name + " WHERE id>=?1 AND id<?2 ORDER BY id";
      break;
  }
  const int rc = sqlite3_prepare_v3(db_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT,
                                    &statements_[slot], nullptr);
  if (rc != SQLITE_OK) return error_now(rc, "preparing");
  return statements_[slot];
}

result<void> row_db::transact(const std::function<result<void>()>& body) {
  if (leftovers_) {
    if (auto ok = checkpoint(); !ok) return ok;
  }
  if (auto ok = exec("BEGIN IMMEDIATE"); !ok) return ok;
  auto done = body();
  if (done) {
    const int rc = sqlite3_exec(db_, "COMMIT", nullptr, nullptr, nullptr);
    if (rc != SQLITE_OK) done = error_now(rc, "saving");
  }
  if (sqlite3_get_autocommit(db_) == 0) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  // A failed transaction may leave frames in the WAL, which may even look committed (a failed
  // fsync). The WAL is emptied before the next one, so that no reader ever judges them.
  if (!done) leftovers_ = true;
  return done;
}

result<void> row_db::put(table t, std::int64_t id, byte_view data) {
  auto s = prepared(t, use::put);
  if (!s) return s.error();
  const use_once guard(*s);
  crdt::byte_writer row;
  row.raw(data);
  row.u32_le(checksum(t, id, data));
  sqlite3_bind_int64(*s, 1, id);
  sqlite3_bind_blob64(*s, 2, row.view().data(), row.size(), SQLITE_STATIC);
  const int rc = sqlite3_step(*s);
  if (rc != SQLITE_DONE) return error_now(rc, "writing");
  return {};
}

result<void> row_db::erase(table t, std::int64_t first, std::int64_t end) {
  auto s = prepared(t, use::erase);
  if (!s) return s.error();
  const use_once guard(*s);
  sqlite3_bind_int64(*s, 1, first);
  sqlite3_bind_int64(*s, 2, end);
  const int rc = sqlite3_step(*s);
  if (rc != SQLITE_DONE) return error_now(rc, "deleting");
  return {};
}

result<std::optional<bytes>> row_db::get(table t, std::int64_t id) {
  auto s = prepared(t, use::get);
  if (!s) return s.error();
  const use_once guard(*s);
  sqlite3_bind_int64(*s, 1, id);
  const int rc = sqlite3_step(*s);
  if (rc == SQLITE_DONE) return std::optional<bytes>{};
  if (rc != SQLITE_ROW) return error_now(rc, "reading");
  const auto data = verified(t, id, column_bytes(*s, 1));
  if (!data) return damaged_row(t, id);
  return std::optional<bytes>{bytes(data->begin(), data->end())};
}

result<void> row_db::scan(table t, std::int64_t first, std::int64_t end, const visitor& visit) {
  return scan_all(t, first, end, visit, nullptr);
}

result<void> row_db::scan_all(table t, std::int64_t first, std::int64_t end, const visitor& visit,
                              const std::function<void(const std::string&)>& damaged) {
  auto s = prepared(t, use::scan);
  if (!s) return s.error();
  const use_once guard(*s);
  sqlite3_bind_int64(*s, 1, first);
  sqlite3_bind_int64(*s, 2, end);
  int rc = SQLITE_OK;
  while ((rc = sqlite3_step(*s)) == SQLITE_ROW) {
    const std::int64_t id = sqlite3_column_int64(*s, 0);
    const auto data = verified(t, id, column_bytes(*s, 1));
    if (!data) {
      if (!damaged) return damaged_row(t, id);
      damaged(damaged_row(t, id).what);
      continue;
    }
    auto more = visit(id, *data);
    if (!more) return more.error();
    if (!*more) return {};
  }
  if (rc != SQLITE_DONE) return error_now(rc, "reading");
  return {};
}

result<void> row_db::checkpoint() {
  // Always TRUNCATE: the WAL starts anew from an empty file, so a header that does not check out
  // can only be damage (see file_checks).
  const int rc =
      sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (rc != SQLITE_OK) return error_now(rc, "tidying up");
  wal_pages_ = 0;
  leftovers_ = false;
  return {};
}

result<void> row_db::give_back_space() {
  return exec("PRAGMA incremental_vacuum");
}

std::vector<std::string> row_db::structure_faults(int max_faults) {
  std::vector<std::string> out;
  const std::string sql = "PRAGMA quick_check(" + std::to_string(max_faults) + ")";
  sqlite3_stmt* s = nullptr;
  int rc = sqlite3_prepare_v2(db_, sql.c_str(), -1, &s, nullptr);
  if (rc == SQLITE_OK) {
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
      const byte_view line = column_bytes(s, 0);
      if (crdt::as_chars(line) != "ok") {
        out.push_back("The structure of " + file_.string() +
                      " is damaged: " + std::string(crdt::as_chars(line)) + ".");
      }
    }
  }
  if (rc != SQLITE_DONE) out.push_back(error_now(rc, "checking").what);
  sqlite3_finalize(s);
  return out;
}

}  // namespace weft::sync::detail

// SPDX-License-Identifier: MIT
// A file system for SQLite whose writes and syncs fail when told to. While one lives, databases
// opened in this process go through it.
#pragma once

#include <sqlite3.h>

#include <map>
#include <memory>

namespace weft::test {

class fault_vfs {
public:
  fault_vfs() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
    vfs_.zName = "weft-fault";
    vfs_.xOpen = &open;
    sqlite3_vfs_register(&vfs_, 1);
    current() = this;
  }
  ~fault_vfs() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
    current() = nullptr;
  }
  fault_vfs(const fault_vfs&) = delete;
  fault_vfs& operator=(const fault_vfs&) = delete;

  /// The n-th write from now on (0: the next) and all after it fail with `code`; negative: none.
  int writes_left = -1;
  int write_code = SQLITE_FULL;
  /// The same for fsync.
  int syncs_left = -1;

private:
  /// `methods` is the first member, so that a file's methods lead back here.
  struct patched {
    sqlite3_io_methods methods{};
    const sqlite3_io_methods* real = nullptr;
  };
  static fault_vfs*& current() {
    static fault_vfs* one = nullptr;
    return one;
  }
  static const sqlite3_io_methods* real_of(sqlite3_file* file) {
    return reinterpret_cast<const patched*>(file->pMethods)->real;
  }
  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    fault_vfs& self = *current();
    const int rc = self.real_->xOpen(self.real_, name, file, flags, out);
    if (rc != SQLITE_OK || file->pMethods == nullptr) return rc;
    auto& entry = self.tables_[file->pMethods];
    if (!entry) {
      entry = std::make_unique<patched>();
      entry->methods = *file->pMethods;
      entry->real = file->pMethods;
      entry->methods.xWrite = &write;
      entry->methods.xSync = &sync;
    }
    file->pMethods = &entry->methods;
    return SQLITE_OK;
  }
  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
    fault_vfs& self = *current();
    if (self.writes_left == 0) return self.write_code;
    if (self.writes_left > 0) --self.writes_left;
    return real_of(file)->xWrite(file, data, size, at);
  }
  static int sync(sqlite3_file* file, int flags) {
    fault_vfs& self = *current();
    if (self.syncs_left == 0) return SQLITE_IOERR_FSYNC;
    if (self.syncs_left > 0) --self.syncs_left;
    return real_of(file)->xSync(file, flags);
  }

  sqlite3_vfs* real_;
  sqlite3_vfs vfs_;
  std::map<const sqlite3_io_methods*, std::unique_ptr<patched>> tables_;
};

}  // namespace weft::test

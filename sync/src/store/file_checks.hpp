// SPDX-License-Identifier: MIT
// What we look at before SQLite opens a database, since SQLite would overlook or change it.
//
// SQLite stops reading a write-ahead log (WAL) at the first frame whose checksum is wrong and takes
// that for its end: one flipped bit silently hides every later commit. check_database_files tells
// a torn last commit (normal after a crash) from damage in front of commits that were synced.
// The files are only read. Background: https://www.sqlite.org/fileformat2.html §4.
#pragma once

#include "weft/sync/error.hpp"

#include <cstdint>
#include <filesystem>

namespace weft::sync::detail {

/// Reads file and WAL. corrupt: no store of ours, cut short, or a damaged WAL; version: newer than
/// `schema_version`; fine: no file at all.
[[nodiscard]] result<void> check_database_files(const std::filesystem::path& file,
                                                std::uint32_t schema_version);

/// The refusal of a newer schema.
[[nodiscard]] sync_error newer_version(const std::filesystem::path& file);

}  // namespace weft::sync::detail

// SPDX-License-Identifier: MIT
// The few file operations that the standard library does not have: durable replacement, identity,
// and a lock that dies with its process.
#pragma once

#include "weft/sync/error.hpp"
#include "weft/sync/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace weft::sync::detail {

/// Names a file as long as it is not replaced: a copy or a restored backup has another one.
struct file_identity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t born_ns = 0;  ///< 0 where the file system does not tell
  friend bool operator==(const file_identity&, const file_identity&) = default;
};

/// nullopt: there is no such file.
[[nodiscard]] std::optional<file_identity> identity_of(const std::filesystem::path& file);

/// Up to `size` bytes from `offset`; fewer at the end of the file.
[[nodiscard]] result<bytes> read_file_part(const std::filesystem::path& file, std::size_t offset,
                                           std::size_t size);

/// Replaces `file` as a whole: at any moment, power cuts included, it is the old or the new one.
/// `content` is asked with the identity that the new file will have.
[[nodiscard]] result<void> replace_file(
    const std::filesystem::path& file,
    const std::function<bytes(const file_identity& identity)>& content);

/// Makes new names in `folder` durable.
[[nodiscard]] result<void> sync_folder(const std::filesystem::path& folder);

/// Holds the profile folder for this process.
class profile_lock {
public:
  /// in_use at once when another one holds it; the sentence names that process.
  [[nodiscard]] static result<profile_lock> take(const std::filesystem::path& folder);
  profile_lock(profile_lock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  profile_lock& operator=(profile_lock&&) = delete;
  ~profile_lock();

private:
  explicit profile_lock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace weft::sync::detail

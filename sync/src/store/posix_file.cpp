// SPDX-License-Identifier: MIT
#include "store/posix_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace weft::sync::detail {

namespace {

/// A file descriptor that closes itself.
class open_file {
public:
  open_file(const std::filesystem::path& file, int flags)
      : fd_(::open(file.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~open_file() {
    if (fd_ >= 0) ::close(fd_);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }

private:
  int fd_;
};

sync_error file_error(const std::filesystem::path& file, const char* doing) {
  const int code = errno;
  const std::string why = std::error_code(code, std::generic_category()).message();
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) {
    return {sync_errc::disk_full, "The disk that holds " + file.string() + " is full (" + why +
                                      "). Free some space and try again."};
  }
  return {sync_errc::io, std::string(doing) + " " + file.string() + " failed (" + why +
                             "). Check the disk and the permissions of its folder."};
}

std::optional<file_identity> identity_from(int folder, const char* name, int flags) {
  struct statx info{};
  if (::statx(folder, name, flags, STATX_INO | STATX_BTIME, &info) != 0) return std::nullopt;
  file_identity out;
  out.device = (std::uint64_t{info.stx_dev_major} << 32U) | info.stx_dev_minor;
  out.inode = info.stx_ino;
  if ((info.stx_mask & STATX_BTIME) != 0) {
    out.born_ns =
        static_cast<std::uint64_t>(info.stx_btime.tv_sec) * 1'000'000'000U + info.stx_btime.tv_nsec;
  }
  return out;
}

bool write_all(int fd, byte_view in) {
  while (!in.empty()) {
    const ssize_t done = ::write(fd, in.data(), in.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    in = in.subspan(static_cast<std::size_t>(done));
  }
  return true;
}

}  // namespace

std::optional<file_identity> identity_of(const std::filesystem::path& file) {
  return identity_from(AT_FDCWD, file.c_str(), 0);
}

result<bytes> read_file_part(const std::filesystem::path& file, std::size_t offset,
                             std::size_t size) {
  const open_file in(file, O_RDONLY);
  if (!in) return file_error(file, "Opening");
  struct stat info{};
  if (::fstat(in.fd(), &info) != 0) return file_error(file, "Reading");
  const auto in_file = static_cast<std::size_t>(info.st_size);
  bytes out(std::min(size, in_file > offset ? in_file - offset : 0));
  size = out.size();
  std::size_t at = 0;
  while (at < size) {
    const ssize_t got =
        ::pread(in.fd(), out.data() + at, size - at, static_cast<off_t>(offset + at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(file, "Reading");
    if (got == 0) break;
    at += static_cast<std::size_t>(got);
  }
  out.resize(at);
  return out;
}

result<void> replace_file(const std::filesystem::path& file,
                          const std::function<bytes(const file_identity& identity)>& content) {
  std::filesystem::path fresh = file;
  fresh += ".new";
  ::unlink(fresh.c_str());
  {
    const open_file out(fresh, O_WRONLY | O_CREAT | O_EXCL);
    if (!out) return file_error(fresh, "Creating");
    const auto identity = identity_from(out.fd(), "", AT_EMPTY_PATH);
    const bytes data = content(identity.value_or(file_identity{}));
    if (!write_all(out.fd(), data)) return file_error(fresh, "Writing");
    if (::fsync(out.fd()) != 0) return file_error(fresh, "Saving");
  }
  if (::rename(fresh.c_str(), file.c_str()) != 0) return file_error(file, "Replacing");
  return sync_folder(file.parent_path());
}

result<void> sync_folder(const std::filesystem::path& folder) {
  const open_file f(folder, O_RDONLY | O_DIRECTORY);
  if (!f || ::fsync(f.fd()) != 0) return file_error(folder, "Saving");
  return {};
}

result<profile_lock> profile_lock::take(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "weft.lock";
  open_file lock(file, O_RDWR | O_CREAT);
  if (!lock) return file_error(file, "Opening");
  if (::flock(lock.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return file_error(file, "Locking");
    char holder[32] = {};
    const ssize_t size = ::pread(lock.fd(), holder, sizeof holder - 1, 0);
    const std::string who = size > 0 ? " (process " + std::string(holder) + ")" : "";
    return sync_error{sync_errc::in_use, "The profile " + folder.string() +
                                             " is in use by another Weft program" + who +
                                             ". Close it, or choose another profile."};
  }
  const std::string me = std::to_string(::getpid());
  // The number only helps to word the refusal of others: a full disk may swallow it.
  static_cast<void>(::ftruncate(lock.fd(), 0) == 0 && write_all(lock.fd(), crdt::as_bytes(me)));
  return profile_lock(lock.release());
}

profile_lock::~profile_lock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace weft::sync::detail

// SPDX-License-Identifier: MIT
// The key file: one line with the seed in base32, readable by its owner only.
#include "weft/sync/crypto.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weft::sync {

namespace {

constexpr std::string_view key_tag = "weft-device-key-1 ";

/// Closes what it holds.
class file_handle {
public:
  explicit file_handle(int fd) noexcept : fd_(fd) {}
  ~file_handle() {
    if (fd_ >= 0) ::close(fd_);
  }
  file_handle(const file_handle&) = delete;
  file_handle& operator=(const file_handle&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool open() const noexcept { return fd_ >= 0; }

private:
  int fd_;
};

sync_error io_error(const char* did, const std::filesystem::path& file) {
  const int code = errno;
  return {code == ENOSPC ? sync_errc::disk_full : sync_errc::io,
          std::string("Cannot ") + did + " " + file.string() + ": " + std::strerror(code) + "."};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

result<key_pair> read_key(int fd, const std::filesystem::path& file) {
  std::array<char, 256> text{};
  const ssize_t got = ::read(fd, text.data(), text.size());
  if (got < 0) return io_error("read", file);
  std::string_view line(text.data(), static_cast<std::size_t>(got));
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.starts_with(key_tag)) {
    const auto raw = from_base32(line.substr(key_tag.size()));
    digest32 seed{};
    if (raw && raw->size() == seed.size()) {
      std::copy(raw->begin(), raw->end(), seed.begin());
      // A key that others can read is closed to them; the copy that they may have stays theirs.
      static_cast<void>(::fchmod(fd, S_IRUSR | S_IWUSR));
      return key_pair::from_seed(seed);
    }
  }
  return sync_error{sync_errc::bad_data,
                    "The file " + file.string() +
                        " is not a Weft device key. Restore it from a backup, or move it away to "
                        "start with a new identity."};
}

/// Writes beside, then links: a crash leaves no half key, and of two starters one wins.
result<void> write_key(const key_pair& key, const std::filesystem::path& file) {
  const std::filesystem::path beside = file.string() + ".new" + std::to_string(::getpid());
  const std::string line = std::string(key_tag) + to_base32(key.seed()) + "\n";
  bool ok = false;
  {
    const file_handle out(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
    ok = out.open() && write_all(out.get(), line) && ::fsync(out.get()) == 0;
  }
  ok = ok && (::link(beside.c_str(), file.c_str()) == 0 || errno == EEXIST);
  result<void> answer;
  if (!ok) answer = io_error("write", file);
  static_cast<void>(::unlink(beside.c_str()));
  const file_handle folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (ok && folder.open()) static_cast<void>(::fsync(folder.get()));
  return answer;
}

}  // namespace

result<key_pair> key_pair::load_or_create(const std::filesystem::path& file) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const file_handle in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (in.open()) return read_key(in.get(), file);
    if (errno != ENOENT) return io_error("open", file);
    if (const auto written = write_key(generate(), file); !written) return written.error();
  }
  return io_error("open", file);
}

}  // namespace weft::sync

// SPDX-License-Identifier: MIT
#include "trace/gzip_file.hpp"

#include "trace/trace.hpp"

#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <unistd.h>
#include <vector>

namespace weft::app {

namespace {

constexpr std::size_t chunk_bytes = 256 * 1024;

struct gz_closer {
  void operator()(gzFile_s* f) const noexcept { gzclose(f); }
};
using gz_file = std::unique_ptr<gzFile_s, gz_closer>;

/// zlib says EOF in the middle of a stream only when the file is closed or asked; this asks.
void check_end(gzFile_s* f) {
  int code = Z_OK;
  const char* const message = gzerror(f, &code);
  if (code == Z_BUF_ERROR) {
    throw trace_error("the compressed data ends too early (byte " + std::to_string(gzoffset(f)) +
                      "): the file is cut");
  }
  if (code == Z_ERRNO) {
    throw trace_io_error(std::string("cannot be read: ") + std::strerror(errno));
  }
  if (code != Z_OK && code != Z_STREAM_END) {
    throw trace_error("the compressed data is damaged near byte " + std::to_string(gzoffset(f)) +
                      ": " + message);
  }
}

void write_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::write(fd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw trace_io_error(std::string("cannot be written: ") + std::strerror(errno));
    data += n;
    size -= static_cast<std::size_t>(n);
  }
}

std::string compress(std::string_view content) {
  z_stream z{};
  constexpr int gzip_window = 15 + 16;
  if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::bad_alloc();
  }
  std::string out(deflateBound(&z, content.size()) + 64, '\0');
  // zlib takes a pointer to non-const and does not write through it.
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  z.avail_in = static_cast<uInt>(content.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  if (code != Z_STREAM_END) throw trace_io_error("cannot be compressed");
  return out;
}

}  // namespace

std::string read_maybe_gzip(const std::filesystem::path& file, std::uint64_t max_bytes) {
  if (std::filesystem::is_directory(file)) throw trace_io_error("is a folder, not a file");
  // The descriptor is opened here, since gzopen hides why it failed.
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw trace_io_error(std::string("cannot be opened: ") + std::strerror(errno));
  const gz_file in(gzdopen(fd, "rb"));
  if (!in) {
    ::close(fd);
    throw std::bad_alloc();
  }
  std::string content;
  std::vector<char> chunk(chunk_bytes);
  for (;;) {
    const int n = gzread(in.get(), chunk.data(), static_cast<unsigned>(chunk.size()));
    if (n < 0) check_end(in.get());
    if (n <= 0) break;
    if (content.size() + static_cast<std::size_t>(n) > max_bytes) {
      throw trace_error("holds more than " + std::to_string(max_bytes) +
                        " bytes, the most that is read");
    }
    content.append(chunk.data(), static_cast<std::size_t>(n));
  }
  check_end(in.get());
  return content;
}

void write_maybe_gzip(const std::filesystem::path& file, std::string_view content) {
  const bool gzip = file.extension() == ".gz";
  const std::string packed = gzip ? compress(content) : std::string();
  const std::string_view out = gzip ? std::string_view(packed) : content;
  const std::string temporary = file.string() + ".part";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) throw trace_io_error(std::string("cannot be written: ") + std::strerror(errno));
  try {
    write_all(fd, out.data(), out.size());
    if (::fsync(fd) != 0) {
      throw trace_io_error(std::string("cannot be written: ") + std::strerror(errno));
    }
  } catch (...) {
    ::close(fd);
    ::unlink(temporary.c_str());
    throw;
  }
  ::close(fd);
  if (::rename(temporary.c_str(), file.c_str()) != 0) {
    const int reason = errno;
    ::unlink(temporary.c_str());
    throw trace_io_error(std::string("cannot be written: ") + std::strerror(reason));
  }
}

}  // namespace weft::app

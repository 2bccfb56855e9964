// SPDX-License-Identifier: MIT
#include "profile/control_socket.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace weft::app {

namespace {

using steady = std::chrono::steady_clock;

constexpr std::size_t max_connections = 16;
constexpr std::chrono::seconds patience{10};
constexpr std::chrono::seconds parting{1};  // to send replies that are there already
constexpr const char* socket_name = "control.sock";

class descriptor {
public:
  explicit descriptor(int fd = -1) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

private:
  int fd_;
};

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("control socket: " + what + ": " + std::strerror(errno));
}

/// A Unix address holds about 100 bytes, a profile's path may be longer: the folder is named by a
/// descriptor of it.
sockaddr_un address_in(const descriptor& folder) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + socket_name;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

descriptor open_folder(const std::filesystem::path& profile) {
  return descriptor(::open(profile.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

bool same_user(int fd) {
  ucred who{};
  socklen_t size = sizeof(who);
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && who.uid == ::geteuid();
}

}  // namespace

struct control_server::state {
  struct connection {
    descriptor socket;
    std::string input;
    std::string output;
    std::size_t written = 0;
    enum class phase : std::uint8_t { reading, waiting, writing } at = phase::reading;
    steady::time_point deadline;
  };

  descriptor listener;
  descriptor wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  handler on_request;
  std::filesystem::path socket_path;
  std::atomic<bool> stopping{false};
  std::map<std::uint64_t, connection> connections;
  std::uint64_t next_id = 0;
  std::mutex mutex;  // guards `replies`
  std::vector<std::pair<std::uint64_t, std::string>> replies;
  std::thread thread;

  void run(const std::weak_ptr<state>& self);
  void accept_one();
  void take_replies();
  bool unsent();
  /// False: the connection is over.
  bool read_some(std::uint64_t id, connection& c, const std::weak_ptr<state>& self);
  bool write_some(connection& c);
  void signal() const {
    const std::uint64_t one = 1;
    // A full counter means that the thread is woken already.
    [[maybe_unused]] const ssize_t n = ::write(wake.get(), &one, sizeof(one));
  }
};

void control_server::state::accept_one() {
  descriptor fresh(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fresh || connections.size() >= max_connections || !same_user(fresh.get())) return;
  connection c;
  c.socket = std::move(fresh);
  c.deadline = steady::now() + patience;
  connections.emplace(next_id++, std::move(c));
}

void control_server::state::take_replies() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t n = ::read(wake.get(), &count, sizeof(count));
  std::vector<std::pair<std::uint64_t, std::string>> taken;
  {
    const std::lock_guard lock(mutex);
    taken.swap(replies);
  }
  for (auto& [id, reply] : taken) {
    const auto found = connections.find(id);
    if (found == connections.end()) continue;
    found->second.output = std::move(reply);
    found->second.at = connection::phase::writing;
    found->second.deadline = steady::now() + patience;
  }
}

bool control_server::state::read_some(std::uint64_t id, connection& c,
                                      const std::weak_ptr<state>& self) {
  std::array<char, 65'536> chunk{};
  const ssize_t n = ::read(c.socket.get(), chunk.data(), chunk.size());
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n > 0) {
    if (c.input.size() + static_cast<std::size_t>(n) > max_control_bytes) return false;
    c.input.append(chunk.data(), static_cast<std::size_t>(n));
    return true;
  }
  c.at = connection::phase::waiting;
  on_request(std::move(c.input), [self, id](std::string reply) {
    const std::shared_ptr<state> server = self.lock();
    if (!server) return;
    {
      const std::lock_guard lock(server->mutex);
      server->replies.emplace_back(id, std::move(reply));
    }
    server->signal();
  });
  c.input.clear();
  return true;
}

bool control_server::state::write_some(connection& c) {
  const ssize_t n = ::send(c.socket.get(), c.output.data() + c.written, c.output.size() - c.written,
                           MSG_NOSIGNAL);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  c.written += static_cast<std::size_t>(n);
  c.deadline = steady::now() + patience;
  return c.written < c.output.size();
}

/// Whether replies are left to send, at the end.
bool control_server::state::unsent() {
  take_replies();
  return std::any_of(connections.begin(), connections.end(), [](const auto& entry) {
    return entry.second.at == connection::phase::writing;
  });
}

void control_server::state::run(const std::weak_ptr<state>& self) {
  std::optional<steady::time_point> end;
  for (;;) {
    if (stopping) {
      if (!end) end = steady::now() + parting;
      if (!unsent() || steady::now() > *end) return;
    }
    std::vector<pollfd> polled{{listener.get(), POLLIN, 0}, {wake.get(), POLLIN, 0}};
    std::vector<std::uint64_t> ids;
    for (const auto& [id, c] : connections) {
      // A client that waits for its reply is watched for hanging up only.
      const short events = c.at == connection::phase::reading   ? short{POLLIN}
                           : c.at == connection::phase::writing ? short{POLLOUT}
                                                                : short{0};
      polled.push_back({c.socket.get(), events, 0});
      ids.push_back(id);
    }
    if (::poll(polled.data(), polled.size(), connections.empty() ? -1 : end ? 50 : 1000) < 0)
      continue;
    const steady::time_point now = steady::now();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      connection& c = connections.at(ids[i]);
      const short got = polled[i + 2].revents;
      bool open = true;
      if (c.at == connection::phase::waiting) {
        open = (got & (POLLERR | POLLNVAL | POLLHUP)) == 0;
      } else if (got != 0) {
        open = c.at == connection::phase::reading ? read_some(ids[i], c, self) : write_some(c);
      } else {
        open = now < c.deadline;
      }
      if (!open) connections.erase(ids[i]);
    }
    if (polled[0].revents != 0) accept_one();
    if (polled[1].revents != 0) take_replies();
  }
}

control_server::control_server(const std::filesystem::path& profile, handler on_request)
    : state_(std::make_shared<state>()) {
  state& s = *state_;
  s.on_request = std::move(on_request);
  s.socket_path = profile / socket_name;
  const descriptor folder = open_folder(profile);
  if (!folder) fail("the profile folder cannot be opened");
  s.listener = descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!s.listener || !s.wake) fail("cannot be made");
  ::unlinkat(folder.get(), socket_name, 0);
  // Set before bind, so that the file never has other rights.
  ::fchmod(s.listener.get(), S_IRUSR | S_IWUSR);
  const sockaddr_un address = address_in(folder);
  if (::bind(s.listener.get(), generic(address), sizeof(address)) != 0 ||
      ::fchmodat(folder.get(), socket_name, S_IRUSR | S_IWUSR, 0) != 0 ||
      ::listen(s.listener.get(), max_connections) != 0) {
    fail("cannot be made in " + profile.string());
  }
  s.thread = std::thread([&s, self = std::weak_ptr(state_)] { s.run(self); });
}

control_server::~control_server() {
  state_->stopping = true;
  state_->signal();
  state_->thread.join();
  ::unlink(state_->socket_path.c_str());
}

std::optional<std::string> ask_control(const std::filesystem::path& profile,
                                       std::string_view request) {
  const descriptor folder = open_folder(profile);
  if (!folder) return std::nullopt;
  const descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) fail("cannot be made");
  const sockaddr_un address = address_in(folder);
  if (::connect(socket.get(), generic(address), sizeof(address)) != 0) return std::nullopt;
  while (!request.empty()) {
    const ssize_t n = ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("the request was not taken");
    request.remove_prefix(static_cast<std::size_t>(n));
  }
  ::shutdown(socket.get(), SHUT_WR);
  std::string reply;
  std::vector<char> chunk(65'536);
  for (;;) {
    const ssize_t n = ::read(socket.get(), chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("the connection broke");
    if (n == 0) break;
    reply.append(chunk.data(), static_cast<std::size_t>(n));
  }
  if (reply.empty()) {
    throw std::runtime_error("the process that has the profile open ended before it answered");
  }
  return reply;
}

}  // namespace weft::app

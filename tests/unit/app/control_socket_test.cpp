// SPDX-License-Identifier: MIT
#include "profile/control_socket.hpp"

#include "profile/hex.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace weft::app;

namespace {

/// A folder whose path is longer than a Unix address can be.
class long_folder {
public:
  long_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weft-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root_ = pattern;
    path = root_ / std::string(120, 'p');
    std::filesystem::create_directory(path);
  }
  ~long_folder() { std::filesystem::remove_all(root_); }
  std::filesystem::path path;

private:
  std::filesystem::path root_;
};

}  // namespace

TEST_CASE("control socket: nobody there gives no answer") {
  const long_folder profile;
  CHECK_FALSE(ask_control(profile.path, "{}").has_value());
  CHECK_FALSE(ask_control(profile.path / "none", "{}").has_value());
}

TEST_CASE("control socket: requests of any allowed size are answered, by whichever thread") {
  const long_folder profile;
  std::vector<std::thread> answering;
  {
    control_server server(profile.path, [&](std::string request, auto reply) {
      answering.emplace_back([request = std::move(request), reply] { reply("got " + request); });
    });
    CHECK(ask_control(profile.path, "one").value() == "got one");
    const std::string large(3 << 20, 'x');
    CHECK(ask_control(profile.path, large).value() == "got " + large);
    struct stat info{};
    REQUIRE(::stat((profile.path / "control.sock").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0600U);
  }
  for (std::thread& t : answering) t.join();
  CHECK_FALSE(std::filesystem::exists(profile.path / "control.sock"));
}

TEST_CASE("control socket: a socket left by a dead process is replaced") {
  const long_folder profile;
  const auto echo = [](std::string request, const control_server::responder& reply) {
    reply(std::move(request));
  };
  std::filesystem::create_symlink("/nonexistent", profile.path / "control.sock");
  const control_server server(profile.path, echo);
  CHECK(ask_control(profile.path, "here").value() == "here");
}

TEST_CASE("control socket: a server that ends before it answers is told as such") {
  const long_folder profile;
  control_server::responder kept;
  std::atomic<bool> asked{false};
  auto server = std::make_unique<control_server>(
      profile.path, [&](const std::string&, control_server::responder reply) {
        kept = std::move(reply);
        asked = true;
      });
  std::thread ender([&] {
    while (!asked) std::this_thread::yield();
    server.reset();
  });
  CHECK_THROWS_WITH(ask_control(profile.path, "?"), Catch::Contains("before it answered"));
  ender.join();
  kept("too late");  // must do nothing
}

TEST_CASE("hexadecimal: bytes come back, everything else is refused") {
  const weft::crdt::bytes in{0, 1, 0x7f, 0x80, 0xff};
  CHECK(to_hex(in) == "00017f80ff");
  CHECK(from_hex(to_hex(in)) == in);
  for (const char* wrong : {"0", "0g", "0A", " 0"}) CHECK_FALSE(from_hex(wrong).has_value());
}

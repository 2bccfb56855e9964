// SPDX-License-Identifier: MIT
// Real nodes for one test: profiles in temporary folders, TLS over loopback, one application thread
// (the test's own).
#pragma once

#include "temp_folder.hpp"
#include "weft/sync/node.hpp"
#include "weft/sync/run_loop.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace weft::testing {

/// One device: its profile outlives the node, so that it can be restarted.
class device {
public:
  device(sync::run_loop& loop, std::string name) : loop_(loop), name_(std::move(name)) {}

  void start(bool listen = true) {
    sync::node_options options;
    options.profile = folder_.path() / "profile";
    options.name = name_;
    if (listen) options.listen = sync::endpoint{"127.0.0.1", port_};
    options.run = loop_.get_executor();
    auto opened = sync::node::open(std::move(options));
    if (!opened) FAIL(opened.error().what);
    node_ = std::move(*opened);
    node_->on_log = [this](const std::string& line) { log.push_back(line); };
    if (listen) port_ = node_->listening().value().port;
  }
  void stop() { node_.reset(); }

  [[nodiscard]] sync::node& node() { return *node_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

  std::vector<std::string> log;

private:
  sync::run_loop& loop_;
  temp_folder folder_;
  std::string name_;
  std::uint16_t port_ = 0;
  std::unique_ptr<sync::node> node_;
};

inline bool eventually(sync::run_loop& loop, const std::function<bool()>& claim,
                       std::chrono::milliseconds limit = std::chrono::seconds(20)) {
  // Polled: not every claim is about something that ends with a task.
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!loop.run_until(claim, std::chrono::milliseconds(10))) {
    if (std::chrono::steady_clock::now() > end) return false;
  }
  return true;
}

inline std::string text_of(sync::shared_document& d) {
  return d.document().get_text("text").to_string();
}

inline void type(sync::shared_document& d, std::uint32_t at, std::string_view words) {
  d.document().get_text("text").insert(crdt::scalar_pos{at}, words);
}

/// Joins and opens.
inline std::shared_ptr<sync::shared_document> join_and_open(sync::run_loop& loop, device& who,
                                                            const sync::join_link& link) {
  std::optional<sync::result<sync::doc_id>> joined;
  who.node().join(link, [&](sync::result<sync::doc_id> r) { joined = std::move(r); });
  REQUIRE(eventually(loop, [&] { return joined.has_value(); }));
  if (!*joined) FAIL(joined->error().what);
  auto opened = who.node().open_document(**joined);
  if (!opened) FAIL(opened.error().what);
  return *opened;
}

/// Why joining failed.
inline sync::sync_error join_refusal(sync::run_loop& loop, device& who, const sync::join_link& link,
                                     std::int64_t timeout_ms = 30'000) {
  std::optional<sync::result<sync::doc_id>> joined;
  who.node().join(link, [&](sync::result<sync::doc_id> r) { joined = std::move(r); }, timeout_ms);
  REQUIRE(eventually(loop, [&] { return joined.has_value(); }));
  REQUIRE_FALSE(joined->has_value());
  return joined->error();
}

}  // namespace weft::testing

// SPDX-License-Identifier: MIT
// One TLS connection: handshake with a deadline, reading, coalesced bounded writing, gentle end.
// Lives as long as its operations; all calls on the event loop's thread.
#pragma once

#include "net/tls.hpp"
#include "net/transport.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>

namespace weft::sync::net {

/// What all connections of a transport share, and what outlives it.
struct connection_base {
  std::shared_ptr<boost::asio::ssl::context> tls;
  transport_limits limits;
  transport_counters counters;
};

class connection : public std::enable_shared_from_this<connection> {
public:
  using socket = boost::asio::ip::tcp::socket;
  /// `proven` nullopt: failed, and why.
  using handshaken = std::function<void(std::optional<public_key> proven, std::string why)>;
  /// Each may be empty; none is called after `down`.
  struct handlers {
    std::function<void(bytes)> received;
    std::function<void(std::size_t free_bytes)> writable;
    std::function<void(close_reason, std::string)> down;
  };

  connection(std::shared_ptr<connection_base> base, socket s);

  /// `allowed` is asked inside of the handshake, perhaps more than once. `done` is called once,
  /// unless the connection is aborted.
  void handshake(bool dialled, std::function<bool(const public_key&)> allowed, handshaken done);
  /// After a good handshake: reads until the end.
  void start(handlers h);

  void send(bytes frame);
  /// Sends what is queued, tells the other end, waits a moment for its end; then `down(local)`.
  void close();
  /// Ends at once and silently.
  void abort();

  [[nodiscard]] std::string remote_host() const { return remote_host_; }
  [[nodiscard]] std::size_t free_bytes() const noexcept;

private:
  using error_code = boost::system::error_code;
  void finish_handshake(const error_code& failed, const handshaken& done);
  void read();
  void write();
  void write_some();
  void tell_room();
  void linger();
  void discard();
  void finish(close_reason why, std::string detail);
  void fail(const error_code& failed);

  std::shared_ptr<connection_base> base_;
  boost::asio::ssl::stream<socket> stream_;
  boost::asio::steady_timer handshake_timer_;
  boost::asio::steady_timer write_timer_;
  handlers handlers_;
  std::string remote_host_;
  bytes in_;
  std::deque<bytes> queue_;
  std::size_t queued_bytes_ = 0;
  bytes out_;  ///< being written, from out_at_ on
  std::size_t out_at_ = 0;
  bool dialled_ = false;
  bool refused_ = false;  ///< the verify callback said no
  bool heard_ = false;    ///< any byte of the application has come
  bool writing_ = false;
  bool closing_ = false;
  bool ended_ = false;
};

}  // namespace weft::sync::net

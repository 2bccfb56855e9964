// SPDX-License-Identifier: MIT
// One dial: tries addresses in turn until one answers with the key that is wanted. Lives as long as
// its operations; all calls on the event loop's thread.
#pragma once

#include "net/connection.hpp"

#include <boost/asio/io_context.hpp>

namespace weft::sync::net {

class dialler : public std::enable_shared_from_this<dialler> {
public:
  /// Empty pointer: none answered, and why ("host:port: reason; ...").
  using outcome =
      std::function<void(const std::shared_ptr<connection>&, const public_key&, std::string)>;

  dialler(boost::asio::io_context& io, std::shared_ptr<connection_base> base,
          const device_id& wanted);

  /// `done` is called once, from a later turn of the loop, unless it is cancelled.
  void run(std::vector<std::string> addresses, outcome done);
  void cancel();

private:
  using tcp = boost::asio::ip::tcp;
  using error_code = boost::system::error_code;
  void next();
  void resolve(const endpoint& at);
  void connect(std::vector<tcp::endpoint> to, std::size_t which);
  void handshake();
  void failed_here(const std::string& why);
  void finish(const std::shared_ptr<connection>& c, const public_key& key, std::string why);

  boost::asio::io_context& io_;
  std::shared_ptr<connection_base> base_;
  device_id wanted_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<connection> connection_;
  std::vector<std::string> addresses_;
  std::size_t at_ = 0;
  std::string reasons_;
  outcome done_;
};

}  // namespace weft::sync::net

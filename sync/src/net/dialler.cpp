// SPDX-License-Identifier: MIT
#include "net/dialler.hpp"

#include "weft/sync/link.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

namespace weft::sync::net {

namespace asio = boost::asio;

dialler::dialler(asio::io_context& io, std::shared_ptr<connection_base> base,
                 const device_id& wanted)
    : io_(io), base_(std::move(base)), wanted_(wanted), resolver_(io), socket_(io), timer_(io) {}

void dialler::run(std::vector<std::string> addresses, outcome done) {
  addresses_ = std::move(addresses);
  done_ = std::move(done);
  asio::post(io_, [self = shared_from_this()] { self->next(); });
}

void dialler::cancel() {
  error_code ignored;
  done_ = nullptr;
  resolver_.cancel();
  timer_.cancel();
  socket_.close(ignored);
  if (connection_) connection_->abort();
}

void dialler::next() {
  if (!done_) return;
  if (at_ == addresses_.size()) {
    return finish(nullptr, {}, reasons_.empty() ? "no address is known" : reasons_);
  }
  const auto parsed = endpoint::parse(addresses_[at_]);
  if (!parsed) return failed_here("not an address");
  resolve(*parsed);
}

void dialler::failed_here(const std::string& why) {
  if (!done_) return;
  if (!reasons_.empty()) reasons_ += "; ";
  reasons_ += addresses_[at_].substr(0, 80) + ": " + why;
  ++at_;
  next();
}

void dialler::resolve(const endpoint& at) {
  error_code not_numeric;
  const auto address = asio::ip::make_address(at.host, not_numeric);
  if (!not_numeric) return connect({tcp::endpoint(address, at.port)}, 0);
  resolver_.async_resolve(at.host, std::to_string(at.port),
                          [self = shared_from_this()](const error_code& failed,
                                                      const tcp::resolver::results_type& found) {
                            if (!self->done_) return;
                            if (failed || found.empty())
                              return self->failed_here("this name is not known");
                            std::vector<tcp::endpoint> to;
                            for (const auto& entry : found) to.push_back(entry.endpoint());
                            self->connect(std::move(to), 0);
                          });
}

void dialler::connect(std::vector<tcp::endpoint> to, std::size_t which) {
  error_code ignored;
  socket_.close(ignored);
  timer_.expires_after(base_->limits.connect);
  timer_.async_wait([self = shared_from_this()](const error_code& stopped) {
    error_code closing;
    if (!stopped) self->socket_.close(closing);
  });
  const tcp::endpoint target = to[which];
  socket_.async_connect(
      target, [self = shared_from_this(), all = std::move(to), which](const error_code& failed) {
        self->timer_.cancel();
        if (!self->done_) return;
        if (!failed && self->socket_.is_open()) return self->handshake();
        if (which + 1 < all.size()) return self->connect(all, which + 1);
        self->failed_here(failed == asio::error::operation_aborted ? "no answer in time"
                                                                   : failed.message());
      });
}

void dialler::handshake() {
  connection_ = std::make_shared<connection>(base_, std::move(socket_));
  socket_ = tcp::socket(io_);
  connection_->handshake(
      true, [wanted = wanted_](const public_key& key) { return device_id_of(key) == wanted; },
      [self = shared_from_this()](std::optional<public_key> key, const std::string& why) {
        if (!self->done_) return;
        const auto c = std::exchange(self->connection_, nullptr);
        if (key && device_id_of(*key) == self->wanted_) return self->finish(c, *key, {});
        self->failed_here(why);
      });
}

void dialler::finish(const std::shared_ptr<connection>& c, const public_key& key, std::string why) {
  const outcome done = std::exchange(done_, nullptr);
  timer_.cancel();
  done(c, key, std::move(why));
}

}  // namespace weft::sync::net

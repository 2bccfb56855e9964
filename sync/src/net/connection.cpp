// SPDX-License-Identifier: MIT
#include "net/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>

#include <netinet/tcp.h>

namespace weft::sync::net {

namespace asio = boost::asio;

namespace {

constexpr std::size_t read_bytes = std::size_t{32} << 10U;
constexpr std::size_t write_bytes = std::size_t{64} << 10U;

bool is_alert(const boost::system::error_code& e) {
  return e.category() == asio::error::get_ssl_category();
}
bool is_end(const boost::system::error_code& e) {
  return e == asio::error::eof || e == asio::ssl::error::stream_truncated;
}

}  // namespace

connection::connection(std::shared_ptr<connection_base> base, socket s)
    : base_(std::move(base)),
      stream_(std::move(s), *base_->tls),
      handshake_timer_(stream_.get_executor()),
      write_timer_(stream_.get_executor()) {
  error_code ignored;
  socket& tcp = stream_.next_layer();
  tcp.set_option(asio::ip::tcp::no_delay(true), ignored);
  // The kernel must not hoard bulk bytes in front of live ones.
  const int low_water = static_cast<int>(write_bytes);
  static_cast<void>(::setsockopt(tcp.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &low_water,
                                 sizeof low_water));
  const auto remote = tcp.remote_endpoint(ignored);
  if (!ignored) remote_host_ = remote.address().to_string();
}

void connection::handshake(bool dialled, std::function<bool(const public_key&)> allowed,
                           handshaken done) {
  dialled_ = dialled;
  // The callback is stored inside of the stream: a plain pointer, or it would keep itself alive.
  stream_.set_verify_callback(
      [this, may = std::move(allowed)](bool /*chain_ok*/, asio::ssl::verify_context& context) {
        const auto key = key_under_verification(context);
        const bool ok = key && may(*key);
        refused_ = refused_ || !ok;
        return ok;
      });
  if (dialled && !offer_weft(stream_.native_handle())) {
    return done(std::nullopt, "TLS cannot be set up.");
  }
  handshake_timer_.expires_after(base_->limits.handshake);
  handshake_timer_.async_wait([self = shared_from_this()](const error_code& stopped) {
    error_code ignored;
    if (!stopped) self->stream_.next_layer().close(ignored);
  });
  stream_.async_handshake(
      dialled ? asio::ssl::stream_base::client : asio::ssl::stream_base::server,
      [self = shared_from_this(), then = std::move(done)](const error_code& failed) {
        self->handshake_timer_.cancel();
        if (!self->ended_) self->finish_handshake(failed, then);
      });
}

void connection::finish_handshake(const error_code& failed, const handshaken& done) {
  if (!failed && speaks_weft(stream_.native_handle())) {
    if (const auto key = proven_key(stream_.native_handle())) return done(key, {});
  }
  std::string why;
  if (refused_) {
    why = dialled_ ? "another device answers there (its key is not the expected one)"
                   : "its key is not known here";
  } else if (!failed || is_alert(failed)) {
    why = "it does not speak Weft's protocol, or refused this device";
  } else if (failed == asio::error::operation_aborted || failed == asio::error::bad_descriptor) {
    why = "no answer in time";
  } else {
    why = failed.message();
  }
  // The alert must arrive: a socket closed over unread bytes would be reset.
  linger();
  done(std::nullopt, std::move(why));
}

void connection::start(handlers h) {
  handlers_ = std::move(h);
  in_.resize(read_bytes);
  read();
}

void connection::read() {
  stream_.async_read_some(asio::buffer(in_),
                          [self = shared_from_this()](const error_code& failed, std::size_t size) {
                            if (self->ended_ || self->closing_) return;
                            if (failed) return self->fail(failed);
                            self->heard_ = true;
                            self->base_->counters.received_bytes += size;
                            const byte_view got = byte_view(self->in_).first(size);
                            if (self->handlers_.received)
                              self->handlers_.received(bytes(got.begin(), got.end()));
                            if (!self->ended_ && !self->closing_) self->read();
                          });
}

std::size_t connection::free_bytes() const noexcept {
  const std::size_t used = queued_bytes_ + out_.size() - out_at_;
  return used >= base_->limits.send_buffer ? 0 : base_->limits.send_buffer - used;
}

void connection::send(bytes frame) {
  if (ended_ || closing_) return;
  queued_bytes_ += frame.size();
  queue_.push_back(std::move(frame));
  if (queued_bytes_ > base_->limits.send_buffer_hard) {
    // Only a caller that ignores `writable` comes here; never call back into it from inside.
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
      self->finish(close_reason::network, "too much was queued for it");
    });
    return;
  }
  if (writing_) return;
  writing_ = true;
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->write(); });
}

/// Gathers frames into one buffer, so that small ones share a TLS record.
void connection::write() {
  if (ended_) return;
  out_.clear();
  out_at_ = 0;
  while (!queue_.empty() && (out_.empty() || out_.size() + queue_.front().size() <= write_bytes)) {
    if (out_.empty()) {
      out_ = std::move(queue_.front());
    } else {
      out_.insert(out_.end(), queue_.front().begin(), queue_.front().end());
    }
    queue_.pop_front();
  }
  queued_bytes_ -= out_.size();
  writing_ = !out_.empty();
  if (writing_) return write_some();
  if (closing_) linger();
}

void connection::write_some() {
  write_timer_.expires_after(base_->limits.stall);
  write_timer_.async_wait([self = shared_from_this()](const error_code& stopped) {
    if (!stopped) self->finish(close_reason::network, "it takes no more bytes");
  });
  stream_.async_write_some(asio::buffer(out_.data() + out_at_, out_.size() - out_at_),
                           [self = shared_from_this()](const error_code& failed, std::size_t size) {
                             self->write_timer_.cancel();
                             if (self->ended_) return;
                             if (failed) return self->fail(failed);
                             self->out_at_ += size;
                             self->base_->counters.sent_bytes += size;
                             if (self->out_at_ < self->out_.size()) return self->write_some();
                             self->write();
                             if (!self->ended_ && !self->closing_) self->tell_room();
                           });
}

void connection::tell_room() {
  const std::size_t room = free_bytes();
  if (room >= base_->limits.send_buffer / 2 && handlers_.writable) handlers_.writable(room);
}

void connection::close() {
  if (ended_ || closing_) return;
  closing_ = true;
  handlers_.received = nullptr;
  if (!writing_) linger();
}

/// Says that no more comes, then reads and forgets until the other end closes or a moment passed.
/// Frames carry their length and are acknowledged, so TLS's own close message adds nothing.
void connection::linger() {
  error_code ignored;
  socket& tcp = stream_.next_layer();
  if (!tcp.is_open()) return finish(close_reason::local, {});
  closing_ = true;
  tcp.shutdown(socket::shutdown_send, ignored);
  in_.resize(read_bytes);
  handshake_timer_.expires_after(base_->limits.drain);
  handshake_timer_.async_wait([self = shared_from_this()](const error_code& stopped) {
    if (!stopped) self->finish(close_reason::local, {});
  });
  discard();
}

void connection::discard() {
  stream_.next_layer().async_wait(socket::wait_read,
                                  [self = shared_from_this()](const error_code& failed) {
                                    if (self->ended_) return;
                                    std::array<std::uint8_t, 4096> scratch{};
                                    error_code end = failed;
                                    socket& tcp = self->stream_.next_layer();
                                    tcp.non_blocking(true, end);
                                    if (!end)
                                      static_cast<void>(tcp.read_some(asio::buffer(scratch), end));
                                    if (end && end != asio::error::would_block)
                                      return self->finish(close_reason::local, {});
                                    self->discard();
                                  });
}

void connection::abort() {
  handlers_ = {};
  finish(close_reason::local, {});
}

void connection::fail(const error_code& failed) {
  if (closing_) return finish(close_reason::local, {});
  if (is_end(failed)) return finish(close_reason::peer_closed, "it closed the connection");
  // In TLS 1.3 a dialler has finished its handshake before the other end judges its key.
  if (is_alert(failed) && dialled_ && !heard_) {
    return finish(close_reason::denied, "it does not know this device's key");
  }
  finish(close_reason::network, failed.message());
}

void connection::finish(close_reason why, std::string detail) {
  if (ended_) return;
  ended_ = true;
  error_code ignored;
  handshake_timer_.cancel();
  write_timer_.cancel();
  stream_.next_layer().close(ignored);
  // Handlers may own the last reference to others; they go before the object does.
  const handlers last = std::exchange(handlers_, {});
  if (last.down) last.down(why, std::move(detail));
}

}  // namespace weft::sync::net

// SPDX-License-Identifier: MIT
#include "net/event_loop.hpp"

#include "net/event_loop_state.hpp"

#include <boost/asio/post.hpp>

namespace weft::sync::net {

event_loop::event_loop() : state_(std::make_unique<state>()) {}
event_loop::~event_loop() = default;

void event_loop::post(std::function<void()> task) {
  boost::asio::post(state_->io, std::move(task));
}

void event_loop::run() {
  state_->io.run();
}
void event_loop::stop() {
  state_->io.stop();
}

bool event_loop::run_one(std::chrono::milliseconds limit) {
  return state_->io.run_one_for(limit) > 0;
}

std::chrono::milliseconds event_loop::now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
}

void event_loop::wake_at(std::chrono::milliseconds at, std::function<void()> task) {
  state_->timer.expires_at(std::chrono::steady_clock::time_point(at));
  state_->timer.async_wait([run = std::move(task)](const boost::system::error_code& failed) {
    if (!failed) run();
  });
}

void event_loop::after(std::chrono::milliseconds delay, std::function<void()> task) {
  boost::asio::post(state_->io, [this, delay, run = std::move(task)]() mutable {
    const auto timer = std::make_shared<boost::asio::steady_timer>(state_->io, delay);
    timer->async_wait([timer, run = std::move(run)](const boost::system::error_code& failed) {
      if (!failed) run();
    });
  });
}

void event_loop::cancel_wake() {
  state_->timer.cancel();
}

}  // namespace weft::sync::net

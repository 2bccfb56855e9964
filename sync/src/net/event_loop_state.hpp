// SPDX-License-Identifier: MIT
// What event_loop hides: Asio. Only files of this folder include it.
#pragma once

#include "net/event_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace weft::sync::net {

struct event_loop::state {
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> alive{io.get_executor()};
  boost::asio::steady_timer timer{io};
};

}  // namespace weft::sync::net

// SPDX-License-Identifier: MIT
// The one place that compiles Asio's own functions (BOOST_ASIO_SEPARATE_COMPILATION).
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>

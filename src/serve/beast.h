// Boost.Asio and Beast as the server uses them.
#pragma once

// Boost 1.74 uses std::exchange without its header, and does not know that clang-tidy's compiler has coroutines, too.
#include <coroutine>
#include <utility>
#ifndef BOOST_ASIO_HAS_CO_AWAIT
#define BOOST_ASIO_HAS_CO_AWAIT 1
#define BOOST_ASIO_HAS_STD_COROUTINE 1
#endif
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace detoy::serve {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

// Awaits an operation that sets `error` instead of throwing it.
inline auto into(error_code& error) {
  return asio::redirect_error(asio::use_awaitable, error);
}

}  // namespace detoy::serve

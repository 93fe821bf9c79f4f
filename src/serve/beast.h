// Boost.Asio and Beast as the server uses them.
#pragma once

// Boost 1.74 uses std::exchange without its header, and does not know that clang-tidy's compiler has coroutines, too.
#include <chrono>
#include <coroutine>
#include <memory>
#include <utility>
#ifndef BOOST_ASIO_HAS_CO_AWAIT
#define BOOST_ASIO_HAS_CO_AWAIT 1
#define BOOST_ASIO_HAS_STD_COROUTINE 1
#endif
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
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

// One thread runs each loop, so what belongs to a loop needs no strand. Naming its type everywhere spares what
// asio::any_io_executor costs for each operation.
using Loop = asio::io_context;
using Executor = Loop::executor_type;
template <typename T>
using Task = asio::awaitable<T, Executor>;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

inline constexpr asio::use_awaitable_t<Executor> awaited{};

// Awaits an operation that sets `error` instead of throwing it.
inline auto into(error_code& error) {
  return asio::redirect_error(awaited, error);
}

// Awaits the call of what `begin` is given: once, by the thread of the task's loop.
template <typename Begin>
Task<void> called_back(Begin begin) {
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
      [&begin](auto handler) {
        begin([kept = std::make_shared<decltype(handler)>(std::move(handler))] {
          // What it goes on with may destroy this function.
          auto goes_on = std::move(*kept);
          std::move(goes_on)();
        });
      },
      awaited);
}

}  // namespace detoy::serve

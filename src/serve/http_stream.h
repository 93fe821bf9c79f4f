// Sends a response whose body comes piece by piece (message.h). Part of the server, for any kind of Asio stream;
// include it behind Asio.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <chrono>
#include <string>

#include "serve/message.h"

namespace detoy::serve {

// While there is nothing to send it holds no thread. One piece is under way at a time: whoever does not take it within
// `send_time` is dropped. Ends when the source ends, nobody listens any more, or `stopping`; the connection must be
// closed then, which is how the other side sees the end.
template <typename AsyncStream>
boost::asio::awaitable<void> send_stream(AsyncStream& stream, Response response, const std::atomic<bool>& stopping,
                                         std::chrono::milliseconds send_time) {
  namespace asio = boost::asio;
  constexpr auto pause = std::chrono::milliseconds(50);
  std::string text = "HTTP/1.1 200 OK\r\nServer: detoy\r\nContent-Type: " + response.content_type +
                     "\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\nConnection: close\r\n";
  for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
  text += "\r\n";
  auto& lowest = boost::beast::get_lowest_layer(stream);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  boost::system::error_code error;
  while (!error && !stopping) {
    if (text.empty()) {
      timer.expires_after(pause);
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    } else {
      lowest.expires_after(send_time);
      co_await asio::async_write(stream, asio::buffer(text), asio::redirect_error(asio::use_awaitable, error));
      lowest.expires_never();
    }
    if (error || stopping) co_return;
    auto next = response.stream->next();
    if (!next) co_return;
    text = std::move(*next);
  }
}

}  // namespace detoy::serve

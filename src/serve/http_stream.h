// Sends a response whose body comes piece by piece (message.h). Part of the server, for any kind of stream.
#pragma once

#include <atomic>
#include <boost/asio/write.hpp>
#include <chrono>
#include <string>

#include "serve/beast.h"
#include "serve/deadline.h"
#include "serve/message.h"

namespace detoy::serve {

// While there is nothing to send it holds no thread. `next`: a Task with the source's next piece. One piece is under
// way at a time: whoever does not take it within `send_time` is dropped, by `deadline`. Ends when the source ends,
// nobody listens any more, or `stopping`; the connection must be closed then, which is how the other side sees the end.
template <typename AsyncStream, typename Next>
Task<void> send_stream(AsyncStream& stream, const Response& response, Next next, Deadline& deadline,
                       const std::atomic<bool>& stopping, std::chrono::milliseconds send_time) {
  constexpr auto pause = std::chrono::milliseconds(50);
  std::string text = "HTTP/1.1 200 OK\r\nServer: detoy\r\nContent-Type: " + response.content_type +
                     "\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\nConnection: close\r\n";
  for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
  text += "\r\n";
  Timer timer(stream.get_executor());
  error_code error;
  while (!error && !stopping) {
    if (text.empty()) {
      timer.expires_after(pause);
      co_await timer.async_wait(into(error));
    } else {
      deadline.after(send_time);
      co_await asio::async_write(stream, asio::buffer(text), into(error));
      deadline.never();
    }
    if (error || stopping) co_return;
    auto piece = co_await next();
    if (!piece) co_return;
    text = std::move(*piece);
  }
}

}  // namespace detoy::serve

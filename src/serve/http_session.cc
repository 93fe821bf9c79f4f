#include "serve/http_session.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "serve/http_stream.h"
#include "serve/problem.h"
#include "serve/tls_identity.h"

// GCC 12 takes a coroutine's frame, which Boost allocates and frees itself, for one that is freed otherwise.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace detoy::serve {
namespace {

// For what is only polite at the end of a connection.
constexpr std::chrono::milliseconds farewell_time{3000};

}  // namespace

Task<void> Session::run() {
  deadline_.after(rules_.options.request_time);
  if (rules_.options.tls == nullptr) {
    co_await talk(tcp_);
  } else {
    co_await run_over_tls();
  }
  close();
}

Task<void> Session::turn_away() {
  deadline_.after(rules_.options.request_time);
  if (rules_.options.tls == nullptr) co_await send(tcp_, problem(503, "too many connections"), false, false);
  close();
}

void Session::stop() {
  error_code ignored;
  if (!busy_) ignored = tcp_.cancel(ignored);
}

void Session::drop() {
  error_code ignored;
  ignored = tcp_.close(ignored);
}

Task<void> Session::run_over_tls() {
  // Connections go on with the certificate that they began with.
  const auto context = rules_.options.tls->context();
  asio::ssl::stream<Socket&> secure(tcp_, *context);
  error_code error;
  co_await secure.async_handshake(asio::ssl::stream_base::server, into(error));
  if (error) {
    rules_.metrics.handshake_failed();
    co_return;
  }
  co_await talk(secure);
  deadline_.after(farewell_time);
  co_await secure.async_shutdown(into(error));
}

// The time for the first request runs already.
template <typename Stream>
Task<void> Session::talk(Stream& stream) {
  beast::flat_buffer buffer(rules_.options.header_bytes + (64u << 10));
  bool keep_alive = true;
  while (keep_alive && !rules_.stopping) {
    auto received = co_await receive(stream, buffer);
    if (!received) {
      if (!received.error()) co_return;
      const bool told = co_await send(stream, *received.error(), false, false);
      if (told) co_await hear_out();
      co_return;
    }
    const bool head = received->message.method() == http::verb::head;
    keep_alive = received->message.keep_alive();
    const Request request = request_of(std::move(received->message));
    busy_ = true;
    deadline_.never();
    Response response = co_await handled(request);
    if (response.stream) {
      co_await send_pieces(stream, std::move(response));
      co_return;
    }
    keep_alive = keep_alive && !rules_.stopping;
    const bool sent = co_await send(stream, response, head, keep_alive);
    busy_ = false;
    if (!sent) co_return;
    deadline_.after(rules_.options.request_time);
  }
}

template <typename Stream>
Task<std::expected<Session::Received, std::optional<Response>>> Session::receive(Stream& stream,
                                                                                 beast::flat_buffer& buffer) {
  Parser parser;
  parser.header_limit(rules_.options.header_bytes);
  parser.body_limit(rules_.options.body_bytes);
  error_code error = co_await read(stream, buffer, parser, false);
  // stop() ends only what waits then: whoever goes on to wait looks first.
  if (!error && rules_.stopping) error = asio::error::operation_aborted;
  if (error) co_return std::unexpected(refusal(error));
  if (auto refused = refusal(parser.get().base())) co_return std::unexpected(std::move(refused));
  BodyRoom room;
  if (!parser.is_done()) {
    if (auto refused = co_await before_large(parser, room)) co_return std::unexpected(std::move(refused));
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(stream, asio::buffer(go_on), into(error));
      if (!error && rules_.stopping) error = asio::error::operation_aborted;
    }
    if (!error) error = co_await read(stream, buffer, parser, true);
    if (error) co_return std::unexpected(refusal(error));
  }
  co_return Received{parser.release(), std::move(room)};
}

Task<std::optional<Response>> Session::before_large(const Parser& parser, BodyRoom& room) {
  constexpr std::uint64_t large = 64 << 10;
  constexpr std::uint64_t at_a_time = 32;
  // Without a length it may become as long as it may be.
  const std::uint64_t most = rules_.options.body_bytes;
  const std::uint64_t length = parser.content_length().value_or(most);
  if (length <= large) co_return std::nullopt;
  std::optional<Response> refused;
  if (rules_.handler.refuse) {
    const Request request = request_of(parser.get());
    co_await by_worker([&] { refused = rules_.handler.refuse(request); });
    if (refused) co_return refused;
  }
  auto taken = BodyRoom::take(rules_.body_bytes, length, most * at_a_time);
  if (!taken) co_return problem(503, "too much is sent at a time: try again");
  room = std::move(*taken);
  co_return std::nullopt;
}

template <typename Stream>
Task<error_code> Session::read(Stream& stream, beast::flat_buffer& buffer, Parser& parser, bool all) {
  const std::size_t piece = (all ? 64u : 16u) << 10;
  parser.eager(all);
  error_code error;
  bool more = buffer.size() == 0;
  while (all ? !parser.is_done() : !parser.is_header_done()) {
    if (more) {
      const std::size_t free = buffer.max_size() - buffer.size();
      if (free == 0) co_return http::make_error_code(http::error::buffer_overflow);
      const auto room = buffer.prepare(std::min(piece, free));
      const std::size_t came = co_await stream.async_read_some(room, into(error));
      if (error) co_return error;
      buffer.commit(came);
    }
    buffer.consume(parser.put(buffer.data(), error));
    more = error == http::error::need_more || buffer.size() == 0;
    if (error == http::error::need_more) error = {};
    if (error) co_return error;
  }
  co_return error;
}

template <typename Stream>
Task<bool> Session::send(Stream& stream, const Response& response, bool head, bool keep_alive) {
  const std::string text = text_of(response, head, keep_alive);
  deadline_.after(rules_.options.request_time);
  error_code error;
  co_await asio::async_write(stream, asio::buffer(text), into(error));
  co_return !error;
}

// The store is asked for them, which may take a while.
template <typename Stream>
Task<void> Session::send_pieces(Stream& stream, Response response) {
  const auto next = [this, &response]() -> Task<std::optional<std::string>> {
    std::optional<std::string> piece;
    co_await by_worker([&] { piece = response.stream->next(); });
    co_return piece;
  };
  co_await send_stream(stream, response, next, deadline_, rules_.stopping, rules_.options.stream_time);
}

Task<Response> Session::handled(const Request& request) {
  if (rules_.handler.quick && rules_.handler.quick(request)) return handled_on_fiber(request);
  return handled_by_worker(request);
}

Task<Response> Session::handled_by_worker(const Request& request) {
  Response response;
  co_await by_worker([&] { response = answer(request, nullptr); });
  co_return response;
}

Task<Response> Session::handled_on_fiber(const Request& request) {
  Response response;
  Fiber fiber(rules_.stacks, [this](std::function<void()> task) { inbox_.put(std::move(task)); });
  // What awaits the end of the fiber is known only once it has begun.
  std::function<void()> go_on;
  const bool ended = fiber.run([&] { response = answer(request, &fiber); }, [&] { go_on(); });
  if (!ended) co_await called_back([&](std::function<void()> resume) { go_on = std::move(resume); });
  co_return response;
}

Response Session::answer(const Request& request, foundation::Pause* pause) {
  try {
    return rules_.handler.answer(request, pause);
  } catch (const std::exception& error) {
    rules_.log.error("a call threw", {{"error", error.what()}});
    return problem(500, "this is the server's fault; its log says more");
  }
}

Task<void> Session::by_worker(std::function<void()> work) {
  co_await called_back([&](std::function<void()> resume) {
    asio::post(rules_.workers, [this, &work, resume = std::move(resume)] {
      work();
      inbox_.put(resume);
    });
  });
}

// Whoever still sends when the connection is closed is told so by a reset, and may lose the answer with it.
Task<void> Session::hear_out() {
  error_code error;
  error = tcp_.shutdown(tcp::socket::shutdown_send, error);
  deadline_.after(farewell_time);
  std::array<char, 16384> unread{};
  while (!error && !rules_.stopping) co_await tcp_.async_read_some(asio::buffer(unread), into(error));
}

void Session::close() {
  error_code ignored;
  deadline_.never();
  ignored = tcp_.shutdown(tcp::socket::shutdown_both, ignored);
  ignored = tcp_.close(ignored);
}

}  // namespace detoy::serve

#include "serve/http_session.h"

#include <array>
#include <boost/beast/ssl.hpp>

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

asio::awaitable<void> Session::run() {
  tcp_.expires_after(rules_.options.request_time);
  if (rules_.options.tls == nullptr) {
    co_await talk(tcp_);
  } else {
    co_await run_over_tls();
  }
  close();
}

asio::awaitable<void> Session::turn_away() {
  tcp_.expires_after(rules_.options.request_time);
  if (rules_.options.tls == nullptr) co_await send(tcp_, problem(503, "too many connections"), false, false);
  close();
}

void Session::stop() {
  if (!busy_) tcp_.cancel();
}

asio::awaitable<void> Session::run_over_tls() {
  // Connections go on with the certificate that they began with.
  const auto context = rules_.options.tls->context();
  beast::ssl_stream<beast::tcp_stream&> secure(tcp_, *context);
  error_code error;
  co_await secure.async_handshake(asio::ssl::stream_base::server, into(error));
  if (error) {
    rules_.metrics.handshake_failed();
    co_return;
  }
  co_await talk(secure);
  tcp_.expires_after(farewell_time);
  co_await secure.async_shutdown(into(error));
}

// The time for the first request runs already.
template <typename Stream>
asio::awaitable<void> Session::talk(Stream& stream) {
  beast::flat_buffer buffer(rules_.options.header_bytes + (64u << 10));
  bool keep_alive = true;
  while (keep_alive && !rules_.stopping) {
    auto received = co_await receive(stream, buffer);
    if (!received) {
      if (!received.error()) co_return;
      const bool told = co_await send(stream, std::move(*received.error()), false, false);
      if (told) co_await hear_out();
      co_return;
    }
    const bool head = received->method() == http::verb::head;
    keep_alive = received->keep_alive();
    const Request request = request_of(std::move(*received));
    busy_ = true;
    tcp_.expires_never();
    Response response = handled(request);
    if (response.stream) {
      co_await send_stream(stream, std::move(response), rules_.stopping, rules_.options.stream_time);
      co_return;
    }
    keep_alive = keep_alive && !rules_.stopping;
    const bool sent = co_await send(stream, std::move(response), head, keep_alive);
    busy_ = false;
    if (!sent) co_return;
    tcp_.expires_after(rules_.options.request_time);
  }
}

template <typename Stream>
asio::awaitable<std::expected<HttpRequest, std::optional<Response>>> Session::receive(Stream& stream,
                                                                                      beast::flat_buffer& buffer) {
  Parser parser;
  parser.header_limit(rules_.options.header_bytes);
  parser.body_limit(rules_.options.body_bytes);
  error_code error;
  co_await http::async_read_header(stream, buffer, parser, into(error));
  // stop() ends only what waits then: whoever goes on to wait looks first.
  if (!error && rules_.stopping) error = asio::error::operation_aborted;
  if (error) co_return std::unexpected(refusal(error));
  if (auto refused = refusal(parser.get().base())) co_return std::unexpected(std::move(refused));
  if (beast::iequals(parser.get()[http::field::expect], "100-continue") && !parser.is_done()) {
    http::response<http::empty_body> go_on{http::status::continue_, 11};
    co_await http::async_write(stream, go_on, into(error));
    if (!error && rules_.stopping) error = asio::error::operation_aborted;
  }
  if (!error) co_await http::async_read(stream, buffer, parser, into(error));
  if (error) co_return std::unexpected(refusal(error));
  co_return parser.release();
}

template <typename Stream>
asio::awaitable<bool> Session::send(Stream& stream, Response response, bool head, bool keep_alive) {
  error_code error;
  auto message = message_of(std::move(response), head, keep_alive);
  tcp_.expires_after(rules_.options.request_time);
  http::serializer<false, http::string_body> serializer(message);
  if (head) {
    co_await http::async_write_header(stream, serializer, into(error));
  } else {
    co_await http::async_write(stream, serializer, into(error));
  }
  co_return !error;
}

Response Session::handled(const Request& request) {
  try {
    return rules_.handler(request);
  } catch (const std::exception& error) {
    rules_.log.error("a call threw", {{"error", error.what()}});
    return problem(500, "this is the server's fault; its log says more");
  }
}

// Whoever still sends when the connection is closed is told so by a reset, and may lose the answer with it.
asio::awaitable<void> Session::hear_out() {
  error_code error;
  error = tcp_.socket().shutdown(tcp::socket::shutdown_send, error);
  tcp_.expires_after(farewell_time);
  std::array<char, 16384> unread{};
  while (!error && !rules_.stopping) co_await tcp_.async_read_some(asio::buffer(unread), into(error));
}

void Session::close() {
  error_code ignored;
  ignored = tcp_.socket().shutdown(tcp::socket::shutdown_both, ignored);
  tcp_.close();
}

}  // namespace detoy::serve

// One connection: requests in, answers out, over TCP or TLS. A part of HttpServer.
#pragma once

#include <atomic>
#include <expected>
#include <optional>

#include "serve/beast.h"
#include "serve/http_message.h"
#include "serve/http_server.h"

namespace detoy::serve {

// What all sessions of a server share. It outlives them.
struct SessionRules {
  const HttpServer::Options& options;
  const HttpServer::Handler& handler;
  const std::atomic<bool>& stopping;
  Metrics& metrics;
  Log& log;
};

// Used on the strand of its socket only.
class Session {
 public:
  Session(tcp::socket socket, const SessionRules& rules) : rules_(rules), tcp_(std::move(socket)) {}

  auto executor() { return tcp_.get_executor(); }

  // Until either side has had enough; the connection is closed then.
  asio::awaitable<void> run();
  // For one connection too many: says so, unless that would take a TLS handshake, and closes it.
  asio::awaitable<void> turn_away();
  // Ends what waits for a request; one that is handled is still answered.
  void stop();

 private:
  using Parser = http::request_parser<http::string_body>;

  asio::awaitable<void> run_over_tls();
  template <typename Stream>
  asio::awaitable<void> talk(Stream& stream);
  // The error's value is what there is to say of a request that did not come; nothing if nobody is there to hear it.
  template <typename Stream>
  asio::awaitable<std::expected<HttpRequest, std::optional<Response>>> receive(Stream& stream,
                                                                               beast::flat_buffer& buffer);
  template <typename Stream>
  asio::awaitable<bool> send(Stream& stream, Response response, bool head, bool keep_alive);
  Response handled(const Request& request);
  asio::awaitable<void> hear_out();
  void close();

  const SessionRules& rules_;
  beast::tcp_stream tcp_;
  bool busy_ = false;  // a request is handled
};

}  // namespace detoy::serve

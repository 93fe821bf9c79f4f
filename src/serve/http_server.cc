// Boost 1.74 uses std::exchange without its header, and does not know that clang-tidy's compiler has coroutines, too.
#include <coroutine>
#include <utility>
#ifndef BOOST_ASIO_HAS_CO_AWAIT
#define BOOST_ASIO_HAS_CO_AWAIT 1
#define BOOST_ASIO_HAS_STD_COROUTINE 1
#endif
#include <fmt/format.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "serve/http_server.h"
#include "serve/http_stream.h"
#include "serve/problem.h"

namespace detoy::serve {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

std::string text_of(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

http::response<http::string_body> message_of(Response response, bool head, bool keep_alive) {
  http::response<http::string_body> message{static_cast<http::status>(response.status), 11};
  message.set(http::field::server, "detoy");
  message.set(http::field::content_type, response.content_type);
  message.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : response.headers) message.set(name, value);
  message.keep_alive(keep_alive);
  const std::size_t size = response.body.size();
  if (!head) message.body() = std::move(response.body);
  message.content_length(size);
  return message;
}

// What is said of a request that cannot be read; nothing if nobody is there to hear it.
std::optional<Response> refusal(const error_code& error) {
  if (error == http::error::body_limit) return problem(413, "the body is too large");
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return problem(431, "the header is too large");
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() == http::make_error_code(http::error::bad_method).category())
    return problem(400, "this is no valid HTTP request");
  return std::nullopt;
}

struct Session {
  explicit Session(tcp::socket socket) : stream(std::move(socket)) {}
  beast::tcp_stream stream;
  bool busy = false;  // a request is handled; used on the session's strand only
};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const Options& options, Handler handler, Metrics& metrics, Log& log)
      : options_(options),
        handler_(std::move(handler)),
        metrics_(metrics),
        log_(log),
        io_(options.threads),
        acceptor_(asio::make_strand(io_)),
        drained_(io_) {}

  Result<void> listen() {
    error_code error;
    const auto address = asio::ip::make_address(options_.address, error);
    if (error)
      return fail(ErrorCategory::usage,
                  fmt::format("{}: is no address of this machine to listen on", options_.address));
    const tcp::endpoint endpoint(address, options_.port);
    error = acceptor_.open(endpoint.protocol(), error);
    if (!error) error = acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) error = acceptor_.bind(endpoint, error);
    if (!error) error = acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return fail(ErrorCategory::io,
                  fmt::format("{}:{}: cannot listen: {}", options_.address, options_.port, error.message()));
    }
    port_ = acceptor_.local_endpoint(error).port();
    asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached);
    return {};
  }

  void run() {
    std::vector<std::jthread> threads;
    for (int i = 1; i < options_.threads; ++i) threads.emplace_back([this] { serve(); });
    serve();
  }

  void stop() {
    asio::post(acceptor_.get_executor(), [this] {
      if (stopping_.exchange(true)) return;
      error_code ignored;
      ignored = acceptor_.close(ignored);
      const std::lock_guard guard(mutex_);
      for (const std::shared_ptr<Session>& session : sessions_) {
        asio::post(session->stream.get_executor(), [session] {
          if (!session->busy) session->stream.close();
        });
      }
      drained_.expires_after(options_.drain_time);
      drained_.async_wait([this](error_code error) {
        if (!error) io_.stop();
      });
      if (sessions_.empty()) drained_.cancel();
    });
  }

  std::uint16_t port() const { return port_; }

 private:
  // An exception in a handler must not end the thread: it is a defect that the log tells of.
  void serve() {
    while (true) {
      try {
        io_.run();
        return;
      } catch (const std::exception& error) {
        log_.error("an exception reached the server's loop", {{"error", error.what()}});
      }
    }
  }

  asio::awaitable<void> accept() {
    while (!stopping_) {
      error_code error;
      tcp::socket socket(asio::make_strand(io_));
      co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
      if (error) {
        // Out of file descriptors, for instance: asking again at once would be an endless loop.
        if (stopping_ || error == asio::error::operation_aborted) co_return;
        asio::steady_timer pause(acceptor_.get_executor(), std::chrono::milliseconds(50));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      error = socket.set_option(tcp::no_delay(true), error);
      auto session = std::make_shared<Session>(std::move(socket));
      std::size_t open = 0;
      {
        const std::lock_guard guard(mutex_);
        sessions_.insert(session);
        open = sessions_.size();
      }
      metrics_.connections(static_cast<int>(open));
      const bool too_many = open > static_cast<std::size_t>(options_.connections);
      if (too_many) metrics_.turned_away();
      const auto executor = session->stream.get_executor();
      asio::co_spawn(
          executor,
          [this, session = std::move(session), too_many]() -> asio::awaitable<void> {
            if (too_many) {
              co_await send(*session, problem(503, "too many connections"), false, false);
            } else {
              co_await talk(*session);
            }
            end(session);
          },
          asio::detached);
    }
  }

  asio::awaitable<bool> send(Session& session, Response response, bool head, bool keep_alive) {
    error_code error;
    auto message = message_of(std::move(response), head, keep_alive);
    session.stream.expires_after(options_.request_time);
    http::serializer<false, http::string_body> serializer(message);
    // A HEAD's answer tells the length of a body that does not come.
    if (head) {
      co_await http::async_write_header(session.stream, serializer, asio::redirect_error(asio::use_awaitable, error));
    } else {
      co_await http::async_write(session.stream, serializer, asio::redirect_error(asio::use_awaitable, error));
    }
    co_return !error;
  }

  asio::awaitable<void> talk(Session& session) {
    beast::flat_buffer buffer(options_.header_bytes + (64u << 10));
    bool keep_alive = true;
    while (keep_alive && !stopping_) {
      http::request_parser<http::string_body> parser;
      parser.header_limit(options_.header_bytes);
      parser.body_limit(options_.body_bytes);
      session.stream.expires_after(options_.request_time);
      error_code error;
      co_await http::async_read_header(session.stream, buffer, parser,
                                       asio::redirect_error(asio::use_awaitable, error));
      if (!error && boost::beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        http::response<http::empty_body> go_on{http::status::continue_, 11};
        co_await http::async_write(session.stream, go_on, asio::redirect_error(asio::use_awaitable, error));
      }
      if (!error)
        co_await http::async_read(session.stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
      if (error) {
        if (auto refused = refusal(error)) co_await send(session, std::move(*refused), false, false);
        co_return;
      }
      auto message = parser.release();
      const bool head = message.method() == http::verb::head;
      keep_alive = message.keep_alive();
      Request request{text_of(message.method_string()),
                      text_of(message.target()),
                      text_of(message[http::field::authorization]),
                      text_of(message[http::field::content_type]),
                      text_of(message["traceparent"]),
                      std::move(message.body()),
                      text_of(message["Last-Event-ID"])};
      session.busy = true;
      session.stream.expires_never();
      Response response = handled(request);
      if (response.stream) {
        co_await send_stream(session.stream, std::move(response), stopping_, options_.stream_time);
        co_return;
      }
      keep_alive = keep_alive && !stopping_;
      const bool sent = co_await send(session, std::move(response), head, keep_alive);
      session.busy = false;
      if (!sent) co_return;
    }
  }

  Response handled(const Request& request) {
    try {
      return handler_(request);
    } catch (const std::exception& error) {
      log_.error("a call threw", {{"error", error.what()}});
      return problem(500, "this is the server's fault; its log says more");
    }
  }

  void end(const std::shared_ptr<Session>& session) {
    error_code ignored;
    ignored = session->stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
    session->stream.close();
    std::size_t open = 0;
    {
      const std::lock_guard guard(mutex_);
      sessions_.erase(session);
      open = sessions_.size();
    }
    metrics_.connections(static_cast<int>(open));
    if (stopping_ && open == 0) asio::post(acceptor_.get_executor(), [this] { drained_.cancel(); });
  }

  Options options_;
  Handler handler_;
  Metrics& metrics_;
  Log& log_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  asio::steady_timer drained_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::set<std::shared_ptr<Session>> sessions_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::listen(const Options& options, Handler handler, Metrics& metrics,
                                                       Log& log) {
  auto impl = std::make_unique<Impl>(options, std::move(handler), metrics, log);
  if (const auto listening = impl->listen(); !listening) return std::unexpected(listening.error());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port() const {
  return impl_->port();
}

void HttpServer::run() {
  impl_->run();
}

void HttpServer::stop() {
  impl_->stop();
}

}  // namespace detoy::serve

#include "serve/http_server.h"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "serve/http_session.h"

namespace detoy::serve {

class HttpServer::Impl {
 public:
  Impl(const Options& options, Handler handler, Metrics& metrics, Log& log)
      : options_(options),
        handler_(std::move(handler)),
        metrics_(metrics),
        log_(log),
        rules_{options_, handler_, stopping_, metrics_, log_},
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
        asio::post(session->executor(), [session] { session->stop(); });
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
      co_await acceptor_.async_accept(socket, into(error));
      if (stopping_ || error == asio::error::operation_aborted) co_return;
      if (error) {
        // Out of file descriptors, for instance: asking again at once would be an endless loop.
        asio::steady_timer pause(acceptor_.get_executor(), std::chrono::milliseconds(50));
        co_await pause.async_wait(into(error));
        continue;
      }
      error = socket.set_option(tcp::no_delay(true), error);
      auto session = std::make_shared<Session>(std::move(socket), rules_);
      std::size_t open = 0;
      {
        const std::lock_guard guard(mutex_);
        sessions_.insert(session);
        open = sessions_.size();
      }
      metrics_.connections(static_cast<int>(open));
      const bool too_many = open > static_cast<std::size_t>(options_.connections);
      if (too_many) metrics_.turned_away();
      const auto executor = session->executor();
      asio::co_spawn(
          executor,
          [this, session = std::move(session), too_many]() -> asio::awaitable<void> {
            if (too_many) {
              co_await session->turn_away();
            } else {
              co_await session->run();
            }
            end(session);
          },
          asio::detached);
    }
  }

  void end(const std::shared_ptr<Session>& session) {
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
  std::atomic<bool> stopping_ = false;
  const SessionRules rules_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  asio::steady_timer drained_;
  std::uint16_t port_ = 0;
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

#include "serve/http_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "serve/http_session.h"

namespace detoy::serve {

namespace {

int loops_of(const HttpServer::Options& options) {
  constexpr int most = 16;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  return options.loops > 0 ? options.loops : std::clamp(cores, 1, most);
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const Options& options, Handler handler, Metrics& metrics, Log& log)
      : options_(options),
        handler_(std::move(handler)),
        metrics_(metrics),
        log_(log),
        loops_(static_cast<std::size_t>(loops_of(options))),
        acceptor_(loops_.front().io),
        drained_(loops_.front().io),
        workers_(static_cast<std::size_t>(options.threads)),
        rules_{options_, handler_, stopping_, metrics_, log_, workers_, stacks_, body_bytes_} {}

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
    for (std::size_t i = 1; i < loops_.size(); ++i) threads.emplace_back([this, i] { serve(loops_[i]); });
    serve(loops_.front());
    threads.clear();
    workers_.join();
  }

  void stop() {
    asio::post(acceptor_.get_executor(), [this] {
      if (stopping_.exchange(true)) return;
      error_code ignored;
      ignored = acceptor_.close(ignored);
      tell_all([](Session& session) { session.stop(); });
      drained_.expires_after(options_.drain_time);
      drained_.async_wait([this](error_code error) {
        if (!error) tell_all([](Session& session) { session.drop(); });
      });
      const std::lock_guard guard(mutex_);
      if (sessions_.empty()) end_loops();
    });
  }

  std::uint16_t port() const { return port_; }

 private:
  struct OneLoop {
    Loop io{1};
    Inbox inbox{io};
    // It has something to do until it is told that it has not, although a handler is all that is waited for.
    asio::executor_work_guard<Executor> guard{io.get_executor()};
  };

  // An exception in a handler must not end the thread: it is a defect that the log tells of.
  void serve(OneLoop& loop) {
    while (true) {
      try {
        loop.io.run();
        return;
      } catch (const std::exception& error) {
        log_.error("an exception reached the server's loop", {{"error", error.what()}});
      }
    }
  }

  // In the loop of each.
  template <typename What>
  void tell_all(What what) {
    const std::lock_guard guard(mutex_);
    for (const std::shared_ptr<Session>& session : sessions_) {
      asio::post(session->executor(), [session, what] { what(*session); });
    }
  }

  // In the first loop.
  void end_loops() {
    drained_.cancel();
    for (OneLoop& loop : loops_) asio::post(loop.io, [&loop] { loop.guard.reset(); });
  }

  Task<void> accept() {
    std::size_t next = 0;
    while (!stopping_) {
      error_code error;
      OneLoop& loop = loops_[next++ % loops_.size()];
      Socket socket(loop.io);
      co_await acceptor_.async_accept(socket, into(error));
      if (stopping_ || error == asio::error::operation_aborted) co_return;
      if (error) {
        // Out of file descriptors, for instance: asking again at once would be an endless loop.
        Timer pause(acceptor_.get_executor(), std::chrono::milliseconds(50));
        co_await pause.async_wait(into(error));
        continue;
      }
      error = socket.set_option(tcp::no_delay(true), error);
      auto session = std::make_shared<Session>(std::move(socket), loop.inbox, rules_);
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
      asio::co_spawn(executor, talk(std::move(session), too_many), asio::detached);
    }
  }

  Task<void> talk(std::shared_ptr<Session> session, bool too_many) {
    if (too_many) {
      co_await session->turn_away();
    } else {
      co_await session->run();
    }
    end(session);
  }

  void end(const std::shared_ptr<Session>& session) {
    std::size_t open = 0;
    {
      const std::lock_guard guard(mutex_);
      sessions_.erase(session);
      open = sessions_.size();
    }
    metrics_.connections(static_cast<int>(open));
    if (stopping_ && open == 0) asio::post(acceptor_.get_executor(), [this] { end_loops(); });
  }

  Options options_;
  Handler handler_;
  Metrics& metrics_;
  Log& log_;
  std::atomic<bool> stopping_ = false;
  StackPool stacks_;
  std::deque<OneLoop> loops_;
  Acceptor acceptor_;
  Timer drained_;
  asio::thread_pool workers_;
  std::atomic<std::uint64_t> body_bytes_ = 0;
  const SessionRules rules_;
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

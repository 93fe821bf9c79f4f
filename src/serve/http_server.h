// HTTP/1.1 on TCP or TLS: connections, limits, timeouts, shutdown. What a request means is the handler's business.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "foundation/storage/pausing_engine.h"
#include "serve/log.h"
#include "serve/message.h"
#include "serve/metrics.h"

namespace detoy::serve {

class TlsIdentity;

class HttpServer {
 public:
  struct Options {
    std::string address = "127.0.0.1";  // IPv4 or IPv6
    std::uint16_t port = 0;             // 0: any free one
    int threads = 64;                   // requests that are handled at a time, beside quick ones
    int loops = 0;                      // threads for all connections and quick requests; 0: one per core
    int connections = 1024;             // more are answered 503 and closed; with TLS only closed
    std::uint32_t header_bytes = 16 << 10;
    std::uint64_t body_bytes = 8 << 20;  // of one request; of all at a time 32 times as many, more are answered 503
    // For a whole request to come. For the first of a connection, that is with the TLS handshake.
    std::chrono::milliseconds request_time{30'000};
    std::chrono::milliseconds stream_time{10'000};  // for a piece of a stream to be taken by who listens
    std::chrono::milliseconds drain_time{10'000};   // for requests under way when the server is stopped
    std::shared_ptr<TlsIdentity> tls = nullptr;     // without one it is plain HTTP
  };
  struct Handler {
    // Called on any thread. Without a pause it may wait; with one it leaves the thread to others by it.
    std::function<Response(const Request&, foundation::Pause*)> answer;
    // Whether it holds its thread for moments only, if it is given a pause. Empty: it never does.
    std::function<bool(const Request&)> quick = {};
    // What is said of a request that will be refused whatever its body is: asked before a large body is read, so that
    // nobody without a key makes the server keep one. The request has no body yet. Empty: there is no such.
    std::function<std::optional<Response>(const Request&)> refuse = {};
  };

  // Listens from now on; an error of category usage or io names the address. Metrics and log must outlive it.
  static Result<std::unique_ptr<HttpServer>> listen(const Options& options, Handler handler, Metrics& metrics,
                                                    Log& log);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  // Serves until stop() was called and what was under way is answered. Behind the drain time nobody is heard or
  // answered any more, and only what is still handled is waited for.
  void run();
  // Thread-safe, and safe in a handler. No new connection is taken, idle ones are closed.
  void stop();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace detoy::serve

// One connection: requests in, answers out, over TCP or TLS. A part of HttpServer.
#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <expected>
#include <optional>
#include <utility>

#include "serve/beast.h"
#include "serve/deadline.h"
#include "serve/fiber.h"
#include "serve/http_message.h"
#include "serve/http_server.h"
#include "serve/inbox.h"

namespace detoy::serve {

// Room for large bodies, of which a server has only so many bytes: kept until the request was answered.
class BodyRoom {
 public:
  BodyRoom() = default;
  // Empty if there is not so much left of `all`.
  static std::optional<BodyRoom> take(std::atomic<std::uint64_t>& taken, std::uint64_t bytes, std::uint64_t all) {
    if (taken.fetch_add(bytes) + bytes <= all) return BodyRoom(taken, bytes);
    taken -= bytes;
    return std::nullopt;
  }
  BodyRoom(BodyRoom&& other) noexcept
      : taken_(std::exchange(other.taken_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  BodyRoom& operator=(BodyRoom&& other) noexcept {
    std::swap(taken_, other.taken_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~BodyRoom() {
    if (taken_ != nullptr) *taken_ -= bytes_;
  }

 private:
  BodyRoom(std::atomic<std::uint64_t>& taken, std::uint64_t bytes) : taken_(&taken), bytes_(bytes) {}

  std::atomic<std::uint64_t>* taken_ = nullptr;
  std::uint64_t bytes_ = 0;
};

// What all sessions of a server share. It outlives them.
struct SessionRules {
  const HttpServer::Options& options;
  const HttpServer::Handler& handler;
  const std::atomic<bool>& stopping;
  Metrics& metrics;
  Log& log;
  asio::thread_pool& workers;              // for what is not quick
  StackPool& stacks;                       // for what is
  std::atomic<std::uint64_t>& body_bytes;  // of large bodies that are read or worked on
};

// Used by the thread of its socket's loop only.
class Session {
 public:
  // The inbox is that of the socket's loop.
  Session(Socket socket, Inbox& inbox, const SessionRules& rules)
      : rules_(rules), inbox_(inbox), tcp_(std::move(socket)), deadline_(tcp_.get_executor(), [this] { drop(); }) {}

  auto executor() { return tcp_.get_executor(); }

  // Until either side has had enough; the connection is closed then.
  Task<void> run();
  // For one connection too many: says so, unless that would take a TLS handshake, and closes it.
  Task<void> turn_away();
  // Ends what waits for a request; one that is handled is still answered.
  void stop();
  // Ends what waits for anything but the handler.
  void drop();

 private:
  using Parser = http::request_parser<http::string_body>;

  Task<void> run_over_tls();
  template <typename Stream>
  Task<void> talk(Stream& stream);
  struct Received {
    HttpRequest message;
    BodyRoom room;
  };
  // The error's value is what there is to say of a request that did not come; nothing if nobody is there to hear it.
  template <typename Stream>
  Task<std::expected<Received, std::optional<Response>>> receive(Stream& stream, beast::flat_buffer& buffer);
  // What is said of a large body before it is read; nothing if there is room for it now.
  Task<std::optional<Response>> before_large(const Parser& parser, BodyRoom& room);
  template <typename Stream>
  Task<bool> send(Stream& stream, const Response& response, bool head, bool keep_alive);
  // Feeds the parser, from the buffer first, until it has the header, or all.
  template <typename Stream>
  Task<error_code> read(Stream& stream, beast::flat_buffer& buffer, Parser& parser, bool all);
  template <typename Stream>
  Task<void> send_pieces(Stream& stream, Response response);
  Task<Response> handled(const Request& request);
  Task<Response> handled_on_fiber(const Request& request);
  Task<Response> handled_by_worker(const Request& request);
  Response answer(const Request& request, foundation::Pause* pause);
  // Has it done by a thread that may wait.
  Task<void> by_worker(std::function<void()> work);
  Task<void> hear_out();
  void close();

  const SessionRules& rules_;
  Inbox& inbox_;
  Socket tcp_;
  Deadline deadline_;
  bool busy_ = false;  // a request is handled
};

}  // namespace detoy::serve

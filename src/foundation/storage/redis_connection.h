// One connection to a Redis server: opening, commands, errors as values.
#pragma once

#include <chrono>
#include <memory>
#include <span>

#include "base/result.h"
#include "foundation/storage/redis_url.h"
#include "foundation/storage/value.h"

struct redisContext;
struct redisReply;

namespace detoy::foundation {

// Used by one thread at a time.
class RedisConnection {
 public:
  struct Options {
    std::chrono::milliseconds connect_timeout{1000};
    std::chrono::milliseconds command_timeout{1000};
  };
  // Connects, and says who asks and for which database. Messages never show the password.
  static Result<std::unique_ptr<RedisConnection>> open(const RedisUrl& url, const Options& options);
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  // The name of a command and its arguments; numbers are sent as text. What it answers is one row: of one column, or of
  // as many as an array has. Arrays within arrays are an error.
  //
  // Category unavailable: the server is gone or refuses to work as it is (loading, full, a replica), and
  // the command may have been done or not if the connection broke meanwhile. Messages show no arguments.
  Result<Rows> run(std::span<const Param> command);

  // Whether the last error was that the server does not know the script (NOSCRIPT).
  bool unknown_script() const { return unknown_script_; }
  // Whether the server ended the connection in the middle, as opposed to not answering at all.
  bool ended() const { return ended_; }
  // False: it broke, or the server ended it while nobody used it.
  bool usable() const;

 private:
  explicit RedisConnection(redisContext* context) : context_(context) {}
  Result<void> send(std::span<const Param> command);
  Result<Rows> rows_of(const redisReply& reply);
  Error refused(std::string_view told);
  std::unexpected<Error> broken(const char* doing);

  redisContext* context_;
  bool broken_ = false;
  bool ended_ = false;
  bool unknown_script_ = false;
};

}  // namespace detoy::foundation

// A Redis 7 server beside an engine, for state that is asked for often and small: connections of a pool, scripts, and
// the memory of when it was gone.
//
// Each operation is one script, which Redis runs whole while nobody else is served. Scripts take the time from the
// server, so that instances agree on it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/storage/engine.h"
#include "foundation/storage/redis_connection.h"

namespace detoy::foundation {

// A script as it is sent, and the SHA-1 of that in hex, by which Redis knows those that it has seen.
struct RedisScript {
  std::string_view text;
  std::string_view sha1;
};

// Thread-safe.
class RedisStore {
 public:
  struct Options {
    std::size_t connections = 64;  // of this process; further callers wait, no longer than for an answer
    // After it was found gone, calls fail at once; so often one of them tries whether it is back.
    std::chrono::milliseconds probe_every{500};
    // All keys begin with it.
    std::string prefix = "detoy:";
    RedisConnection::Options connection = {};
    // For tests: scripts take the time from here. Expiry by Redis itself goes by its own clock.
    const std::atomic<Micros>* clock = nullptr;
  };
  // Does not connect: whoever uses it says what to do while Redis is gone. An error of category usage if the URL is
  // none (redis_url.h).
  static Result<std::unique_ptr<RedisStore>> make(const std::string& url, const Options& options);
  static Result<std::unique_ptr<RedisStore>> make(const std::string& url) { return make(url, Options()); }

  // Runs a script with the time as its first argument, an empty text for the server's. `keys` must share a hash tag. An
  // error of category unavailable means that Redis is gone; the script may have been run or not.
  Result<Rows> run(const RedisScript& script, std::span<const std::string> keys, std::span<const Param> arguments);
  Result<Rows> run(const RedisScript& script, std::initializer_list<std::string> keys,
                   std::initializer_list<Param> arguments) {
    return run(script, std::span(keys.begin(), keys.size()), std::span(arguments.begin(), arguments.size()));
  }
  // A command without keys.
  Result<Rows> command(std::initializer_list<Param> command);

  // PREFIX KIND:{TAG}, and what follows: keys with one tag stand together in a cluster. Names that differ, of whatever
  // bytes, make keys that differ.
  std::string key(std::string_view kind, std::initializer_list<std::string_view> tag, std::string_view rest = {}) const;

  // What Redis is set to, as far as it may be asked.
  struct Settings {
    std::optional<bool> append_only;
    std::optional<std::string> append_sync;  // always, everysec, no
    std::optional<std::string> eviction;     // maxmemory-policy
  };
  Result<Settings> settings();

 private:
  RedisStore(RedisUrl url, Options options) : url_(std::move(url)), options_(std::move(options)) {}
  // A place in the pool, which must be given back. Null: a connection is to be opened.
  struct Borrowed {
    std::unique_ptr<RedisConnection> connection;
    bool probe = false;
  };
  Result<Borrowed> borrow();
  void give_back(Borrowed borrowed, const Result<Rows>& answer);
  template <typename Use>
  Result<Rows> with_connection(Use&& use);

  RedisUrl url_;
  Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<RedisConnection>> idle_;
  std::size_t open_ = 0;
  std::string gone_;  // why; empty: it is not
  bool probing_ = false;
  std::chrono::steady_clock::time_point next_probe_;
};

}  // namespace detoy::foundation

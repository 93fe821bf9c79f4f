// PostgreSQL 15 or later (postgres://): for services that outgrow one machine.
//
// Each unit of work is one transaction at the isolation level SERIALIZABLE on a connection of a pool, and is run again
// when another transaction stood in its way: what a primitive reads and then writes is right without locks of its own.
// After a few tries it runs alone, while all others wait, so that it is done in the end.
// The clock is the server's, so instances agree on the time.
//
// Both durabilities are synced before they are acknowledged. A commit that is not flushed (synchronous_commit=off)
// lives in the server's memory only, and would not survive that its processes are killed, as durability `process`
// promises.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/storage/engine.h"
#include "foundation/storage/postgres_connection.h"

namespace detoy::foundation {

class PostgresEngine final : public Engine {
 public:
  struct Options {
    std::size_t connections = 16;  // of this process; further units of work wait
    // How long a unit of work waits for a connection before it fails with `unavailable`.
    std::chrono::milliseconds patience{5000};
    int tries = 100;  // of one unit of work
    PostgresConnection::Options connection = {};
  };
  // Connects once, so that a wrong URL is told here.
  static Result<std::unique_ptr<PostgresEngine>> open(const std::string& url, const Options& options);
  static Result<std::unique_ptr<PostgresEngine>> open(const std::string& url) { return open(url, Options()); }

 protected:
  Result<void> write_unit(Durability durability, const Unit& unit) override;
  Result<void> read_unit(const Unit& unit) override;

 private:
  PostgresEngine(std::string url, Options options) : url_(std::move(url)), options_(options) {}
  Result<void> run(std::string_view begin, std::string_view begin_alone, const Unit& unit);
  Result<std::unique_ptr<PostgresConnection>> borrow();
  // Ends those that nobody uses.
  void forget_idle();
  // Null: it could not be opened, or cannot be used any more.
  void give_back(std::unique_ptr<PostgresConnection> connection);

  std::string url_;
  Options options_;
  std::mutex mutex_;
  std::condition_variable free_;
  std::vector<std::unique_ptr<PostgresConnection>> idle_;
  std::size_t open_ = 0;
};

}  // namespace detoy::foundation

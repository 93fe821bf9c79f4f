// One connection to a PostgreSQL server: opening, prepared statements, errors as values.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "foundation/storage/statement.h"
#include "foundation/storage/value.h"

struct pg_conn;
struct pg_result;

namespace detoy::foundation {

// Used by one thread at a time.
class PostgresConnection {
 public:
  struct Options {
    std::chrono::milliseconds connect_timeout{5000};
    // The server ends a statement that takes longer, or that waits longer for another's lock.
    std::chrono::milliseconds statement_timeout{10'000};
  };
  // `url` as libpq reads it: postgres://user:password@host:port/database?option=value. Messages never show it, since it
  // may hold a password.
  static Result<std::unique_ptr<PostgresConnection>> open(const std::string& url, const Options& options);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // Numbers must come as bigint, integer or boolean, bytes as bytea, all else as text: other types are an error.
  Result<Rows> run(const Statement& statement, std::span<const Param> params);
  // The same for one that is not kept prepared.
  Result<Rows> run_once(const std::string& text, std::span<const Param> params);
  // Statements without parameters, sent as one message; the rows of the last one.
  Result<Rows> execute(const char* texts);

  // Whether the last error was one that goes away when the whole transaction is run again: other transactions stood in
  // its way.
  bool may_try_again() const { return may_try_again_; }
  // False: the server is gone, and the connection is of no use.
  bool usable() const;
  // A transaction is open, or failed and not ended yet.
  bool in_transaction() const;

 private:
  struct Prepared {
    std::string name;
  };
  explicit PostgresConnection(pg_conn* handle) : handle_(handle) {}
  Result<const Prepared*> prepare(const char* text, std::span<const Param> params);
  Error error(const pg_result* result, const char* doing);
  Result<Rows> rows_of(pg_result* result, const char* doing);

  pg_conn* handle_;
  bool may_try_again_ = false;
  std::unordered_map<const char*, Prepared> prepared_;  // by the text's address
};

}  // namespace detoy::foundation

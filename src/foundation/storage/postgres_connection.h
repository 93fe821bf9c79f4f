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
    // A server that is silent for so much longer is gone, whatever its machine says of the connection.
    std::chrono::milliseconds silence{1000};
  };
  // `url` as libpq reads it: postgres://user:password@host:port/database?option=value. Messages never show it, since it
  // may hold a password.
  static Result<std::unique_ptr<PostgresConnection>> open(const std::string& url, const Options& options);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // Numbers must come as bigint, integer or boolean, bytes as bytea, all else as text: other types are an error.
  Result<Rows> run(const Statement& statement, std::span<const Param> params);
  // The same for many rows of parameters, sent together (libpq's pipeline mode).
  Result<std::vector<Rows>> run_many(const Statement& statement, std::span<const std::vector<Param>> many);
  // The same for one that is not kept prepared.
  Result<Rows> run_once(const std::string& text, std::span<const Param> params);
  // Statements without parameters, sent as one message; the rows of the last one.
  Result<Rows> execute(const char* texts);

  // Whether the last error was one that goes away when the whole transaction is run again: other transactions stood in
  // its way.
  bool may_try_again() const { return may_try_again_; }
  // False: the server is gone, and the connection is of no use.
  bool usable() const;
  // It is of no use since the server did not answer for too long.
  bool silent() const { return silent_; }
  // A transaction is open, or failed and not ended yet.
  bool in_transaction() const;

 private:
  struct Prepared {
    std::string name;
  };
  struct ResultDeleter {
    void operator()(pg_result* result) const;
  };
  using OwnedResult = std::unique_ptr<pg_result, ResultDeleter>;

  PostgresConnection(pg_conn* handle, std::chrono::milliseconds patience) : handle_(handle), patience_(patience) {}
  // Of what was sent. Null at the end of what the server says to one statement, and when it says nothing for too long:
  // then the connection is of no use any more.
  OwnedResult next_result();
  // The last one of all that the server answers; null if nothing could be sent, or it does not answer.
  OwnedResult answer(int sent);
  // Until the server can be heard, or take more; false: not for too long.
  bool wait(bool to_send, std::chrono::steady_clock::time_point until);
  Result<const Prepared*> prepare(const char* text, std::span<const Param> params);
  Error error(const pg_result* result, const char* doing);
  Result<void> run_together(const char* name, std::span<const std::vector<Param>> many, std::vector<Rows>& all);
  Result<Rows> rows_of(pg_result* result, const char* doing);

  pg_conn* handle_;
  std::chrono::milliseconds patience_;
  bool silent_ = false;
  bool may_try_again_ = false;
  std::unordered_map<const char*, Prepared> prepared_;  // by the text's address
};

}  // namespace detoy::foundation

// One connection to an SQLite database: opening, prepared statements, errors as values.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "foundation/storage/statement.h"
#include "foundation/storage/value.h"

struct sqlite3;
struct sqlite3_stmt;

namespace detoy::foundation {

// Used by one thread at a time.
class SqliteConnection {
 public:
  struct Options {
    bool read_only = false;  // statements that write fail
    // How long to wait for another process that writes, in milliseconds.
    int busy_timeout = 5000;
    std::string vfs = {};  // of the operating system's file functions; empty: SQLite's own choice
  };
  // Opens the file, and makes it if it is missing; in WAL mode.
  static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path, const Options& options);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  Result<Rows> run(const Statement& statement, std::span<const Param> params);
  // The same for one that is not kept prepared.
  Result<Rows> run_once(const std::string& text, std::span<const Param> params);
  // One statement without parameters or rows, kept prepared: BEGIN, COMMIT, PRAGMA.
  Result<void> execute(const char* text);
  // Syncs what was committed, but not synced yet, to the disk. Not within a transaction.
  Result<void> sync_log();
  // Ends a transaction without a trace, if one is open. After it in_transaction() tells whether that failed.
  void roll_back();
  // Whether a transaction is open. SQLite ends one by itself after some errors.
  bool in_transaction() const;

 private:
  struct Prepared {
    sqlite3_stmt* handle = nullptr;
    std::vector<std::size_t> slots;  // of each of SQLite's parameters: its place among ours
  };
  explicit SqliteConnection(std::string path) : path_(std::move(path)) {}
  Result<Prepared> prepare(const char* text);
  Result<Prepared*> prepared(const char* text);
  Result<Rows> run(const Prepared& prepared, std::span<const Param> params);
  Error error(const char* doing) const;
  Result<void> bind(const Prepared& prepared, std::span<const Param> params) const;

  std::string path_;
  sqlite3* database_ = nullptr;
  int patience_ = 0;                                    // milliseconds
  std::unordered_map<const char*, Prepared> prepared_;  // by the text's address
};

}  // namespace detoy::foundation

#include "foundation/storage/sqlite_connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstring>
#include <thread>

namespace detoy::foundation {
namespace {

// Resets a statement however its use ends, so that it holds no lock and can be used again.
class Use {
 public:
  explicit Use(sqlite3_stmt* statement) : statement_(statement) {}
  ~Use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  sqlite3_stmt* statement_;
};

Rows::Cell cell(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return nullptr;
    case SQLITE_INTEGER:
      return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
    default: {
      const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return data == nullptr ? std::string() : std::string(data, size);
    }
  }
}

// Another process writes. SQLite's own handler sleeps for up to a tenth of a second, and a process that commits without
// a pause would be met in one of its short gaps hardly ever: others would starve. A millisecond is short enough.
int wait_for_turn(void* patience, int tries) {
  constexpr int spins = 10;
  constexpr auto shortest = std::chrono::microseconds(100);
  constexpr auto longest = std::chrono::microseconds(1000);
  const int most = *static_cast<const int*>(patience) + spins;  // milliseconds
  if (tries >= most) return 0;
  std::this_thread::sleep_for(tries < spins ? shortest : longest);
  return 1;
}

}  // namespace

Error SqliteConnection::error(const char* doing) const {
  const int code = sqlite3_errcode(database_);
  const int primary = code & 0xff;
  ErrorCategory category = ErrorCategory::io;
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) category = ErrorCategory::unavailable;
  if (primary == SQLITE_CONSTRAINT) category = ErrorCategory::conflict;
  if (primary == SQLITE_ERROR || primary == SQLITE_MISUSE || primary == SQLITE_RANGE)
    category = ErrorCategory::internal;
  return {category, fmt::format("{}: {}: {}", path_, doing, sqlite3_errmsg(database_))};
}

namespace {

// It holds secrets of webhooks. SQLite gives the files beside it the same mode. What goes wrong is told when it is
// opened.
// Whether the file was not there.
bool make_private(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) ::close(file);
  return file >= 0;
}

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path, const Options& options) {
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(path));
  // One thread at a time uses it: SQLite need not lock.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const char* vfs = options.vfs.empty() ? nullptr : options.vfs.c_str();
  bool is_new = path == ":memory:";
  if (vfs == nullptr && !options.read_only && !is_new) is_new = make_private(path);
  if (sqlite3_open_v2(path.c_str(), &connection->database_, flags, vfs) != SQLITE_OK) {
    if (connection->database_ == nullptr) return fail(ErrorCategory::io, fmt::format("{}: out of memory", path));
    Error error = connection->error("cannot open");
    error.category = ErrorCategory::io;
    return std::unexpected(std::move(error));
  }
  connection->patience_ = options.busy_timeout;
  sqlite3_busy_handler(connection->database_, wait_for_turn, &connection->patience_);
  // While the file is empty: later it would change nothing, and wait for whoever writes.
  if (is_new) {
    const auto set = connection->execute("PRAGMA auto_vacuum=INCREMENTAL");
    if (!set) return std::unexpected(set.error());
  }
  // The log is what is synced at each commit; the database file is written from it later. Two processes that open a new
  // file together both want to change its mode, and SQLite asks nobody to wait then.
  Result<void> mode = connection->execute("PRAGMA journal_mode=WAL");
  for (int tries = 0; !mode && mode.error().category == ErrorCategory::unavailable; ++tries) {
    if (wait_for_turn(&connection->patience_, tries) == 0) break;
    mode = connection->execute("PRAGMA journal_mode=WAL");
  }
  if (!mode) return std::unexpected(mode.error());
  // A longer log than SQLite keeps by itself (1000 pages): the writer copies it to the database, and waits for two
  // syncs, a quarter as often.
  for (const char* pragma : {"PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON", "PRAGMA temp_store=MEMORY",
                             "PRAGMA wal_autocheckpoint=4000"}) {
    const auto set = connection->execute(pragma);
    if (!set) return std::unexpected(set.error());
  }
  // The writer keeps up to 64 MiB of pages, so that rows that go all over an index of a million find it in memory.
  // Readers are many, and keep the 2 MB that SQLite gives each.
  const auto set = connection->execute(options.read_only ? "PRAGMA query_only=ON" : "PRAGMA cache_size=-65536");
  if (!set) return std::unexpected(set.error());
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (auto& [text, prepared] : prepared_) sqlite3_finalize(prepared.handle);
  sqlite3_close(database_);
}

Result<SqliteConnection::Prepared> SqliteConnection::prepare(const char* text) {
  Prepared prepared;
  if (sqlite3_prepare_v3(database_, text, -1, SQLITE_PREPARE_PERSISTENT, &prepared.handle, nullptr) != SQLITE_OK) {
    return std::unexpected(error("cannot prepare"));
  }
  // SQLite numbers $1, $2, .. in the order in which they first stand in the text.
  for (int i = 1; i <= sqlite3_bind_parameter_count(prepared.handle); ++i) {
    const char* name = sqlite3_bind_parameter_name(prepared.handle, i);
    std::size_t number = 0;
    if (name != nullptr) std::from_chars(name + 1, name + std::strlen(name), number);
    prepared.slots.push_back(number == 0 ? 0 : number - 1);
  }
  return prepared;
}

Result<SqliteConnection::Prepared*> SqliteConnection::prepared(const char* text) {
  const auto known = prepared_.find(text);
  if (known != prepared_.end()) return &known->second;
  auto prepared = prepare(text);
  if (!prepared) return std::unexpected(prepared.error());
  return &prepared_.emplace(text, std::move(*prepared)).first->second;
}

Result<void> SqliteConnection::bind(const Prepared& prepared, std::span<const Param> params) const {
  for (std::size_t i = 0; i < prepared.slots.size(); ++i) {
    if (prepared.slots[i] >= params.size())
      return fail(ErrorCategory::internal,
                  fmt::format("{}: a statement lacks its parameter ${}", path_, prepared.slots[i] + 1));
    const Param& value = params[prepared.slots[i]];
    const int at = static_cast<int>(i) + 1;
    int status = SQLITE_OK;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      status = sqlite3_bind_int64(prepared.handle, at, *number);
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      // An empty view may point nowhere, which SQLite would take for null.
      const char* data = text->empty() ? "" : text->data();
      status = sqlite3_bind_text64(prepared.handle, at, data, text->size(), SQLITE_STATIC, SQLITE_UTF8);
    } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
      const char* data = bytes->data.empty() ? "" : bytes->data.data();
      status = sqlite3_bind_blob64(prepared.handle, at, data, bytes->data.size(), SQLITE_STATIC);
    } else {
      status = sqlite3_bind_null(prepared.handle, at);
    }
    if (status != SQLITE_OK) return std::unexpected(error("cannot bind"));
  }
  return {};
}

Result<Rows> SqliteConnection::run(const Statement& statement, std::span<const Param> params) {
  const Result<Prepared*> kept = prepared(statement.sqlite);
  if (!kept) return std::unexpected(kept.error());
  return run(**kept, params);
}

Result<Rows> SqliteConnection::run_once(const std::string& text, std::span<const Param> params) {
  const Result<Prepared> once = prepare(text.c_str());
  if (!once) return std::unexpected(once.error());
  auto rows = run(*once, params);
  sqlite3_finalize(once->handle);
  return rows;
}

Result<Rows> SqliteConnection::run(const Prepared& prepared, std::span<const Param> params) {
  sqlite3_stmt* handle = prepared.handle;
  const Use use(handle);
  const auto bound = bind(prepared, params);
  if (!bound) return std::unexpected(bound.error());
  const int columns = sqlite3_column_count(handle);
  Rows rows(static_cast<std::size_t>(columns));
  int status = sqlite3_step(handle);
  while (status == SQLITE_ROW) {
    for (int i = 0; i < columns; ++i) rows.add(cell(handle, i));
    status = sqlite3_step(handle);
  }
  if (status != SQLITE_DONE) return std::unexpected(error("cannot run a statement"));
  if (sqlite3_stmt_readonly(handle) == 0) rows.set_changed(sqlite3_changes64(database_));
  return rows;
}

Result<void> SqliteConnection::execute(const char* text) {
  const Result<Rows> done = run(Statement(text), {});
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<void> SqliteConnection::sync_log() {
  // In WAL mode the "journal" is the log. A checkpoint would sync it as well, but not while another one is under way.
  sqlite3_file* log = nullptr;
  if (sqlite3_file_control(database_, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log)) != SQLITE_OK)
    return std::unexpected(error("cannot find the log"));
  // Nothing was read or written yet.
  if (log == nullptr || log->pMethods == nullptr) return {};
  if (log->pMethods->xSync(log, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) != SQLITE_OK)
    return fail(ErrorCategory::io, fmt::format("{}: cannot sync the log", path_));
  return {};
}

void SqliteConnection::roll_back() {
  if (in_transaction()) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
}

bool SqliteConnection::in_transaction() const {
  return sqlite3_get_autocommit(database_) == 0;
}

}  // namespace detoy::foundation

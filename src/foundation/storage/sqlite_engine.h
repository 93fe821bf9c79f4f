// The embedded engine: one SQLite file in WAL mode (sqlite:PATH). Several processes may open the same file.
//
// One thread of each process writes. It takes whatever waits and commits it as one transaction, so that one sync
// acknowledges many units of work (group commit). Reads run on connections of their own and do not wait for writers.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "foundation/storage/engine.h"
#include "foundation/storage/sqlite_connection.h"

namespace detoy::foundation {

class SqliteEngine final : public Engine {
 public:
  struct Options {
    // Connections that read at the same time, opened when they are needed; further reads wait. More than the threads of
    // a server that may read much at a time, so that short reads find one.
    std::size_t readers = 80;
    std::size_t batch_limit = 1024;  // units of work in one commit
    int busy_timeout = 5000;         // milliseconds to wait for another process that writes
    // What was written with durability `process` is synced after so long at the latest.
    std::chrono::milliseconds sync_within{1000};
    std::string vfs = {};                // see SqliteConnection::Options
    std::function<Micros()> clock = {};  // empty: this machine's
  };
  static Result<std::unique_ptr<SqliteEngine>> open(const std::string& path, const Options& options);
  static Result<std::unique_ptr<SqliteEngine>> open(const std::string& path) { return open(path, Options()); }
  // Finishes what waits.
  ~SqliteEngine() override;
  bool writes_apart() const override { return true; }

 protected:
  Result<void> write_unit(Durability durability, const Unit& unit) override;
  Result<void> read_unit(const Unit& unit) override;
  void begin_write_unit(Durability durability, const Unit& unit, const Written& written) override;

 private:
  struct Pending {
    const Unit* unit = nullptr;
    Durability durability = Durability::machine;
    Result<void> result = {};
    std::atomic<int> done = 0;  // waited for as a futex
    Written written = {};       // or called; then it owns itself
  };
  SqliteEngine(std::string path, Options options) : path_(std::move(path)), options_(std::move(options)) {}
  // False: the engine is being closed.
  bool queue(Pending& pending);
  void write_loop();
  void wait_for_work(std::vector<Pending*>& batch);
  void sync_log();
  void commit(const std::vector<Pending*>& batch);
  Result<void> sync_as(Durability durability);
  // Runs all units in one transaction and commits. With `apart`, the error of one undoes that one only; without, it
  // undoes all, and false says that nothing was committed.
  bool run_together(const std::vector<Pending*>& batch, bool apart);
  Result<std::unique_ptr<SqliteConnection>> borrow_reader();
  void give_back(std::unique_ptr<SqliteConnection> reader);
  Micros clock();

  std::string path_;
  Options options_;
  std::unique_ptr<SqliteConnection> writer_;
  Durability synced_as_ = Durability::machine;
  // When the oldest commit was made that is not synced yet, if there is one.
  std::optional<std::chrono::steady_clock::time_point> unsynced_since_;
  std::atomic<Micros> last_now_ = 0;

  std::mutex queue_mutex_;
  std::condition_variable queue_filled_;
  std::vector<Pending*> queued_;
  bool stopping_ = false;

  std::mutex readers_mutex_;
  std::condition_variable reader_free_;
  std::vector<std::unique_ptr<SqliteConnection>> readers_;
  std::size_t readers_open_ = 0;

  std::thread thread_;
};

}  // namespace detoy::foundation

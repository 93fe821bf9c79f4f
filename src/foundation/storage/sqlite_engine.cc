#include "foundation/storage/sqlite_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace detoy::foundation {
namespace {

class SqliteTransaction final : public Transaction {
 public:
  SqliteTransaction(SqliteConnection& connection, Micros now) : connection_(connection), now_(now) {}
  Result<Rows> run(const Statement& statement, std::span<const Param> params) override {
    return connection_.run(statement, params);
  }
  Result<Rows> run_once(const std::string& text, std::span<const Param> params) override {
    return connection_.run_once(text, params);
  }
  Micros now() override { return now_; }

 private:
  SqliteConnection& connection_;
  Micros now_;
};

}  // namespace

Result<std::unique_ptr<SqliteEngine>> SqliteEngine::open(const std::string& path, const Options& options) {
  std::unique_ptr<SqliteEngine> engine(new SqliteEngine(path, options));
  auto writer = SqliteConnection::open(path, {.busy_timeout = options.busy_timeout, .vfs = options.vfs});
  if (!writer) return std::unexpected(writer.error());
  engine->writer_ = std::move(*writer);
  engine->thread_ = std::thread([raw = engine.get()] { raw->write_loop(); });
  return engine;
}

SqliteEngine::~SqliteEngine() {
  {
    const std::lock_guard guard(queue_mutex_);
    stopping_ = true;
  }
  queue_filled_.notify_one();
  if (thread_.joinable()) thread_.join();
}

// Never back while this process lives.
Micros SqliteEngine::clock() {
  const auto machine = [] {
    return micros(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()));
  };
  const Micros now = options_.clock ? options_.clock() : machine();
  Micros last = last_now_.load();
  while (last < now && !last_now_.compare_exchange_weak(last, now)) {
  }
  return std::max(last, now);
}

bool SqliteEngine::queue(Pending& pending) {
  bool first = false;
  {
    const std::lock_guard guard(queue_mutex_);
    if (stopping_) return false;
    first = queued_.empty();
    queued_.push_back(&pending);
  }
  if (first) queue_filled_.notify_one();
  return true;
}

Result<void> SqliteEngine::write_unit(Durability durability, const Unit& unit) {
  Pending pending;
  pending.unit = &unit;
  pending.durability = durability;
  if (!queue(pending)) return fail(ErrorCategory::unavailable, fmt::format("{}: is being closed", path_));
  pending.done.wait(0);
  return std::move(pending.result);
}

void SqliteEngine::begin_write_unit(Durability durability, const Unit& unit, const Written& written) {
  auto pending = std::make_unique<Pending>();
  pending->unit = &unit;
  pending->durability = durability;
  pending->written = written;
  if (queue(*pending)) {
    // NOLINTNEXTLINE(bugprone-unused-return-value): it is in the queue, and write_loop() takes it from there
    pending.release();
  } else {
    pending->written(fail(ErrorCategory::unavailable, fmt::format("{}: is being closed", path_)));
  }
}

// Leaves the batch empty when there is something to sync first, or nothing will come any more.
void SqliteEngine::wait_for_work(std::vector<Pending*>& batch) {
  std::unique_lock lock(queue_mutex_);
  const auto comes = [&] { return stopping_ || !queued_.empty(); };
  if (unsynced_since_) {
    queue_filled_.wait_until(lock, *unsynced_since_ + options_.sync_within, comes);
  } else {
    queue_filled_.wait(lock, comes);
  }
  const auto end = queued_.begin() + static_cast<std::ptrdiff_t>(std::min(queued_.size(), options_.batch_limit));
  batch.assign(queued_.begin(), end);
  queued_.erase(queued_.begin(), end);
}

void SqliteEngine::write_loop() {
  std::vector<Pending*> batch;
  while (true) {
    wait_for_work(batch);
    if (batch.empty()) {
      if (!unsynced_since_) return;
      sync_log();
      continue;
    }
    commit(batch);
    for (Pending* pending : batch) {
      if (pending->written) {
        const std::unique_ptr<Pending> owned(pending);
        owned->written(std::move(owned->result));
        continue;
      }
      // The owner may be gone once this is set. Notifying then only names an address, which wakes nobody or makes
      // whoever waits there look again.
      std::atomic<int>& done = pending->done;
      done.store(1);
      done.notify_one();
    }
  }
}

// It is time, or the engine is being closed: what is in the log only goes to the disk now.
void SqliteEngine::sync_log() {
  const bool synced = writer_->sync_log().has_value();
  // A disk that fails is tried again, but nobody is kept from closing the engine by it.
  unsynced_since_.reset();
  const std::lock_guard guard(queue_mutex_);
  if (!synced && !stopping_) unsynced_since_ = std::chrono::steady_clock::now();
}

void SqliteEngine::commit(const std::vector<Pending*>& batch) {
  // A unit that must be synced syncs all that was written before as well, but only if it writes something and succeeds.
  // So it does not put this off.
  const auto now = std::chrono::steady_clock::now();
  if (unsynced_since_ && now - *unsynced_since_ >= options_.sync_within) sync_log();
  const bool machine = std::any_of(batch.begin(), batch.end(),
                                   [](const Pending* pending) { return pending->durability == Durability::machine; });
  const auto fail_all = [&](const Error& error) {
    for (Pending* pending : batch) pending->result = std::unexpected(error);
  };
  if (const auto set = sync_as(machine ? Durability::machine : Durability::process); !set) {
    fail_all(set.error());
    return;
  }
  // Errors are rare. Savepoints around each unit would cost all of them.
  if (!run_together(batch, false)) run_together(batch, true);
  if (!machine && !unsynced_since_) unsynced_since_ = now;
}

// In WAL mode FULL syncs the log at each commit; NORMAL leaves it to the operating system until the next checkpoint.
Result<void> SqliteEngine::sync_as(Durability durability) {
  if (durability == synced_as_) return {};
  const auto set =
      writer_->execute(durability == Durability::machine ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  if (set) synced_as_ = durability;
  return set;
}

bool SqliteEngine::run_together(const std::vector<Pending*>& batch, bool apart) {
  const auto fail_all = [&](const Error& error) {
    writer_->roll_back();
    for (Pending* pending : batch) pending->result = std::unexpected(error);
    return true;
  };
  if (const auto begun = writer_->execute("BEGIN IMMEDIATE"); !begun) return fail_all(begun.error());
  for (Pending* pending : batch) {
    if (apart) {
      if (const auto marked = writer_->execute("SAVEPOINT unit"); !marked) return fail_all(marked.error());
    }
    SqliteTransaction transaction(*writer_, clock());
    pending->result = (*pending->unit)(transaction);
    if (pending->result && !apart) continue;
    // A full disk or a read error may have ended the whole transaction.
    if (!writer_->in_transaction()) return fail_all(pending->result ? Error{} : pending->result.error());
    if (!apart && batch.size() > 1) {
      if (const auto undone = writer_->execute("ROLLBACK"); !undone) return fail_all(undone.error());
      return false;
    }
    if (!apart) {
      writer_->roll_back();
      return true;
    }
    if (!pending->result) {
      if (const auto undone = writer_->execute("ROLLBACK TO unit"); !undone) return fail_all(undone.error());
    }
    if (const auto released = writer_->execute("RELEASE unit"); !released) return fail_all(released.error());
  }
  const auto committed = writer_->execute("COMMIT");
  if (committed) return true;
  writer_->roll_back();
  for (Pending* pending : batch) {
    if (pending->result) pending->result = std::unexpected(committed.error());
  }
  return true;
}

Result<std::unique_ptr<SqliteConnection>> SqliteEngine::borrow_reader() {
  std::unique_lock lock(readers_mutex_);
  reader_free_.wait(lock, [&] { return !readers_.empty() || readers_open_ < options_.readers; });
  if (!readers_.empty()) {
    std::unique_ptr<SqliteConnection> reader = std::move(readers_.back());
    readers_.pop_back();
    return reader;
  }
  ++readers_open_;
  lock.unlock();
  auto reader =
      SqliteConnection::open(path_, {.read_only = true, .busy_timeout = options_.busy_timeout, .vfs = options_.vfs});
  if (!reader) give_back(nullptr);
  return reader;
}

// Null: it could not be opened, or cannot be used any more.
void SqliteEngine::give_back(std::unique_ptr<SqliteConnection> reader) {
  {
    const std::lock_guard guard(readers_mutex_);
    if (reader) {
      readers_.push_back(std::move(reader));
    } else {
      --readers_open_;
    }
  }
  reader_free_.notify_one();
}

Result<void> SqliteEngine::read_unit(const Unit& unit) {
  auto reader = borrow_reader();
  if (!reader) return std::unexpected(reader.error());
  Result<void> result = (*reader)->execute("BEGIN");
  if (result) {
    SqliteTransaction transaction(**reader, clock());
    result = unit(transaction);
    (*reader)->roll_back();  // nothing was written
  }
  give_back((*reader)->in_transaction() ? nullptr : std::move(*reader));
  return result;
}

}  // namespace detoy::foundation

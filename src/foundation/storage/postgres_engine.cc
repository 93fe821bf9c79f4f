#include "foundation/storage/postgres_engine.h"

#include <fmt/format.h>

#include <charconv>

#include "base/hexadecimal.h"

namespace detoy::foundation {
namespace {

// One message: the time costs none of its own. LOCK takes no view of the data, so a transaction sees all that was
// committed while it waited for its turn. Writers run beside each other, and one that runs alone beside none.
#define DETOY_BEGIN_WRITE "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE detoy_turn IN "
constexpr std::string_view begin_write = DETOY_BEGIN_WRITE "ROW SHARE MODE; ";
constexpr std::string_view begin_write_alone = DETOY_BEGIN_WRITE "EXCLUSIVE MODE; ";
constexpr std::string_view begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ";
#undef DETOY_BEGIN_WRITE
constexpr std::string_view now = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

// Row-level security goes by this setting (schema_tenant.h), which ends with the transaction. Written in digits, so
// that no tenant's name is taken for anything else.
std::string confine_to(std::string_view tenant) {
  if (tenant.empty()) return {};
  return fmt::format(R"(SELECT set_config('detoy.tenant', convert_from('\x{}'::bytea, 'UTF8'), true); )",
                     hexadecimal(tenant));
}

// Holds nothing but the lock.
constexpr const char* make_turn = "CREATE TABLE IF NOT EXISTS detoy_turn ()";
constexpr int tries_beside_others = 3;

class PostgresTransaction final : public Transaction {
 public:
  PostgresTransaction(PostgresConnection& connection, Micros now) : connection_(connection), now_(now) {}
  Result<Rows> run(const Statement& statement, std::span<const Param> params) override {
    return noting_conflict(connection_.run(statement, params));
  }
  Result<std::vector<Rows>> run_many(const Statement& statement, std::span<const std::vector<Param>> many) override {
    auto all = connection_.run_many(statement, many);
    if (!all) may_try_again_ = connection_.may_try_again();
    return all;
  }
  Result<Rows> run_once(const std::string& text, std::span<const Param> params) override {
    return noting_conflict(connection_.run_once(text, params));
  }
  Micros now() override { return now_; }
  bool may_try_again() const { return may_try_again_; }

 private:
  Result<Rows> noting_conflict(Result<Rows> rows) {
    if (!rows) may_try_again_ = connection_.may_try_again();
    return rows;
  }

  PostgresConnection& connection_;
  Micros now_;
  bool may_try_again_ = false;
};

enum class Outcome {
  done,
  failed,
  again,  // another transaction stood in its way
  gone,   // the connection ended before anything was done
};

// Whether it worked: then the connection can be used again, and else its owner sees that it cannot.
bool roll_back(PostgresConnection& connection) {
  return connection.usable() && connection.in_transaction() && connection.execute("ROLLBACK").has_value();
}

// One try. `result` tells of all but done.
Outcome try_once(PostgresConnection& connection, const std::string& begin,
                 const std::function<Result<void>(Transaction&)>& unit, Result<void>& result) {
  const auto begun = connection.execute(begin.c_str());
  if (!begun) {
    result = std::unexpected(begun.error());
    return connection.usable() || connection.silent() ? Outcome::failed : Outcome::gone;
  }
  Micros time = 0;
  const std::string& told = begun->text(0, 0);
  std::from_chars(told.data(), told.data() + told.size(), time);
  PostgresTransaction transaction(connection, time);
  result = unit(transaction);
  if (!result) {
    const bool again = transaction.may_try_again();
    return roll_back(connection) && again ? Outcome::again : Outcome::failed;
  }
  const auto committed = connection.execute("COMMIT");
  if (committed) return Outcome::done;
  result = std::unexpected(committed.error());
  const bool again = connection.may_try_again();
  // A commit that failed has ended the transaction itself.
  const bool ended = !connection.in_transaction() || roll_back(connection);
  return ended && again ? Outcome::again : Outcome::failed;
}

}  // namespace

Result<std::unique_ptr<PostgresEngine>> PostgresEngine::open(const std::string& url, const Options& options) {
  std::unique_ptr<PostgresEngine> engine(new PostgresEngine(url, options));
  auto first = engine->borrow();
  if (!first) return std::unexpected(first.error());
  Result<Rows> made = (*first)->execute(make_turn);
  // Two instances that make it at once: PostgreSQL tells the second that it is there after all.
  if (!made) made = (*first)->execute(make_turn);
  if (!made) return std::unexpected(made.error());
  engine->give_back(std::move(*first));
  return engine;
}

Result<std::unique_ptr<PostgresConnection>> PostgresEngine::borrow() {
  {
    std::unique_lock lock(mutex_);
    const bool free =
        free_.wait_for(lock, options_.patience, [&] { return !idle_.empty() || open_ < options_.connections; });
    if (!free) return fail(ErrorCategory::unavailable, "PostgreSQL: all connections are in use");
    if (!idle_.empty()) {
      std::unique_ptr<PostgresConnection> connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
    ++open_;
  }
  auto connection = PostgresConnection::open(url_, options_.connection);
  if (!connection) give_back(nullptr);
  return connection;
}

void PostgresEngine::give_back(std::unique_ptr<PostgresConnection> connection) {
  {
    const std::lock_guard guard(mutex_);
    if (connection != nullptr && connection->usable() && !connection->in_transaction()) {
      idle_.push_back(std::move(connection));
    } else {
      --open_;
    }
  }
  free_.notify_one();
}

void PostgresEngine::forget_idle() {
  std::vector<std::unique_ptr<PostgresConnection>> stale;
  {
    const std::lock_guard guard(mutex_);
    stale.swap(idle_);
    open_ -= stale.size();
  }
  free_.notify_all();
}

Result<void> PostgresEngine::run(std::string_view begin, std::string_view begin_alone, const Unit& unit) {
  auto connection = borrow();
  if (!connection) return std::unexpected(connection.error());
  const std::string rest = confine_to(unit.tenant).append(now);
  Result<void> result;
  int replacements = 2;
  for (int tries = 1;; ++tries) {
    // Units that always meet others would be repeated for ever.
    const std::string text = std::string(tries <= tries_beside_others ? begin : begin_alone) + rest;
    const Outcome outcome = try_once(**connection, text, unit.work, result);
    if (outcome == Outcome::gone && replacements-- > 0) {
      // A server that was started anew has ended all of them.
      give_back(std::move(*connection));
      forget_idle();
      connection = borrow();
      if (!connection) return std::unexpected(connection.error());
      continue;
    }
    if (outcome != Outcome::again || tries == options_.tries) break;
  }
  give_back(std::move(*connection));
  return result;
}

Result<void> PostgresEngine::write_unit(Durability, const Unit& unit) {
  return run(begin_write, begin_write_alone, unit);
}

Result<void> PostgresEngine::read_unit(const Unit& unit) {
  return run(begin_read, begin_read, unit);
}

}  // namespace detoy::foundation

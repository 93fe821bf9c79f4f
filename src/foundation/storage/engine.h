// Where the durable primitives keep their data. One contract, kept by every engine and checked by the same tests.
//
// A unit of work is a function of a Transaction. Either all that it wrote is there afterwards, for every instance, or
// nothing is. When write() has returned without an error, what was written survives according to its Durability:
//
//                      a killed process    a killed machine
//   machine            yes                 yes: it was synced before write() returned
//   process            yes                 may lose the last second
//
// A unit of work may run more than once before it commits (an engine repeats it after a conflict, or when another unit
// in the same commit failed). So it must do nothing but use the transaction and set what it returns.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "foundation/storage/statement.h"
#include "foundation/storage/value.h"

namespace detoy::foundation {

// Microseconds since 1970 in UTC, by the engine's clock: of the database server where there is one, so that instances
// with different clocks agree. It may be set back by an operator; contracts say what that does.
using Micros = std::int64_t;

constexpr Micros micros(std::chrono::microseconds duration) {
  return duration.count();
}

enum class Durability { machine, process };

class Transaction {
 public:
  Transaction() = default;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  virtual ~Transaction() = default;

  // Runs one statement. After an error the unit of work must return it: the transaction can't go on.
  virtual Result<Rows> run(const Statement& statement, std::span<const Param> params) = 0;
  Result<Rows> run(const Statement& statement, std::initializer_list<Param> params = {}) {
    return run(statement, std::span<const Param>(params.begin(), params.size()));
  }
  // The same for many rows of parameters, in their order: what the statement gave for each. Where the store is a server
  // they are sent together, so that they take one round trip and not one each.
  virtual Result<std::vector<Rows>> run_many(const Statement& statement, std::span<const std::vector<Param>> many) {
    std::vector<Rows> all;
    for (const std::vector<Param>& params : many) {
      auto rows = run(statement, params);
      if (!rows) return std::unexpected(rows.error());
      all.push_back(std::move(*rows));
    }
    return all;
  }
  // The same for a text that is made at run time, in words that all dialects share. It is forgotten afterwards.
  virtual Result<Rows> run_once(const std::string& text, std::span<const Param> params) = 0;
  // The same during the whole transaction.
  virtual Micros now() = 0;
};

class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  // Thread-safe. `work` is a function of Transaction& that returns a Result; it runs on a thread of the engine's choice
  // while the caller waits. Its error is handed back, and nothing of what it wrote stays.
  template <typename Work>
  auto write(Durability durability, Work&& work) -> std::invoke_result_t<Work&, Transaction&> {
    return carry(std::forward<Work>(work), [&](const Unit& unit) { return write_unit(durability, unit); });
  }
  // Thread-safe. Sees one state of the data, and all that was acknowledged before; must not write.
  template <typename Work>
  auto read(Work&& work) -> std::invoke_result_t<Work&, Transaction&> {
    return carry(std::forward<Work>(work), [&](const Unit& unit) { return read_unit(unit); });
  }
  // Whether writes are done by a thread of the engine's own, so that PausingEngine frees its caller's.
  virtual bool writes_apart() const { return false; }

 protected:
  struct Unit {
    std::function<Result<void>(Transaction&)> work;
    // Whose rows alone may be seen and written, where the engine can see to that; empty: those of all. Borrowed.
    std::string_view tenant = {};

    Result<void> operator()(Transaction& transaction) const { return work(transaction); }
  };
  virtual Result<void> write_unit(Durability durability, const Unit& unit) = 0;
  virtual Result<void> read_unit(const Unit& unit) = 0;

  // Is told once what write_unit() would return, on any thread, which it must not hold up.
  using Written = std::function<void(Result<void>)>;
  // The same as write_unit() for who does not wait. The unit must live until `written` is called, which may be before
  // this returns.
  virtual void begin_write_unit(Durability durability, const Unit& unit, const Written& written) {
    written(write_unit(durability, unit));
  }

 private:
  friend class TenantEngine;   // hands units on, with a tenant
  friend class PausingEngine;  // hands units on, and pauses until they are written

  template <typename Work, typename Run>
  static auto carry(Work&& work, Run&& run) -> std::invoke_result_t<Work&, Transaction&> {
    using Answer = std::invoke_result_t<Work&, Transaction&>;
    std::optional<Answer> answer;
    const Unit unit{[&](Transaction& transaction) -> Result<void> {
      Answer given = work(transaction);
      Result<void> result;
      if (!given) result = std::unexpected(given.error());
      answer = std::move(given);
      return result;
    }};
    const Result<void> done = run(unit);
    if (!done) return std::unexpected(done.error());
    return std::move(*answer);
  }
};

}  // namespace detoy::foundation

// An engine whose clock stands where a test sets it, over any other: time passes at once, and by as much as is wanted.
#pragma once

#include <atomic>
#include <chrono>

#include "foundation/storage/engine.h"

namespace detoy::foundation {

class AtTime final : public Transaction {
 public:
  AtTime(Transaction& transaction, Micros now) : transaction_(transaction), now_(now) {}
  Result<Rows> run(const Statement& statement, std::span<const Param> params) override {
    return transaction_.run(statement, params);
  }
  Result<Rows> run_once(const std::string& text, std::span<const Param> params) override {
    return transaction_.run_once(text, params);
  }
  Micros now() override { return now_; }

 private:
  Transaction& transaction_;
  Micros now_;
};

class SetClock final : public Engine {
 public:
  SetClock(Engine& engine, Micros now) : engine_(engine), now_(now) {}
  Micros now() const { return now_; }
  void set(Micros now) { now_ = now; }
  void pass(std::chrono::microseconds duration) { now_ += micros(duration); }

 protected:
  Result<void> write_unit(Durability durability, const Unit& unit) override {
    return engine_.write(durability, at_time(unit));
  }
  Result<void> read_unit(const Unit& unit) override { return engine_.read(at_time(unit)); }

 private:
  Unit at_time(const Unit& unit) const {
    return {[&unit, now = now_.load()](Transaction& transaction) {
      AtTime moved(transaction, now);
      return unit(moved);
    }};
  }

  Engine& engine_;
  std::atomic<Micros> now_;
};

}  // namespace detoy::foundation

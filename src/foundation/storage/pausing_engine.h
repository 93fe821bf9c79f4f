// A store for callers whose thread has other things to do while a write is under way.
#pragma once

#include <functional>
#include <utility>

#include "foundation/storage/engine.h"

namespace detoy::foundation {

// How a caller stops until something has happened elsewhere, and leaves its thread to others meanwhile.
class Pause {
 public:
  Pause() = default;
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
  virtual ~Pause() = default;
  // Calls `begin` with what ends the pause, and returns when that was called: once, by any thread, perhaps before
  // `begin` returns. No lock may be held.
  virtual void until(const std::function<void(std::function<void()> end)>& begin) = 0;
};

// Used by one caller at a time. Both must outlive it.
class PausingEngine final : public Engine {
 public:
  PausingEngine(Engine& engine, Pause& pause) : engine_(engine), pause_(pause) {}

 protected:
  Result<void> write_unit(Durability durability, const Unit& unit) override {
    Result<void> result;
    pause_.until([&](std::function<void()> end) {
      engine_.begin_write_unit(durability, unit, [&result, end = std::move(end)](Result<void> told) {
        result = std::move(told);
        end();
      });
    });
    return result;
  }
  Result<void> read_unit(const Unit& unit) override { return engine_.read_unit(unit); }

 private:
  Engine& engine_;
  Pause& pause_;
};

}  // namespace detoy::foundation

// Something that is to happen at a time, and steps that follow if nobody cancels it. Contract:
// docs/foundation/timer.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/storage/engine.h"

namespace detoy::foundation {

// Thread-safe; holds no state of its own. Names are 1 to 200 bytes.
//
// A timer fires by enqueuing a job, in one unit of work with its own change. The job's payload is the timer's, and its
// unique key is the delivery id "timer:NAME:GENERATION:STEP", by which its worker knows what fired, and removes
// duplicates: see delivery_of().
class Timers {
 public:
  enum class State : std::int64_t {
    scheduled = 0,
    paused = 1,  // its time stands still until resume()
    done = 2,    // it fired, with all its steps
    cancelled = 3,
  };
  enum class IfThere {
    replace,  // the new one takes its place
    refuse,   // an error of category conflict, if it is scheduled or paused
  };
  struct NewTimer {
    std::string_view name;
    std::string_view queue;         // of the jobs; 1 to 256 bytes
    std::string_view payload = {};  // up to 1 MiB
    // When it fires first: `after` from now on, 0 to 3'660 days, or `at`, which may be past and not later than this.
    std::chrono::microseconds after{};
    std::optional<Micros> at = {};
    // Further firings, each so long after the one before: up to 32, of 1 ms to 3'660 days.
    std::span<const std::chrono::microseconds> steps = {};
    std::chrono::microseconds keep = std::chrono::hours(24 * 7);  // once it is finished: up to 366 days
    IfThere if_there = IfThere::replace;
  };
  struct Scheduled {
    std::int64_t generation = 0;
    Micros next_at = 0;
  };
  struct Timer {
    std::string name;
    std::string queue;
    std::string payload;  // list() leaves it out
    State state = State::scheduled;
    std::int64_t generation = 0;            // greater than that of every timer before
    std::int64_t step = 0;                  // that fires next, 0 first: how often it fired
    Micros next_at = 0;                     // 0: it isn't scheduled
    std::chrono::microseconds remaining{};  // until it fires; 0 if it is due or finished
    std::vector<std::chrono::microseconds> steps;
    Micros finished_at = 0;  // 0: not finished
  };
  struct Delivery {
    std::string name;
    std::int64_t generation = 0;
    std::int64_t step = 0;
  };

  explicit Timers(Engine& engine, Durability durability = Durability::machine)
      : engine_(engine), durability_(durability) {}

  Result<Scheduled> schedule(std::string_view tenant, const NewTimer& timer);
  // It does not fire any more; jobs that were enqueued stay. False if it is finished already, or there is none.
  Result<bool> cancel(std::string_view tenant, std::string_view name);
  // Keeps the time that is left, nothing if it is due. False if it is not scheduled.
  Result<bool> pause(std::string_view tenant, std::string_view name);
  // Goes on with the time that was left. False if it is not paused.
  Result<bool> resume(std::string_view tenant, std::string_view name);
  Result<std::optional<Timer>> get(std::string_view tenant, std::string_view name);
  // Those in a state, by name, behind the name `after`, up to `most` (1 to 1'000).
  Result<std::vector<Timer>> list(std::string_view tenant, State state, std::string_view after = {},
                                  std::int64_t most = 100);

  // Within a unit of work: it is scheduled, or cancelled, if and only if the rest is done.
  static Result<Scheduled> schedule(Transaction& transaction, std::string_view tenant, const NewTimer& timer);
  static Result<bool> cancel(Transaction& transaction, std::string_view tenant, std::string_view name);
  // Fires what is due, of all tenants, in the order of the times, up to `most` firings (1 to 1'000); how many there
  // were. To be called every second or so: nothing else makes time pass.
  static Result<std::int64_t> fire_due(Transaction& transaction, std::int64_t most);
  // Deletes up to `most` finished timers whose time is over; how many there were.
  static Result<std::int64_t> sweep(Transaction& transaction, std::int64_t most);
  // What a job's unique key tells; nothing if it is not one of a timer.
  static std::optional<Delivery> delivery_of(std::string_view unique_key);

 private:
  Engine& engine_;
  Durability durability_;
};

}  // namespace detoy::foundation

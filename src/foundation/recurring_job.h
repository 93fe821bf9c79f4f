// Jobs that are enqueued again and again, by a schedule. Contract: docs/foundation/job.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/job.h"
#include "foundation/storage/engine.h"

namespace detoy::foundation {

// Thread-safe; holds no state of its own. Names are 1 to 200 bytes.
//
// A time at which a schedule comes is a tick. Each one makes one job, however many instances call run_due(). The
// job's unique key is "NAME@2026-01-01T00:00:00Z", the tick in UTC, by which its worker knows it: see tick_of().
class RecurringJobs {
 public:
  // What becomes of ticks that came while nobody called run_due().
  enum class CatchUp : std::int64_t {
    last = 0,  // the last one makes a job, the others none
    each = 1,  // the last 100 make one each, in order
  };
  struct Schedule {
    std::string_view cron;               // see cron.h; 1 to 256 bytes
    std::string_view time_zone = "UTC";  // by its IANA name: "Europe/Zurich"
    // Of the jobs, with the bounds of Jobs::NewJob.
    std::string_view queue;
    std::string_view payload = {};
    std::int64_t priority = 0;
    std::int64_t most_attempts = 20;
    std::chrono::microseconds keep = std::chrono::hours(24 * 7);
    CatchUp catch_up = CatchUp::last;
  };
  struct RecurringJob {
    std::string name;
    std::string cron;
    std::string time_zone;
    std::string queue;
    std::string payload;  // list() leaves it out
    std::int64_t priority = 0;
    std::int64_t most_attempts = 0;
    std::chrono::microseconds keep{};
    CatchUp catch_up = CatchUp::last;
    bool paused = false;
    Micros next_at = 0;   // 0 while it is paused
    Micros last_at = 0;   // the last tick that made a job; 0: there was none
    std::string problem;  // why run_due() could not go on with it, and tries again every ten minutes; empty: it can
  };
  struct Tick {
    std::string name;
    Micros at = 0;
  };

  explicit RecurringJobs(Engine& engine, Durability durability = Durability::machine)
      : engine_(engine), durability_(durability) {}

  // Makes or replaces it; its next tick (0 while it is paused, as it remains). With the cron and the time zone that it
  // has, no tick is skipped or repeated. With others, ticks that are due make their jobs first, and the next one is
  // the first from now on.
  Result<Micros> set(std::string_view tenant, std::string_view name, const Schedule& schedule);
  // False if there is none. Jobs that were enqueued stay.
  Result<bool> remove(std::string_view tenant, std::string_view name);
  Result<std::optional<RecurringJob>> get(std::string_view tenant, std::string_view name);
  // By name, those behind the name `after`, up to `most` (1 to 1'000).
  Result<std::vector<RecurringJob>> list(std::string_view tenant, std::string_view after = {}, std::int64_t most = 100);
  // Ticks that come while it is paused, or were due and had made no job yet, make none. False if it is paused, or
  // isn't, already, or there is none.
  Result<bool> pause(std::string_view tenant, std::string_view name);
  Result<bool> resume(std::string_view tenant, std::string_view name);

  // Enqueues the jobs of ticks that are due, of all tenants; how many. Ends after the schedule with which they are
  // `most` (1 to 1'000), or after so many schedules. To be called every second or so: nothing else makes time pass.
  static Result<std::int64_t> run_due(Transaction& transaction, std::int64_t most);
  // What a job's unique key tells; nothing if it is not one of a recurring job.
  static std::optional<Tick> tick_of(std::string_view unique_key);

 private:
  Engine& engine_;
  Durability durability_;
};

}  // namespace detoy::foundation

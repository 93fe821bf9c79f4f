// Work that is accepted now and done later, once, by whichever worker is free. Contract: docs/foundation/job.md.
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

// Thread-safe; holds no state of its own. Queues, unique keys and workers are at most 256 bytes of any text.
class Jobs {
 public:
  enum class State : std::int64_t {
    queued = 0,   // may be claimed
    delayed = 1,  // will be queued at its time: not begun yet, or to be tried again
    running = 2,  // claimed; goes back to the queue when its lease ends
    done = 3,     // complete() was called
    dead = 4,     // failed too often, or for good: waits for redrive()
    cancelled = 5,
  };
  struct Job {
    std::int64_t id = 0;  // greater than that of every job before
    std::string tenant;
    std::string queue;
    std::string payload;
    State state = State::queued;
    std::int64_t priority = 0;
    std::int64_t attempts = 0;  // how often it was claimed
    std::int64_t most_attempts = 0;
    Micros run_at = 0;
    std::int64_t token = 0;  // of the claim
    Micros lease_until = 0;
    std::int64_t progress = 0;  // per mille, as the worker told
    std::string result;         // of complete(), or the last error
    Micros finished_at = 0;     // 0: not finished
    std::string unique_key;     // empty: it has none
  };
  struct NewJob {
    std::string_view queue;
    std::string_view payload = {};      // up to 1 MiB
    std::int64_t priority = 0;          // -100 to 100; greater ones first
    std::chrono::microseconds delay{};  // up to 366 days
    std::int64_t most_attempts = 20;    // 1 to 1'000
    // While a job with this key is not finished in the queue, no second one is made: enqueue() gives the first one's
    // id.
    std::string_view unique_key = {};
    std::chrono::microseconds keep = std::chrono::hours(24 * 7);  // its result, once it is finished: up to 366 days
  };
  struct Enqueued {
    std::int64_t id = 0;
    bool fresh = true;  // false: there was one with the unique key
  };
  struct Claim {
    std::string_view queue;
    std::string_view worker;            // for people who look
    std::chrono::microseconds lease{};  // 1 ms to 1 day
    std::int64_t most = 1;              // 1 to 1'000 jobs
    std::string_view tenant = {};       // only of this tenant; empty: of all, in turn
  };
  // How long to wait before the next attempt: `first`, doubled with each attempt, at most `longest`, and then a random
  // part of it between a half and all, so that what failed together is not tried again together.
  struct Backoff {
    std::chrono::microseconds first = std::chrono::seconds(1);
    std::chrono::microseconds longest = std::chrono::hours(1);
  };

  explicit Jobs(Engine& engine, Durability durability = Durability::machine)
      : engine_(engine), durability_(durability) {}

  Result<Enqueued> enqueue(std::string_view tenant, const NewJob& job);
  // All or none; up to 1'000.
  Result<std::vector<Enqueued>> enqueue(std::string_view tenant, std::span<const NewJob> jobs);
  // Takes jobs that are due: by priority, then in the order of their times. A job whose lease ended is claimed again.
  // Fewer than asked for if their payloads are great: see answer_room.h. The same goes for lists.
  Result<std::vector<Job>> claim(const Claim& claim);

  // These need the claim's token; an error of category conflict tells that the claim was lost: its lease ended and the
  // job was given to another, or it was cancelled.
  Result<Micros> heartbeat(std::string_view tenant, std::int64_t id, std::int64_t token,
                           std::chrono::microseconds lease, std::optional<std::int64_t> progress = {});
  Result<void> complete(std::string_view tenant, std::int64_t id, std::int64_t token, std::string_view result = {});
  // The state that it is in then: delayed, or dead if it was tried often enough or `for_good`.
  Result<State> fail(std::string_view tenant, std::int64_t id, std::int64_t token, std::string_view error,
                     const Backoff& backoff, bool for_good = false);

  // Dead jobs, too: they are forgotten then. False if it is done or cancelled already, or there is none.
  Result<bool> cancel(std::string_view tenant, std::int64_t id);
  Result<std::optional<Job>> get(std::string_view tenant, std::int64_t id);
  // Dead jobs of a queue with ids greater than `after`, by their ids: up to `most`, 1 to 1'000.
  Result<std::vector<Job>> dead(std::string_view tenant, std::string_view queue, std::int64_t after, std::int64_t most);
  // Queues up to `most` dead jobs again, as if they had never been tried; how many.
  Result<std::int64_t> redrive(std::string_view tenant, std::string_view queue, std::int64_t most);

  // What enqueue() would refuse: for those who keep a job for later.
  static Result<void> check(std::string_view tenant, const NewJob& job);
  // Within a unit of work: the job is there if and only if the rest is.
  static Result<Enqueued> enqueue(Transaction& transaction, std::string_view tenant, const NewJob& job);
  static Result<void> complete(Transaction& transaction, std::string_view tenant, std::int64_t id, std::int64_t token,
                               std::string_view result = {});
  // Queues what is delayed and due, and what was claimed and not finished in time: up to `most` of each; how many. Each
  // claim does so for whatever it may see.
  static Result<std::int64_t> bring_up(Transaction& transaction, std::int64_t most);
  // Deletes up to `most` finished jobs whose time is over; how many there were. Dead ones stay.
  static Result<std::int64_t> sweep(Transaction& transaction, std::int64_t most);

 private:
  Engine& engine_;
  Durability durability_;
};

}  // namespace detoy::foundation

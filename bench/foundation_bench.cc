// Durable calls of the foundation's primitives per second, with many callers in one process on the embedded engine.
//
//   foundation_bench [CALLERS] [SECONDS]     default: 64 callers, 2 seconds for each line
//
// For comparison it first syncs a file as fast as one thread can: no store that syncs each commit by itself can be
// faster. With DETOY_REDIS, the URL of a Redis, also the two primitives that gain most from it.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/temporary_folder.h"
#include "foundation/breaker.h"
#include "foundation/cache.h"
#include "foundation/event_group.h"
#include "foundation/idempotency.h"
#include "foundation/job.h"
#include "foundation/lock.h"
#include "foundation/rate_limit.h"
#include "foundation/storage/migrations.h"
#include "foundation/storage/redis_store.h"
#include "foundation/storage/sqlite_engine.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Load {
  int callers = 64;
  std::chrono::seconds duration{2};
};

double syncs_per_second(const std::string& path, const Load& load) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const std::string page(4096, 'x');
  const auto begun = Clock::now();
  std::int64_t count = 0;
  while (Clock::now() - begun < load.duration) {
    if (::pwrite(file, page.data(), page.size(), (count % 1000) * 4096) < 0 || ::fdatasync(file) != 0) break;
    ++count;
  }
  ::close(file);
  return static_cast<double>(count) / std::chrono::duration<double>(Clock::now() - begun).count();
}

// Calls `work(caller, number)` from all callers until the time is over; each call must return true.
void measure(const char* name, const Load& load, double syncs, const std::function<bool(int, int)>& work) {
  std::atomic<std::int64_t> total = 0;
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0;
  std::vector<std::vector<double>> times(static_cast<std::size_t>(load.callers));
  const auto begun = Clock::now();
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < load.callers; ++caller) {
      callers.emplace_back([&, caller] {
        int number = 0;
        for (; !stop; ++number) {
          const auto before = Clock::now();
          if (!work(caller, number)) ++failed;
          times[static_cast<std::size_t>(caller)].push_back(
              std::chrono::duration<double, std::milli>(Clock::now() - before).count());
        }
        total += number;
      });
    }
    std::this_thread::sleep_for(load.duration);
    stop = true;
  }
  const double rate = static_cast<double>(total) / std::chrono::duration<double>(Clock::now() - begun).count();
  std::vector<double> all;
  for (const auto& one : times) all.insert(all.end(), one.begin(), one.end());
  std::sort(all.begin(), all.end());
  const auto at = [&](double part) {
    return all.empty() ? 0 : all[static_cast<std::size_t>(part * static_cast<double>(all.size() - 1))];
  };
  fmt::print("{:<38} {:>9.0f} per s  {:>6.1f} per sync  p50 {:>6.2f} ms  p99 {:>6.2f} ms{}\n", name, rate, rate / syncs,
             at(0.5), at(0.99), failed == 0 ? "" : fmt::format("  {} FAILED", failed.load()));
}

bool take_one(RateLimit& limit, const RateRule& rule, int caller, int number) {
  const std::string key = fmt::format("{}-{}", caller, number % 100);
  const RateCheck check{key, &rule};
  return limit.take("bench", {&check, 1}).has_value();
}

bool set_one(Cache& cache, int caller, int number) {
  const std::string key = fmt::format("{}-{}", caller, number % 100);
  return cache.set({.tenant = "bench", .key = key, .value = "value", .keep = 1h}).has_value();
}

bool get_one(Cache& cache, int caller, int number) {
  return cache.get("bench", fmt::format("{}-{}", caller, number % 100)).has_value();
}

bool run_redis(const std::string& url, Engine& engine, const RateRule& rule, const Load& load, double syncs) {
  const auto redis = RedisStore::make(url, {.prefix = "detoy-bench:"});
  if (!redis) return false;
  const Place place(engine, redis->get(), WhenGone::refuse);
  RateLimit limit(place);
  measure("rate_limit (Redis)", load, syncs,
          [&](int caller, int number) { return take_one(limit, rule, caller, number); });
  Cache cache(place);
  measure("cache set (Redis)", load, syncs, [&](int caller, int number) { return set_one(cache, caller, number); });
  measure("cache get (Redis)", load, syncs, [&](int caller, int number) { return get_one(cache, caller, number); });
  return true;
}

int run(const Load& load) {
  const TemporaryFolder folder;
  const double syncs = syncs_per_second(folder.file("sync"), load);
  fmt::print("{} callers; one thread syncs a page {:.0f} times per s\n", load.callers, syncs);
  {
    auto opened = SqliteEngine::open(folder.file("bench.db"));
    if (!opened || !migrate(**opened)) return 1;
    Engine& engine = **opened;
    const RateRule rule{"bench", RateRule::Algorithm::token_bucket, 1'000'000'000, 1'000'000, 0};
    for (const auto& [name, durability] : {std::pair{"rate_limit (process)", Durability::process},
                                           std::pair{"rate_limit (machine)", Durability::machine}}) {
      RateLimit limit(engine, durability);
      measure(name, load, syncs, [&](int caller, int number) { return take_one(limit, rule, caller, number); });
    }
    Cache cache(engine);
    measure("cache set (process)", load, syncs, [&](int caller, int number) { return set_one(cache, caller, number); });
    measure("cache get", load, syncs, [&](int caller, int number) { return get_one(cache, caller, number); });
    const char* redis = std::getenv("DETOY_REDIS");
    if (redis != nullptr && !run_redis(redis, engine, rule, load, syncs)) return 1;
    Lock lock(engine);
    measure("lock and release (machine)", load, syncs, [&](int caller, int) {
      const std::string name = fmt::format("{}", caller);
      const auto held = lock.try_acquire({"bench", name, "owner", 1min});
      return held && held->lease && lock.release("bench", name, held->lease->token).has_value();
    });
    Idempotency idempotency(engine);
    measure("idempotency (machine)", load, syncs, [&](int caller, int number) {
      const std::string key = fmt::format("{}-{}", caller, number);
      const Idempotency::Request request{"bench", key, "fingerprint", 1min, 1h};
      const auto begun = idempotency.begin(request);
      return begun && idempotency.complete(request, begun->token, "response").has_value();
    });
    Jobs jobs(engine);
    measure("job enqueue (machine)", load, syncs, [&](int caller, int) {
      return jobs.enqueue(fmt::format("{}", caller % 8), {.queue = "bench", .payload = "payload"}).has_value();
    });
    measure("job claim, complete (10)", load, syncs, [&](int, int) {
      const auto taken = jobs.claim({.queue = "bench", .worker = "worker", .lease = 1min, .most = 10});
      bool good = taken.has_value();
      if (taken) {
        for (const Jobs::Job& job : *taken) good = jobs.complete(job.tenant, job.id, job.token).has_value() && good;
      }
      return good;
    });
    Events events(engine);
    EventGroups groups(engine);
    const std::string data(200, 'x');
    const std::vector<NewEvent> batch(100, NewEvent{.source = "/bench", .type = "bench", .data = data});
    measure("event publish, batches of 100", load, syncs,
            [&](int, int) { return events.publish("bench", "bench", batch).has_value(); });
    // Each caller is a member of a group of its own, as a partition has one member at a time.
    measure("event poll and commit, batches of 100", load, syncs, [&](int caller, int) {
      const std::string name = fmt::format("{}", caller);
      const EventGroups::Group own{"bench", "bench", name};
      const auto polled = groups.poll(own, {.member = name, .lease = 1min});
      if (!polled) return false;
      std::map<std::int64_t, EventGroups::Position> last;
      for (const auto& [event, token, attempts, redriven] : polled->deliveries)
        last[event.partition] = {event.partition, event.position, token};
      std::vector<EventGroups::Position> positions;
      for (const auto& [partition, position] : last) positions.push_back(position);
      return positions.empty() || groups.commit(own, name, positions).has_value();
    });
    Breaker breaker(engine);
    measure("breaker ask", load, syncs,
            [&](int caller, int) { return breaker.ask("bench", fmt::format("{}", caller), {}).has_value(); });
  }
  return 0;
}

}  // namespace
}  // namespace detoy::foundation

int main(int count, char** arguments) {
  detoy::foundation::Load load;
  if (count > 1) load.callers = std::max(1, std::atoi(arguments[1]));
  if (count > 2) load.duration = std::chrono::seconds(std::max(1, std::atoi(arguments[2])));
  return detoy::foundation::run(load);
}

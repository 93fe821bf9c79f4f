// What a call costs when a million jobs, or timers, wait: beside the same call on a store where few do.
//
//   backlog_bench [COUNT] [CALLS]     default: 1000000 waiting, 20000 calls for each figure
//
// 16 callers in one process on the embedded engine, durability `machine`. Two stores take turns, so that what else the
// machine does is met by both; each figure is the best of five rounds. The last column is the time of a call with the
// backlog, as a multiple of that without.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/temporary_folder.h"
#include "foundation/job.h"
#include "foundation/storage/migrations.h"
#include "foundation/storage/sqlite_engine.h"
#include "foundation/timer.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int callers = 16;

// Microseconds of one call, of so many in all, when all callers are at it. Each call must return true.
double time_of(int calls, const std::function<bool(int)>& work) {
  std::atomic<int> next = 0;
  std::atomic<int> failed = 0;
  const auto begun = Clock::now();
  std::vector<std::jthread> threads;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&] {
      for (int number = next++; number < calls; number = next++) {
        if (!work(number)) ++failed;
      }
    });
  }
  threads.clear();
  if (failed > 0) fmt::print("{} of {} calls failed\n", failed.load(), calls);
  return std::chrono::duration<double, std::micro>(Clock::now() - begun).count() / calls;
}

struct Measured {
  const char* name;
  std::function<bool(int)> work;
};

std::vector<Measured> calls_on(Engine& engine, std::string_view prefix) {
  const std::string start(prefix);
  return {
      {"job: enqueue",
       [&engine](int) { return Jobs(engine).enqueue("acme", {.queue = "mail", .payload = "{}"}).has_value(); }},
      {"job: claim one and complete it",
       [&engine](int) {
         Jobs jobs(engine);
         const auto taken = jobs.claim({.queue = "mail", .worker = "w", .lease = 1h, .tenant = "acme"});
         return taken && taken->size() == 1 && jobs.complete("acme", taken->front().id, taken->front().token);
       }},
      {"timer: schedule",
       [&engine, start](int number) {
         const std::string name = fmt::format("{} {}", start, number);
         return Timers(engine).schedule("acme", {.name = name, .queue = "late", .after = 1h}).has_value();
       }},
      {"timer: cancel",
       [&engine, start](int number) {
         const auto done = Timers(engine).cancel("acme", fmt::format("{} {}", start, number));
         return done && *done;
       }},
  };
}

std::vector<double> measure(Engine& engine, std::string_view prefix, int calls) {
  std::vector<double> times;
  for (const Measured& measured : calls_on(engine, prefix)) times.push_back(time_of(calls, measured.work));
  return times;
}

void wait_for_many(Engine& engine, int count) {
  constexpr int batch = 1'000;
  const std::vector<Jobs::NewJob> jobs(batch, {.queue = "mail", .payload = "{}"});
  for (int done = 0; done < count; done += batch) {
    const auto both = engine.write(Durability::process, [&](Transaction& transaction) -> Result<void> {
      for (int i = 0; i < batch; ++i) {
        const std::string name = fmt::format("waiting {}", done + i);
        const auto timer = Timers::schedule(transaction, "acme", {.name = name, .queue = "late", .after = 24h});
        if (!timer) return std::unexpected(timer.error());
        const auto job = Jobs::enqueue(transaction, "acme", jobs[static_cast<std::size_t>(i)]);
        if (!job) return std::unexpected(job.error());
      }
      return {};
    });
    if (!both) fmt::print("{}\n", both.error().message);
  }
}

constexpr int rounds = 5;

int run(int count, int calls) {
  const TemporaryFolder folder;
  const auto idle = SqliteEngine::open(folder.file("idle.db"));
  const auto loaded = SqliteEngine::open(folder.file("loaded.db"));
  if (!idle || !loaded || !migrate(**idle) || !migrate(**loaded)) return 1;
  wait_for_many(**loaded, count);
  const std::vector<Measured> names = calls_on(**idle, "");
  std::vector<double> few(names.size(), HUGE_VAL);
  std::vector<double> many(names.size(), HUGE_VAL);
  (void)measure(**idle, "warm", calls / 10);
  (void)measure(**loaded, "warm", calls / 10);
  for (int round = 0; round < rounds; ++round) {
    const std::string prefix = fmt::format("round {}", round);
    const std::vector<Measured> on_idle = calls_on(**idle, prefix);
    const std::vector<Measured> on_loaded = calls_on(**loaded, prefix);
    for (std::size_t i = 0; i < names.size(); ++i) {
      few[i] = std::min(few[i], time_of(calls, on_idle[i].work));
      many[i] = std::min(many[i], time_of(calls, on_loaded[i].work));
    }
  }
  fmt::print("{:34}{:>12}{:>16}{:>8}\n", "microseconds for each call", "few wait", fmt::format("{} wait", count), "");
  for (std::size_t i = 0; i < names.size(); ++i)
    fmt::print("{:34}{:12.1f}{:16.1f}{:8.2f}\n", names[i].name, few[i], many[i], many[i] / few[i]);
  return 0;
}

}  // namespace
}  // namespace detoy::foundation

int main(int count, char** arguments) {
  const int waiting = count > 1 ? std::atoi(arguments[1]) : 1'000'000;
  const int calls = count > 2 ? std::atoi(arguments[2]) : 20'000;
  return detoy::foundation::run(waiting, calls);
}

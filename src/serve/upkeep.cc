#include "serve/upkeep.h"

#include <array>

#include "foundation/breaker.h"
#include "foundation/cache.h"
#include "foundation/event.h"
#include "foundation/idempotency.h"
#include "foundation/job.h"
#include "foundation/lock.h"
#include "foundation/rate_limit.h"
#include "foundation/recurring_job.h"
#include "foundation/storage/vacuum.h"
#include "foundation/timer.h"
#include "serve/log.h"

namespace detoy::serve {
namespace {

using foundation::Durability;
using foundation::Transaction;

struct Task {
  std::string_view name;
  Result<std::int64_t> (*run)(Transaction&, std::int64_t most);
};

constexpr std::array tasks = std::to_array<Task>({
    {"rate_limit_sweep", foundation::RateLimit::sweep},
    {"cache_sweep", foundation::Cache::sweep},
    {"lock_sweep", foundation::Lock::sweep},
    {"breaker_sweep", foundation::Breaker::sweep},
    {"idempotency_sweep", foundation::Idempotency::sweep},
    {"job_bring_up", foundation::Jobs::bring_up},
    {"job_sweep", foundation::Jobs::sweep},
    {"recurring_job_run", foundation::RecurringJobs::run_due},
    {"timer_fire", foundation::Timers::fire_due},
    {"timer_sweep", foundation::Timers::sweep},
    {"event_sweep", foundation::Events::sweep},
    {"give_back_pages", foundation::give_back_pages},
});

// In one unit of work: short enough that callers hardly notice. Durability `machine`, since some of it enqueues jobs.
constexpr std::int64_t most_at_once = 1'000;
constexpr int most_units = 20;

}  // namespace

Upkeep::Upkeep(foundation::Engine& engine, Metrics& metrics, Log& log, std::chrono::milliseconds every)
    : engine_(engine),
      metrics_(metrics),
      log_(log),
      every_(every),
      succeeded_(std::chrono::steady_clock::now()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Upkeep::~Upkeep() {
  thread_.request_stop();
  wakes_.notify_all();
}

std::chrono::milliseconds Upkeep::since_success() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - succeeded_.load());
}

void Upkeep::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (round()) {
      succeeded_ = std::chrono::steady_clock::now();
      failed_rounds_ = 0;
    } else {
      ++failed_rounds_;
    }
    std::unique_lock lock(mutex_);
    wakes_.wait_for(lock, stop, every_, [] { return false; });
  }
}

bool Upkeep::round() {
  bool all = true;
  for (const Task& task : tasks) {
    for (int unit = 0; unit < most_units; ++unit) {
      const auto changed = engine_.write(Durability::machine,
                                         [&](Transaction& transaction) { return task.run(transaction, most_at_once); });
      metrics_.upkeep(task.name, changed.has_value(), changed.value_or(0));
      if (!changed) {
        log_.error("upkeep failed", {{"task", task.name}, {"error", changed.error().message}});
        all = false;
      }
      if (!changed || *changed < most_at_once) break;
    }
  }
  return all;
}

}  // namespace detoy::serve

// Works on a store with all primitives until it is killed, and tells on standard output what was acknowledged. Each
// line is written in one call, so that a killed driver never leaves half of one.
//
//   foundation_driver PATH NAME
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "crash/workload.h"
#include "foundation/idempotency.h"
#include "foundation/job.h"
#include "foundation/lock.h"
#include "foundation/rate_limit.h"
#include "foundation/storage/migrations.h"
#include "foundation/storage/open_engine.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;
using namespace workload;

void tell(const std::string& line) {
  if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(3);
}

[[noreturn]] void give_up(const Error& error) {
  fmt::print(stderr, "{}\n", error.message);
  _exit(1);
}

// Takes a permit and completes a key in one unit of work: both or none.
void charge(Engine& engine, const std::string& key) {
  const Idempotency::Request request = charge_request(key);
  const auto begun = Idempotency(engine).begin(request);
  if (!begun) give_up(begun.error());
  tell(fmt::format("begun {}\n", key));
  const auto done = engine.write(Durability::machine, [&](Transaction& transaction) -> Result<void> {
    const RateCheck check{"charges", &budget};
    const auto taken = RateLimit::take(transaction, tenant, {&check, 1});
    if (!taken) return std::unexpected(taken.error());
    return Idempotency::complete(transaction, request, begun->token, "charged " + key);
  });
  if (!done) give_up(done.error());
  tell(fmt::format("charged {}\n", key));
}

void take(Engine& engine) {
  const RateCheck check{"takes", &budget};
  const auto taken = RateLimit(engine).take(tenant, {&check, 1});
  if (!taken) give_up(taken.error());
  tell("taken\n");
}

void hold(Engine& engine, const std::string& owner) {
  Lock lock(engine);
  const auto held = lock.acquire({tenant, "shared", owner, 20ms}, 50ms);
  if (!held) give_up(held.error());
  if (!held->lease) return;
  tell(fmt::format("token {} {}\n", held->lease->token, owner));
  const auto released = lock.release(tenant, "shared", held->lease->token);
  if (!released) give_up(released.error());
}

void enqueue(Engine& engine, const std::string& payload) {
  const auto added = Jobs(engine).enqueue(tenant, {.queue = "work", .payload = payload});
  if (!added) give_up(added.error());
  tell(fmt::format("queued {}\n", added->id));
}

void work(Engine& engine, const std::string& name) {
  Jobs jobs(engine);
  const auto taken = jobs.claim({.queue = "work", .worker = name, .lease = 20ms, .most = 3});
  if (!taken) give_up(taken.error());
  for (const Jobs::Job& job : *taken) {
    const auto done = jobs.complete(job.tenant, job.id, job.token, name);
    // Too slow: the lease ended, and another has the job.
    if (!done && done.error().category == ErrorCategory::conflict) continue;
    if (!done) give_up(done.error());
    tell(fmt::format("finished {}\n", job.id));
  }
}

int run(const std::string& url, const std::string& name) {
  auto engine = open_engine(url);
  if (!engine) give_up(engine.error());
  if (const auto migrated = migrate(**engine); !migrated) give_up(migrated.error());
  tell("ready\n");
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0;; ++i) charge(**engine, fmt::format("{}-{}-{}", name, t, i));
    });
  }
  threads.emplace_back([&] {
    while (true) take(**engine);
  });
  threads.emplace_back([&] {
    while (true) hold(**engine, name);
  });
  threads.emplace_back([&] {
    for (int i = 0;; ++i) enqueue(**engine, fmt::format("{}-{}", name, i));
  });
  threads.emplace_back([&] {
    while (true) work(**engine, name);
  });
  threads.clear();
  return 0;
}

}  // namespace
}  // namespace detoy::foundation

int main(int count, char** arguments) {
  if (count != 3) return 2;
  return detoy::foundation::run(arguments[1], arguments[2]);
}

#include "foundation/job.h"

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "foundation/conformance_test_support.h"
#include "foundation/idempotency.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;
using State = Jobs::State;

class JobContract : public OnEngine {
 protected:
  std::int64_t add(const Jobs::NewJob& job, std::string_view tenant = "acme") {
    const auto added = Jobs(engine()).enqueue(tenant, job);
    EXPECT_TRUE(added.has_value()) << (added ? "" : added.error().message);
    return added ? added->id : 0;
  }
  std::vector<Jobs::Job> claim(std::int64_t most = 1, std::chrono::microseconds lease = 1h,
                               std::string_view tenant = {}) {
    auto taken = Jobs(engine()).claim({.queue = "mail", .worker = "w", .lease = lease, .most = most, .tenant = tenant});
    EXPECT_TRUE(taken.has_value()) << (taken ? "" : taken.error().message);
    return taken ? *taken : std::vector<Jobs::Job>();
  }
  // Times of a millisecond pass by themselves; only asking again tells when.
  Jobs::Job claim_when_due(std::chrono::microseconds lease = 1h) {
    while (true) {
      const auto taken = claim(1, lease);
      if (!taken.empty()) return taken[0];
      std::this_thread::yield();
    }
  }
  Jobs::Job get(std::int64_t id) {
    const auto job = Jobs(engine()).get("acme", id);
    EXPECT_TRUE(job && *job);
    return job && *job ? **job : Jobs::Job{};
  }
  static std::vector<std::string> payloads(const std::vector<Jobs::Job>& jobs) {
    std::vector<std::string> all;
    for (const Jobs::Job& job : jobs) all.push_back(job.payload);
    return all;
  }
};
DETOY_ON_ALL_ENGINES(JobContract);

TEST_P(JobContract, AJobIsDoneByWhoeverClaimsIt) {
  const std::string payload("{\"to\":\"a\"}\0\xff", 12);
  const std::int64_t id = add({.queue = "mail", .payload = payload});
  const auto other = open();
  const auto taken = Jobs(*other).claim({.queue = "mail", .worker = "w", .lease = 1h});
  ASSERT_TRUE(taken && taken->size() == 1);
  EXPECT_EQ(taken->front().id, id);
  EXPECT_EQ(taken->front().payload, payload);
  EXPECT_EQ(taken->front().attempts, 1);
  EXPECT_TRUE(claim().empty());
  ASSERT_TRUE(Jobs(engine()).complete("acme", id, taken->front().token, "sent"));
  const Jobs::Job done = get(id);
  EXPECT_EQ(done.state, State::done);
  EXPECT_EQ(done.result, "sent");
  EXPECT_EQ(done.progress, 1000);
  EXPECT_GT(done.finished_at, 0);
}

TEST_P(JobContract, GreaterPrioritiesComeFirstThenOlderJobs) {
  for (const auto& [payload, priority] : {std::pair{"c", 0}, {"d", 0}, {"a", 5}, {"b", 1}, {"e", -5}})
    add({.queue = "mail", .payload = payload, .priority = priority});
  EXPECT_EQ(payloads(claim(10)), (std::vector<std::string>{"a", "b", "c", "d", "e"}));
}

TEST_P(JobContract, GreatJobsAreClaimedAFewAtATime) {
  const std::string payload(1 << 20, 'x');
  for (int i = 0; i < 20; ++i) add({.queue = "mail", .payload = payload, .most_attempts = 1});
  EXPECT_EQ(claim(1'000, 1h, "acme").size(), 8u);
  const auto rest = claim(1'000);
  EXPECT_EQ(rest.size(), 8u);
  for (const Jobs::Job& job : rest) {
    ASSERT_EQ(Jobs(engine()).fail("acme", job.id, job.token, "no", {}), State::dead);
  }
  EXPECT_EQ(Jobs(engine()).dead("acme", "mail", 0, 1'000)->size(), 7u) << "each has an error as well";
}

TEST_P(JobContract, DeadJobsAreListedByTheirIds) {
  std::vector<std::int64_t> dead;
  for (int i = 0; i < 3; ++i) dead.push_back(add({.queue = "mail", .payload = std::to_string(i), .most_attempts = 1}));
  for (const Jobs::Job& job : claim(3)) {
    ASSERT_TRUE(Jobs(engine()).fail("acme", job.id, job.token, "no connection", {}));
  }
  add({.queue = "mail"});
  const auto ids = [&](std::int64_t after, std::int64_t most, std::string_view tenant = "acme") {
    std::vector<std::int64_t> all;
    const auto listed = Jobs(engine()).dead(tenant, "mail", after, most);
    for (const Jobs::Job& job : *listed) {
      EXPECT_EQ(job.result, "no connection");
      all.push_back(job.id);
    }
    return all;
  };
  EXPECT_EQ(ids(0, 100), dead);
  EXPECT_EQ(ids(dead[0], 1), (std::vector{dead[1]}));
  EXPECT_TRUE(ids(0, 100, "other").empty());
}

TEST_P(JobContract, QueuesAreApart) {
  add({.queue = "bills", .payload = "bill"});
  EXPECT_TRUE(claim().empty());
}

TEST_P(JobContract, ADelayedJobComesAtItsTime) {
  const std::int64_t later = add({.queue = "mail", .payload = "later", .delay = 24h});
  add({.queue = "mail", .payload = "soon", .delay = 1ms});
  EXPECT_EQ(claim_when_due().payload, "soon");
  EXPECT_TRUE(claim().empty());
  EXPECT_EQ(get(later).state, State::delayed);
}

TEST_P(JobContract, TenantsTakeTurns) {
  for (int i = 0; i < 6; ++i) add({.queue = "mail", .payload = "large"}, "large");
  for (const char* tenant : {"a", "b", "c"}) add({.queue = "mail", .payload = tenant}, tenant);
  std::vector<std::string> order;
  for (int i = 0; i < 6; ++i) order.push_back(claim()[0].payload);
  EXPECT_EQ(order, (std::vector<std::string>{"a", "b", "c", "large", "large", "large"}));
  add({.queue = "mail", .payload = "late"}, "late");
  EXPECT_EQ(claim()[0].payload, "late");
}

TEST_P(JobContract, AWorkerMayServeOneTenantOnly) {
  add({.queue = "mail", .payload = "theirs"}, "other");
  EXPECT_TRUE(claim(10, 1h, "acme").empty());
  EXPECT_EQ(payloads(claim(10, 1h, "other")), std::vector<std::string>{"theirs"});
}

TEST_P(JobContract, AJobWhoseLeaseEndsIsGivenToAnotherAndTheFirstIsTold) {
  const std::int64_t id = add({.queue = "mail"});
  const auto first = claim(1, 1ms);
  ASSERT_EQ(first.size(), 1u);
  const Jobs::Job second = claim_when_due();
  EXPECT_EQ(second.id, id);
  EXPECT_EQ(second.attempts, 2);
  EXPECT_GT(second.token, first[0].token);
  const auto late = Jobs(engine()).complete("acme", id, first[0].token);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().category, ErrorCategory::conflict);
  EXPECT_FALSE(Jobs(engine()).heartbeat("acme", id, first[0].token, 1h));
  ASSERT_TRUE(Jobs(engine()).complete("acme", id, second.token));
}

TEST_P(JobContract, HeartbeatsKeepTheLeaseAndTellProgress) {
  const std::int64_t id = add({.queue = "mail"});
  const auto taken = claim(1, 1min);
  const auto until = Jobs(engine()).heartbeat("acme", id, taken[0].token, 2h, 250);
  ASSERT_TRUE(until);
  EXPECT_GT(*until, taken[0].lease_until);
  EXPECT_EQ(get(id).progress, 250);
  EXPECT_EQ(get(id).lease_until, *until);
  ASSERT_TRUE(Jobs(engine()).heartbeat("acme", id, taken[0].token, 2h));
  EXPECT_EQ(get(id).progress, 250);
}

TEST_P(JobContract, AFailedJobIsTriedAgainAfterAWhile) {
  const std::int64_t id = add({.queue = "mail"});
  const Jobs::Job taken = claim()[0];
  EXPECT_EQ(Jobs(engine()).fail("acme", id, taken.token, "no connection", {.first = 2h, .longest = 3h}),
            State::delayed);
  const Jobs::Job failed = get(id);
  EXPECT_EQ(failed.result, "no connection");
  // Between a half of the backoff and all of it, from the failure on.
  EXPECT_GE(failed.run_at, taken.run_at + micros(1h));
  EXPECT_LE(failed.run_at, taken.run_at + micros(2h) + micros(5min));
  EXPECT_TRUE(claim().empty());
}

TEST_P(JobContract, AfterItsLastAttemptAJobIsDeadUntilItIsRedriven) {
  const std::int64_t id = add({.queue = "mail", .most_attempts = 2});
  const Jobs::Backoff at_once{.first = 0us, .longest = 0us};
  EXPECT_EQ(Jobs(engine()).fail("acme", id, claim_when_due().token, "first", at_once), State::delayed);
  EXPECT_EQ(Jobs(engine()).fail("acme", id, claim_when_due().token, "second", at_once), State::dead);
  EXPECT_EQ(get(id).result, "second");
  EXPECT_TRUE(claim().empty());
  EXPECT_EQ(Jobs(engine()).redrive("other", "mail", 10), 0);
  EXPECT_EQ(Jobs(engine()).redrive("acme", "mail", 10), 1);
  const Jobs::Job again = claim_when_due();
  EXPECT_EQ(again.id, id);
  EXPECT_EQ(again.attempts, 1);
}

TEST_P(JobContract, AJobThatKillsItsWorkersIsDeadAtLast) {
  const std::int64_t id = add({.queue = "mail", .most_attempts = 2});
  claim_when_due(1ms);
  claim_when_due(1ms);
  while (get(id).state != State::dead) claim();
  EXPECT_EQ(get(id).result, "the lease of the last attempt ended");
}

TEST_P(JobContract, FailingForGoodNeedsNoMoreAttempts) {
  const std::int64_t id = add({.queue = "mail"});
  EXPECT_EQ(Jobs(engine()).fail("acme", id, claim()[0].token, "no such address", {}, true), State::dead);
}

TEST_P(JobContract, AUniqueKeyStandsForOneJobUntilItIsFinished) {
  const Jobs::NewJob job{.queue = "mail", .unique_key = "newsletter"};
  const auto first = Jobs(engine()).enqueue("acme", job);
  const auto second = Jobs(engine()).enqueue("acme", job);
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(first->fresh);
  EXPECT_FALSE(second->fresh);
  EXPECT_EQ(second->id, first->id);
  EXPECT_NE(add(job, "other"), first->id);
  EXPECT_EQ(get(first->id).unique_key, "newsletter");
  ASSERT_TRUE(Jobs(engine()).complete("acme", first->id, claim(1, 1h, "acme")[0].token));
  EXPECT_GT(add(job), first->id);
}

TEST_P(JobContract, ADeadJobDoesNotComeBackBesideANewerOneWithItsKey) {
  const Jobs::NewJob job{.queue = "mail", .unique_key = "newsletter"};
  for (int i = 0; i < 2; ++i) {
    const std::int64_t id = add(job);
    EXPECT_EQ(Jobs(engine()).fail("acme", id, claim()[0].token, "no", {}, true), State::dead);
  }
  EXPECT_EQ(Jobs(engine()).redrive("acme", "mail", 10), 1);
  EXPECT_EQ(Jobs(engine()).redrive("acme", "mail", 10), 0);
  EXPECT_EQ(claim(10).size(), 1u);
}

// So many that looking at all of them for each that comes back would take longer than a statement may.
TEST_P(JobContract, DeadJobsComeBackBesideManyOthers) {
  static constexpr Statement fill =
      "INSERT INTO job (tenant, queue, payload, state, priority, attempts, most_attempts, run_at, unique_key, token, "
      "worker, lease_until, progress, result, keep, finished_at, forget_at) "
      "WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < 41000) "
      "SELECT 'acme', 'mail', '', CASE WHEN i > 40000 THEN 4 ELSE 0 END, 0, 0, 1, 0, "
      "CASE WHEN i > 40000 THEN 'key ' || CAST(i AS TEXT) END, 0, '', 0, 0, '', 0, 0, 0 FROM number";
  const auto filled =
      engine().write(Durability::machine, [](Transaction& transaction) { return transaction.run(fill); });
  ASSERT_TRUE(filled) << filled.error().message;
  EXPECT_EQ(Jobs(engine()).redrive("acme", "mail", 1000), 1000);
}

TEST_P(JobContract, ACancelledJobIsNotClaimedAndItsWorkerIsTold) {
  const std::int64_t waiting = add({.queue = "mail", .payload = "waiting"});
  EXPECT_EQ(Jobs(engine()).cancel("other", waiting), false);
  EXPECT_EQ(Jobs(engine()).cancel("acme", waiting), true);
  EXPECT_EQ(Jobs(engine()).cancel("acme", waiting), false);
  const std::int64_t running = add({.queue = "mail", .payload = "running"});
  const auto taken = claim();
  ASSERT_EQ(payloads(taken), std::vector<std::string>{"running"});
  EXPECT_EQ(Jobs(engine()).cancel("acme", running), true);
  EXPECT_FALSE(Jobs(engine()).heartbeat("acme", running, taken[0].token, 1h));
  EXPECT_FALSE(Jobs(engine()).complete("acme", running, taken[0].token));
  EXPECT_EQ(get(running).state, State::cancelled);
}

TEST_P(JobContract, ADeadJobMayBeCancelledAndIsForgottenThen) {
  const std::int64_t id = add({.queue = "mail", .keep = 0us});
  EXPECT_EQ(Jobs(engine()).fail("acme", id, claim()[0].token, "no", {}, true), State::dead);
  EXPECT_EQ(Jobs(engine()).cancel("acme", id), true);
  EXPECT_EQ(Jobs(engine()).redrive("acme", "mail", 10), 0);
  const auto swept = engine().write(Durability::machine, [](Transaction& t) { return Jobs::sweep(t, 10); });
  EXPECT_EQ(swept, 1);
}

TEST_P(JobContract, ABatchIsAllOrNothing) {
  const std::vector<Jobs::NewJob> good = {{.queue = "mail", .payload = "1"}, {.queue = "mail", .payload = "2"}};
  const auto added = Jobs(engine()).enqueue("acme", good);
  ASSERT_TRUE(added);
  EXPECT_LT((*added)[0].id, (*added)[1].id);
  const std::vector<Jobs::NewJob> bad = {{.queue = "mail", .payload = "3"}, {.queue = ""}};
  EXPECT_FALSE(Jobs(engine()).enqueue("acme", bad));
  EXPECT_EQ(payloads(claim(10)), (std::vector<std::string>{"1", "2"}));
}

TEST_P(JobContract, AJobIsThereIfAndOnlyIfItsUnitOfWorkIs) {
  const auto unit = [&](bool fails) {
    return engine().write(Durability::machine, [&](Transaction& transaction) -> Result<void> {
      const auto begun = Idempotency::begin(transaction, {"acme", "order-1", "POST", 1h, 24h});
      if (!begun) return std::unexpected(begun.error());
      const auto added = Jobs::enqueue(transaction, "acme", {.queue = "mail", .payload = "order-1"});
      if (!added) return std::unexpected(added.error());
      if (fails) return detoy::fail(ErrorCategory::internal, "after all");
      return {};
    });
  };
  EXPECT_FALSE(unit(true));
  EXPECT_TRUE(claim().empty());
  EXPECT_TRUE(unit(false));
  EXPECT_EQ(payloads(claim()), std::vector<std::string>{"order-1"});
}

TEST_P(JobContract, ManyWorkersOfTwoInstancesDoEachJobOnce) {
  constexpr int count = 200;
  for (int i = 0; i < count; ++i) add({.queue = "mail", .payload = "job"}, i % 2 == 0 ? "acme" : "other");
  const auto second = open();
  std::mutex mutex;
  std::map<std::int64_t, int> done;
  std::vector<std::jthread> workers;
  for (int i = 0; i < 6; ++i) {
    workers.emplace_back([&, i] {
      Jobs jobs(i % 2 == 0 ? engine() : *second);
      while (true) {
        const auto taken = jobs.claim({.queue = "mail", .worker = "w", .lease = 1h, .most = 1 + i});
        ASSERT_TRUE(taken) << taken.error().message;
        if (taken->empty()) return;
        for (const Jobs::Job& job : *taken) {
          const auto finished = jobs.complete(job.tenant, job.id, job.token);
          ASSERT_TRUE(finished) << finished.error().message;
          const std::lock_guard guard(mutex);
          ++done[job.id];
        }
      }
    });
  }
  workers.clear();
  EXPECT_EQ(done.size(), static_cast<std::size_t>(count));
  for (const auto& [id, times] : done) EXPECT_EQ(times, 1) << id;
}

TEST_P(JobContract, AClaimDoesNotWaitForJobsThatAnotherIsTaking) {
  if (GetParam().name == std::string_view("sqlite")) GTEST_SKIP() << "has one writer at a time";
  const std::int64_t id = add({.queue = "mail"});
  const auto second = open();
  static constexpr Statement touch = "UPDATE job SET progress = progress WHERE id = $1";
  const auto taken = engine().write(Durability::machine, [&](Transaction& transaction) -> Result<std::size_t> {
    if (const auto held = transaction.run(touch, {id}); !held) return std::unexpected(held.error());
    const auto others = Jobs(*second).claim({.queue = "mail", .worker = "w", .lease = 1h, .most = 2});
    if (!others) return std::unexpected(others.error());
    return others->size();
  });
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(*taken, 0u);
  EXPECT_EQ(claim().size(), 1u);
}

TEST_P(JobContract, SweepForgetsFinishedJobsAndKeepsDeadOnes) {
  const std::int64_t brief = add({.queue = "mail", .keep = 0us});
  ASSERT_TRUE(Jobs(engine()).complete("acme", brief, claim()[0].token));
  const std::int64_t dead = add({.queue = "mail", .keep = 0us});
  EXPECT_EQ(Jobs(engine()).fail("acme", dead, claim()[0].token, "no", {}, true), State::dead);
  EXPECT_EQ(engine().write(Durability::machine, [](Transaction& t) { return Jobs::sweep(t, 10); }), 1);
  const auto forgotten = Jobs(engine()).get("acme", brief);
  ASSERT_TRUE(forgotten);
  EXPECT_FALSE(*forgotten);
  EXPECT_EQ(get(dead).state, State::dead);
}

TEST_P(JobContract, TenantsDoNotSeeEachOthersJobs) {
  const std::int64_t id = add({.queue = "mail"});
  const auto theirs = Jobs(engine()).get("other", id);
  ASSERT_TRUE(theirs);
  EXPECT_FALSE(*theirs);
  const auto taken = claim();
  EXPECT_FALSE(Jobs(engine()).complete("other", id, taken[0].token));
}

TEST_P(JobContract, RefusesWhatIsOutOfBounds) {
  Jobs jobs(engine());
  const std::string large((1 << 20) + 1, 'x');
  for (const Jobs::NewJob& job :
       {Jobs::NewJob{.queue = ""}, Jobs::NewJob{.queue = "mail", .payload = large},
        Jobs::NewJob{.queue = "mail", .priority = 101}, Jobs::NewJob{.queue = "mail", .most_attempts = 0},
        Jobs::NewJob{.queue = "mail", .delay = -1us}}) {
    const auto added = jobs.enqueue("acme", job);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().category, ErrorCategory::usage);
  }
  EXPECT_FALSE(jobs.claim({.queue = "mail", .worker = "w", .lease = 0us}));
  EXPECT_FALSE(jobs.claim({.queue = "mail", .worker = "w", .lease = 1h, .most = 0}));
  EXPECT_FALSE(jobs.claim({.queue = "mail", .worker = "", .lease = 1h}));
  EXPECT_FALSE(jobs.heartbeat("acme", 1, 1, 1h, 1001));
}

}  // namespace
}  // namespace detoy::foundation

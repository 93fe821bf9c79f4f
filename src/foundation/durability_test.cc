// What the calls of each primitive survive if nobody asks for another durability, as the contracts in docs/foundation
// say: the power fails right after a call was acknowledged.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

#include "base/temporary_folder.h"
#include "foundation/breaker.h"
#include "foundation/cache.h"
#include "foundation/dump_test_support.h"
#include "foundation/entity_storage.h"
#include "foundation/event_group.h"
#include "foundation/idempotency.h"
#include "foundation/job.h"
#include "foundation/lock.h"
#include "foundation/rate_limit.h"
#include "foundation/recurring_job.h"
#include "foundation/storage/faulty_disk_test_support.h"
#include "foundation/storage/migrations.h"
#include "foundation/storage/sqlite_engine.h"
#include "foundation/timer.h"
#include "foundation/webhook.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;

class DefaultDurability : public testing::Test {
 protected:
  void SetUp() override {
    // It never syncs because time has passed.
    auto opened = SqliteEngine::open(folder_.file("detoy.db"), {.sync_within = 24h, .vfs = disk_.name()});
    ASSERT_TRUE(opened) << opened.error().message;
    engine_ = std::move(*opened);
    ASSERT_TRUE(migrate(*engine_));
  }
  Engine& engine() { return *engine_; }

  // `call` changes the store, and all of the store is there after a power loss.
  void expect_survives(std::string_view name, const std::function<bool()>& call) {
    const Dump before = dump(engine());
    ASSERT_TRUE(call()) << name;
    const Dump left = left_by_power_loss();
    const Dump after = dump(engine());
    ASSERT_NE(after, before) << name << " changed nothing";
    EXPECT_EQ(left, after) << "a power loss undid " << name;
  }
  // `call` changes the store, and nobody waits for a sync.
  void expect_waits_for_no_sync(std::string_view name, const std::function<bool()>& call) {
    const Dump before = dump(engine());
    const int syncs = disk_.syncs();
    ASSERT_TRUE(call()) << name;
    EXPECT_EQ(disk_.syncs(), syncs) << name;
    ASSERT_NE(dump(engine()), before) << name << " changed nothing";
  }

 private:
  Dump left_by_power_loss() {
    FaultyDisk other_disk;
    const TemporaryFolder other;
    disk_.leave_synced_to(other.path());
    const auto engine = SqliteEngine::open(other.file("detoy.db"), {.vfs = other_disk.name()});
    EXPECT_TRUE(engine) << (engine ? "" : engine.error().message);
    return engine ? dump(**engine) : Dump();
  }

  FaultyDisk disk_;
  TemporaryFolder folder_;
  std::unique_ptr<SqliteEngine> engine_;
};

TEST_F(DefaultDurability, RateLimitsWaitForNoSync) {
  const RateRule rule{"per hour", RateRule::Algorithm::token_bucket, 10, Micros{3'600'000'000}, 0};
  const RateCheck check{"alice", &rule};
  RateLimit limit(engine());
  expect_waits_for_no_sync("take", [&] { return limit.take("acme", {&check, 1}).has_value(); });
  expect_waits_for_no_sync("reset", [&] { return limit.reset("acme", "alice").has_value(); });
}

TEST_F(DefaultDurability, CachesWaitForNoSync) {
  const std::string_view tags[] = {"colour"};
  const Cache::Put put{.tenant = "acme", .key = "k", .value = "v", .keep = 1h, .tags = tags};
  Cache cache(engine());
  std::int64_t token = 0;
  expect_waits_for_no_sync("get_or_fill", [&] {
    const auto answer = cache.get_or_fill("acme", "k", 1h);
    if (answer) token = answer->token;
    return answer.has_value();
  });
  expect_waits_for_no_sync("fill", [&] { return cache.fill(put, token) == true; });
  expect_waits_for_no_sync("set", [&] { return cache.set(put).has_value(); });
  expect_waits_for_no_sync("invalidate", [&] { return cache.invalidate("acme", "colour") == 1; });
  ASSERT_TRUE(cache.set(put));
  expect_waits_for_no_sync("remove", [&] { return cache.remove("acme", "k") == true; });
}

TEST_F(DefaultDurability, BreakersWaitForNoSync) {
  const BreakerSettings settings{.minimum_calls = 1, .open_for = 1'000};
  Breaker breaker(engine());
  expect_waits_for_no_sync("report", [&] {
    const auto verdict = breaker.report("acme", "bank", settings, 0, false);
    return verdict && verdict->phase == BreakerPhase::open;
  });
  expect_waits_for_no_sync("ask", [&] {
    while (true) {
      const auto verdict = breaker.ask("acme", "bank", settings);
      if (!verdict || verdict->allowed) return verdict.has_value();
      std::this_thread::yield();
    }
  });
  expect_waits_for_no_sync("force", [&] { return breaker.force("acme", "bank", BreakerForce::open).has_value(); });
}

TEST_F(DefaultDurability, LocksSurvive) {
  Lock lock(engine());
  std::int64_t token = 0;
  const auto held = [&](const Result<Lock::Answer>& answer) {
    if (!answer || !answer->lease) return false;
    token = answer->lease->token;
    return true;
  };
  expect_survives("try_acquire", [&] { return held(lock.try_acquire({"acme", "door", "me", 1h})); });
  expect_survives("renew", [&] { return lock.renew({"acme", "door", "me", 2h}, token).has_value(); });
  expect_survives("release", [&] { return lock.release("acme", "door", token) == true; });
  expect_survives("acquire", [&] { return held(lock.acquire({"acme", "door", "you", 1h}, 1h)); });
}

TEST_F(DefaultDurability, IdempotencyKeysSurvive) {
  const Idempotency::Request request{"acme", "order-1", "POST /orders", 1h, 24h};
  Idempotency keys(engine());
  std::int64_t token = 0;
  const auto begin = [&] {
    const auto answer = keys.begin(request);
    if (!answer || answer->outcome != Idempotency::Outcome::begun) return false;
    token = answer->token;
    return true;
  };
  expect_survives("begin", begin);
  expect_survives("abandon", [&] { return keys.abandon(request, token) == true; });
  ASSERT_TRUE(begin());
  expect_survives("complete", [&] { return keys.complete(request, token, "created").has_value(); });
}

TEST_F(DefaultDurability, JobsSurvive) {
  Jobs jobs(engine());
  const Jobs::NewJob mail{.queue = "mail", .payload = "job"};
  const std::vector<Jobs::NewJob> more(3, mail);
  std::vector<Jobs::Job> claimed;
  expect_survives("enqueue", [&] { return jobs.enqueue("acme", mail).has_value(); });
  expect_survives("enqueue of many", [&] { return jobs.enqueue("acme", more).has_value(); });
  expect_survives("claim", [&] {
    claimed = jobs.claim({.queue = "mail", .worker = "w", .lease = 1h, .most = 3}).value_or(claimed);
    return claimed.size() == 3;
  });
  ASSERT_EQ(claimed.size(), 3u);
  const auto& [first, second, third] = std::tie(claimed[0], claimed[1], claimed[2]);
  expect_survives("heartbeat", [&] { return jobs.heartbeat("acme", first.id, first.token, 2h).has_value(); });
  expect_survives("complete", [&] { return jobs.complete("acme", first.id, first.token).has_value(); });
  expect_survives("fail", [&] { return jobs.fail("acme", second.id, second.token, "no", {}, true).has_value(); });
  expect_survives("cancel", [&] { return jobs.cancel("acme", third.id) == true; });
  expect_survives("redrive", [&] { return jobs.redrive("acme", "mail", 10) == 1; });
}

TEST_F(DefaultDurability, RecurringJobsSurvive) {
  RecurringJobs jobs(engine());
  expect_survives("set",
                  [&] { return jobs.set("acme", "nightly", {.cron = "0 3 * * *", .queue = "mail"}).has_value(); });
  expect_survives("pause", [&] { return jobs.pause("acme", "nightly") == true; });
  expect_survives("resume", [&] { return jobs.resume("acme", "nightly") == true; });
  expect_survives("remove", [&] { return jobs.remove("acme", "nightly") == true; });
}

TEST_F(DefaultDurability, TimersSurvive) {
  Timers timers(engine());
  expect_survives("schedule", [&] {
    return timers.schedule("acme", {.name = "sla", .queue = "mail", .payload = "late", .after = 1h}).has_value();
  });
  expect_survives("pause", [&] { return timers.pause("acme", "sla") == true; });
  expect_survives("resume", [&] { return timers.resume("acme", "sla") == true; });
  expect_survives("cancel", [&] { return timers.cancel("acme", "sla") == true; });
}

TEST_F(DefaultDurability, EventsSurvive) {
  Events events(engine());
  const NewEvent event{.source = "/shop", .type = "t"};
  const std::vector<NewEvent> more(3, event);
  expect_survives("create_topic", [&] { return events.create_topic("acme", "orders", {}) == true; });
  expect_survives("publish", [&] { return events.publish("acme", "orders", event).has_value(); });
  expect_survives("publish of many", [&] { return events.publish("acme", "orders", more).has_value(); });
}

TEST_F(DefaultDurability, GroupsSurvive) {
  const EventGroups::Group mail{"acme", "orders", "mail"};
  EventGroups groups(engine());
  ASSERT_TRUE(Events(engine()).create_topic("acme", "orders", {.partitions = 1}));
  const std::vector<NewEvent> events(3, {.source = "/shop", .type = "t"});
  const auto published = Events(engine()).publish("acme", "orders", events);
  ASSERT_TRUE(published);
  std::vector<EventGroups::Position> open;
  const auto poll = [&] {
    const auto polled = groups.poll(mail, {.member = "m", .lease = 1h});
    if (!polled || polled->deliveries.empty()) return false;
    open.clear();
    for (const auto& [event, token, attempts, redriven] : polled->deliveries)
      open.push_back({event.partition, event.position, token});
    return true;
  };
  // The first event that is open dies.
  const auto fail = [&] {
    return groups.fail(mail,
                       {.partition = 0, .position = open[0].position, .token = open[0].token, .most_attempts = 1});
  };
  expect_survives("create", [&] { return groups.create(mail, EventGroups::Start::earliest) == true; });
  expect_survives("poll", poll);
  ASSERT_EQ(open.size(), 3u);
  expect_survives("heartbeat", [&] { return groups.heartbeat(mail, "m", {open.data(), 1}, 2h).has_value(); });
  expect_survives("commit", [&] { return groups.commit(mail, "m", {open.data(), 1}).has_value(); });
  expect_survives("release", [&] { return groups.release(mail, "m") == 1; });
  ASSERT_TRUE(poll());
  expect_survives("fail", [&] { return fail() == true; });
  const std::int64_t dead = open[0].position;
  expect_survives("redrive", [&] { return groups.redrive(mail, {&dead, 1}) == 1; });
  ASSERT_EQ(groups.release(mail, "m"), 1);
  ASSERT_TRUE(poll());
  ASSERT_EQ(open[0].position, dead);
  ASSERT_EQ(fail(), true);
  expect_survives("discard", [&] { return groups.discard(mail, {&dead, 1}) == 1; });
  expect_survives("seek", [&] { return groups.seek(mail, published->back().position).has_value(); });
  expect_survives("seek_to_time", [&] { return groups.seek_to_time(mail, 0).has_value(); });
}

TEST_F(DefaultDurability, EntitiesSurvive) {
  constexpr Entities::Author ann{.actor = "ann"};
  Entities notes(engine());
  expect_survives("define",
                  [&] { return notes.define("acme", "note", EntityType{.fields = {{.path = "/text"}}}).has_value(); });
  expect_survives("create", [&] { return notes.create("acme", "note", "n1", R"({"text":"a"})", ann).has_value(); });
  expect_survives("replace", [&] { return notes.replace("acme", "note", "n1", R"({"text":"b"})", ann).has_value(); });
  expect_survives("patch", [&] { return notes.patch("acme", "note", "n1", R"({"text":"c"})", ann).has_value(); });
  expect_survives("remove", [&] { return notes.remove("acme", "note", "n1", ann).has_value(); });
  expect_survives("restore", [&] { return notes.restore("acme", "note", "n1", ann).has_value(); });
  Storage<nlohmann::json> storage(engine(), "note");
  expect_survives("create of Storage", [&] { return storage.create("acme", "n2", {{"text", "a"}}, ann).has_value(); });
}

TEST_F(DefaultDurability, WebhooksSurvive) {
  Webhooks webhooks(engine());
  expect_survives("create", [&] {
    const Webhooks::NewEndpoint billing{
        .name = "billing", .topic = "orders", .url = "https://billing.example", .secret = "first"};
    return webhooks.create("acme", billing).has_value();
  });
  expect_survives("update", [&] { return webhooks.update("acme", "billing", {.most_attempts = 3}) == true; });
  expect_survives("pause", [&] { return webhooks.pause("acme", "billing") == true; });
  expect_survives("resume", [&] { return webhooks.resume("acme", "billing") == true; });
  expect_survives("rotate_secret", [&] { return webhooks.rotate_secret("acme", "billing", "second", 24h) == true; });
  const std::vector<NewEvent> events(2, {.source = "/shop", .type = "t"});
  ASSERT_TRUE(Events(engine()).publish("acme", "orders", events));
  Webhooks::Claim claim;
  expect_survives("claim", [&] {
    const auto claimed = webhooks.claim(1, 1h, 8);
    if (!claimed || !*claimed) return false;
    claim = **claimed;
    return claim.deliveries.size() == 2;
  });
  ASSERT_EQ(claim.deliveries.size(), 2u);
  expect_survives("settle", [&] {
    const auto settled = webhooks.settle(claim, claim.deliveries[0], {.status = 204}, 2h);
    return settled && settled->what == Webhooks::Settled::What::delivered;
  });
  expect_survives("give_back", [&] { return webhooks.give_back(claim).has_value(); });
  expect_survives("remove", [&] { return webhooks.remove("acme", "billing") == true; });
}

}  // namespace
}  // namespace detoy::foundation

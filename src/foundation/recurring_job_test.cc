#include "foundation/recurring_job.h"

#include <map>
#include <thread>

#include "foundation/conformance_test_support.h"
#include "foundation/set_clock_test_support.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;
using CatchUp = RecurringJobs::CatchUp;
using Keys = std::vector<std::string>;

constexpr Statement spoil = "UPDATE recurring_job SET time_zone = $1 WHERE name = $2";

Micros at(std::string_view text) {
  const auto tick = RecurringJobs::tick_of("x@" + std::string(text));
  EXPECT_TRUE(tick.has_value()) << text;
  return tick ? tick->at : 0;
}

class RecurringJobContract : public OnEngine {
 protected:
  void SetUp() override {
    OnEngine::SetUp();
    if (IsSkipped()) return;
    store_ = std::make_unique<SetClock>(engine(), at("2026-05-01T10:30:00Z"));
  }
  SetClock& store() { return *store_; }
  RecurringJobs recurring() { return RecurringJobs(store()); }

  Micros set(std::string_view name, const RecurringJobs::Schedule& schedule, std::string_view tenant = "acme") {
    const auto next = recurring().set(tenant, name, schedule);
    EXPECT_TRUE(next.has_value()) << (next ? "" : next.error().message);
    return next.value_or(-1);
  }
  std::int64_t run(std::int64_t most = 1'000) { return run(store(), most); }
  static std::int64_t run(Engine& engine, std::int64_t most) {
    const auto done =
        engine.write(Durability::machine, [&](Transaction& t) { return RecurringJobs::run_due(t, most); });
    EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message);
    return done.value_or(-1);
  }
  std::vector<Jobs::Job> claim(std::string_view tenant = {}) {
    auto taken =
        Jobs(store()).claim({.queue = "reports", .worker = "w", .lease = 24h, .most = 1'000, .tenant = tenant});
    EXPECT_TRUE(taken.has_value()) << (taken ? "" : taken.error().message);
    return taken ? *taken : std::vector<Jobs::Job>();
  }
  Keys keys() {
    Keys all;
    for (const Jobs::Job& job : claim()) all.push_back(job.unique_key);
    return all;
  }
  RecurringJobs::RecurringJob get(std::string_view name) {
    auto job = recurring().get("acme", name);
    EXPECT_TRUE(job && *job);
    return job && *job ? **job : RecurringJobs::RecurringJob();
  }

 private:
  std::unique_ptr<SetClock> store_;
};
DETOY_ON_ALL_ENGINES(RecurringJobContract);

TEST_P(RecurringJobContract, EachTickMakesOneJob) {
  const std::string payload("{}\0\xff", 4);
  EXPECT_EQ(
      set("hourly",
          {.cron = "@hourly", .queue = "reports", .payload = payload, .priority = 7, .most_attempts = 3, .keep = 24h}),
      at("2026-05-01T11:00:00Z"));
  EXPECT_EQ(run(), 0);
  store().set(at("2026-05-01T11:00:00Z") - 1);
  EXPECT_EQ(run(), 0);
  store().set(at("2026-05-01T11:00:00Z"));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(run(), 0);
  const auto jobs = claim();
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].tenant, "acme");
  EXPECT_EQ(jobs[0].payload, payload);
  EXPECT_EQ(jobs[0].priority, 7);
  EXPECT_EQ(jobs[0].most_attempts, 3);
  EXPECT_EQ(jobs[0].unique_key, "hourly@2026-05-01T11:00:00Z");
  store().set(at("2026-05-01T12:00:01Z"));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(keys(), Keys{"hourly@2026-05-01T12:00:00Z"});
  EXPECT_EQ(get("hourly").next_at, at("2026-05-01T13:00:00Z"));
  EXPECT_EQ(get("hourly").last_at, at("2026-05-01T12:00:00Z"));
}

TEST_P(RecurringJobContract, TicksAreInTheTimeZoneOfTheSchedule) {
  EXPECT_EQ(set("a", {.cron = "0 9 * * *", .time_zone = "America/New_York", .queue = "reports"}),
            at("2026-05-01T13:00:00Z"));
}

TEST_P(RecurringJobContract, OfMissedTicksTheLastOneMakesAJob) {
  set("hourly", {.cron = "@hourly", .queue = "reports"});
  set("daily", {.cron = "0 3 * * *", .queue = "reports"});
  store().set(at("2026-06-01T12:30:00Z"));
  EXPECT_EQ(run(), 2);
  EXPECT_EQ(run(), 0);
  // The one that was due first comes first.
  EXPECT_EQ(keys(), (Keys{"hourly@2026-06-01T12:00:00Z", "daily@2026-06-01T03:00:00Z"}));
  EXPECT_EQ(get("hourly").next_at, at("2026-06-01T13:00:00Z"));
}

TEST_P(RecurringJobContract, MissedTicksMakeAJobEachIfThatIsWanted) {
  set("hourly", {.cron = "@hourly", .queue = "reports", .catch_up = CatchUp::each});
  store().set(at("2026-05-01T13:59:00Z"));
  EXPECT_EQ(run(), 3);
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(keys(),
            (Keys{"hourly@2026-05-01T11:00:00Z", "hourly@2026-05-01T12:00:00Z", "hourly@2026-05-01T13:00:00Z"}));
}

TEST_P(RecurringJobContract, OfMoreThanAHundredMissedTicksTheLastHundredMakeJobs) {
  set("minutes", {.cron = "* * * * *", .queue = "reports", .catch_up = CatchUp::each});
  store().set(at("2027-05-01T10:00:30Z"));
  EXPECT_EQ(run(), 100);
  EXPECT_EQ(run(), 0);
  const Keys made = keys();
  ASSERT_EQ(made.size(), 100u);
  EXPECT_EQ(made.front(), "minutes@2027-05-01T08:21:00Z");
  EXPECT_EQ(made.back(), "minutes@2027-05-01T10:00:00Z");
  EXPECT_EQ(get("minutes").next_at, at("2027-05-01T10:01:00Z"));
}

TEST_P(RecurringJobContract, SettingTheSameAgainSkipsAndRepeatsNoTick) {
  const RecurringJobs::Schedule schedule{.cron = "@hourly", .queue = "reports"};
  set("hourly", schedule);
  store().set(at("2026-05-01T11:00:00Z"));
  EXPECT_EQ(set("hourly", schedule), at("2026-05-01T11:00:00Z"));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(set("hourly", schedule), at("2026-05-01T12:00:00Z"));
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(keys(), Keys{"hourly@2026-05-01T11:00:00Z"});
}

TEST_P(RecurringJobContract, ATickThatIsDueMakesTheJobThatWasSetLast) {
  set("hourly", {.cron = "@hourly", .queue = "reports", .payload = "old"});
  store().set(at("2026-05-01T11:00:00Z"));
  set("hourly", {.cron = "@hourly", .queue = "reports", .payload = "new"});
  EXPECT_EQ(run(), 1);
  const auto jobs = claim();
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].payload, "new");
}

TEST_P(RecurringJobContract, AnotherCronCountsFromNowAndWhatIsDueByTheOldOneMakesItsJobFirst) {
  set("report", {.cron = "0 11 * * *", .queue = "reports", .payload = "old"});
  store().set(at("2026-05-01T11:10:00Z"));
  EXPECT_EQ(set("report", {.cron = "5 11,12 * * *", .queue = "reports", .payload = "new"}), at("2026-05-01T12:05:00Z"));
  const auto jobs = claim();
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].unique_key, "report@2026-05-01T11:00:00Z");
  EXPECT_EQ(jobs[0].payload, "old");
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(set("report", {.cron = "5 11,12 * * *", .time_zone = "Europe/Zurich", .queue = "reports"}),
            at("2026-05-02T09:05:00Z"));
}

TEST_P(RecurringJobContract, ATickDoesNotComeAgainWhenTheClockIsSetBack) {
  set("report", {.cron = "0 * * * *", .queue = "reports"});
  store().set(at("2026-05-01T14:00:00Z"));
  EXPECT_EQ(run(), 1);
  store().set(at("2026-05-01T12:00:00Z"));
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(set("report", {.cron = "*/30 * * * *", .queue = "reports"}), at("2026-05-01T14:30:00Z"));
  EXPECT_EQ(recurring().pause("acme", "report"), true);
  EXPECT_EQ(recurring().resume("acme", "report"), true);
  EXPECT_EQ(get("report").next_at, at("2026-05-01T14:30:00Z"));
}

TEST_P(RecurringJobContract, TicksThatComeWhileItIsPausedMakeNoJobs) {
  const RecurringJobs::Schedule schedule{.cron = "@hourly", .queue = "reports", .catch_up = CatchUp::each};
  set("hourly", schedule);
  EXPECT_EQ(recurring().resume("acme", "hourly"), false);
  EXPECT_EQ(recurring().pause("acme", "hourly"), true);
  EXPECT_EQ(recurring().pause("acme", "hourly"), false);
  EXPECT_TRUE(get("hourly").paused);
  EXPECT_EQ(get("hourly").next_at, 0);
  store().set(at("2026-05-01T13:30:00Z"));
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(set("hourly", schedule), 0);
  EXPECT_TRUE(get("hourly").paused);
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(recurring().resume("acme", "hourly"), true);
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(get("hourly").next_at, at("2026-05-01T14:00:00Z"));
  store().set(at("2026-05-01T14:00:00Z"));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(recurring().pause("acme", "none"), false);
  EXPECT_EQ(recurring().resume("acme", "none"), false);
}

TEST_P(RecurringJobContract, AnotherCronLeavesItPaused) {
  set("report", {.cron = "@hourly", .queue = "reports"});
  EXPECT_EQ(recurring().pause("acme", "report"), true);
  store().set(at("2026-05-01T12:30:00Z"));
  EXPECT_EQ(set("report", {.cron = "@daily", .queue = "reports"}), 0);
  EXPECT_TRUE(claim().empty());
  EXPECT_TRUE(get("report").paused);
  EXPECT_EQ(recurring().resume("acme", "report"), true);
  EXPECT_EQ(get("report").next_at, at("2026-05-02T00:00:00Z"));
}

TEST_P(RecurringJobContract, WhatIsRemovedMakesNoMoreJobs) {
  set("hourly", {.cron = "@hourly", .queue = "reports"});
  EXPECT_EQ(recurring().remove("acme", "hourly"), true);
  EXPECT_EQ(recurring().remove("acme", "hourly"), false);
  store().pass(24h);
  EXPECT_EQ(run(), 0);
  const auto none = recurring().get("acme", "hourly");
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
}

TEST_P(RecurringJobContract, GetAndListTellWhatWasSet) {
  const RecurringJobs::Schedule schedule{.cron = "0 9 * * MON",
                                         .time_zone = "Europe/Zurich",
                                         .queue = "reports",
                                         .payload = "p",
                                         .priority = -3,
                                         .most_attempts = 5,
                                         .keep = 1h,
                                         .catch_up = CatchUp::each};
  for (const char* name : {"c", "a", "b"}) set(name, schedule);
  set("aa", schedule, "other");
  const auto job = get("b");
  EXPECT_EQ(job.name, "b");
  EXPECT_EQ(job.cron, "0 9 * * MON");
  EXPECT_EQ(job.time_zone, "Europe/Zurich");
  EXPECT_EQ(job.queue, "reports");
  EXPECT_EQ(job.payload, "p");
  EXPECT_EQ(job.priority, -3);
  EXPECT_EQ(job.most_attempts, 5);
  EXPECT_EQ(job.keep, 1h);
  EXPECT_EQ(job.catch_up, CatchUp::each);
  EXPECT_FALSE(job.paused);
  EXPECT_EQ(job.next_at, at("2026-05-04T07:00:00Z"));
  EXPECT_EQ(job.last_at, 0);
  EXPECT_EQ(job.problem, "");
  const auto names = [&](std::string_view after) {
    Keys all;
    const auto page = recurring().list("acme", after, 2);
    EXPECT_TRUE(page.has_value());
    for (const auto& each : page.value_or(std::vector<RecurringJobs::RecurringJob>())) {
      EXPECT_EQ(each.next_at, job.next_at);
      EXPECT_TRUE(each.payload.empty());
      all.push_back(each.name);
    }
    return all;
  };
  EXPECT_EQ(names(""), (Keys{"a", "b"}));
  EXPECT_EQ(names("b"), Keys{"c"});
  EXPECT_EQ(names("c"), Keys{});
}

TEST_P(RecurringJobContract, TenantsDoNotSeeEachOthersRecurringJobs) {
  set("hourly", {.cron = "@hourly", .queue = "reports", .payload = "ours"});
  EXPECT_EQ(recurring().remove("other", "hourly"), false);
  EXPECT_EQ(recurring().pause("other", "hourly"), false);
  const auto none = recurring().get("other", "hourly");
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  set("hourly", {.cron = "@hourly", .queue = "reports", .payload = "theirs"}, "other");
  store().pass(1h);
  EXPECT_EQ(run(), 2);
  const auto jobs = claim("other");
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].payload, "theirs");
}

TEST_P(RecurringJobContract, ARunEndsWithTheScheduleThatMakesItsJobsEnough) {
  for (const char* name : {"a", "b", "c"})
    set(name, {.cron = "@hourly", .queue = "reports", .catch_up = CatchUp::each});
  store().pass(2h);
  EXPECT_EQ(run(1), 2);
  EXPECT_EQ(run(3), 4);
  EXPECT_EQ(run(3), 0);
}

TEST_P(RecurringJobContract, AScheduleThatCannotBeReckonedHoldsUpNoOtherAndLosesNoTick) {
  set("bad", {.cron = "@hourly", .queue = "reports"});
  set("good", {.cron = "@hourly", .queue = "reports"});
  const auto zone = [&](std::string_view name) {
    const auto done = store().write(Durability::machine, [&](Transaction& t) { return t.run(spoil, {name, "bad"}); });
    ASSERT_TRUE(done.has_value());
  };
  zone("Mars/Olympus");
  store().set(at("2026-05-01T11:00:00Z"));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(keys(), Keys{"good@2026-05-01T11:00:00Z"});
  EXPECT_NE(get("bad").problem.find("Mars/Olympus"), std::string::npos);
  EXPECT_EQ(get("bad").next_at, at("2026-05-01T11:00:00Z"));
  zone("UTC");
  EXPECT_EQ(run(), 0);
  store().pass(10min);
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(keys(), Keys{"bad@2026-05-01T11:00:00Z"});
  EXPECT_EQ(get("bad").problem, "");
}

TEST_P(RecurringJobContract, ATickWhoseUnitOfWorkFailsComesAgain) {
  set("hourly", {.cron = "@hourly", .queue = "reports"});
  store().pass(1h);
  const auto failed = store().write(Durability::machine, [](Transaction& transaction) -> Result<void> {
    EXPECT_EQ(RecurringJobs::run_due(transaction, 10), 1);
    return detoy::fail(ErrorCategory::internal, "after all");
  });
  EXPECT_FALSE(failed);
  EXPECT_TRUE(claim().empty());
  EXPECT_EQ(run(), 1);
}

TEST_P(RecurringJobContract, ManyInstancesMakeOneJobOfEachTick) {
  constexpr int count = 40;
  for (int i = 0; i < count; ++i)
    set("r" + std::to_string(i), {.cron = "@hourly", .queue = "reports", .catch_up = CatchUp::each});
  const auto second = open();
  SetClock first_store(engine(), at("2026-05-01T12:00:00Z"));
  SetClock second_store(*second, at("2026-05-01T12:00:00Z"));
  std::vector<std::jthread> callers;
  for (int i = 0; i < 6; ++i) {
    callers.emplace_back([&, i] {
      while (run(i % 2 == 0 ? first_store : second_store, 1 + i) > 0) continue;
    });
  }
  callers.clear();
  std::map<std::string, int> seen;
  for (const Jobs::Job& job : claim()) ++seen[job.unique_key];
  EXPECT_EQ(seen.size(), 2u * count);
  for (const auto& [key, times] : seen) EXPECT_EQ(times, 1) << key;
}

TEST_P(RecurringJobContract, AUniqueKeyTellsTheTick) {
  const auto tick = RecurringJobs::tick_of("a@b@2026-01-02T03:04:05Z");
  ASSERT_TRUE(tick);
  EXPECT_EQ(tick->name, "a@b");
  EXPECT_EQ(tick->at, 1'767'323'045'000'000);
  for (const char* other :
       {"", "newsletter", "@2026-01-01T00:00:00Z", "a@2026-01-01T00:00:00", "a@2026-02-30T00:00:00Z",
        "a@2026-01-01T24:00:00Z", "a@2026-01-01 00:00:00Z", "a@2026-0a-01T00:00:00Z"})
    EXPECT_FALSE(RecurringJobs::tick_of(other)) << other;
}

TEST_P(RecurringJobContract, RefusesWhatIsOutOfBounds) {
  const std::string long_name(201, 'n');
  const std::string large((1 << 20) + 1, 'x');
  const auto refused = [&](std::string_view name, const RecurringJobs::Schedule& schedule) {
    const auto next = recurring().set("acme", name, schedule);
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().category, ErrorCategory::usage);
  };
  refused("", {.cron = "@daily", .queue = "reports"});
  refused(long_name, {.cron = "@daily", .queue = "reports"});
  refused("a", {.cron = "61 * * * *", .queue = "reports"});
  refused("a", {.cron = "@daily", .time_zone = "Mars/Olympus", .queue = "reports"});
  refused("a", {.cron = "@daily", .queue = ""});
  refused("a", {.cron = "@daily", .queue = "reports", .payload = large});
  refused("a", {.cron = "@daily", .queue = "reports", .priority = 101});
  refused("a", {.cron = "@daily", .queue = "reports", .most_attempts = 0});
  refused("a", {.cron = "@daily", .queue = "reports", .keep = -1us});
  EXPECT_FALSE(recurring().set("", "a", {.cron = "@daily", .queue = "reports"}));
  EXPECT_FALSE(recurring().list("acme", "", 0));
  EXPECT_FALSE(store().write(Durability::machine, [](Transaction& t) { return RecurringJobs::run_due(t, 0); }));
  // The longest name fits into the unique key of its jobs.
  set(long_name.substr(1), {.cron = "@hourly", .queue = "reports"});
  store().pass(1h);
  EXPECT_EQ(run(), 1);
}

}  // namespace
}  // namespace detoy::foundation

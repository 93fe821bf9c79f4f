#include "foundation/timer.h"

#include <map>
#include <mutex>
#include <thread>

#include "foundation/conformance_test_support.h"
#include "foundation/job.h"
#include "foundation/set_clock_test_support.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using State = Timers::State;

constexpr Micros start = 1'800'000'000'000'000;

class TimerContract : public OnEngine {
 protected:
  void SetUp() override {
    OnEngine::SetUp();
    if (IsSkipped()) return;
    store_ = std::make_unique<SetClock>(engine(), start);
  }
  SetClock& store() { return *store_; }
  Timers timers() { return Timers(store()); }

  Timers::Scheduled schedule(const Timers::NewTimer& timer, std::string_view tenant = "acme") {
    const auto scheduled = timers().schedule(tenant, timer);
    EXPECT_TRUE(scheduled.has_value()) << (scheduled ? "" : scheduled.error().message);
    return scheduled.value_or(Timers::Scheduled());
  }
  std::int64_t fire(std::int64_t most = 100) { return fire(store(), most); }
  static std::int64_t fire(Engine& engine, std::int64_t most) {
    const auto fired = engine.write(Durability::machine, [&](Transaction& t) { return Timers::fire_due(t, most); });
    EXPECT_TRUE(fired.has_value()) << (fired ? "" : fired.error().message);
    return fired.value_or(-1);
  }
  std::int64_t sweep() {
    return store().write(Durability::machine, [](Transaction& t) { return Timers::sweep(t, 10); }).value_or(-1);
  }
  std::vector<Jobs::Job> claim(std::string_view tenant = {}) {
    auto taken = Jobs(store()).claim({.queue = "alarms", .worker = "w", .lease = 24h, .most = 1'000, .tenant = tenant});
    EXPECT_TRUE(taken.has_value()) << (taken ? "" : taken.error().message);
    return taken ? *taken : std::vector<Jobs::Job>();
  }
  // What fired: the name and step of each, in order.
  std::vector<std::string> deliveries() {
    std::vector<std::string> all;
    for (const Jobs::Job& job : claim()) {
      const auto delivery = Timers::delivery_of(job.unique_key);
      EXPECT_TRUE(delivery.has_value()) << job.unique_key;
      if (delivery) all.push_back(delivery->name + " " + std::to_string(delivery->step));
    }
    return all;
  }
  Timers::Timer get(std::string_view name) {
    auto timer = timers().get("acme", name);
    EXPECT_TRUE(timer && *timer);
    return timer && *timer ? **timer : Timers::Timer();
  }

 private:
  std::unique_ptr<SetClock> store_;
};
DETOY_ON_ALL_ENGINES(TimerContract);

using Names = std::vector<std::string>;

TEST_P(TimerContract, ATimerEnqueuesAJobAtItsTimeAndOnce) {
  const std::string payload("{\"order\":1}\0\xff", 13);
  const auto scheduled = schedule({.name = "order-1", .queue = "alarms", .payload = payload, .after = 1h});
  EXPECT_EQ(scheduled.next_at, start + micros(1h));
  store().pass(1h - 1us);
  EXPECT_EQ(fire(), 0);
  EXPECT_TRUE(claim().empty());
  store().pass(1us);
  EXPECT_EQ(fire(), 1);
  EXPECT_EQ(fire(), 0);
  const auto jobs = claim();
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].tenant, "acme");
  EXPECT_EQ(jobs[0].payload, payload);
  EXPECT_EQ(jobs[0].unique_key, "timer:order-1:" + std::to_string(scheduled.generation) + ":0");
}

TEST_P(TimerContract, GetTellsWhatATimerIsAndWhatIsLeft) {
  const std::vector<microseconds> steps = {2h, 24h};
  const auto scheduled = schedule({.name = "order-1", .queue = "alarms", .payload = "p", .after = 1h, .steps = steps});
  store().pass(20min);
  const Timers::Timer waiting = get("order-1");
  EXPECT_EQ(waiting.state, State::scheduled);
  EXPECT_EQ(waiting.queue, "alarms");
  EXPECT_EQ(waiting.payload, "p");
  EXPECT_EQ(waiting.generation, scheduled.generation);
  EXPECT_EQ(waiting.step, 0);
  EXPECT_EQ(waiting.next_at, start + micros(1h));
  EXPECT_EQ(waiting.remaining, 40min);
  EXPECT_EQ(waiting.steps, steps);
  EXPECT_EQ(waiting.finished_at, 0);
  store().pass(30h);
  EXPECT_EQ(get("order-1").remaining, 0us);
  EXPECT_EQ(fire(), 3);
  const Timers::Timer done = get("order-1");
  EXPECT_EQ(done.state, State::done);
  EXPECT_EQ(done.step, 3);
  EXPECT_EQ(done.next_at, 0);
  EXPECT_EQ(done.finished_at, store().now());
  const auto none = timers().get("acme", "order-2");
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
}

TEST_P(TimerContract, ATimeThatIsPastFiresAtOnce) {
  schedule({.name = "late", .queue = "alarms", .at = start - 1});
  schedule({.name = "soon", .queue = "alarms", .at = start + 1});
  EXPECT_EQ(fire(), 1);
  EXPECT_EQ(deliveries(), Names{"late 0"});
  store().pass(1us);
  EXPECT_EQ(fire(), 1);
  EXPECT_EQ(deliveries(), Names{"soon 0"});
}

TEST_P(TimerContract, StepsFollowTheTimesAtWhichTheOnesBeforeWereToFire) {
  const std::vector<microseconds> steps = {2h, 24h};
  schedule({.name = "ticket", .queue = "alarms", .payload = "p", .after = 1h, .steps = steps});
  store().pass(1h + 30min);
  EXPECT_EQ(fire(), 1);
  EXPECT_EQ(get("ticket").step, 1);
  EXPECT_EQ(get("ticket").next_at, start + micros(3h));
  store().pass(1h + 30min);
  EXPECT_EQ(fire(), 1);
  EXPECT_EQ(get("ticket").next_at, start + micros(27h));
  store().pass(24h);
  EXPECT_EQ(fire(), 1);
  EXPECT_EQ(get("ticket").state, State::done);
  const auto jobs = claim();
  ASSERT_EQ(jobs.size(), 3u);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    EXPECT_EQ(jobs[i].payload, "p");
    EXPECT_EQ(Timers::delivery_of(jobs[i].unique_key)->step, static_cast<std::int64_t>(i));
  }
}

TEST_P(TimerContract, AfterDowntimeAllThatIsDueFiresInTheOrderOfItsTimes) {
  const std::vector<microseconds> steps = {2h};
  schedule({.name = "c", .queue = "alarms", .after = 4h});
  schedule({.name = "b", .queue = "alarms", .after = 2h});
  schedule({.name = "a", .queue = "alarms", .after = 1h, .steps = steps});
  schedule({.name = "d", .queue = "alarms", .after = 6h});
  store().pass(5h);
  EXPECT_EQ(fire(), 4);
  EXPECT_EQ(deliveries(), (Names{"a 0", "b 0", "a 1", "c 0"}));
}

TEST_P(TimerContract, FiresAtMostAsManyAsWanted) {
  const std::vector<microseconds> steps = {1h};
  schedule({.name = "a", .queue = "alarms", .after = 1h, .steps = steps});
  schedule({.name = "b", .queue = "alarms", .after = 90min});
  store().pass(3h);
  EXPECT_EQ(fire(2), 2);
  EXPECT_EQ(deliveries(), (Names{"a 0", "b 0"}));
  EXPECT_EQ(fire(2), 1);
  EXPECT_EQ(deliveries(), Names{"a 1"});
}

TEST_P(TimerContract, SchedulingAgainReplacesATimerWithANewGeneration) {
  const auto first = schedule({.name = "order-1", .queue = "alarms", .payload = "first", .after = 1h});
  const auto second = schedule({.name = "order-1", .queue = "alarms", .payload = "second", .after = 2h});
  EXPECT_GT(second.generation, first.generation);
  store().pass(1h);
  EXPECT_EQ(fire(), 0);
  store().pass(1h);
  EXPECT_EQ(fire(), 1);
  const auto jobs = claim();
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].payload, "second");
  EXPECT_EQ(Timers::delivery_of(jobs[0].unique_key)->generation, second.generation);
}

TEST_P(TimerContract, AGenerationNeverComesAgain) {
  const auto first = schedule({.name = "order-1", .queue = "alarms", .keep = 0us});
  EXPECT_EQ(fire(), 1);
  EXPECT_EQ(sweep(), 1);
  EXPECT_GT(schedule({.name = "order-1", .queue = "alarms"}).generation, first.generation);
}

TEST_P(TimerContract, SchedulingMayRefuseToReplaceATimerThatWaits) {
  const Timers::NewTimer timer{.name = "order-1", .queue = "alarms", .after = 1h, .if_there = Timers::IfThere::refuse};
  const auto first = schedule(timer);
  const auto refused = timers().schedule("acme", timer);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().category, ErrorCategory::conflict);
  EXPECT_EQ(timers().pause("acme", "order-1"), true);
  EXPECT_FALSE(timers().schedule("acme", timer));
  EXPECT_EQ(get("order-1").generation, first.generation);
  EXPECT_EQ(timers().cancel("acme", "order-1"), true);
  EXPECT_GT(schedule(timer).generation, first.generation);
  store().pass(1h);
  EXPECT_EQ(fire(), 1);
  schedule(timer);
}

TEST_P(TimerContract, ACancelledTimerDoesNotFireAnyMore) {
  const std::vector<microseconds> steps = {1h};
  schedule({.name = "a", .queue = "alarms", .after = 1h, .steps = steps});
  schedule({.name = "b", .queue = "alarms", .after = 1h});
  EXPECT_EQ(timers().cancel("acme", "b"), true);
  EXPECT_EQ(timers().cancel("acme", "b"), false);
  EXPECT_EQ(timers().cancel("acme", "c"), false);
  store().pass(1h);
  EXPECT_EQ(fire(), 1);
  EXPECT_EQ(timers().cancel("acme", "a"), true);
  store().pass(1h);
  EXPECT_EQ(fire(), 0);
  EXPECT_EQ(deliveries(), Names{"a 0"});
  EXPECT_EQ(get("a").state, State::cancelled);
  EXPECT_EQ(get("a").step, 1);
  EXPECT_EQ(get("b").finished_at, start);
  EXPECT_EQ(get("b").remaining, 0us);
}

TEST_P(TimerContract, APausedTimerKeepsTheTimeThatIsLeft) {
  const std::vector<microseconds> steps = {2h};
  schedule({.name = "sla", .queue = "alarms", .after = 1h, .steps = steps});
  store().pass(20min);
  EXPECT_EQ(timers().pause("acme", "sla"), true);
  EXPECT_EQ(timers().pause("acme", "sla"), false);
  store().pass(48h);
  EXPECT_EQ(fire(), 0);
  EXPECT_EQ(get("sla").state, State::paused);
  EXPECT_EQ(get("sla").remaining, 40min);
  EXPECT_EQ(get("sla").next_at, 0);
  EXPECT_EQ(timers().resume("acme", "sla"), true);
  EXPECT_EQ(timers().resume("acme", "sla"), false);
  EXPECT_EQ(get("sla").next_at, store().now() + micros(40min));
  store().pass(40min - 1us);
  EXPECT_EQ(fire(), 0);
  store().pass(1us);
  EXPECT_EQ(fire(), 1);
  EXPECT_EQ(get("sla").remaining, 2h);
}

TEST_P(TimerContract, ATimerThatWasDueWhenItWasPausedFiresWhenItGoesOn) {
  schedule({.name = "sla", .queue = "alarms", .after = 1h});
  store().pass(2h);
  EXPECT_EQ(timers().pause("acme", "sla"), true);
  EXPECT_EQ(get("sla").remaining, 0us);
  EXPECT_EQ(fire(), 0);
  EXPECT_EQ(timers().resume("acme", "sla"), true);
  EXPECT_EQ(fire(), 1);
}

TEST_P(TimerContract, AFinishedTimerIsNeitherPausedNorResumed) {
  schedule({.name = "sla", .queue = "alarms"});
  EXPECT_EQ(timers().resume("acme", "sla"), false);
  EXPECT_EQ(fire(), 1);
  EXPECT_EQ(timers().pause("acme", "sla"), false);
  EXPECT_EQ(timers().resume("acme", "sla"), false);
  EXPECT_EQ(timers().cancel("acme", "sla"), false);
  EXPECT_EQ(get("sla").state, State::done);
}

TEST_P(TimerContract, ListsTimersOfAStatePageByPage) {
  for (const char* name : {"d", "b", "a", "c"})
    schedule({.name = name, .queue = "alarms", .payload = "p", .after = 1h});
  schedule({.name = "aa", .queue = "alarms"}, "other");
  EXPECT_EQ(timers().pause("acme", "c"), true);
  const auto names = [&](State state, std::string_view after, std::int64_t most) {
    Names all;
    const auto page = timers().list("acme", state, after, most);
    EXPECT_TRUE(page.has_value());
    for (const Timers::Timer& timer : page.value_or(std::vector<Timers::Timer>())) {
      EXPECT_TRUE(timer.payload.empty());
      EXPECT_EQ(timer.remaining, 1h);
      all.push_back(timer.name);
    }
    return all;
  };
  EXPECT_EQ(names(State::scheduled, "", 2), (Names{"a", "b"}));
  EXPECT_EQ(names(State::scheduled, "b", 2), Names{"d"});
  EXPECT_EQ(names(State::paused, "", 2), Names{"c"});
  EXPECT_EQ(names(State::done, "", 2), Names{});
}

TEST_P(TimerContract, SweepForgetsFinishedTimersAfterTheirTime) {
  schedule({.name = "done", .queue = "alarms", .keep = 24h});
  schedule({.name = "cancelled", .queue = "alarms", .after = 1h, .keep = 48h});
  schedule({.name = "waiting", .queue = "alarms", .after = 24h * 100, .keep = 0us});
  schedule({.name = "paused", .queue = "alarms", .after = 1h, .keep = 0us});
  EXPECT_EQ(fire(), 1);
  EXPECT_EQ(timers().cancel("acme", "cancelled"), true);
  EXPECT_EQ(timers().pause("acme", "paused"), true);
  EXPECT_EQ(sweep(), 0);
  store().pass(24h);
  EXPECT_EQ(sweep(), 1);
  const auto done = timers().get("acme", "done");
  ASSERT_TRUE(done);
  EXPECT_FALSE(*done);
  store().pass(24h);
  EXPECT_EQ(sweep(), 1);
  EXPECT_EQ(get("waiting").state, State::scheduled);
  EXPECT_EQ(get("paused").state, State::paused);
}

TEST_P(TimerContract, TenantsDoNotSeeEachOthersTimers) {
  const auto ours = schedule({.name = "order-1", .queue = "alarms", .payload = "ours", .after = 1h});
  EXPECT_EQ(timers().cancel("other", "order-1"), false);
  EXPECT_EQ(timers().pause("other", "order-1"), false);
  const auto none = timers().get("other", "order-1");
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  schedule({.name = "order-1", .queue = "alarms", .payload = "theirs", .after = 1h}, "other");
  EXPECT_EQ(get("order-1").generation, ours.generation);
  store().pass(1h);
  EXPECT_EQ(fire(), 2);
  const auto jobs = claim("other");
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].payload, "theirs");
}

TEST_P(TimerContract, ATimerIsScheduledOrCancelledIfAndOnlyIfItsUnitOfWorkIsDone) {
  schedule({.name = "a", .queue = "alarms", .after = 1h});
  const auto unit = [&](bool fails) {
    return store().write(Durability::machine, [&](Transaction& transaction) -> Result<void> {
      const auto cancelled = Timers::cancel(transaction, "acme", "a");
      if (!cancelled) return std::unexpected(cancelled.error());
      const auto scheduled = Timers::schedule(transaction, "acme", {.name = "b", .queue = "alarms", .after = 1h});
      if (!scheduled) return std::unexpected(scheduled.error());
      if (fails) return detoy::fail(ErrorCategory::internal, "after all");
      return {};
    });
  };
  EXPECT_FALSE(unit(true));
  EXPECT_EQ(get("a").state, State::scheduled);
  EXPECT_EQ(timers().list("acme", State::scheduled)->size(), 1u);
  EXPECT_TRUE(unit(false));
  EXPECT_EQ(get("a").state, State::cancelled);
  EXPECT_EQ(get("b").state, State::scheduled);
}

TEST_P(TimerContract, AFiringWhoseUnitOfWorkFailsComesAgain) {
  schedule({.name = "a", .queue = "alarms"});
  const auto failed = store().write(Durability::machine, [](Transaction& transaction) -> Result<void> {
    EXPECT_EQ(Timers::fire_due(transaction, 10), 1);
    return detoy::fail(ErrorCategory::internal, "after all");
  });
  EXPECT_FALSE(failed);
  EXPECT_TRUE(claim().empty());
  EXPECT_EQ(fire(), 1);
  EXPECT_EQ(deliveries(), Names{"a 0"});
}

TEST_P(TimerContract, ManyInstancesFireEachTimerOnce) {
  constexpr int count = 60;
  const std::vector<microseconds> steps = {1h};
  for (int i = 0; i < count; ++i)
    schedule({.name = "t" + std::to_string(i), .queue = "alarms", .after = 1h, .steps = steps});
  const auto second = open();
  SetClock first_store(engine(), start + micros(5h));
  SetClock second_store(*second, start + micros(5h));
  std::vector<std::jthread> callers;
  std::atomic<std::int64_t> fired = 0;
  for (int i = 0; i < 6; ++i) {
    callers.emplace_back([&, i] {
      while (const std::int64_t some = fire(i % 2 == 0 ? first_store : second_store, 1 + i)) {
        if (some < 0) return;
        fired += some;
      }
    });
  }
  callers.clear();
  EXPECT_EQ(fired, 2 * count);
  std::map<std::string, int> seen;
  for (const Jobs::Job& job : claim()) ++seen[job.unique_key];
  EXPECT_EQ(seen.size(), 2u * count);
  for (const auto& [key, times] : seen) EXPECT_EQ(times, 1) << key;
}

TEST_P(TimerContract, ADeliveryIdTellsTheTimerEvenIfItsNameHasColons) {
  const auto delivery = Timers::delivery_of("timer:a:b:7:32");
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->name, "a:b");
  EXPECT_EQ(delivery->generation, 7);
  EXPECT_EQ(delivery->step, 32);
  for (const char* other :
       {"", "timer:", "timer:1:2", "timer::1:2", "timer:a:1:", "timer:a:x:2", "timer:a:1:-2", "a:1:2"})
    EXPECT_FALSE(Timers::delivery_of(other)) << other;
}

TEST_P(TimerContract, RefusesWhatIsOutOfBounds) {
  const std::string large((1 << 20) + 1, 'x');
  const std::string long_name(201, 'n');
  const std::vector<microseconds> many(33, 1h);
  const std::vector<microseconds> none = {0us};
  const std::vector<microseconds> ages = {24h * 3661};
  const auto refused = [&](const Timers::NewTimer& timer) {
    const auto scheduled = timers().schedule("acme", timer);
    ASSERT_FALSE(scheduled);
    EXPECT_EQ(scheduled.error().category, ErrorCategory::usage);
  };
  refused({.name = "", .queue = "alarms"});
  refused({.name = long_name, .queue = "alarms"});
  refused({.name = "a", .queue = ""});
  refused({.name = "a", .queue = "alarms", .payload = large});
  refused({.name = "a", .queue = "alarms", .after = -1us});
  refused({.name = "a", .queue = "alarms", .after = 24h * 3661});
  refused({.name = "a", .queue = "alarms", .at = -1});
  refused({.name = "a", .queue = "alarms", .at = start + micros(24h * 3661)});
  refused({.name = "a", .queue = "alarms", .after = 1h, .at = start});
  refused({.name = "a", .queue = "alarms", .steps = many});
  refused({.name = "a", .queue = "alarms", .steps = none});
  refused({.name = "a", .queue = "alarms", .steps = ages});
  refused({.name = "a", .queue = "alarms", .keep = 24h * 367});
  EXPECT_FALSE(timers().schedule("", {.name = "a", .queue = "alarms"}));
  EXPECT_FALSE(timers().list("acme", State::done, "", 0));
  EXPECT_FALSE(store().write(Durability::machine, [](Transaction& t) { return Timers::fire_due(t, 0); }));
}

TEST_P(TimerContract, ThirtyTwoStepsAndTheLongestNameFitIntoADeliveryId) {
  const std::string name(200, 'n');
  const std::vector<microseconds> steps(32, 24h * 3660);
  schedule({.name = name, .queue = "alarms", .steps = steps});
  store().set(start + 33 * micros(24h * 3660));
  EXPECT_EQ(fire(), 33);
  const auto jobs = claim();
  ASSERT_EQ(jobs.size(), 33u);
  EXPECT_EQ(Timers::delivery_of(jobs[32].unique_key)->step, 32);
}

}  // namespace
}  // namespace detoy::foundation

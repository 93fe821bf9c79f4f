#include "foundation/breaker.h"

#include <atomic>
#include <thread>
#include <vector>

#include "foundation/place_test_support.h"
#include "foundation/set_clock_test_support.h"

namespace detoy::foundation {
namespace {

constexpr Micros hour = Micros{3600} * 1'000'000;
constexpr BreakerSettings settings{
    .window = hour, .minimum_calls = 4, .failure_percent = 50, .open_for = hour, .probes = 2, .probe_time = hour};

BreakerSettings opens_for_a_moment() {
  BreakerSettings quick = settings;
  quick.open_for = 1'000;
  return quick;
}

class BreakerContract : public OnPlace {
 protected:
  BreakerVerdict ask(const BreakerSettings& by = settings, std::string_view tenant = "acme") {
    const auto verdict = Breaker(place()).ask(tenant, "mail", by);
    EXPECT_TRUE(verdict.has_value()) << (verdict ? "" : verdict.error().message);
    return verdict.value_or(BreakerVerdict{});
  }
  void fail_often(const BreakerSettings& by = settings) {
    for (int i = 0; i < 4; ++i) {
      const BreakerVerdict verdict = ask(by);
      ASSERT_TRUE(verdict.allowed);
      ASSERT_TRUE(Breaker(place()).report("acme", "mail", by, verdict.generation, false));
    }
  }
};
DETOY_ON_ALL_PLACES(BreakerContract);

TEST_P(BreakerContract, OpensForAllInstances) {
  fail_often();
  EXPECT_FALSE(ask().allowed);
  const auto other = open_instance();
  const auto verdict = Breaker(other.place()).ask("acme", "mail", settings);
  ASSERT_TRUE(verdict);
  EXPECT_FALSE(verdict->allowed);
  EXPECT_EQ(verdict->phase, BreakerPhase::open);
  ASSERT_TRUE(verdict->retry_after);
  EXPECT_GT(*verdict->retry_after, 0);
}

TEST_P(BreakerContract, TenantsDoNotShareBreakers) {
  fail_often();
  EXPECT_TRUE(ask(settings, "other").allowed);
}

TEST_P(BreakerContract, OnlySoManyProbesGoOutOfAllInstances) {
  const BreakerSettings quick = opens_for_a_moment();
  fail_often(quick);
  const auto other = open_instance();
  while (Breaker(place()).peek("acme", "mail", quick)->phase == BreakerPhase::open) std::this_thread::yield();
  std::atomic<int> probes = 0;
  std::vector<std::jthread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&, i] {
      const auto verdict = Breaker(i % 2 == 0 ? place() : other.place()).ask("acme", "mail", quick);
      ASSERT_TRUE(verdict) << verdict.error().message;
      if (verdict->probe) ++probes;
    });
  }
  callers.clear();
  EXPECT_EQ(probes, 2);
}

TEST_P(BreakerContract, ClosesWhenProbesSucceed) {
  const BreakerSettings quick = opens_for_a_moment();
  fail_often(quick);
  for (int i = 0; i < 2; ++i) {
    BreakerVerdict probe = ask(quick);
    while (!probe.allowed) probe = ask(quick);
    EXPECT_TRUE(probe.probe);
    ASSERT_TRUE(Breaker(place()).report("acme", "mail", quick, probe.generation, true));
  }
  EXPECT_EQ(ask(quick).phase, BreakerPhase::closed);
}

TEST_P(BreakerContract, PeekLetsNoProbeOut) {
  const BreakerSettings quick = opens_for_a_moment();
  fail_often(quick);
  for (int i = 0; i < 5;) {
    const auto seen = Breaker(place()).peek("acme", "mail", quick);
    ASSERT_TRUE(seen);
    i += seen->probe ? 1 : 0;
  }
  EXPECT_TRUE(ask(quick).probe);
}

TEST_P(BreakerContract, ForceHoldsUntilItIsLetGo) {
  ASSERT_TRUE(Breaker(place()).force("acme", "mail", BreakerForce::open));
  EXPECT_FALSE(ask().allowed);
  ASSERT_TRUE(Breaker(place()).force("acme", "mail", BreakerForce::closed));
  fail_often();
  EXPECT_TRUE(ask().allowed);
  ASSERT_TRUE(Breaker(place()).force("acme", "mail", BreakerForce::none));
  fail_often();
  EXPECT_FALSE(ask().allowed);
}

class BreakerInEngine : public OnEngine {};
DETOY_ON_ALL_ENGINES(BreakerInEngine);

TEST_P(BreakerInEngine, WhatNobodyAsksForIsForgottenButNotWhatIsOpenOrForced) {
  SetClock clock(engine(), 1'000'000'000'000);
  Breaker breaker(clock);
  const auto report = [&](std::string_view name, bool success) {
    const auto verdict = breaker.ask("acme", name, settings);
    ASSERT_TRUE(verdict);
    ASSERT_TRUE(breaker.report("acme", name, settings, verdict->generation, success));
  };
  report("idle", true);
  for (int i = 0; i < 4; ++i) report("open", false);
  report("forced", true);
  ASSERT_TRUE(breaker.force("acme", "forced", BreakerForce::open));
  const auto sweep = [&] {
    return clock.write(Durability::machine, [](Transaction& transaction) { return Breaker::sweep(transaction, 100); });
  };
  clock.pass(std::chrono::hours(24 * 29));
  EXPECT_EQ(sweep(), 0);
  clock.pass(std::chrono::hours(48));
  EXPECT_EQ(sweep(), 1);
  EXPECT_FALSE(breaker.ask("acme", "forced", settings)->allowed);
}

TEST_P(BreakerContract, RefusesWhatIsOutOfBounds) {
  BreakerSettings wrong = settings;
  wrong.probes = 0;
  EXPECT_EQ(Breaker(place()).ask("acme", "mail", wrong).error().category, ErrorCategory::usage);
  EXPECT_EQ(Breaker(place()).ask("acme", "", settings).error().category, ErrorCategory::usage);
  EXPECT_EQ(Breaker(place()).report("", "mail", settings, 0, true).error().category, ErrorCategory::usage);
}

}  // namespace
}  // namespace detoy::foundation

#include "foundation/breaker_rule.h"

#include <gtest/gtest.h>

namespace detoy::foundation {
namespace {

constexpr Micros second = 1'000'000;
constexpr Micros noon = 1'800'000'000 * second;
constexpr BreakerSettings settings{.window = 10 * second,
                                   .minimum_calls = 4,
                                   .failure_percent = 50,
                                   .open_for = 30 * second,
                                   .probes = 2,
                                   .probe_time = 60 * second};

BreakerState after(BreakerState state, int successes, int failures, Micros now) {
  for (int i = 0; i < successes; ++i) state = report(settings, state, state.generation, true, now);
  for (int i = 0; i < failures; ++i) state = report(settings, state, state.generation, false, now);
  return state;
}

TEST(BreakerRule, StaysClosedBelowTheMinimumOfCalls) {
  const BreakerState state = after({}, 0, 3, noon);
  EXPECT_EQ(state.phase, BreakerPhase::closed);
  EXPECT_TRUE(ask(settings, state, noon).verdict.allowed);
}

TEST(BreakerRule, OpensAtTheRateAndStaysOpenForItsTime) {
  EXPECT_EQ(after({}, 3, 2, noon).phase, BreakerPhase::closed);
  const BreakerState open = after({}, 3, 3, noon);
  EXPECT_EQ(open.phase, BreakerPhase::open);
  const BreakerStep denied = ask(settings, open, noon + 29 * second);
  EXPECT_FALSE(denied.verdict.allowed);
  EXPECT_EQ(denied.verdict.retry_after, second);
}

TEST(BreakerRule, FailuresOfLongAgoDoNotCount) {
  const BreakerState state = after(after({}, 0, 3, noon), 0, 1, noon + 21 * second);
  EXPECT_EQ(state.phase, BreakerPhase::closed);
  EXPECT_EQ(after(after({}, 0, 3, noon), 0, 1, noon + 11 * second).phase, BreakerPhase::open);
}

TEST(BreakerRule, LetsOnlySoManyProbesOutAndClosesWhenTheySucceed) {
  BreakerState state = after({}, 0, 4, noon);
  const Micros later = noon + 30 * second;
  for (int i = 0; i < 2; ++i) {
    const BreakerStep step = ask(settings, state, later);
    EXPECT_TRUE(step.verdict.allowed && step.verdict.probe);
    state = step.state;
  }
  const BreakerStep third = ask(settings, state, later);
  EXPECT_FALSE(third.verdict.allowed);
  EXPECT_EQ(third.verdict.retry_after, 60 * second);
  state = report(settings, state, state.generation, true, later);
  EXPECT_EQ(state.phase, BreakerPhase::half_open);
  state = report(settings, state, state.generation, true, later);
  EXPECT_EQ(state.phase, BreakerPhase::closed);
  EXPECT_TRUE(ask(settings, state, later).verdict.allowed);
}

TEST(BreakerRule, AFailedProbeOpensItForTheWholeTimeAgain) {
  BreakerState state = ask(settings, after({}, 0, 4, noon), noon + 30 * second).state;
  state = report(settings, state, state.generation, false, noon + 31 * second);
  EXPECT_EQ(state.phase, BreakerPhase::open);
  EXPECT_FALSE(ask(settings, state, noon + 60 * second).verdict.allowed);
  EXPECT_TRUE(ask(settings, state, noon + 61 * second).verdict.allowed);
}

TEST(BreakerRule, ProbesThatAreNeverReportedAreGivenToOthers) {
  BreakerState state = after({}, 0, 4, noon);
  for (int i = 0; i < 2; ++i) state = ask(settings, state, noon + 30 * second).state;
  EXPECT_FALSE(ask(settings, state, noon + 89 * second).verdict.allowed);
  EXPECT_TRUE(ask(settings, state, noon + 90 * second).verdict.allowed);
}

TEST(BreakerRule, OutcomesOfAnEarlierPhaseChangeNothing) {
  const BreakerState closed = after({}, 0, 3, noon);
  const BreakerState open = after(closed, 0, 1, noon);
  EXPECT_EQ(report(settings, open, closed.generation, true, noon), open);
  const BreakerState half_open = ask(settings, open, noon + 30 * second).state;
  EXPECT_EQ(report(settings, half_open, closed.generation, false, noon + 31 * second), half_open);
}

TEST(BreakerRule, ForcedItCountsNothingAndLetGoItBeginsClosed) {
  const BreakerState forced = force({}, BreakerForce::open);
  const BreakerVerdict denied = ask(settings, forced, noon).verdict;
  EXPECT_FALSE(denied.allowed);
  EXPECT_FALSE(denied.retry_after);
  EXPECT_EQ(after(forced, 5, 5, noon), forced);
  EXPECT_TRUE(ask(settings, force(after({}, 0, 9, noon), BreakerForce::closed), noon).verdict.allowed);
  EXPECT_TRUE(ask(settings, force(forced, BreakerForce::none), noon).verdict.allowed);
}

TEST(BreakerRule, AClockSetBackKeepsItOpenForItsTimeAtMost) {
  const BreakerState open = after({}, 0, 4, noon);
  const BreakerStep back = ask(settings, open, noon - 3600 * second);
  EXPECT_EQ(back.verdict.retry_after, 30 * second);
  EXPECT_TRUE(ask(settings, back.state, noon - 3600 * second + 30 * second).verdict.allowed);
}

TEST(BreakerRule, BoundsAreNamed) {
  BreakerSettings wrong = settings;
  wrong.failure_percent = 101;
  EXPECT_EQ(check(wrong).error().message, "breaker: failure_percent must be between 1 and 100, not 101");
  EXPECT_TRUE(check(BreakerSettings{}));
}

}  // namespace
}  // namespace detoy::foundation

#include "foundation/rate_rule.h"

#include <gtest/gtest.h>

#include <random>

namespace detoy::foundation {
namespace {

using Algorithm = RateRule::Algorithm;

constexpr Micros second = 1'000'000;
constexpr Micros noon = 1'800'000'000 * second;

RateRule bucket(std::int64_t limit, Micros period, std::int64_t burst = 0) {
  return {"rule", Algorithm::token_bucket, limit, period, burst};
}
RateRule window(std::int64_t limit, Micros period) {
  return {"rule", Algorithm::sliding_window, limit, period, 0};
}

TEST(RateRule, BucketIsFullAtFirstAndEmptyAfterItsBurst) {
  const RateRule rule = bucket(3, second);
  RateState state;
  for (std::int64_t left : {2, 1, 0}) {
    const RateStep next = step(rule, state, 1, noon);
    ASSERT_TRUE(next.verdict.allowed);
    EXPECT_EQ(next.verdict.remaining, left);
    EXPECT_EQ(next.verdict.limit, 3);
    state = next.state;
  }
  const RateStep denied = step(rule, state, 1, noon);
  EXPECT_FALSE(denied.verdict.allowed);
  EXPECT_EQ(denied.verdict.retry_after, 333'334);
  EXPECT_EQ(denied.verdict.reset_after, 1'000'000);
  EXPECT_EQ(denied.state, state);
}

TEST(RateRule, BucketAllowsAgainExactlyWhenItSays) {
  const RateRule rule = bucket(7, 3 * second, 4);
  RateState state = step(rule, {}, 4, noon).state;
  const auto wait = step(rule, state, 2, noon).verdict.retry_after;
  ASSERT_TRUE(wait);
  EXPECT_FALSE(step(rule, state, 2, noon + *wait - 1).verdict.allowed);
  EXPECT_TRUE(step(rule, state, 2, noon + *wait).verdict.allowed);
}

TEST(RateRule, WindowAllowsAgainExactlyWhenItSays) {
  const RateRule rule = window(10, 60 * second);
  const Micros start = noon - noon % (60 * second);
  for (const Micros into : {Micros{0}, 20 * second, 59 * second}) {
    RateState state = step(rule, {}, 10, start + into).state;
    for (const std::int64_t cost : {1, 4, 10}) {
      const Micros now = start + into + second / 2;
      const auto wait = step(rule, state, cost, now).verdict.retry_after;
      ASSERT_TRUE(wait) << into << " " << cost;
      EXPECT_FALSE(step(rule, state, cost, now + *wait - 1).verdict.allowed) << into << " " << cost;
      EXPECT_TRUE(step(rule, state, cost, now + *wait).verdict.allowed) << into << " " << cost;
    }
  }
}

TEST(RateRule, PreviousWindowCountsByThePartThatIsStillCovered) {
  const RateRule rule = window(100, 10 * second);
  const Micros start = noon - noon % (10 * second);
  const RateState state = step(rule, {}, 80, start + 5 * second).state;
  const RateStep later = step(rule, state, 1, start + 15 * second);  // half of the previous window is covered
  EXPECT_TRUE(later.verdict.allowed);
  EXPECT_EQ(later.verdict.remaining, 100 - 40 - 1);
  const RateStep much_later = step(rule, state, 1, start + 25 * second);
  EXPECT_EQ(much_later.verdict.remaining, 99);
}

TEST(RateRule, MoreThanThereEverIsHasNoTimeToRetry) {
  for (const RateRule& rule : {bucket(5, second), window(5, second)}) {
    const RateStep denied = step(rule, {}, 6, noon);
    EXPECT_FALSE(denied.verdict.allowed);
    EXPECT_FALSE(denied.verdict.retry_after);
    EXPECT_EQ(denied.verdict.remaining, 5);
    EXPECT_EQ(denied.state, RateState{});
  }
}

TEST(RateRule, LookingChangesNothing) {
  for (const RateRule& rule : {bucket(5, second), window(5, second)}) {
    const RateState state = step(rule, {}, 2, noon).state;
    const RateStep look = step(rule, state, 0, noon);
    EXPECT_TRUE(look.verdict.allowed);
    EXPECT_EQ(look.verdict.remaining, 3);
    EXPECT_EQ(look.state, state);
  }
}

TEST(RateRule, ClockSetBackNeverLocksOutForLongerThanAFullRefill) {
  for (const RateRule& rule : {bucket(5, second), window(5, second)}) {
    const RateState ahead = step(rule, {}, 5, noon + 3600 * second).state;
    const RateStep back = step(rule, ahead, 1, noon);
    if (back.verdict.allowed) continue;
    ASSERT_TRUE(back.verdict.retry_after);
    EXPECT_LE(*back.verdict.retry_after, 2 * second);
  }
}

// Whatever callers do, no stretch of one period gets more than the burst and what came back meanwhile.
TEST(RateRule, BucketNeverGivesMoreThanBurstAndRefill) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    const RateRule rule =
        bucket(1 + static_cast<std::int64_t>(random() % 50), 1'000 + static_cast<Micros>(random() % second),
               1 + static_cast<std::int64_t>(random() % 60));
    ASSERT_TRUE(check(rule));
    RateState state;
    Micros now = noon;
    std::int64_t given = 0;
    for (int i = 0; i < 500; ++i) {
      now += static_cast<Micros>(random() % static_cast<std::uint64_t>(rule.period / rule.limit + 2));
      const auto cost = 1 + static_cast<std::int64_t>(random() % 3);
      const RateStep next = step(rule, state, cost, now);
      if (!next.verdict.allowed) continue;
      given += cost;
      state = next.state;
      ASSERT_LE(given, rule.burst + (now - noon) * rule.limit / rule.period + 1);
    }
  }
}

TEST(RateRule, WindowNeverGivesMoreThanTheLimitInOneFixedWindow) {
  std::mt19937_64 random(11);
  const RateRule rule = window(20, second);
  RateState state;
  Micros now = noon;
  Micros start = 0;
  std::int64_t given = 0;
  for (int i = 0; i < 20'000; ++i) {
    now += static_cast<Micros>(random() % 60'000);
    if (now - now % second != start) {
      start = now - now % second;
      given = 0;
    }
    const RateStep next = step(rule, state, 1, now);
    given += next.verdict.allowed ? 1 : 0;
    state = next.state;
    ASSERT_LE(given, 20);
  }
}

TEST(RateRule, ForgottenStateMeansTheSameAsNone) {
  for (const RateRule& rule : {bucket(5, second, 9), window(5, second)}) {
    const RateState state = step(rule, {}, 4, noon).state;
    const Micros later = forgotten_at(rule, state);
    EXPECT_EQ(step(rule, state, 1, later).verdict.remaining, step(rule, {}, 1, later).verdict.remaining);
    EXPECT_LT(step(rule, state, 1, noon).verdict.remaining, step(rule, {}, 1, noon).verdict.remaining);
  }
}

TEST(RateRule, BoundsAreNamed) {
  EXPECT_EQ(check(bucket(0, second)).error().message,
            "rate limit 'rule': limit must be between 1 and 1000000000, not 0");
  EXPECT_FALSE(check(bucket(1, 10)));
  EXPECT_FALSE(check(bucket(1, second, -1)));
  EXPECT_FALSE(check(bucket(1, 366 * Micros{86'400} * second, 1'000'000'000)));
  EXPECT_FALSE(check({"rule", Algorithm::sliding_window, 5, second, 5}));
  EXPECT_TRUE(check(bucket(1'000'000'000, 1'000)));
}

TEST(RateRule, LargestNumbersDoNotOverflow) {
  for (const RateRule& rule : {bucket(1'000'000'000, 366 * Micros{86'400} * second),
                               bucket(1, 366 * Micros{86'400} * second, 9), window(1'000'000'000, 1'000)}) {
    ASSERT_TRUE(check(rule));
    const RateStep all = step(rule, {}, rule.burst == 0 ? rule.limit : rule.burst, noon);
    EXPECT_TRUE(all.verdict.allowed);
    EXPECT_EQ(all.verdict.remaining, 0);
    EXPECT_FALSE(step(rule, all.state, 1, noon).verdict.allowed);
  }
}

}  // namespace
}  // namespace detoy::foundation

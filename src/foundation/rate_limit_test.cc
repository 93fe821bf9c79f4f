#include "foundation/rate_limit.h"

#include <atomic>
#include <thread>

#include "foundation/place_test_support.h"

namespace detoy::foundation {
namespace {

constexpr Micros hour = Micros{3600} * 1'000'000;
const RateRule per_hour{"per hour", RateRule::Algorithm::token_bucket, 10, hour, 0};
const RateRule five_an_hour{"five", RateRule::Algorithm::sliding_window, 5, 24 * hour, 0};

class RateLimitContract : public OnPlace {
 protected:
  RateAnswer take(std::string_view key, const RateRule& rule = per_hour, std::int64_t cost = 1,
                  std::string_view tenant = "acme") {
    const RateCheck check{key, &rule};
    const auto answer = RateLimit(place()).take(tenant, {&check, 1}, cost);
    EXPECT_TRUE(answer.has_value()) << (answer ? "" : answer.error().message);
    return answer.value_or(RateAnswer{});
  }
};
DETOY_ON_ALL_PLACES(RateLimitContract);

// What only engines have.
class RateLimitInEngine : public RateLimitContract {};
DETOY_ON_ALL_ENGINES(RateLimitInEngine);

TEST_P(RateLimitContract, DeniesWhatIsBeyondTheLimit) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(take("alice").allowed);
  const RateAnswer denied = take("alice");
  EXPECT_FALSE(denied.allowed);
  EXPECT_EQ(denied.verdicts[0].remaining, 0);
  EXPECT_TRUE(denied.verdicts[0].retry_after);
  EXPECT_TRUE(take("bob").allowed);
}

TEST_P(RateLimitContract, TenantsDoNotShareKeys) {
  for (int i = 0; i < 10; ++i) take("alice");
  EXPECT_FALSE(take("alice").allowed);
  EXPECT_TRUE(take("alice", per_hour, 1, "other").allowed);
}

TEST_P(RateLimitContract, ASecondInstanceCountsTheSame) {
  for (int i = 0; i < 10; ++i) take("alice");
  const auto other = open_instance();
  const RateCheck check{"alice", &per_hour};
  const auto answer = RateLimit(other.place()).take("acme", {&check, 1});
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->allowed);
}

TEST_P(RateLimitContract, SeveralLimitsAreTakenTogetherOrNotAtAll) {
  const RateCheck checks[] = {{"alice", &per_hour}, {"10.0.0.1", &five_an_hour}};
  for (int i = 0; i < 5; ++i) {
    const auto answer = RateLimit(place()).take("acme", checks);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->allowed);
  }
  const auto denied = RateLimit(place()).take("acme", checks);
  ASSERT_TRUE(denied);
  EXPECT_FALSE(denied->allowed);
  EXPECT_EQ(denied->decisive, 1u);
  EXPECT_TRUE(denied->verdicts[0].allowed);
  EXPECT_EQ(take("alice").verdicts[0].remaining, 4);  // five were taken before, and one now
}

TEST_P(RateLimitContract, PeekTakesNothing) {
  take("alice", per_hour, 4);
  const RateCheck check{"alice", &per_hour};
  for (int i = 0; i < 3; ++i) {
    const auto answer = RateLimit(place()).peek("acme", {&check, 1}, 6);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->allowed);
  }
  EXPECT_EQ(take("alice").verdicts[0].remaining, 5);
}

TEST_P(RateLimitContract, ResetGivesEverythingBackToOneKey) {
  take("alice", per_hour, 10);
  take("alice", five_an_hour, 5);
  take("bob", per_hour, 10);
  ASSERT_TRUE(RateLimit(place()).reset("acme", "alice"));
  EXPECT_TRUE(take("alice", per_hour, 10).allowed);
  EXPECT_TRUE(take("alice", five_an_hour, 5).allowed);
  EXPECT_FALSE(take("bob").allowed);
}

TEST_P(RateLimitContract, ConcurrentCallersOfTwoInstancesGetNoMoreThanTheLimit) {
  const RateRule rule{"many", RateRule::Algorithm::token_bucket, 100, 24 * hour, 0};
  const auto other = open_instance();
  std::atomic<int> allowed = 0;
  std::vector<std::jthread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&, i] {
      RateLimit limit(i % 2 == 0 ? place() : other.place());
      const RateCheck check{"all", &rule};
      for (int k = 0; k < 40; ++k) {
        const auto answer = limit.take("acme", {&check, 1});
        ASSERT_TRUE(answer) << answer.error().message;
        if (answer->allowed) ++allowed;
      }
    });
  }
  callers.clear();
  EXPECT_EQ(allowed, 100);
}

TEST_P(RateLimitInEngine, AnErrorInAUnitOfWorkTakesNothing) {
  const RateCheck check{"alice", &per_hour};
  const auto failed = engine().write(Durability::machine, [&](Transaction& transaction) -> Result<void> {
    const auto answer = RateLimit::take(transaction, "acme", {&check, 1}, 10);
    if (!answer) return std::unexpected(answer.error());
    return fail(ErrorCategory::conflict, "something else went wrong");
  });
  EXPECT_EQ(failed.error().message, "something else went wrong");
  EXPECT_TRUE(take("alice", per_hour, 10).allowed);
}

TEST_P(RateLimitInEngine, SweepDropsOnlyWhatMeansNothing) {
  const RateRule quick{"quick", RateRule::Algorithm::token_bucket, 1000, 1'000, 1};
  take("gone", quick);
  take("alice");
  Result<std::int64_t> dropped = 0;
  while (dropped && *dropped == 0) {
    dropped = engine().write(Durability::process,
                             [](Transaction& transaction) { return RateLimit::sweep(transaction, 100); });
  }
  ASSERT_TRUE(dropped);
  EXPECT_EQ(*dropped, 1);
  EXPECT_EQ(take("alice").verdicts[0].remaining, 8);
}

TEST_P(RateLimitContract, RefusesWhatIsOutOfBounds) {
  RateLimit limit(place());
  const std::string long_key(257, 'k');
  const std::string bad_text("\xff\xfe", 2);
  for (const std::string_view key :
       {std::string_view(""), std::string_view(long_key), std::string_view(bad_text), std::string_view("a\nb")}) {
    const RateCheck check{key, &per_hour};
    const auto answer = limit.take("acme", {&check, 1});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().category, ErrorCategory::usage);
  }
  const RateCheck check{"alice", &per_hour};
  EXPECT_FALSE(limit.take("acme", {&check, 1}, 0));
  EXPECT_FALSE(limit.take("acme", {}, 1));
  const RateCheck twice[] = {check, check};
  EXPECT_FALSE(limit.take("acme", twice));
}

}  // namespace
}  // namespace detoy::foundation

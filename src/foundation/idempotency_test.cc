#include "foundation/idempotency.h"

#include <atomic>
#include <thread>

#include "foundation/place_test_support.h"
#include "foundation/rate_limit.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;
using Outcome = Idempotency::Outcome;

class IdempotencyContract : public OnPlace {
 protected:
  static Idempotency::Request request(std::string_view key = "charge-1", std::string_view fingerprint = "POST 10",
                                      std::chrono::microseconds lease = 1h, std::chrono::microseconds keep = 24h) {
    return {.tenant = "acme", .key = key, .fingerprint = fingerprint, .lease = lease, .keep = keep};
  }
  Idempotency::Answer begin(const Idempotency::Request& asked) {
    auto answer = Idempotency(place()).begin(asked);
    EXPECT_TRUE(answer.has_value()) << (answer ? "" : answer.error().message);
    return answer ? *answer : Idempotency::Answer{};
  }
};
DETOY_ON_ALL_PLACES(IdempotencyContract);

// What only engines have.
class IdempotencyInEngine : public IdempotencyContract {};
DETOY_ON_ALL_ENGINES(IdempotencyInEngine);

TEST_P(IdempotencyContract, TheSecondRequestGetsTheResponseOfTheFirst) {
  const auto first = begin(request());
  ASSERT_EQ(first.outcome, Outcome::begun);
  const std::string response("201\0{\"id\":7}", 12);
  ASSERT_TRUE(Idempotency(place()).complete(request(), first.token, response));
  const auto second = begin(request());
  EXPECT_EQ(second.outcome, Outcome::replay);
  EXPECT_EQ(second.response, response);
}

TEST_P(IdempotencyContract, AnEmptyResponseIsAResponse) {
  const auto first = begin(request());
  ASSERT_TRUE(Idempotency(place()).complete(request(), first.token, ""));
  EXPECT_EQ(begin(request()).outcome, Outcome::replay);
}

TEST_P(IdempotencyContract, ARequestUnderWayIsInProgressEverywhere) {
  const auto first = begin(request());
  const auto other = open_instance();
  const auto second = Idempotency(other.place()).begin(request());
  ASSERT_TRUE(second);
  EXPECT_EQ(second->outcome, Outcome::in_progress);
  EXPECT_EQ(second->until, first.until);
}

TEST_P(IdempotencyContract, TheSameKeyWithAnotherRequestIsRefused) {
  const auto first = begin(request());
  EXPECT_EQ(begin(request("charge-1", "POST 99")).outcome, Outcome::mismatch);
  ASSERT_TRUE(Idempotency(place()).complete(request(), first.token, "done"));
  EXPECT_EQ(begin(request("charge-1", "POST 99")).outcome, Outcome::mismatch);
  EXPECT_EQ(begin(request("charge-2", "POST 99")).outcome, Outcome::begun);
}

TEST_P(IdempotencyContract, WorkWhoseLeaseEndedGoesToTheNext) {
  const auto slow = begin(request("charge-1", "POST 10", 1ms));
  Idempotency::Answer next;
  do {
    next = begin(request());
  } while (next.outcome == Outcome::in_progress);
  ASSERT_EQ(next.outcome, Outcome::begun);
  EXPECT_NE(next.token, slow.token);
  const auto late = Idempotency(place()).complete(request(), slow.token, "late");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().category, ErrorCategory::conflict);
  ASSERT_TRUE(Idempotency(place()).complete(request(), next.token, "right"));
  EXPECT_EQ(begin(request()).response, "right");
}

TEST_P(IdempotencyContract, CompletingTwiceIsAConflict) {
  const auto first = begin(request());
  ASSERT_TRUE(Idempotency(place()).complete(request(), first.token, "one"));
  EXPECT_FALSE(Idempotency(place()).complete(request(), first.token, "two"));
  EXPECT_EQ(begin(request()).response, "one");
}

TEST_P(IdempotencyContract, AnAbandonedKeyIsFreeAgain) {
  const auto first = begin(request());
  EXPECT_EQ(Idempotency(place()).abandon(request(), first.token), true);
  EXPECT_EQ(Idempotency(place()).abandon(request(), first.token), false);
  const auto second = begin(request());
  EXPECT_EQ(second.outcome, Outcome::begun);
  ASSERT_TRUE(Idempotency(place()).complete(request(), second.token, "done"));
  EXPECT_EQ(Idempotency(place()).abandon(request(), second.token), false);
  EXPECT_EQ(begin(request()).outcome, Outcome::replay);
}

TEST_P(IdempotencyInEngine, TheResponseIsKeptOnlyIfTheWorkIs) {
  const auto first = begin(request());
  const RateRule rule{"work", RateRule::Algorithm::token_bucket, 1, 3'600'000'000, 0};
  const RateCheck check{"alice", &rule};
  const auto work = [&](bool fails) {
    return engine().write(Durability::machine, [&](Transaction& transaction) -> Result<void> {
      const auto taken = RateLimit::take(transaction, "acme", {&check, 1});
      if (!taken) return std::unexpected(taken.error());
      const auto done = Idempotency::complete(transaction, request(), first.token, "done");
      if (!done) return done;
      if (fails) return fail(ErrorCategory::internal, "after all");
      return {};
    });
  };
  EXPECT_FALSE(work(true));
  EXPECT_EQ(begin(request()).outcome, Outcome::in_progress);
  EXPECT_TRUE(work(false));
  EXPECT_EQ(begin(request()).response, "done");
  EXPECT_EQ(RateLimit(engine()).peek("acme", {&check, 1})->allowed, false);
}

TEST_P(IdempotencyContract, OfManyAtOnceOneBegins) {
  const auto other = open_instance();
  std::atomic<int> begun = 0;
  std::vector<std::jthread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&, i] {
      const auto answer = Idempotency(i % 2 == 0 ? place() : other.place()).begin(request());
      ASSERT_TRUE(answer) << answer.error().message;
      if (answer->outcome == Outcome::begun) ++begun;
    });
  }
  callers.clear();
  EXPECT_EQ(begun, 1);
}

TEST_P(IdempotencyContract, TenantsDoNotShareKeys) {
  begin(request());
  Idempotency::Request other = request();
  other.tenant = "other";
  EXPECT_EQ(begin(other).outcome, Outcome::begun);
}

TEST_P(IdempotencyInEngine, SweepKeepsWhatIsStillToBeReplayed) {
  const auto first = begin(request());
  ASSERT_TRUE(Idempotency(place()).complete(request(), first.token, "done"));
  const auto dropped =
      engine().write(Durability::machine, [](Transaction& transaction) { return Idempotency::sweep(transaction, 10); });
  EXPECT_EQ(dropped, 0);
  EXPECT_EQ(begin(request()).outcome, Outcome::replay);
}

TEST_P(IdempotencyContract, RefusesWhatIsOutOfBounds) {
  Idempotency idempotency(place());
  EXPECT_EQ(idempotency.begin(request("")).error().category, ErrorCategory::usage);
  EXPECT_EQ(idempotency.begin(request("k", "")).error().category, ErrorCategory::usage);
  EXPECT_EQ(idempotency.begin(request("k", "f", 0us)).error().category, ErrorCategory::usage);
  EXPECT_EQ(idempotency.begin(request("k", "f", 1h, 1ms)).error().category, ErrorCategory::usage);
}

}  // namespace
}  // namespace detoy::foundation

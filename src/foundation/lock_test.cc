#include "foundation/lock.h"

#include <atomic>
#include <mutex>
#include <thread>

#include "foundation/place_test_support.h"
#include "foundation/redis_lock.h"
#include "foundation/set_clock_test_support.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;

class LockContract : public OnPlace {
 protected:
  static Lock::Request by(std::string_view owner, std::chrono::microseconds lease = 1h) {
    return {.tenant = "acme", .name = "invoices", .owner = owner, .lease = lease};
  }
  Lock::Answer attempt(const Lock::Request& request) {
    const auto answer = Lock(place()).try_acquire(request);
    EXPECT_TRUE(answer.has_value()) << (answer ? "" : answer.error().message);
    return answer.value_or(Lock::Answer{});
  }
  // One step of waiting, whose place in line is believed in for `patience`.
  Result<Lock::Answer> step(std::string_view owner, std::chrono::microseconds patience) {
    if (auto* const redis = place().redis(); redis != nullptr) return redis::step(*redis, by(owner), patience);
    return engine().write(Durability::machine,
                          [&](Transaction& transaction) { return Lock::step(transaction, by(owner), patience); });
  }
  // Leases of a millisecond end by themselves; only waiting tells when.
  Lock::Answer attempt_until_granted(const Lock::Request& request) {
    while (true) {
      const Lock::Answer answer = attempt(request);
      if (answer.lease) return answer;
      std::this_thread::yield();
    }
  }
};
DETOY_ON_ALL_PLACES(LockContract);

// What only engines have.
class LockInEngine : public LockContract {};
DETOY_ON_ALL_ENGINES(LockInEngine);

TEST_P(LockContract, ExcludesOthersUntilItIsReleased) {
  const auto first = attempt(by("a"));
  ASSERT_TRUE(first.lease);
  const auto denied = attempt(by("b"));
  EXPECT_FALSE(denied.lease);
  EXPECT_EQ(denied.held_until, first.lease->expires_at);
  EXPECT_EQ(Lock(place()).release("acme", "invoices", first.lease->token), true);
  EXPECT_TRUE(attempt(by("b")).lease);
}

TEST_P(LockContract, ExcludesOtherInstances) {
  ASSERT_TRUE(attempt(by("a")).lease);
  const auto other = open_instance();
  const auto denied = Lock(other.place()).try_acquire(by("b"));
  ASSERT_TRUE(denied);
  EXPECT_FALSE(denied->lease);
}

TEST_P(LockContract, TenantsAndNamesAreApart) {
  ASSERT_TRUE(attempt(by("a")).lease);
  Lock::Request other_tenant = by("b");
  other_tenant.tenant = "other";
  EXPECT_TRUE(attempt(other_tenant).lease);
  Lock::Request other_name = by("b");
  other_name.name = "payments";
  EXPECT_TRUE(attempt(other_name).lease);
}

TEST_P(LockContract, TokensOnlyGoUp) {
  std::int64_t last = 0;
  for (int i = 0; i < 5; ++i) {
    const auto answer = attempt(by("a"));
    ASSERT_TRUE(answer.lease);
    EXPECT_GT(answer.lease->token, last);
    last = answer.lease->token;
    ASSERT_TRUE(Lock(place()).release("acme", "invoices", last));
  }
}

TEST_P(LockContract, AnExpiredLeaseGoesToTheNextWithAHigherToken) {
  const auto first = attempt(by("a", 1ms));
  ASSERT_TRUE(first.lease);
  const auto next = attempt_until_granted(by("b"));
  EXPECT_GT(next.lease->token, first.lease->token);
  EXPECT_EQ(Lock(place()).release("acme", "invoices", first.lease->token), false);
  const auto late = Lock(place()).renew(by("a"), first.lease->token);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().category, ErrorCategory::conflict);
  EXPECT_EQ(late.error().message, "the lease of lock 'invoices' was lost");
}

TEST_P(LockContract, RenewalProlongsTheLease) {
  const auto first = attempt(by("a", 1min));
  ASSERT_TRUE(first.lease);
  const auto longer = Lock(place()).renew(by("a", 2h), first.lease->token);
  ASSERT_TRUE(longer);
  EXPECT_EQ(longer->token, first.lease->token);
  EXPECT_EQ(attempt(by("b")).held_until, longer->expires_at);
}

TEST_P(LockContract, AskingAgainAsTheHolderKeepsTheToken) {
  const auto first = attempt(by("a"));
  const auto again = attempt(by("a"));
  ASSERT_TRUE(first.lease && again.lease);
  EXPECT_EQ(again.lease->token, first.lease->token);
}

TEST_P(LockInEngine, HoldsOnlyWithTheLatestToken) {
  const auto first = attempt(by("a", 1ms));
  const auto second = attempt_until_granted(by("b"));
  ASSERT_TRUE(first.lease && second.lease);
  const auto holds = [&](std::int64_t token) {
    return engine().read([&](Transaction& transaction) { return Lock::holds(transaction, "acme", "invoices", token); });
  };
  EXPECT_EQ(holds(first.lease->token), false);
  EXPECT_EQ(holds(second.lease->token), true);
  ASSERT_TRUE(Lock(place()).release("acme", "invoices", second.lease->token));
  EXPECT_EQ(holds(second.lease->token), false);
}

TEST_P(LockInEngine, WhatNobodyUsesIsForgottenAndTokensGoOn) {
  SetClock clock(engine(), 1'000'000'000'000);
  Lock lock(clock);
  const auto take = [&](std::string_view tenant, std::string_view name) {
    const auto answer = lock.try_acquire({tenant, name, "w", 1min});
    EXPECT_TRUE(answer && answer->lease);
    return answer && answer->lease ? answer->lease->token : 0;
  };
  const auto sweep = [&] {
    return clock.write(Durability::machine, [](Transaction& transaction) { return Lock::sweep(transaction, 100); });
  };
  const std::int64_t first = take("acme", "order 1");
  EXPECT_EQ(lock.release("acme", "order 1", first), true);
  for (int i = 0; i < 3; ++i) {
    const std::int64_t token = take("acme", "order 2");
    EXPECT_EQ(lock.release("acme", "order 2", token), true);
  }
  take("other", "order 1");
  clock.pass(23h);
  EXPECT_EQ(sweep(), 0);
  take("acme", "kept");
  clock.pass(2h);
  EXPECT_EQ(sweep(), 3);
  EXPECT_EQ(sweep(), 0);
  EXPECT_EQ(take("acme", "order 1"), 4) << "greater than all that the tenant's forgotten locks had";
  EXPECT_EQ(take("acme", "order 1"), 4) << "the holder asks again";
  EXPECT_EQ(take("other", "order 1"), 2);
  clock.pass(26h);
  EXPECT_EQ(sweep(), 3);
  EXPECT_EQ(take("other", "order 2"), 3);
}

TEST_P(LockContract, WaitersAreServedInTheOrderInWhichTheyCame) {
  const auto holder = attempt(by("holder"));
  ASSERT_TRUE(holder.lease);
  const auto queue_up = [&](std::string_view owner) { return step(owner, 1h); };
  EXPECT_EQ(queue_up("first")->ahead, 0);
  EXPECT_EQ(queue_up("second")->ahead, 1);
  EXPECT_EQ(queue_up("first")->ahead, 0);
  ASSERT_TRUE(Lock(place()).release("acme", "invoices", holder.lease->token));
  EXPECT_FALSE(attempt(by("pushy")).lease);
  EXPECT_FALSE(queue_up("second")->lease);
  const auto served = queue_up("first");
  ASSERT_TRUE(served->lease);
  EXPECT_FALSE(queue_up("second")->lease);
  ASSERT_TRUE(Lock(place()).release("acme", "invoices", served->lease->token));
  EXPECT_TRUE(queue_up("second")->lease);
}

TEST_P(LockContract, AWaiterThatDoesNotComeBackLosesItsPlace) {
  const auto holder = attempt(by("holder"));
  ASSERT_TRUE(step("crashed", 1us));
  ASSERT_TRUE(Lock(place()).release("acme", "invoices", holder.lease->token));
  EXPECT_TRUE(attempt_until_granted(by("next")).lease);
}

TEST_P(LockContract, WhoGivesUpLeavesTheQueue) {
  const auto holder = attempt(by("holder"));
  const auto denied = Lock(place()).acquire(by("hasty"), 0us);
  ASSERT_TRUE(denied);
  EXPECT_FALSE(denied->lease);
  ASSERT_TRUE(Lock(place()).release("acme", "invoices", holder.lease->token));
  EXPECT_TRUE(attempt(by("next")).lease);
}

TEST_P(LockContract, OneHolderAtATimeAmongThreadsOfTwoInstances) {
  const auto other = open_instance();
  std::atomic<int> inside = 0;
  std::atomic<int> served = 0;
  std::mutex tokens_mutex;
  std::int64_t last_token = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      Lock lock(i % 2 == 0 ? place() : other.place());
      const std::string owner = "worker " + std::to_string(i);
      for (int k = 0; k < 4; ++k) {
        const auto answer = lock.acquire(by(owner), 1min);
        ASSERT_TRUE(answer) << answer.error().message;
        ASSERT_TRUE(answer->lease);
        EXPECT_EQ(++inside, 1);
        {
          const std::lock_guard guard(tokens_mutex);
          EXPECT_GT(answer->lease->token, last_token);
          last_token = answer->lease->token;
        }
        --inside;
        ++served;
        ASSERT_TRUE(lock.release("acme", "invoices", answer->lease->token));
      }
    });
  }
  threads.clear();
  EXPECT_EQ(served, 24);
}

TEST_P(LockContract, RefusesWhatIsOutOfBounds) {
  Lock lock(place());
  EXPECT_EQ(lock.try_acquire(by("a", 0us)).error().category, ErrorCategory::usage);
  EXPECT_EQ(lock.try_acquire(by("a", 25h)).error().category, ErrorCategory::usage);
  EXPECT_EQ(lock.try_acquire(by("")).error().category, ErrorCategory::usage);
}

}  // namespace
}  // namespace detoy::foundation

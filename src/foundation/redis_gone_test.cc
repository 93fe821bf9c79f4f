// What becomes of the primitives when Redis is killed, emptied, or does not answer.
#include <gtest/gtest.h>

#include <array>
#include <map>

#include "foundation/breaker.h"
#include "foundation/cache.h"
#include "foundation/idempotency.h"
#include "foundation/lock.h"
#include "foundation/place_test_support.h"
#include "foundation/rate_limit.h"
#include "foundation/redis_lock.h"
#include "foundation/storage/redis_server_test_support.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;

const RateRule per_day{"per day", RateRule::Algorithm::token_bucket, 5, Micros{24 * 3600} * 1'000'000, 0};
constexpr BreakerSettings settings{.minimum_calls = 1};
const Lock::Request lock_request{"acme", "invoices", "a", 1h};
const Idempotency::Request request{"acme", "charge-1", "POST 10", 1h, 1h};
const Cache::Put put{.tenant = "acme", .key = "page", .value = "value", .keep = 1h};

class RedisGone : public testing::Test {
 protected:
  void SetUp() override {
    if (!server_.running()) GTEST_SKIP() << "redis-server is not installed";
    engine_ = *open_engine(store_.url());
    ASSERT_TRUE(migrate(*engine_));
    redis_ = *RedisStore::make(server_.url(), {.probe_every = 0ms});
  }
  Place place(WhenGone when_gone) { return {*engine_, redis_.get(), when_gone, &observer_}; }
  Engine& engine() { return *engine_; }
  RedisServer& server() { return server_; }
  RedisStore& redis() { return *redis_; }
  int told(WhenGone did) { return told_[did]; }
  static Result<RateAnswer> take(const Place& where, std::int64_t cost = 1) {
    const RateCheck check{"alice", &per_day};
    return RateLimit(where).take("acme", {&check, 1}, cost);
  }
  static std::int64_t remaining(const Place& where, std::int64_t cost = 1) {
    const auto answer = take(where, cost);
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? answer->verdicts[0].remaining : -1;
  }
  template <typename Answer>
  static bool unavailable(const Answer& answer) {
    return !answer && answer.error().category == ErrorCategory::unavailable;
  }

 private:
  RedisServer server_;
  TemporaryStore store_{EngineKind{"sqlite"}};
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<RedisStore> redis_;
  std::map<WhenGone, int> told_;
  Place::Observer observer_ = [this](WhenGone did) { ++told_[did]; };
};

TEST_F(RedisGone, RateLimitsAreAllowedRefusedOrCountedInTheStore) {
  EXPECT_EQ(remaining(place(WhenGone::store), 3), 2);
  server().kill();
  EXPECT_TRUE(unavailable(take(place(WhenGone::refuse))));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(remaining(place(WhenGone::allow), 5), 0);
  EXPECT_EQ(remaining(place(WhenGone::store), 4), 1);
  EXPECT_FALSE(take(place(WhenGone::store), 2)->allowed);
  EXPECT_TRUE(unavailable(RateLimit(place(WhenGone::store)).reset("acme", "alice")));
  EXPECT_EQ(told(WhenGone::allow), 3);
  EXPECT_EQ(told(WhenGone::store), 2);
  EXPECT_EQ(told(WhenGone::refuse), 2);
  server().start();
  EXPECT_EQ(remaining(place(WhenGone::store)), 4);  // Redis was empty when it came back
  EXPECT_EQ(told(WhenGone::store), 2);
}

TEST_F(RedisGone, ACacheMissesAndKeepsNothing) {
  Cache cache(place(WhenGone::allow));
  ASSERT_TRUE(cache.set(put));
  server().kill();
  EXPECT_EQ(cache.get("acme", "page").value(), std::nullopt);
  EXPECT_EQ(cache.set(put).value(), std::nullopt);
  const auto asked = cache.get_or_fill("acme", "page", 1min);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->outcome, Cache::Outcome::fill);
  EXPECT_EQ(cache.fill(put, asked->token), false);
  EXPECT_EQ(Cache(Place(engine())).get("acme", "page").value(), std::nullopt);
}

// What was to be dropped would be there again when Redis is.
TEST_F(RedisGone, ACacheRefusesToDropValues) {
  Cache cache(place(WhenGone::allow));
  server().kill();
  EXPECT_TRUE(unavailable(cache.remove("acme", "page")));
  EXPECT_TRUE(unavailable(cache.invalidate("acme", "tag")));
}

TEST_F(RedisGone, ACacheIsNeverAskedForInTheStore) {
  ASSERT_TRUE(Cache(Place(engine())).set(put));
  server().kill();
  EXPECT_TRUE(unavailable(Cache(place(WhenGone::store)).get("acme", "page")));
  EXPECT_TRUE(unavailable(Cache(place(WhenGone::refuse)).get("acme", "page")));
}

TEST_F(RedisGone, LocksAndIdempotencyRefuseWhateverWasChosen) {
  server().kill();
  for (const WhenGone chosen : {WhenGone::refuse, WhenGone::allow, WhenGone::store}) {
    Lock lock(place(chosen));
    EXPECT_TRUE(unavailable(lock.try_acquire(lock_request)));
    EXPECT_TRUE(unavailable(lock.acquire(lock_request, 1min)));
    EXPECT_TRUE(unavailable(lock.renew(lock_request, 1)));
    EXPECT_TRUE(unavailable(lock.release("acme", "invoices", 1)));
    Idempotency idempotency(place(chosen));
    EXPECT_TRUE(unavailable(idempotency.begin(request)));
    EXPECT_TRUE(unavailable(idempotency.complete(request, 1, "done")));
    EXPECT_TRUE(unavailable(idempotency.abandon(request, 1)));
  }
  EXPECT_EQ(told(WhenGone::refuse), 3 * 7);
  EXPECT_EQ(told(WhenGone::allow) + told(WhenGone::store), 0);
}

TEST_F(RedisGone, BreakersAreClosedRefuseOrWorkInTheStore) {
  const auto report = [&](WhenGone chosen) {
    return Breaker(place(chosen)).report("acme", "mail", settings, 0, false);
  };
  const auto allowed = [&](WhenGone chosen) { return Breaker(place(chosen)).ask("acme", "mail", settings)->allowed; };
  ASSERT_TRUE(report(WhenGone::allow));
  EXPECT_FALSE(allowed(WhenGone::allow));
  server().kill();
  EXPECT_TRUE(allowed(WhenGone::allow));
  ASSERT_TRUE(report(WhenGone::allow));
  EXPECT_TRUE(allowed(WhenGone::allow));
  EXPECT_TRUE(allowed(WhenGone::store));
  ASSERT_TRUE(report(WhenGone::store));
  EXPECT_FALSE(allowed(WhenGone::store));
  EXPECT_TRUE(unavailable(report(WhenGone::refuse)));
  EXPECT_TRUE(unavailable(Breaker(place(WhenGone::allow)).force("acme", "mail", BreakerForce::open)));
}

TEST_F(RedisGone, WhatIsWrongWithARequestIsToldAllTheSame) {
  server().kill();
  const auto wrong = take(place(WhenGone::allow), 0);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().category, ErrorCategory::usage);
  EXPECT_EQ(Cache(place(WhenGone::allow)).get("acme", "").error().category, ErrorCategory::usage);
}

TEST_F(RedisGone, TokensGoUpAlthoughRedisHasLostEverything) {
  std::int64_t last_lease = 0;
  std::int64_t last_work = 0;
  std::int64_t last_version = 0;
  for (int i = 0; i < 3; ++i) {
    const auto held = Lock(place(WhenGone::refuse)).try_acquire(lock_request);
    ASSERT_TRUE(held && held->lease);
    EXPECT_GT(held->lease->token, last_lease);
    last_lease = held->lease->token;
    const auto begun = Idempotency(place(WhenGone::refuse)).begin(request);
    ASSERT_TRUE(begun);
    EXPECT_GT(begun->token, last_work);
    last_work = begun->token;
    const auto version = Cache(place(WhenGone::refuse)).set(put);
    ASSERT_TRUE(version && *version);
    EXPECT_GT(**version, last_version);
    last_version = **version;
    server().kill();
    server().start();
  }
}

TEST_F(RedisGone, RulesThatAreAskedForNoMoreAreForgottenBeforeTheirCaller) {
  const Place where = place(WhenGone::refuse);
  ASSERT_TRUE(take(where));
  for (int i = 0; i < 200; ++i) {
    // Over after a microsecond.
    const RateRule quick{"rule " + std::to_string(i), RateRule::Algorithm::token_bucket, 1000, 1'000, 1};
    const RateCheck check{"alice", &quick};
    ASSERT_TRUE(RateLimit(where).take("acme", {&check, 1}));
  }
  const auto rules = redis().command({std::string_view("HLEN"), std::string_view("detoy:rate_limit:{acme}:alice")});
  ASSERT_TRUE(rules);
  EXPECT_LE(rules->number(0, 0), 32);
  EXPECT_EQ(remaining(where), 3);
}

// After each kind of call has been made, nothing stays for ever but what an operator forced.
TEST_F(RedisGone, RedisForgetsEverythingByItself) {
  const Place where = place(WhenGone::refuse);
  const std::array<std::string_view, 1> tags = {"tag"};
  const RateRule window{"window", RateRule::Algorithm::sliding_window, 5, 1'000'000, 0};
  const std::array checks = {RateCheck{"alice", &per_day}, RateCheck{"alice", &window}};
  ASSERT_TRUE(RateLimit(where).take("acme", checks));
  Cache::Put tagged = put;
  tagged.tags = tags;
  ASSERT_TRUE(Cache(where).set(tagged));
  ASSERT_TRUE(Cache(where).get_or_fill("acme", "other", 1min));
  ASSERT_TRUE(Cache(where).invalidate("acme", "others"));
  const auto held = Lock(where).try_acquire(lock_request);
  ASSERT_TRUE(held && held->lease);
  ASSERT_TRUE(Lock(where).renew(lock_request, held->lease->token));
  Lock::Request other = lock_request;
  other.owner = "b";
  ASSERT_TRUE(redis::step(redis(), other, 1h));
  const auto begun = Idempotency(where).begin(request);
  ASSERT_TRUE(begun);
  ASSERT_TRUE(Idempotency(where).complete(request, begun->token, "done"));
  ASSERT_TRUE(Breaker(where).report("acme", "mail", settings, 0, false));
  ASSERT_TRUE(Breaker(where).force("acme", "forced", BreakerForce::open));
  // Counts keys, and names those that Redis would keep for ever. Redis does not know it: it is sent whole.
  constexpr RedisScript look{
      "local kept = {} for _, key in ipairs(redis.call('KEYS', '*')) do if redis.call('PTTL', key) < 0 then "
      "kept[#kept + 1] = key end end return {redis.call('DBSIZE'), table.concat(kept, ' ')}",
      "0000000000000000000000000000000000000000"};
  const auto found = redis().run(look, {}, {});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->number(0, 0), 13);
  EXPECT_EQ(found->text(0, 1), "detoy:breaker:{acme:forced}");
}

}  // namespace
}  // namespace detoy::foundation

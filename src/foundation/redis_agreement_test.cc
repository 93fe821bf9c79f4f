// The scripts that Redis runs decide as the engines do: random calls at random times are answered alike by both. There
// are 1000 of each primitive, or as many other ones as DETOY_CALLS says.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "foundation/breaker.h"
#include "foundation/cache.h"
#include "foundation/idempotency.h"
#include "foundation/place_test_support.h"
#include "foundation/rate_limit.h"
#include "foundation/redis_lock.h"
#include "foundation/set_clock_test_support.h"

namespace detoy::foundation {
namespace {

constexpr Micros second = 1'000'000;
constexpr Micros hour = 3600 * second;
constexpr Micros day = 24 * hour;

class RedisAgreement : public testing::Test {
 protected:
  void SetUp() override {
    if (test_redis().empty()) GTEST_SKIP() << "DETOY_TEST_REDIS is not set";
    base_ = *open_engine(store_.url());
    ASSERT_TRUE(migrate(*base_));
    engine_ = std::make_unique<SetClock>(*base_, 0);
    redis_ = make_test_redis({.prefix = prefix_of_test(), .clock = &clock_});
    // Beyond all that Redis's own clock could see expire.
    set_time(system_now() + 800 * day + random(0, day));
  }
  std::int64_t random(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(numbers_);
  }
  bool chance(int percent) { return random(1, 100) <= percent; }
  template <typename T, std::size_t size>
  const T& one_of(const std::array<T, size>& all) {
    return all[static_cast<std::size_t>(random(0, size - 1))];
  }
  void set_time(Micros now) {
    clock_ = now;
    engine_->set(now);
  }
  // By nothing, a little, or up to about so much.
  void pass_time(Micros most) {
    set_time(clock_ + one_of(std::array{Micros{0}, Micros{1}, random(0, 1000), random(0, most)}));
  }
  Micros now() const { return clock_; }
  Place in_engine() { return *engine_; }
  Place in_redis() { return {*engine_, redis_.get(), WhenGone::refuse}; }
  Engine& engine() { return *engine_; }
  RedisStore& redis() { return *redis_; }

  const int calls_ = std::getenv("DETOY_CALLS") == nullptr ? 1000 : std::atoi(std::getenv("DETOY_CALLS"));

 private:
  std::mt19937_64 numbers_{static_cast<std::uint64_t>(calls_)};
  TemporaryStore store_{EngineKind{"sqlite"}};
  std::unique_ptr<Engine> base_;
  std::unique_ptr<SetClock> engine_;
  std::atomic<Micros> clock_ = 0;
  std::unique_ptr<RedisStore> redis_;
};

TEST_F(RedisAgreement, RateLimitsCountAlike) {
  using Algorithm = RateRule::Algorithm;
  const auto random_rule = [&](Algorithm algorithm) {
    RateRule rule;
    do {
      rule.algorithm = algorithm;
      rule.name = algorithm == Algorithm::token_bucket ? "bucket" : "window";
      rule.limit =
          one_of(std::array<std::int64_t, 6>{1, 3, 7, random(1, 1000), random(1, 1'000'000'000), 1'000'000'000});
      rule.period = one_of(std::array<Micros, 6>{1000, 1001, second, random(1000, day), 366 * day, 366 * day - 1});
      const bool saved_up = algorithm == Algorithm::token_bucket && chance(50);
      rule.burst = saved_up ? random(1, 2 * rule.limit) : 0;
    } while (!check(rule));
    return rule;
  };
  std::array rules = {random_rule(Algorithm::token_bucket), random_rule(Algorithm::sliding_window)};
  for (int i = 0; i < calls_; ++i) {
    if (chance(3)) rules = {random_rule(Algorithm::token_bucket), random_rule(Algorithm::sliding_window)};
    if (chance(2)) set_time(now() - random(0, 2 * rules[0].period));
    pass_time(one_of(rules).period * 2 / one_of(std::array<Micros, 3>{1, 10, 1000}));
    const std::array checks = {RateCheck{"alice", &rules[0]}, RateCheck{"alice", &rules[1]},
                               RateCheck{"bob", &rules[1]}};
    const auto some = std::span(checks).subspan(static_cast<std::size_t>(random(0, 2)));
    const std::int64_t most = rules[1].limit;
    const std::int64_t cost =
        one_of(std::array<std::int64_t, 4>{1, random(1, most), std::max<std::int64_t>(1, most / 3), most + 1});
    const bool takes = chance(90);
    const auto ask = [&](const Place& place) {
      return takes ? RateLimit(place).take("acme", some, cost) : RateLimit(place).peek("acme", some, cost);
    };
    const auto expected = ask(in_engine());
    const auto found = ask(in_redis());
    ASSERT_TRUE(expected && found) << (found ? "" : found.error().message);
    ASSERT_EQ(found->allowed, expected->allowed) << "call " << i;
    ASSERT_EQ(found->decisive, expected->decisive) << "call " << i;
    for (std::size_t k = 0; k < some.size(); ++k) {
      const RateVerdict& a = found->verdicts[k];
      const RateVerdict& b = expected->verdicts[k];
      ASSERT_EQ(std::tie(a.allowed, a.limit, a.remaining, a.reset_after, a.retry_after),
                std::tie(b.allowed, b.limit, b.remaining, b.reset_after, b.retry_after))
          << "call " << i << ", check " << k;
    }
  }
}

TEST_F(RedisAgreement, BreakersDecideAlike) {
  BreakerSettings settings{.window = second,
                           .minimum_calls = 4,
                           .failure_percent = 40,
                           .open_for = second,
                           .probes = 2,
                           .probe_time = second};
  std::int64_t generation = 0;
  for (int i = 0; i < calls_; ++i) {
    if (chance(2)) settings.probes = random(1, 4);
    if (chance(2)) settings.minimum_calls = random(1, 6);
    if (chance(2)) set_time(now() - random(0, 3 * second));
    pass_time(chance(10) ? 3 * second : second / 4);
    const auto what = random(1, 100);
    const bool success = chance(50);
    const std::int64_t told = chance(90) ? generation : random(0, 5);
    const auto to =
        one_of(std::array{BreakerForce::none, BreakerForce::none, BreakerForce::closed, BreakerForce::open});
    const auto call = [&](const Place& place) -> Result<BreakerVerdict> {
      Breaker breaker(place);
      if (what <= 40) return breaker.ask("acme", "mail", settings);
      if (what <= 90) return breaker.report("acme", "mail", settings, told, success);
      if (what > 97) {
        if (const auto forced = breaker.force("acme", "mail", to); !forced) return std::unexpected(forced.error());
      }
      return breaker.peek("acme", "mail", settings);
    };
    const auto expected = call(in_engine());
    const auto found = call(in_redis());
    ASSERT_TRUE(expected && found) << (found ? "" : found.error().message);
    generation = expected->generation;
    ASSERT_EQ(std::tie(found->allowed, found->phase, found->force, found->generation, found->probe, found->retry_after),
              std::tie(expected->allowed, expected->phase, expected->force, expected->generation, expected->probe,
                       expected->retry_after))
        << "call " << i;
  }
}

TEST_F(RedisAgreement, CachesAnswerAlike) {
  const Cache::Bounds bounds{.entries = 4, .bytes = 60, .value_bytes = 50};
  constexpr std::array<std::string_view, 6> keys = {"a", "b", "c", "d", "e", "}:entry:a"};
  constexpr std::array<std::string_view, 3> tags = {"red", "blue", "a:b"};
  std::int64_t version = 0;
  std::int64_t token = 0;
  for (int i = 0; i < calls_; ++i) {
    pass_time(second);
    const std::string_view key = one_of(keys);
    const std::string_view tag = one_of(tags);
    const std::string value(static_cast<std::size_t>(random(0, 50)), 'x');
    const std::array<std::string_view, 2> two = {tag, one_of(tags)};
    Cache::Put put{
        .tenant = "acme", .key = key, .value = value, .keep = std::chrono::microseconds(random(1000, 3 * second))};
    put.tags = std::span(two).subspan(static_cast<std::size_t>(random(0, 2)));
    if (chance(20)) put.if_version = chance(50) ? version : 0;
    const auto what = random(1, 100);
    // All that a call answers, as text.
    const auto call = [&](const Place& place) -> std::string {
      Cache cache(place, bounds);
      const auto entry_text = [](const Cache::Entry& entry) {
        return entry.value + " " + std::to_string(entry.version) + " " + std::to_string(entry.expires_at);
      };
      if (what <= 30) {
        const auto done = cache.set(put);
        if (done && *done) version = **done;
        return done ? std::to_string(done->value_or(0)) : done.error().message;
      }
      if (what <= 55) {
        const auto got = cache.get("acme", key);
        return !got ? got.error().message : *got ? entry_text(**got) : "none";
      }
      if (what <= 75) {
        const auto got = cache.get_or_fill("acme", key, std::chrono::milliseconds(300));
        if (!got) return got.error().message;
        if (got->outcome == Cache::Outcome::hit) return entry_text(got->entry);
        if (got->outcome == Cache::Outcome::fill) token = got->token;
        return std::to_string(static_cast<int>(got->outcome)) + " " + std::to_string(got->token) + " " +
               std::to_string(got->until);
      }
      if (what <= 90) {
        const auto done = cache.fill(put, token);
        return done ? std::to_string(*done) : done.error().message;
      }
      if (what <= 95) {
        const auto done = cache.remove("acme", key);
        return done ? std::to_string(*done) : done.error().message;
      }
      const auto done = cache.invalidate("acme", tag);
      return done ? std::to_string(*done) : done.error().message;
    };
    const std::string expected = call(in_engine());
    ASSERT_EQ(call(in_redis()), expected) << "call " << i << " of kind " << what;
  }
}

TEST_F(RedisAgreement, LocksAreGrantedAlike) {
  constexpr std::array<std::string_view, 4> owners = {"a", "b", "c", "d"};
  // Of the last lease. Engines count from 1, Redis by the time.
  std::int64_t in_engine_token = 0;
  std::int64_t in_redis_token = 0;
  for (int i = 0; i < calls_; ++i) {
    if (chance(2)) set_time(now() - random(0, second));
    pass_time(second / 2);
    const Lock::Request request{"acme", "invoices", one_of(owners),
                                std::chrono::microseconds(random(1000, 2 * second))};
    const auto what = random(1, 100);
    if (what <= 70) {
      const auto patience = chance(70) ? std::optional(std::chrono::microseconds(random(1, second))) : std::nullopt;
      const auto expected = engine().write(
          Durability::process, [&](Transaction& transaction) { return Lock::step(transaction, request, patience); });
      const auto found = redis::step(redis(), request, patience);
      ASSERT_TRUE(expected && found) << (found ? "" : found.error().message);
      ASSERT_EQ(found->lease.has_value(), expected->lease.has_value()) << "call " << i;
      ASSERT_EQ(std::tie(found->held_until, found->ahead), std::tie(expected->held_until, expected->ahead))
          << "call " << i;
      if (!expected->lease) continue;
      ASSERT_EQ(found->lease->expires_at, expected->lease->expires_at);
      ASSERT_EQ(found->lease->token > in_redis_token, expected->lease->token > in_engine_token);
      in_engine_token = expected->lease->token;
      in_redis_token = found->lease->token;
      continue;
    }
    const std::int64_t older = chance(20) ? 1 : 0;
    if (what <= 85) {
      const auto expected = Lock(in_engine()).renew(request, in_engine_token - older);
      const auto found = Lock(in_redis()).renew(request, in_redis_token - older);
      ASSERT_EQ(found.has_value(), expected.has_value()) << "call " << i;
      ASSERT_EQ(found ? found->expires_at : 0, expected ? expected->expires_at : 0);
      ASSERT_EQ(found ? "" : found.error().message, expected ? "" : expected.error().message);
    } else {
      const auto expected = Lock(in_engine()).release("acme", "invoices", in_engine_token - older);
      const auto found = Lock(in_redis()).release("acme", "invoices", in_redis_token - older);
      ASSERT_TRUE(expected && found);
      ASSERT_EQ(*found, *expected) << "call " << i;
    }
  }
}

TEST_F(RedisAgreement, IdempotencyKeysAnswerAlike) {
  constexpr std::array<std::string_view, 3> keys = {"charge-1", "charge-2", "charge-3"};
  constexpr std::array<std::string_view, 2> fingerprints = {"POST 10", "POST 99"};
  std::int64_t token = 0;
  for (int i = 0; i < calls_; ++i) {
    if (chance(2)) set_time(now() - random(0, second));
    pass_time(second);
    const Idempotency::Request request{"acme", one_of(keys), fingerprints[chance(90) ? 0 : 1],
                                       std::chrono::microseconds(random(1000, second)), std::chrono::seconds(1)};
    const auto what = random(1, 100);
    const auto call = [&](const Place& place) -> std::string {
      Idempotency idempotency(place);
      if (what <= 50) {
        const auto answer = idempotency.begin(request);
        if (!answer) return answer.error().message;
        if (answer->outcome == Idempotency::Outcome::begun) token = answer->token;
        return std::to_string(static_cast<int>(answer->outcome)) + " " + std::to_string(answer->token) + " " +
               std::to_string(answer->until) + " " + answer->response;
      }
      if (what <= 85) {
        const auto done = idempotency.complete(request, token, std::to_string(i));
        return done ? "done" : done.error().message;
      }
      const auto done = idempotency.abandon(request, token);
      return done ? std::to_string(*done) : done.error().message;
    };
    const std::string expected = call(in_engine());
    ASSERT_EQ(call(in_redis()), expected) << "call " << i << " of kind " << what;
  }
}

}  // namespace
}  // namespace detoy::foundation

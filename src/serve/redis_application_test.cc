// An application whose Redis is killed, and comes back.
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "foundation/conformance_test_support.h"
#include "foundation/storage/redis_server_test_support.h"
#include "serve/application.h"

namespace detoy::serve {
namespace {

using foundation::RedisServer;
using foundation::RedisStore;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view take =
    R"({"checks": [{"key": "user-7", "rule": {"name": "login", "algorithm": "token_bucket", "limit": 5, "period_ms": 86400000}}]})";
constexpr std::string_view acquire = R"({"name": "invoices", "owner": "a", "lease_ms": 60000})";
constexpr std::string_view begin = R"({"key": "order-1", "fingerprint": "POST 1"})";
constexpr std::string_view set = R"({"key": "page", "value": "text", "keep_ms": 60000})";
constexpr std::string_view get = R"({"key": "page"})";
constexpr std::string_view breaker = R"({"name": "mail"})";

class RedisApplication : public testing::Test {
 protected:
  void SetUp() override {
    if (!server_.running()) GTEST_SKIP() << "redis-server is not installed";
    engine_ = *foundation::open_engine(store_.url());
    ASSERT_TRUE(foundation::migrate(*engine_));
    redis_ = *RedisStore::make(server_.url(), {.probe_every = 20ms});
  }
  void start(const std::vector<std::string>& kept, const std::vector<std::string>& when_gone) {
    auto use = RedisUse::read(kept, when_gone);
    ASSERT_TRUE(use) << use.error().message;
    use->store = redis_.get();
    log_settings(*use, log_);
    application_ = std::make_unique<Application>(*engine_, log_, Application::Options{.redis = *use});
    key_ = *application_->keys().create("test", {"acme", {}});
  }
  RedisServer& server() { return server_; }
  Response post(const std::string& path, std::string_view body) {
    return application_->handle({"POST", "/v1/" + path, "Bearer " + key_, "application/json", "", std::string(body)});
  }
  json body(const std::string& path, std::string_view asked) {
    const Response response = post(path, asked);
    EXPECT_EQ(response.status, 200) << path << " " << response.body;
    return json::parse(response.body);
  }
  Response read(const std::string& path) { return application_->handle({"GET", path, "", "", "", ""}); }
  // Asks again until Redis was found back, at most ten seconds.
  bool recovers() {
    for (int tries = 0; tries < 1000; ++tries) {
      if (read("/readyz").status == 200) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
  const std::string& logged() const { return logged_; }

 private:
  RedisServer server_;
  foundation::TemporaryStore store_{foundation::EngineKind{"sqlite"}};
  std::unique_ptr<foundation::Engine> engine_;
  std::unique_ptr<RedisStore> redis_;
  std::string logged_;
  Log log_{[this](std::string_view line) { logged_ += line; }};
  std::unique_ptr<Application> application_;
  std::string key_;
};

TEST_F(RedisApplication, DoesWhatIsUsualWhileRedisIsGoneAndRecovers) {
  start({}, {});
  EXPECT_EQ(body("rate_limit/take", take)["verdicts"][0]["remaining"], 4);
  EXPECT_EQ(body("rate_limit/take", take)["verdicts"][0]["remaining"], 3);
  EXPECT_EQ(body("cache/set", set)["stored"], true);
  EXPECT_EQ(read("/readyz").status, 200);

  server().kill();
  EXPECT_EQ(body("rate_limit/take", take)["verdicts"][0]["remaining"], 4);  // counted in the store
  EXPECT_EQ(body("cache/get", get)["found"], false);
  EXPECT_EQ(body("cache/set", set)["stored"], false);
  EXPECT_EQ(body("breaker/ask", breaker)["allowed"], true);
  for (const auto& [path, asked] :
       {std::pair{"lock/acquire", acquire}, {"idempotency/begin", begin}, {"cache/remove", get}}) {
    const Response refused = post(path, asked);
    EXPECT_EQ(refused.status, 503) << path << " " << refused.body;
  }
  const Response ready = read("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(json::parse(ready.body)["reasons"],
            json::array({"Redis cannot be reached, so these refuse: idempotency, lock"}));
  const std::string metrics = read("/metrics").body;
  for (const char* line : {R"(detoy_redis_gone_total{did="store",primitive="rate_limit"} 1)",
                           R"(detoy_redis_gone_total{did="allow",primitive="cache"} 2)",
                           R"(detoy_redis_gone_total{did="refuse",primitive="cache"} 1)",
                           R"(detoy_redis_gone_total{did="allow",primitive="breaker"} 1)",
                           R"(detoy_redis_gone_total{did="refuse",primitive="lock"} 1)"})
    EXPECT_NE(metrics.find(line), std::string::npos) << line << "\n" << metrics;

  server().start();
  ASSERT_TRUE(recovers());
  EXPECT_EQ(body("lock/acquire", acquire)["granted"], true);
  EXPECT_EQ(body("idempotency/begin", begin)["outcome"], "begun");
  EXPECT_EQ(body("cache/set", set)["stored"], true);
  EXPECT_EQ(body("cache/get", get)["found"], true);
}

TEST_F(RedisApplication, WhatRefusesNothingStaysReady) {
  start({"rate_limit", "cache"}, {"rate_limit=allow"});
  server().kill();
  for (int i = 0; i < 7; ++i) EXPECT_EQ(body("rate_limit/take", take)["verdicts"][0]["remaining"], 4);
  EXPECT_NE(logged().find(R"("message":"Redis is gone")"), std::string::npos) << logged();
  EXPECT_EQ(read("/readyz").status, 200);
  // It is not in Redis.
  EXPECT_EQ(body("lock/acquire", acquire)["granted"], true);
}

TEST_F(RedisApplication, StartsWhileRedisIsGone) {
  server().kill();
  start({}, {"rate_limit=refuse"});
  EXPECT_NE(logged().find("Redis cannot be reached"), std::string::npos) << logged();
  EXPECT_EQ(post("rate_limit/take", take).status, 503);
  server().start();
  ASSERT_TRUE(recovers());
  EXPECT_EQ(body("rate_limit/take", take)["allowed"], true);
}

TEST_F(RedisApplication, WarnsOfWhatRedisMayLose) {
  start({}, {});
  EXPECT_NE(logged().find("set appendonly to yes"), std::string::npos) << logged();
  EXPECT_EQ(logged().find("maxmemory"), std::string::npos) << logged();
}

TEST_F(RedisApplication, DoesNotWarnOfWhatMayBeLost) {
  start({"rate_limit", "cache", "breaker"}, {});
  EXPECT_EQ(logged(), "");
}

TEST(RedisEviction, IsWarnedOf) {
  const RedisServer server({"--maxmemory-policy", "allkeys-lru", "--appendonly", "yes"});
  if (!server.running()) GTEST_SKIP() << "redis-server is not installed";
  const auto redis = *RedisStore::make(server.url());
  RedisUse use = *RedisUse::read({"lock"}, {});
  use.store = redis.get();
  std::string logged;
  Log log([&](std::string_view line) { logged += line; });
  log_settings(use, log);
  EXPECT_NE(logged.find(R"("maxmemory_policy":"allkeys-lru")"), std::string::npos) << logged;
  EXPECT_NE(logged.find("set appendfsync to always"), std::string::npos) << logged;
}

TEST(RedisUse, OnlyWhatMakesSenseCanBeChosen) {
  const auto refused = [](const std::vector<std::string>& kept, const std::vector<std::string>& when_gone) {
    const auto use = RedisUse::read(kept, when_gone);
    EXPECT_FALSE(use);
    return use ? "" : use.error().message;
  };
  EXPECT_EQ(refused({}, {"lock=allow"}), "lock=allow: when Redis is gone, lock can refuse");
  EXPECT_EQ(refused({}, {"idempotency=store"}), "idempotency=store: when Redis is gone, idempotency can refuse");
  EXPECT_EQ(refused({}, {"cache=store"}), "cache=store: when Redis is gone, cache can allow or refuse");
  EXPECT_EQ(refused({}, {"breaker"}), "breaker: when Redis is gone, breaker can allow or refuse or store");
  EXPECT_EQ(refused({}, {"job=allow"}), "job: Redis may keep rate_limit, cache, lock, idempotency, breaker");
  EXPECT_EQ(refused({""}, {}), "(empty): Redis may keep rate_limit, cache, lock, idempotency, breaker");
  EXPECT_EQ(refused({"cache"}, {"lock=refuse"}), "lock=refuse: lock is not kept in Redis");
}

}  // namespace
}  // namespace detoy::serve

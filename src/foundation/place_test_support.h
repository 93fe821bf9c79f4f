// Runs the same tests on every engine and on Redis. A suite derives from OnPlace and is instantiated with
// DETOY_ON_ALL_PLACES.
//
// Redis's tests need a server: DETOY_TEST_REDIS is its URL (./test starts one). Without it they are skipped.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "foundation/conformance_test_support.h"
#include "foundation/place.h"

namespace detoy::foundation {

// The URL of the server for tests; empty: there is none.
inline std::string test_redis() {
  const char* url = std::getenv("DETOY_TEST_REDIS");
  return url == nullptr ? std::string() : std::string(url);
}

// Begins the keys of one test, which nobody else has.
inline std::string prefix_of_test() {
  static std::atomic<int> count = 0;
  const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
  return std::string("test:") + (test == nullptr ? "" : test->name()) + ":" + std::to_string(::getpid()) + ":" +
         std::to_string(++count) + ":";
}

inline std::unique_ptr<RedisStore> make_test_redis(const RedisStore::Options& options) {
  auto store = RedisStore::make(test_redis(), options);
  EXPECT_TRUE(store.has_value()) << (store ? "" : store.error().message);
  return store ? std::move(*store) : nullptr;
}

// One instance: its own connections.
struct Instance {
  std::unique_ptr<Engine> engine;
  std::unique_ptr<RedisStore> redis;
  Place place() const { return {*engine, redis.get(), WhenGone::refuse}; }
};

class OnPlace : public OnEngine {
 protected:
  bool in_redis() const { return GetParam().name == std::string("redis"); }
  // As a second process would open it.
  Instance open_instance() { return {OnEngine::open(), in_redis() ? make_test_redis({.prefix = prefix_}) : nullptr}; }
  void SetUp() override {
    if (in_redis() && test_redis().empty()) GTEST_SKIP() << "DETOY_TEST_REDIS is not set";
    OnEngine::SetUp();
    if (in_redis()) redis_ = make_test_redis({.prefix = prefix_});
  }
  Place place() { return {engine(), redis_.get(), WhenGone::refuse}; }

 private:
  std::string prefix_ = prefix_of_test();
  std::unique_ptr<RedisStore> redis_;
};

}  // namespace detoy::foundation

#define DETOY_ON_ALL_PLACES(suite)                                                                             \
  INSTANTIATE_TEST_SUITE_P(Places, suite,                                                                      \
                           testing::Values(EngineKind{"sqlite"}, EngineKind{"postgres"}, EngineKind{"redis"}), \
                           name_of_engine)

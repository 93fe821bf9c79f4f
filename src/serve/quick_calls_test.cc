// Calls over HTTP that hold no thread while the store writes.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "foundation/lock.h"
#include "serve/running_server_test_support.h"

namespace detoy::serve {
namespace {

using foundation::EngineKind;
using foundation::name_of_engine;
using nlohmann::json;

class QuickCallsTest : public OnServer {
 protected:
  QuickCallsTest() : OnServer({.threads = 1, .loops = 1}) {}

  std::int64_t waiting_for_locks() {
    const auto rows = engine().read([](foundation::Transaction& transaction) {
      return transaction.run(foundation::Statement("SELECT count(*) FROM lock_waiter"));
    });
    EXPECT_TRUE(rows);
    return rows ? rows->number(0, 0) : 1;
  }
};
DETOY_ON_ALL_ENGINES(QuickCallsTest);

TEST_P(QuickCallsTest, ManyAtATimeAreEachAnsweredOnce) {
  constexpr int count = 60;
  constexpr int rounds = 5;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < count; ++i) clients.push_back(std::make_unique<Client>(port()));
  std::set<std::int64_t> ids;
  for (int round = 0; round < rounds; ++round) {
    for (auto& client : clients) ASSERT_TRUE(client->send(call("job/enqueue", {{"queue", "q"}, {"payload", "p"}})));
    for (auto& client : clients) {
      const std::string response = client->response();
      ASSERT_TRUE(response.starts_with("HTTP/1.1 200 ")) << response;
      ids.insert(body_of(response).at("id").get<std::int64_t>());
    }
  }
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(count * rounds));
}

TEST_P(QuickCallsTest, LimitsHoldForCallersAtTheSameTime) {
  const json body = {
      {"checks",
       {{{"key", "k"},
         {"rule", {{"name", "r"}, {"algorithm", "sliding_window"}, {"limit", 7}, {"period_ms", 3'600'000}}}}}}};
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(std::make_unique<Client>(port()));
  for (auto& client : clients) ASSERT_TRUE(client->send(call("rate_limit/take", body)));
  int allowed = 0;
  for (auto& client : clients) allowed += body_of(client->response()).at("allowed").get<bool>() ? 1 : 0;
  EXPECT_EQ(allowed, 7);
}

TEST_P(QuickCallsTest, WhatIsWrongWithOneIsNotToldToOthers) {
  Client good(port());
  Client bad(port());
  Client missing(port());
  ASSERT_TRUE(good.send(call("job/enqueue", {{"queue", "q"}, {"payload", "p"}})));
  ASSERT_TRUE(bad.send(call("job/enqueue", {{"queue", 7}})));
  ASSERT_TRUE(missing.send(call("job/heartbeat", {{"id", 999}, {"token", 1}, {"lease_ms", 1000}})));
  EXPECT_TRUE(good.response().starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(bad.response().starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(missing.response().starts_with("HTTP/1.1 409 "));
}

TEST_P(QuickCallsTest, AreAnsweredWhileAllThreadsAreHeld) {
  foundation::Lock lock(engine());
  const auto lease = lock.try_acquire({"acme", "busy", "another", std::chrono::hours(1)});
  ASSERT_TRUE(lease && lease->lease);
  // Its wait ends by the release below, or without the lease.
  Client waiting(port());
  ASSERT_TRUE(waiting.send(
      call("lock/acquire", {{"name", "busy"}, {"owner", "me"}, {"lease_ms", 3'600'000}, {"wait_ms", 30'000}})));
  while (waiting_for_locks() == 0) std::this_thread::yield();

  Client others(port());
  ASSERT_TRUE(others.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_TRUE(others.response().starts_with("HTTP/1.1 200 "));
  if (engine().writes_apart()) {
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(others.send(call("cache/set", {{"key", "k"}, {"value", "v"}, {"keep_ms", 60'000}})));
      ASSERT_TRUE(others.response().starts_with("HTTP/1.1 200 "));
    }
  }
  ASSERT_EQ(lock.release("acme", "busy", lease->lease->token), true);
  EXPECT_EQ(body_of(waiting.response()).at("granted"), true);
}

TEST_P(QuickCallsTest, ThoseUnderWayAreAnsweredBeforeTheServerStops) {
  if (!engine().writes_apart()) GTEST_SKIP() << "writes hold their threads";
  // The writer is held up until the server has been told to stop, so that all of these are under way then.
  std::promise<void> begun;
  std::promise<void> released;
  std::atomic<bool> first = true;
  std::jthread holding([&] {
    const Result<void> held =
        engine().write(foundation::Durability::process, [&](foundation::Transaction&) -> Result<void> {
          if (first.exchange(false)) {
            begun.set_value();
            released.get_future().wait();
          }
          return {};
        });
    EXPECT_TRUE(held);
  });
  begun.get_future().wait();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 30; ++i) {
    clients.push_back(std::make_unique<Client>(port()));
    ASSERT_TRUE(clients.back()->send(call("job/enqueue", {{"queue", "q"}, {"payload", "p"}})));
    // The one loop has read the call once it answers what came after it.
    Client after(port());
    ASSERT_TRUE(after.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(after.response().starts_with("HTTP/1.1 200 "));
  }
  server().stop();
  released.set_value();
  for (auto& client : clients) {
    const std::string response = client->response();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 200 ")) << response;
  }
}

}  // namespace
}  // namespace detoy::serve

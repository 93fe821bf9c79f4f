// Calls over HTTP that hold no thread while the store writes.
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "foundation/conformance_test_support.h"
#include "serve/application.h"
#include "serve/http_client_test_support.h"
#include "serve/http_server.h"

namespace detoy::serve {
namespace {

using foundation::EngineKind;
using foundation::name_of_engine;
using nlohmann::json;

class QuickCallsTest : public foundation::OnEngine {
 protected:
  void SetUp() override {
    OnEngine::SetUp();
    if (IsSkipped()) return;
    application_ = std::make_unique<Application>(engine(), log_, Application::Options{});
    key_ = *application_->keys().create("test", {"acme", {}});
    auto server =
        HttpServer::listen({.threads = 1, .loops = 1},
                           {.answer = [this](const Request& asked,
                                             foundation::Pause* pause) { return application_->handle(asked, pause); },
                            .quick = [this](const Request& asked) { return application_->quick(asked); }},
                           application_->metrics(), log_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    thread_ = std::jthread([this] { server_->run(); });
  }
  ~QuickCallsTest() override {
    if (server_) server_->stop();
  }
  std::string request(const std::string& call, const json& body) const {
    const std::string text = body.dump();
    return "POST /v1/" + call + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
           key_ + "\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text;
  }
  static json body_of(const std::string& response) { return json::parse(response.substr(response.find("\r\n\r\n"))); }
  std::uint16_t port() const { return server_->port(); }
  HttpServer& server() { return *server_; }

 private:
  Log log_{[](std::string_view) {}};
  std::unique_ptr<Application> application_;
  std::string key_;
  std::unique_ptr<HttpServer> server_;
  std::jthread thread_;
};
DETOY_ON_ALL_ENGINES(QuickCallsTest);

TEST_P(QuickCallsTest, ManyAtATimeAreEachAnsweredOnce) {
  constexpr int count = 60;
  constexpr int rounds = 5;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < count; ++i) clients.push_back(std::make_unique<Client>(port()));
  std::set<std::int64_t> ids;
  for (int round = 0; round < rounds; ++round) {
    for (auto& client : clients) ASSERT_TRUE(client->send(request("job/enqueue", {{"queue", "q"}, {"payload", "p"}})));
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
  for (auto& client : clients) ASSERT_TRUE(client->send(request("rate_limit/take", body)));
  int allowed = 0;
  for (auto& client : clients) allowed += body_of(client->response()).at("allowed").get<bool>() ? 1 : 0;
  EXPECT_EQ(allowed, 7);
}

TEST_P(QuickCallsTest, WhatIsWrongWithOneIsNotToldToOthers) {
  Client good(port());
  Client bad(port());
  Client missing(port());
  ASSERT_TRUE(good.send(request("job/enqueue", {{"queue", "q"}, {"payload", "p"}})));
  ASSERT_TRUE(bad.send(request("job/enqueue", {{"queue", 7}})));
  ASSERT_TRUE(missing.send(request("job/heartbeat", {{"id", 999}, {"token", 1}, {"lease_ms", 1000}})));
  EXPECT_TRUE(good.response().starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(bad.response().starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(missing.response().starts_with("HTTP/1.1 409 "));
}

TEST_P(QuickCallsTest, AreAnsweredWhileAllThreadsAreHeld) {
  if (!engine().writes_apart()) GTEST_SKIP() << "writes hold their threads";
  const auto acquire = [&](Client& client, const char* owner) {
    return client.send(
        request("lock/acquire", {{"name", "busy"}, {"owner", owner}, {"lease_ms", 3'600'000}, {"wait_ms", 2000}}));
  };
  Client holding(port());
  ASSERT_TRUE(acquire(holding, "another"));
  ASSERT_EQ(body_of(holding.response()).at("granted"), true);
  Client waiting(port());
  ASSERT_TRUE(acquire(waiting, "me"));
  Client quick(port());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(quick.send(request("cache/set", {{"key", "k"}, {"value", "v"}, {"keep_ms", 60'000}})));
    ASSERT_TRUE(quick.response().starts_with("HTTP/1.1 200 "));
  }
  EXPECT_EQ(body_of(waiting.response()).at("granted"), false);
}

TEST_P(QuickCallsTest, ThoseUnderWayAreAnsweredBeforeTheServerStops) {
  constexpr int count = 30;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<Client>(port()));
    ASSERT_TRUE(clients.back()->send(request("job/enqueue", {{"queue", "q"}, {"payload", "p"}})));
  }
  server().stop();
  for (auto& client : clients) {
    const std::string response = client->response();
    EXPECT_TRUE(response.empty() || response.starts_with("HTTP/1.1 200 ")) << response;
  }
}

}  // namespace
}  // namespace detoy::serve

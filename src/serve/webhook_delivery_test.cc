#include <gtest/gtest.h>

#include <set>

#include "foundation/conformance_test_support.h"
#include "serve/application.h"
#include "serve/http_receiver_test_support.h"
#include "serve/rfc3339.h"
#include "serve/webhook_signature.h"

namespace detoy::serve {
namespace {

using foundation::EngineKind;
using foundation::name_of_engine;
using nlohmann::json;
using namespace std::chrono_literals;
using Got = Receiver::Got;

const std::string secret = "whsec_YW4gZXhhbXBsZTogZG8gbm90IHVzZSBpdA==";

// Two instances over one store, which deliver also to addresses that are not public.
class WebhookDeliveryTest : public foundation::OnEngine {
 protected:
  void SetUp() override {
    OnEngine::SetUp();
    if (IsSkipped()) return;
    start({.workers = 4, .private_addresses = true, .every = 20ms});
  }
  void start(const WebhookDelivery::Options& options) {
    application_.reset();
    application_ =
        std::make_unique<Application>(engine(), log_, Application::Options{.upkeep_every = 1h, .webhooks = options});
    if (key_.empty()) key_ = *application_->keys().create("test", {"acme", {}});
  }
  Application& application() { return *application_; }
  json call(const std::string& path, const json& body, int status = 200) {
    const Response response =
        application_->handle({"POST", "/v1/" + path, "Bearer " + key_, "application/json", "", body.dump()});
    EXPECT_EQ(response.status, status) << response.body;
    return json::parse(response.body);
  }
  void create(const std::string& url, const json& more = json::object()) {
    json body = {{"name", "billing"}, {"topic", "orders"}, {"url", url}, {"secret", secret}, {"backoff_ms", 10}};
    body.update(more);
    call("webhook/create", body);
  }
  void publish(const std::string& id) {
    call("event/publish", {{"topic", "orders"}, {"events", {{{"source", "/shop"}, {"type", "t"}, {"id", id}}}}});
  }
  json endpoint() { return call("webhook/get", {{"name", "billing"}})["endpoint"]; }
  json until(const std::function<bool(const json&)>& is_so) {
    json found = endpoint();
    while (!is_so(found)) {
      std::this_thread::sleep_for(1ms);
      found = endpoint();
    }
    return found;
  }
  // Waits until the log has it, and gives all.
  std::string logged(std::string_view text) {
    while (true) {
      {
        const std::lock_guard guard(mutex_);
        if (logged_.find(text) != std::string::npos) return logged_;
      }
      std::this_thread::yield();
    }
  }
  Log& log() { return log_; }

 private:
  std::mutex mutex_;
  std::string logged_;
  Log log_{[this](std::string_view line) {
    const std::lock_guard guard(mutex_);
    logged_ += line;
  }};
  std::unique_ptr<Application> application_;
  std::string key_;
};
DETOY_ON_ALL_ENGINES(WebhookDeliveryTest);

std::string id_in(const Got& got) {
  return json::parse(got.body)["id"];
}

std::vector<std::string> ids_in(const std::vector<Got>& all) {
  std::vector<std::string> ids;
  for (const Got& got : all) ids.push_back(id_in(got));
  return ids;
}

std::string ok(std::size_t, const Got&) {
  return "HTTP/1.1 204 No Content";
}

bool is_signed(const Got& got, const std::string& with) {
  const auto& headers = got.headers;
  const std::string expected =
      webhook_signature({&with, 1}, headers.at("webhook-id"), std::stol(headers.at("webhook-timestamp")), got.body);
  return headers.at("webhook-signature").find(expected) != std::string::npos;
}

TEST(WebhookSignature, IsThatOfTheSpecification) {
  const std::vector<std::string> secrets = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
  EXPECT_EQ(webhook_signature(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookSignature, SecretsAreCheckedAndMade) {
  EXPECT_TRUE(check_webhook_secret(secret));
  const auto made = new_webhook_secret();
  ASSERT_TRUE(made);
  EXPECT_TRUE(check_webhook_secret(*made)) << *made;
  EXPECT_NE(*made, *new_webhook_secret());
  for (const char* bad : {"", "whsec_", "whsec_YQ==", "YW4gZXhhbXBsZTogZG8gbm90IHVzZSBpdA==", "whsec_%%%%"})
    EXPECT_FALSE(check_webhook_secret(bad)) << bad;
}

TEST_P(WebhookDeliveryTest, EventsArriveSignedAndInOrder) {
  Receiver receiver(ok);
  create(receiver.url());
  std::vector<std::string> published;
  for (int i = 0; i < 30; ++i) {
    published.push_back(std::to_string(i));
    publish(published.back());
  }
  const auto got = receiver.wait_for(30);
  EXPECT_EQ(ids_in(got), published);
  std::set<std::string> ids;
  for (const Got& one : got) {
    EXPECT_TRUE(is_signed(one, secret));
    EXPECT_TRUE(one.headers.at("content-type").starts_with("application/cloudevents+json"));
    EXPECT_EQ(json::parse(one.body)["specversion"], "1.0");
    ids.insert(one.headers.at("webhook-id"));
  }
  EXPECT_EQ(ids.size(), 30u);
  const json settled = until([](const json& found) { return found["lag"] == 0; });
  EXPECT_EQ(settled["last_status"], 204);
  // It is counted a moment after it is stored.
  const std::string counted = R"(detoy_webhook_deliveries_total{outcome="delivered"} 30)";
  while (application().metrics().text().find(counted) == std::string::npos) std::this_thread::sleep_for(1ms);
}

TEST_P(WebhookDeliveryTest, AFailureIsTriedAgainWithTheSameIdBeforeWhatIsBehindIt) {
  Receiver receiver([](std::size_t nth, const Got&) {
    return nth < 2 ? "HTTP/1.1 500 No" : nth == 2 ? "HTTP/1.1 302 Found\r\nLocation: /elsewhere" : "HTTP/1.1 200 OK";
  });
  create(receiver.url());
  publish("1");
  publish("2");
  const auto got = receiver.wait_for(5);
  EXPECT_EQ(ids_in(got), (std::vector<std::string>{"1", "1", "1", "1", "2"}));
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(got[i].headers.at("webhook-id"), got[0].headers.at("webhook-id"));
  EXPECT_EQ(until([](const json& found) { return found["lag"] == 0; })["failures"], 0);
}

TEST_P(WebhookDeliveryTest, AReceiverThatWasDeadGetsAllWhenItIsBack) {
  std::uint16_t port = 0;
  {
    const Receiver gone(ok);
    port = gone.port();
  }
  create("http://127.0.0.1:" + std::to_string(port) + "/hooks", {{"most_attempts", 100}, {"backoff_ms", 10}});
  publish("1");
  const json failed = until([](const json& found) { return found["failures"] >= 2; });
  EXPECT_FALSE(failed.contains("last_status"));
  EXPECT_EQ(failed["last_error"], "Couldn't connect to server");
  publish("2");
  Receiver back(ok, port);
  ASSERT_TRUE(back.bound());
  EXPECT_EQ(ids_in(back.wait_for(2)), (std::vector<std::string>{"1", "2"}));
}

TEST_P(WebhookDeliveryTest, RetryAfterIsHonouredAndASlowReceiverIsNotWaitedForForEver) {
  std::atomic<bool> release = false;
  Receiver receiver([&](std::size_t nth, const Got&) {
    if (nth == 0) release.wait(false);
    return "HTTP/1.1 503 Busy\r\nRetry-After: 3000";
  });
  create(receiver.url(), {{"timeout_ms", 100}});
  publish("1");
  EXPECT_EQ(until([](const json& found) { return found["failures"] == 1; })["last_error"], "Timeout was reached");
  release = true;
  release.notify_all();
  const json asked = until([](const json& found) { return found["failures"] == 2; });
  EXPECT_EQ(asked["last_status"], 503);
  EXPECT_GT(*parse_time(asked["due_at"].get<std::string>()) - *parse_time(asked["last_at"].get<std::string>()),
            2'900'000'000);
  EXPECT_EQ(receiver.wait_for(2).size(), 2u);
}

TEST_P(WebhookDeliveryTest, WhatFailsForGoodIsADeadLetterAndGoneDisables) {
  Receiver receiver([](std::size_t, const Got& got) {
    return id_in(got) == "bad" ? "HTTP/1.1 400 Bad" : id_in(got) == "last" ? "HTTP/1.1 410 Gone" : "HTTP/1.1 200 OK";
  });
  create(receiver.url(), {{"most_attempts", 2}});
  for (const char* id : {"bad", "good", "last", "never"}) publish(id);
  EXPECT_EQ(until([](const json& found) { return found["state"] == "disabled"; })["last_status"], 410);
  EXPECT_EQ(ids_in(receiver.wait_for(4)), (std::vector<std::string>{"bad", "bad", "good", "last"}));
  const json letters = call("event/dead_letters", {{"topic", "orders"}, {"group", "webhook:billing"}})["dead_letters"];
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0]["event"]["id"], "bad");
  EXPECT_EQ(letters[0]["error"], "status 400");
  EXPECT_EQ(endpoint()["lag"], 2);
}

TEST_P(WebhookDeliveryTest, ARotatedSecretSignsBesideThePreviousOne) {
  Receiver receiver(ok);
  create(receiver.url());
  const json rotated = call("webhook/rotate_secret", {{"name", "billing"}});
  publish("1");
  const auto got = receiver.wait_for(1);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_TRUE(is_signed(got[0], secret));
  EXPECT_TRUE(is_signed(got[0], rotated["secret"]));
}

TEST_P(WebhookDeliveryTest, AddressesThatAreNotPublicAreNotConnectedTo) {
  start({.workers = 2, .every = 20ms});
  Receiver receiver(ok);
  const std::string port = std::to_string(receiver.port());
  int count = 0;
  for (const char* host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0"}) {
    const std::string name = "e" + std::to_string(count++);
    create("http://" + std::string(host) + ":" + port + "/", {{"name", name}});
  }
  publish("1");
  for (int i = 0; i < count; ++i) {
    const auto told = [&] { return call("webhook/get", {{"name", "e" + std::to_string(i)}})["endpoint"]; };
    while (told()["failures"] == 0) std::this_thread::sleep_for(1ms);
    EXPECT_EQ(told()["last_error"], "the address of the host is not public") << i;
  }
  EXPECT_TRUE(receiver.wait_for(0).empty());
}

TEST_P(WebhookDeliveryTest, TwoInstancesDeliverEachEventOnce) {
  Receiver receiver(ok);
  const auto other_engine = open();
  Application other(*other_engine, log(), {.upkeep_every = 1h, .webhooks = WebhookDelivery::Options{4, true, 20ms}});
  create(receiver.url());
  std::vector<std::string> published;
  for (int i = 0; i < 50; ++i) {
    published.push_back(std::to_string(i));
    publish(published.back());
  }
  receiver.wait_for(50);
  until([](const json& found) { return found["lag"] == 0; });
  EXPECT_EQ(ids_in(receiver.wait_for(50)), published);
}

TEST_P(WebhookDeliveryTest, SecretsAreNowhereButInTheAnswerThatMadeThem) {
  Receiver receiver([](std::size_t, const Got&) { return "HTTP/1.1 410 Gone"; });
  create(receiver.url());
  publish("1");
  until([](const json& found) { return found["state"] == "disabled"; });
  const std::string told = endpoint().dump() + call("webhook/list", json::object()).dump() +
                           application().metrics().text() + logged("a webhook endpoint was disabled");
  EXPECT_EQ(told.find(secret.substr(6)), std::string::npos);
}

TEST_P(WebhookDeliveryTest, WithoutItsTableTheServerIsNotReady) {
  static constexpr foundation::Statement drop = "DROP TABLE webhook";
  ASSERT_TRUE(engine().write(foundation::Durability::machine,
                             [](foundation::Transaction& transaction) { return transaction.run(drop); }));
  Application late(engine(), log(),
                   {.upkeep_every = 10ms, .upkeep_late = 50ms, .webhooks = WebhookDelivery::Options{1, true, 10ms}});
  // On a slow machine the upkeep is late as well now and then.
  const auto told = [&] {
    const json ready = json::parse(late.handle({"GET", "/readyz", "", "", "", ""}).body);
    return ready.contains("reasons") && std::ranges::count(ready["reasons"], json("webhook delivery is late")) == 1;
  };
  while (!told()) std::this_thread::yield();
}

}  // namespace
}  // namespace detoy::serve

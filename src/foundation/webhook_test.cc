#include "foundation/webhook.h"

#include <fmt/format.h>

#include <thread>

#include "foundation/conformance_test_support.h"

namespace detoy::foundation {
namespace {

using namespace std::chrono_literals;
using What = Webhooks::Settled::What;
using State = Webhooks::State;

constexpr std::chrono::microseconds margin = 1h;

class WebhookContract : public OnEngine {
 protected:
  Webhooks webhooks() { return Webhooks(engine()); }
  void create(std::string_view name = "billing", const Webhooks::Settings& settings = {.backoff = 10ms}) {
    const auto created = webhooks().create("acme", {.name = name,
                                                    .topic = "orders",
                                                    .url = "https://billing.example/hooks",
                                                    .secret = "first",
                                                    .settings = settings});
    ASSERT_TRUE(created) << created.error().message;
  }
  void publish(std::string_view id, std::string_view type = "t") {
    ASSERT_TRUE(Events(engine()).publish("acme", "orders", {.source = "/shop", .type = type, .id = id}));
  }
  std::vector<Webhooks::Due> due() {
    auto found = webhooks().due(100);
    EXPECT_TRUE(found) << (found ? "" : found.error().message);
    return found.value_or(std::vector<Webhooks::Due>());
  }
  std::optional<Webhooks::Claim> claim(std::int64_t id = 1, std::int64_t most = 8) {
    auto claimed = webhooks().claim(id, margin, most);
    EXPECT_TRUE(claimed) << (claimed ? "" : claimed.error().message);
    return claimed.value_or(std::nullopt);
  }
  // Waits until what failed is due again.
  Webhooks::Claim next_claim() {
    while (true) {
      auto claimed = claim();
      if (claimed) return std::move(*claimed);
      std::this_thread::yield();
    }
  }
  Webhooks::Settled settle(const Webhooks::Claim& claim, std::size_t index, std::int64_t status) {
    const Webhooks::Outcome outcome{.status = status, .error = status == 0 ? "no connection" : ""};
    const auto settled = webhooks().settle(claim, claim.deliveries[index], outcome, margin);
    EXPECT_TRUE(settled) << (settled ? "" : settled.error().message);
    return settled.value_or(Webhooks::Settled{});
  }
  Webhooks::Endpoint endpoint(std::string_view name = "billing") {
    const auto found = webhooks().get("acme", name);
    EXPECT_TRUE(found && *found);
    return found && *found ? **found : Webhooks::Endpoint{};
  }
  std::vector<EventGroups::DeadLetter> dead_letters() {
    return EventGroups(engine()).dead_letters(group, 0, 100).value_or(std::vector<EventGroups::DeadLetter>());
  }
  static std::vector<std::string> ids(const Webhooks::Claim& claim) {
    std::vector<std::string> all;
    for (const auto& delivery : claim.deliveries) all.push_back(delivery.event.id);
    return all;
  }
  static constexpr EventGroups::Group group{"acme", "orders", "webhook:billing"};
};
DETOY_ON_ALL_ENGINES(WebhookContract);

using Ids = std::vector<std::string>;

TEST_P(WebhookContract, EventsComeInTheOrderOfTheirPublicationOverAllPartitions) {
  publish("before");
  create();
  Ids published;
  for (int i = 0; i < 20; ++i) {
    published.push_back(fmt::format("{}", i));
    publish(published.back());
  }
  ASSERT_EQ(due().size(), 1u);
  EXPECT_EQ(due()[0].tenant, "acme");
  Ids got;
  while (auto claimed = claim()) {
    EXPECT_TRUE(due().empty());
    for (std::size_t i = 0; i < claimed->deliveries.size(); ++i) {
      const auto settled = settle(*claimed, i, 204);
      EXPECT_EQ(settled.what, What::delivered);
      EXPECT_TRUE(settled.go_on);
      got.push_back(claimed->deliveries[i].event.id);
    }
    ASSERT_TRUE(webhooks().give_back(*claimed));
  }
  EXPECT_EQ(got, published);
  EXPECT_TRUE(due().empty());
}

TEST_P(WebhookContract, AnEndpointIsClaimedByOneAtATime) {
  create();
  publish("1");
  const auto first = claim();
  ASSERT_TRUE(first);
  EXPECT_FALSE(claim());
  ASSERT_TRUE(webhooks().give_back(*first));
  const auto second = claim();
  ASSERT_TRUE(second);
  // What comes of the first claim does not count any more.
  EXPECT_EQ(settle(*first, 0, 200).what, What::lost);
  EXPECT_EQ(settle(*second, 0, 200).what, What::delivered);
}

TEST_P(WebhookContract, WhatWasClaimedByOneThatDiedIsDueWhenTheLeaseEnds) {
  create("billing", {.timeout = 100ms});
  publish("1");
  ASSERT_TRUE(*webhooks().claim(1, 1ms, 8));
  while (due().empty()) std::this_thread::yield();
  EXPECT_EQ(ids(next_claim()), Ids{"1"});
}

TEST_P(WebhookContract, AFailedEventHoldsBackAllBehindItAndComesAgainLater) {
  create();
  publish("1");
  publish("2");
  for (const std::int64_t status : {500, 302, 404, 0}) {
    const auto claimed = next_claim();
    EXPECT_EQ(ids(claimed), (Ids{"1", "2"}));
    const auto settled = settle(claimed, 0, status);
    EXPECT_EQ(settled.what, What::failed);
    EXPECT_FALSE(settled.go_on);
    EXPECT_EQ(endpoint().last_status, status);
  }
  EXPECT_EQ(endpoint().failures, 4);
  EXPECT_EQ(endpoint().attempts, 4);
  EXPECT_EQ(endpoint().last_error, "no connection");
  EXPECT_GT(endpoint().due_at, endpoint().last_at);
  EXPECT_EQ(settle(next_claim(), 0, 200).what, What::delivered);
  EXPECT_EQ(endpoint().failures, 0);
  EXPECT_EQ(endpoint().attempts, 0);
}

TEST_P(WebhookContract, AfterItsLastAttemptAnEventIsADeadLetterAndTheNextGoesOn) {
  create("billing", {.backoff = 10ms, .most_attempts = 2});
  publish("1");
  publish("2");
  EXPECT_EQ(settle(next_claim(), 0, 500).what, What::failed);
  const auto claimed = next_claim();
  const auto settled = settle(claimed, 0, 503);
  EXPECT_EQ(settled.what, What::dead);
  EXPECT_TRUE(settled.go_on);
  EXPECT_EQ(settle(claimed, 1, 200).what, What::delivered);
  ASSERT_EQ(dead_letters().size(), 1u);
  EXPECT_EQ(dead_letters()[0].event.id, "1");
  EXPECT_EQ(dead_letters()[0].attempts, 2);
  EXPECT_EQ(dead_letters()[0].error, "status 503");
}

TEST_P(WebhookContract, RedrivenDeadLettersAreDeliveredBeforeNewEvents) {
  create("billing", {.backoff = 10ms, .most_attempts = 1});
  publish("1");
  const auto first = next_claim();
  EXPECT_EQ(settle(first, 0, 500).what, What::dead);
  ASSERT_TRUE(webhooks().give_back(first));
  EXPECT_TRUE(due().empty());
  const std::int64_t position = dead_letters()[0].event.position;
  const auto redrive = [&] { ASSERT_EQ(EventGroups(engine()).redrive(group, {&position, 1}), 1); };
  redrive();
  EXPECT_EQ(due().size(), 1u);
  publish("2");
  auto again = next_claim();
  EXPECT_EQ(ids(again), Ids{"1"});
  EXPECT_EQ(settle(again, 0, 500).what, What::dead);
  ASSERT_TRUE(webhooks().give_back(again));
  ASSERT_EQ(dead_letters().size(), 1u);
  redrive();
  again = next_claim();
  EXPECT_EQ(settle(again, 0, 200).what, What::delivered);
  ASSERT_TRUE(webhooks().give_back(again));
  EXPECT_TRUE(dead_letters().empty());
  EXPECT_EQ(ids(next_claim()), Ids{"2"});
}

TEST_P(WebhookContract, AnEndpointGetsTheTypesThatItWants) {
  const std::vector<std::string> types = {"paid", "sent"};
  ASSERT_TRUE(webhooks().create(
      "acme", {.name = "billing", .topic = "orders", .url = "https://a.example", .secret = "s", .types = types}));
  EXPECT_EQ(endpoint().types, types);
  publish("1", "made");
  publish("2", "paid");
  publish("3", "pai");
  publish("4", "sent");
  publish("5", "made");
  const auto claimed = claim();
  ASSERT_TRUE(claimed);
  EXPECT_EQ(ids(*claimed), (Ids{"2", "4"}));
  EXPECT_EQ(settle(*claimed, 0, 200).what, What::delivered);
  EXPECT_EQ(settle(*claimed, 1, 200).what, What::delivered);
  ASSERT_TRUE(webhooks().give_back(*claimed));
  // What is not wanted is passed over, and the endpoint is not due for it again.
  EXPECT_FALSE(claim());
  EXPECT_TRUE(due().empty());
  // Without types it gets all, but nothing that was passed.
  ASSERT_EQ(webhooks().update("acme", "billing", {.types = std::span<const std::string>()}), true);
  EXPECT_TRUE(endpoint().types.empty());
  publish("6", "made");
  EXPECT_EQ(ids(next_claim()), Ids{"6"});
}

TEST_P(WebhookContract, WhatFailedIsPassedOverWhenItsTypeIsNotWantedAnyMore) {
  create("billing", {.backoff = 1h});
  publish("1", "made");
  publish("2", "paid");
  EXPECT_EQ(settle(next_claim(), 0, 500).what, What::failed);
  EXPECT_FALSE(claim());
  const std::vector<std::string> types = {"paid"};
  ASSERT_EQ(webhooks().update("acme", "billing", {.types = types}), true);
  EXPECT_EQ(endpoint().attempts, 0);
  EXPECT_EQ(ids(next_claim()), Ids{"2"});
}

TEST_P(WebhookContract, ManyEventsThatAreNotWantedArePassedOverInSteps) {
  const std::vector<std::string> types = {"paid"};
  ASSERT_TRUE(webhooks().create(
      "acme", {.name = "billing", .topic = "orders", .url = "https://a.example", .secret = "s", .types = types}));
  const std::vector<NewEvent> batch(1'000, NewEvent{.source = "/shop", .type = "made"});
  for (int i = 0; i < 11; ++i) ASSERT_TRUE(Events(engine()).publish("acme", "orders", batch));
  publish("last", "paid");
  EXPECT_FALSE(claim());
  ASSERT_EQ(due().size(), 1u);
  EXPECT_EQ(ids(next_claim()), Ids{"last"});
}

TEST_P(WebhookContract, AGoneReceiverDisablesTheEndpointUntilItIsResumed) {
  create();
  publish("1");
  const auto settled = settle(next_claim(), 0, 410);
  EXPECT_EQ(settled.what, What::disabled);
  EXPECT_FALSE(settled.go_on);
  EXPECT_EQ(endpoint().state, State::disabled);
  EXPECT_FALSE(endpoint().problem.empty());
  EXPECT_TRUE(due().empty());
  EXPECT_FALSE(claim());
  EXPECT_EQ(webhooks().resume("acme", "billing"), true);
  EXPECT_EQ(endpoint().problem, "");
  EXPECT_EQ(ids(next_claim()), Ids{"1"});
}

TEST_P(WebhookContract, APausedEndpointGetsNothingAndMissesNothing) {
  create();
  publish("1");
  publish("2");
  const auto claimed = next_claim();
  EXPECT_EQ(webhooks().pause("acme", "billing"), true);
  // What was under way counts, and is the last.
  const auto settled = settle(claimed, 0, 200);
  EXPECT_EQ(settled.what, What::delivered);
  EXPECT_FALSE(settled.go_on);
  EXPECT_FALSE(claim());
  EXPECT_EQ(webhooks().resume("acme", "billing"), true);
  EXPECT_EQ(ids(next_claim()), Ids{"2"});
}

TEST_P(WebhookContract, SeekingWhileAnEventIsUnderWayIsNotUndoneByIt) {
  create();
  publish("1");
  publish("2");
  const auto claimed = next_claim();
  EXPECT_EQ(settle(claimed, 0, 200).what, What::delivered);
  ASSERT_TRUE(EventGroups(engine()).seek(group, 0));
  EXPECT_EQ(settle(claimed, 1, 200).what, What::lost);
  EXPECT_EQ(ids(next_claim()), (Ids{"1", "2"}));
}

TEST_P(WebhookContract, BothSecretsAreGivenWhileThePreviousOneIsValid) {
  create();
  publish("1");
  const auto secrets = [&] {
    const auto claimed = next_claim();
    EXPECT_TRUE(webhooks().give_back(claimed));
    return claimed.secrets;
  };
  EXPECT_EQ(secrets(), Ids{"first"});
  EXPECT_EQ(webhooks().rotate_secret("acme", "billing", "second", 1h), true);
  EXPECT_EQ(secrets(), (Ids{"second", "first"}));
  EXPECT_EQ(webhooks().rotate_secret("acme", "billing", "third", 0h), true);
  EXPECT_EQ(secrets(), Ids{"third"});
}

TEST_P(WebhookContract, ANewUrlIsTriedAtOnceAndEndsWhatGoesToTheOld) {
  create("billing", {.timeout = 100ms, .backoff = 1h});
  publish("1");
  EXPECT_EQ(settle(next_claim(), 0, 500).what, What::failed);
  EXPECT_FALSE(claim());
  EXPECT_EQ(webhooks().update("acme", "billing", {.url = "https://new.example/"}), true);
  const auto claimed = next_claim();
  EXPECT_EQ(claimed.url, "https://new.example/");
  EXPECT_EQ(webhooks().update("acme", "billing", {.url = "https://newer.example/", .most_attempts = 3}), true);
  EXPECT_EQ(settle(claimed, 0, 200).what, What::lost);
  EXPECT_EQ(endpoint().url, "https://newer.example/");
  EXPECT_EQ(endpoint().settings.most_attempts, 3);
}

TEST_P(WebhookContract, WhatIsRemovedLeavesNothingBehind) {
  create("billing", {.backoff = 10ms, .most_attempts = 1});
  publish("1");
  const auto claimed = next_claim();
  EXPECT_EQ(settle(claimed, 0, 500).what, What::dead);
  EXPECT_EQ(webhooks().remove("acme", "billing"), true);
  EXPECT_EQ(webhooks().remove("acme", "billing"), false);
  EXPECT_EQ(settle(claimed, 0, 200).what, What::lost);
  EXPECT_TRUE(webhooks().give_back(claimed));
  create();
  EXPECT_TRUE(dead_letters().empty());
  EXPECT_TRUE(due().empty());
}

TEST_P(WebhookContract, NoTenantsEndpointsKeepThoseOfOthersFromBeingFound) {
  for (int i = 0; i < 5; ++i) create(fmt::format("many-{}", i));
  ASSERT_TRUE(webhooks().create("tiny", {.name = "one", .topic = "t", .url = "http://tiny.example", .secret = "s"}));
  publish("1");
  ASSERT_TRUE(Events(engine()).publish("tiny", "t", {.source = "/", .type = "t"}));
  const auto found = webhooks().due(2);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 2u);
  EXPECT_NE((*found)[0].tenant, (*found)[1].tenant);
}

TEST_P(WebhookContract, BoundsAreChecked) {
  const auto refused = [&](const Webhooks::NewEndpoint& endpoint) {
    const auto created = webhooks().create("acme", endpoint);
    return !created && created.error().category == ErrorCategory::usage;
  };
  const Webhooks::NewEndpoint good{.name = "a", .topic = "orders", .url = "http://a.example:8080/b?c=d", .secret = "s"};
  for (const char* url : {"", "http://", "http:///x", "ftp://a", "file:///etc/passwd", "gopher://a", "https://a b",
                          "http://u:p@a", "http://a\n", "http://\xc3\xa4", "http://a\\@b", "HTTP//a"}) {
    auto bad = good;
    bad.url = url;
    EXPECT_TRUE(refused(bad)) << url;
  }
  auto bad = good;
  const std::string long_url = "http://" + std::string(2'048, 'a');
  bad.url = long_url;
  EXPECT_TRUE(refused(bad));
  const std::string long_name(201, 'a');
  bad = good;
  bad.name = long_name;
  EXPECT_TRUE(refused(bad));
  for (const Webhooks::Settings& settings : {Webhooks::Settings{.timeout = 99ms},
                                             {.timeout = 31s},
                                             {.backoff = 9ms},
                                             {.backoff = 61min},
                                             {.most_attempts = 0},
                                             {.most_attempts = 101}}) {
    bad = good;
    bad.settings = settings;
    EXPECT_TRUE(refused(bad));
  }
  for (const std::vector<std::string>& types :
       {std::vector<std::string>(17, "t"), std::vector<std::string>{""}, std::vector<std::string>{"a\nb"}}) {
    bad = good;
    bad.types = types;
    EXPECT_TRUE(refused(bad));
  }
  ASSERT_TRUE(webhooks().create("acme", good));
  const auto twice = webhooks().create("acme", good);
  EXPECT_TRUE(!twice && twice.error().category == ErrorCategory::conflict);
  EXPECT_FALSE(webhooks().update("acme", "a", {.timeout = 31s}));
  EXPECT_FALSE(webhooks().rotate_secret("acme", "a", "s", 24h * 31));
}

TEST(WebhookDelay, DoublesUpToAnHourAndHonoursTheReceiver) {
  const Webhooks::Settings settings{.backoff = 1s};
  EXPECT_EQ(Webhooks::delay(settings, 1, {.jitter = 1}), 1s);
  EXPECT_EQ(Webhooks::delay(settings, 1, {.jitter = 0}), 500ms);
  EXPECT_EQ(Webhooks::delay(settings, 4, {.jitter = 1}), 8s);
  EXPECT_EQ(Webhooks::delay(settings, 100, {.jitter = 1}), 1h);
  EXPECT_EQ(Webhooks::delay(settings, 1, {.retry_after = 7s, .jitter = 1}), 7s);
  EXPECT_EQ(Webhooks::delay(settings, 1, {.retry_after = 48h, .jitter = 1}), 1h);
  EXPECT_EQ(Webhooks::delay(settings, 4, {.retry_after = 1s, .jitter = 1}), 8s);
}

}  // namespace
}  // namespace detoy::foundation

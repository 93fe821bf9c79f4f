#include <gtest/gtest.h>

#include <future>

#include "foundation/conformance_test_support.h"
#include "serve/application.h"

namespace detoy::serve {
namespace {

using foundation::EngineKind;
using foundation::name_of_engine;
using nlohmann::json;

// Two instances over one store.
class EventGroupRoutesTest : public foundation::OnEngine {
 protected:
  void SetUp() override {
    OnEngine::SetUp();
    if (IsSkipped()) return;
    other_engine_ = open();
    here_ = std::make_unique<Application>(engine(), log_, options_);
    there_ = std::make_unique<Application>(*other_engine_, log_, options_);
    key_ = *here_->keys().create("test", {"acme", {}});
  }
  Application& here() { return *here_; }
  Application& there() { return *there_; }
  json call(Application& application, const std::string& path, const json& body, int status = 200) {
    const Response response =
        application.handle({"POST", "/v1/event/" + path, "Bearer " + key_, "application/json", "", body.dump()});
    EXPECT_EQ(response.status, status) << response.body;
    return json::parse(response.body);
  }
  json publish(Application& application, const std::string& id) {
    return call(application, "publish",
                {{"topic", "orders"}, {"events", {{{"source", "/shop"}, {"type", "t"}, {"id", id}}}}});
  }
  std::future<json> poll(Application& application, int wait_ms, const std::string& member = "m") {
    return std::async(std::launch::async, [this, &application, wait_ms, member] {
      return call(
          application, "poll",
          {{"topic", "orders"}, {"group", "mail"}, {"member", member}, {"lease_ms", 60000}, {"wait_ms", wait_ms}});
    });
  }
  // The group is there as soon as somebody polls.
  void until_somebody_polls() {
    const Request ask{
        "POST", "/v1/event/lag", "Bearer " + key_, "application/json", "", R"({"topic": "orders", "group": "mail"})"};
    while (here_->handle(ask).status != 200) std::this_thread::yield();
  }

 private:
  Application::Options options_{.waiting_seats = 1, .upkeep_every = std::chrono::milliseconds(20)};
  Log log_{[](std::string_view) {}};
  std::unique_ptr<foundation::Engine> other_engine_;
  std::unique_ptr<Application> here_;
  std::unique_ptr<Application> there_;
  std::string key_;
};
DETOY_ON_ALL_ENGINES(EventGroupRoutesTest);

TEST_P(EventGroupRoutesTest, AWaitingPollAnswersWithWhatIsPublishedMeanwhile) {
  auto waiting = poll(here(), 30'000);
  until_somebody_polls();
  publish(here(), "1");
  EXPECT_EQ(waiting.get()["deliveries"][0]["event"]["id"], "1");
}

TEST_P(EventGroupRoutesTest, AWaitingPollHearsOfWhatAnotherInstancePublishes) {
  auto waiting = poll(here(), 30'000);
  until_somebody_polls();
  publish(there(), "1");
  EXPECT_EQ(waiting.get()["deliveries"][0]["event"]["id"], "1");
}

TEST_P(EventGroupRoutesTest, AWaitingPollEndsWithNothingWhenItsTimeIsOver) {
  EXPECT_EQ(poll(here(), 20).get()["deliveries"], json::array());
  call(here(), "poll", {{"topic", "orders"}, {"group", "mail"}, {"member", "m"}, {"lease_ms", 1}, {"wait_ms", 30'001}},
       400);
}

TEST_P(EventGroupRoutesTest, PollsThatWaitEndWhenTheServerIsDrained) {
  auto waiting = poll(here(), 30'000);
  until_somebody_polls();
  here().drain();
  EXPECT_EQ(waiting.get()["deliveries"], json::array());
}

TEST_P(EventGroupRoutesTest, OnlySoManyPollsWait) {
  auto waiting = poll(here(), 30'000);
  until_somebody_polls();
  call(here(), "poll", {{"topic", "orders"}, {"group", "mail"}, {"member", "n"}, {"lease_ms", 1000}, {"wait_ms", 1}},
       503);
  here().drain();
  waiting.get();
}

TEST_P(EventGroupRoutesTest, AMemberThatWaitsGivesUpWhatIsBeyondItsShare) {
  call(here(), "create_topic", {{"topic", "orders"}, {"partitions", 2}});
  auto waiting = poll(here(), 30'000, "a");
  until_somebody_polls();
  // The other gets its share although the first never comes back.
  while (poll(there(), 0, "b").get()["partitions"] != 1) std::this_thread::yield();
  here().drain();
  waiting.get();
}

TEST_P(EventGroupRoutesTest, AGroupIsReplayedFromATimeOrAPosition) {
  publish(here(), "1");
  const json second = publish(here(), "2");
  const auto polled = [&] {
    std::vector<std::string> ids;
    const json answer = poll(here(), 0).get();
    for (const json& delivery : answer["deliveries"]) ids.push_back(delivery["event"]["id"]);
    std::sort(ids.begin(), ids.end());
    return ids;
  };
  EXPECT_EQ(polled(), (std::vector<std::string>{"1", "2"}));
  const auto seek = [&](const char* name, const json& value) {
    call(here(), "seek", {{"topic", "orders"}, {"group", "mail"}, {name, value}});
  };
  seek("time", "2000-01-01T00:00:00Z");
  EXPECT_EQ(polled(), (std::vector<std::string>{"1", "2"}));
  seek("position", 1);
  EXPECT_EQ(polled(), std::vector<std::string>{"2"});
  seek("time", "9999-01-01T00:00:00+01:00");
  EXPECT_EQ(polled(), std::vector<std::string>{});
}

}  // namespace
}  // namespace detoy::serve

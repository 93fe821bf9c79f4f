// Calls that are made as one.
#include "serve/application_test_support.h"
#include "serve/json_fields.h"

namespace detoy::serve {
namespace {

using nlohmann::json;

class UnitTest : public OnApplication {
 protected:
  void SetUp() override {
    OnApplication::SetUp();
    if (IsSkipped()) return;
    ASSERT_EQ(call("entity/define", {{"type", "order"}}).status, 200);
  }
  Response call(const std::string& name, const json& body) { return post("/v1/" + name, body.dump()); }
  json told(const std::string& name, const json& body) { return json::parse(call(name, body).body); }
  Response run(const json& calls) { return call("unit/run", {{"calls", calls}}); }
  std::string refused(const json& calls) {
    const Response response = run(calls);
    EXPECT_EQ(response.status, 400) << response.body;
    return json::parse(response.body).value("detail", "");
  }
  // An order is taken: its record, the job, the timer, the event, and the response for whoever asks again.
  json order(const json& token) const {
    return {{{"call", "entity/create"},
             {"body", {{"type", "order"}, {"id", "o-1"}, {"actor", "ann"}, {"body", {{"total", 7}}}}}},
            {{"call", "job/enqueue"}, {"body", {{"queue", "mail"}, {"payload", "o-1"}}}},
            {{"call", "timer/schedule"}, {"body", {{"name", "o-1"}, {"queue", "late"}, {"after_ms", 60000}}}},
            {{"call", "event/publish"},
             {"body", {{"topic", "orders"}, {"events", {{{"source", "/shop"}, {"type", "placed"}}}}}}},
            {{"call", "idempotency/complete"},
             {"body", {{"key", "k"}, {"fingerprint", "f"}, {"token", token}, {"response", "o-1"}}}}};
  }
  json begun() { return told("idempotency/begin", {{"key", "k"}, {"fingerprint", "f"}}); }
  // How much of the order is there.
  json found() {
    return {{"record", told("entity/get", {{"type", "order"}, {"id", "o-1"}})["found"]},
            {"jobs", told("job/claim", {{"queue", "mail"}, {"worker", "w"}, {"lease_ms", 1000}})["jobs"].size()},
            {"timer", told("timer/get", {{"name", "o-1"}})["found"]},
            {"events", told("event/read", {{"topic", "orders"}})["events"].size()},
            {"key", begun()["outcome"]}};
  }
};
DETOY_ON_ALL_ENGINES(UnitTest);

TEST_P(UnitTest, AllCallsAreDone) {
  const Response response = run(order(begun()["token"]));
  ASSERT_EQ(response.status, 200) << response.body;
  const json replies = json::parse(response.body)["replies"];
  ASSERT_EQ(replies.size(), 5u);
  EXPECT_EQ(replies[0]["version"], 1);
  EXPECT_EQ(replies[1]["fresh"], true);
  EXPECT_EQ(replies[3]["published"][0]["position"], 1);
  EXPECT_EQ(found(), json({{"record", true}, {"jobs", 1}, {"timer", true}, {"events", 1}, {"key", "replay"}}));
}

TEST_P(UnitTest, OrNone) {
  const json token = begun()["token"];
  json calls = order(token);
  calls.push_back({{"call", "job/complete"}, {"body", {{"id", 77}, {"token", 1}}}});
  const Response response = run(calls);
  EXPECT_EQ(response.status, 409) << response.body;
  EXPECT_EQ(json::parse(response.body)["detail"], "calls[5], job/complete: the claim of job 77 was lost");
  EXPECT_EQ(found(), json({{"record", false}, {"jobs", 0}, {"timer", false}, {"events", 0}, {"key", "in_progress"}}));
  EXPECT_EQ(run(order(token)).status, 200) << "the key is still that of who began";
}

TEST_P(UnitTest, ALaterCallSeesWhatAnEarlierOneWrote) {
  const json patch = {
      {"type", "order"}, {"id", "o-1"}, {"actor", "ann"}, {"changes", {{"total", 8}}}, {"if_version", 1}};
  const Response response = run({order(0)[0], {{"call", "entity/patch"}, {"body", patch}}});
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(json::parse(response.body)["replies"][1]["body"]["total"], 8);
}

TEST_P(UnitTest, WhatTakesNoPartIsNamed) {
  EXPECT_EQ(refused({{{"call", "cache/set"}}}), "calls[0] this call takes no part in a unit of work");
  EXPECT_EQ(refused({{{"call", "unit/run"}}}), "calls[0] this call takes no part in a unit of work");
  EXPECT_EQ(refused({order(0)[1], {{"call", "job/ask"}}}), "calls[1] there is no such call");
  EXPECT_EQ(refused({{{"call", "job/enqueue"}, {"body", {{"queue", 7}}}}}),
            "calls[0], job/enqueue: queue must be text");
  EXPECT_EQ(refused(json::array()), "calls must be an array of 1 to 32 objects");
  EXPECT_EQ(refused({{{"call", "job/enqueue"}, {"body", 7}}}), "calls[0].body must be an object");
}

TEST_P(UnitTest, AKeyIsForItsPrimitivesInAUnitToo) {
  use_key(key_for({"acme", {"job"}}, "narrow"));
  EXPECT_EQ(run(json::array({order(0)[1]})).status, 200);
  EXPECT_EQ(refused({order(0)[1], order(0)[2]}), "calls[1] the key is not for this primitive");
}

TEST_P(UnitTest, TenantsAreApart) {
  ASSERT_EQ(run({order(0)[1], order(0)[3]}).status, 200);
  use_key(key_for({"other", {}}, "other"));
  EXPECT_EQ(told("job/claim", {{"queue", "mail"}, {"worker", "w"}, {"lease_ms", 1000}})["jobs"].size(), 0u);
  EXPECT_EQ(told("event/read", {{"topic", "orders"}})["events"].size(), 0u);
}

}  // namespace
}  // namespace detoy::serve

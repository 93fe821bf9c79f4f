#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <thread>

#include "foundation/timer.h"
#include "serve/application_test_support.h"
#include "serve/json_fields.h"

namespace detoy::serve {
namespace {

using foundation::EngineKind;
using foundation::name_of_engine;
using nlohmann::json;

// What is the same in every run: names of members and values that are no ids, times or tokens.
json comparable(const json& value, const std::string& name = {}) {
  if (value.is_object()) {
    json result = json::object();
    for (const auto& [key, inner] : value.items()) result[key] = comparable(inner, key);
    return result;
  }
  if (value.is_array()) {
    json result = json::array();
    for (const json& inner : value) result.push_back(comparable(inner, name));
    return result;
  }
  constexpr std::array varying = {"id",   "until",  "token",        "version",        "generation",
                                  "time", "cursor", "remaining_ms", "reset_after_ms", "retry_after_ms"};
  const bool varies = std::find(varying.begin(), varying.end(), name) != varying.end() || name.ends_with("_at") ||
                      name.ends_with("_until");
  return varies ? json(value.type_name()) : value;
}

// Makes the calls of the examples, with the ids and tokens that it got instead of those that were written.
class Follower {
 public:
  json request(const Route& route) const {
    json body = json::parse(route.request_example);
    const auto token = tokens_.find(route.primitive);
    if (body.contains("token") && token != tokens_.end()) body["token"] = token->second;
    const auto ids = ids_.find(route.primitive);
    if (body.contains("id") && ids != ids_.end()) {
      const auto nth = body["id"].get<std::size_t>() - 1;
      if (nth < ids->second.size()) body["id"] = ids->second[nth];
    }
    return body;
  }
  void learn(const Route& route, const json& reply) {
    if (reply.is_array() || reply.is_object()) {
      for (const auto& [name, value] : reply.items()) {
        if (name == "token") tokens_[route.primitive] = value.get<std::int64_t>();
        if (name == "id" && reply.contains("fresh")) ids_[route.primitive].push_back(value.get<std::int64_t>());
        learn(route, value);
      }
    }
  }

 private:
  std::map<std::string_view, std::int64_t> tokens_;
  std::map<std::string_view, std::vector<std::int64_t>> ids_;
};

class ApplicationTest : public OnApplication {
 protected:
  Response follow(Follower& follower, const Route& route) {
    Response response = post(route.path(), follower.request(route).dump());
    follower.learn(route, json::parse(response.body));
    return response;
  }
};
DETOY_ON_ALL_PLACES(ApplicationTest);

class ApplicationOnEngine : public ApplicationTest {};
DETOY_ON_ALL_ENGINES(ApplicationOnEngine);

TEST_P(ApplicationTest, EveryRouteAnswersItsExampleAsTheDescriptionSays) {
  Follower follower;
  for (const Route& route : all_routes()) {
    const Response response = follow(follower, route);
    EXPECT_EQ(response.status, 200) << route.path() << " " << response.body;
    EXPECT_EQ(comparable(json::parse(response.body)), comparable(json::parse(route.reply_example))) << route.path();
  }
}

TEST_P(ApplicationTest, TheDescriptionHasEveryRouteAndNothingElse) {
  const json described = json::parse(get("/openapi.json").body);
  EXPECT_EQ(described["openapi"], "3.1.0");
  std::size_t calls = 0;
  for (const auto& [path, operations] : described["paths"].items()) {
    calls += operations.contains("post") ? 1 : 0;
    EXPECT_TRUE(operations.contains("post") || (operations.contains("get") && get(path).status != 404)) << path;
  }
  EXPECT_EQ(calls, all_routes().size());
  for (const Route& route : all_routes()) {
    const json& post = described["paths"][route.path()]["post"];
    EXPECT_EQ(post["requestBody"]["content"]["application/json"]["example"], json::parse(route.request_example));
    EXPECT_EQ(post["responses"]["200"]["content"]["application/json"]["example"], json::parse(route.reply_example));
  }
}

// What the description says of a body is what the handler wants of it.
TEST_P(ApplicationTest, TheDescriptionSaysWhatABodyMustHave) {
  const json described = json::parse(get("/openapi.json").body);
  for (const Route& route : all_routes()) {
    const json& content = described["paths"][route.path()]["post"]["requestBody"]["content"]["application/json"];
    const json& schema = content["schema"];
    const json& example = content["example"];
    ASSERT_EQ(schema["type"], "object") << route.path();
    for (const auto& [name, value] : example.items())
      EXPECT_TRUE(schema["properties"].contains(name)) << route.path() << " " << name;
    for (const json& name : schema.value("required", json::array())) {
      ASSERT_TRUE(example.contains(name)) << route.path() << " " << name;
      json without = example;
      without.erase(name.get<std::string>());
      const Response refused = post(route.path(), without.dump());
      EXPECT_EQ(refused.status, 400) << route.path() << " " << name;
      EXPECT_EQ(json::parse(refused.body)["detail"], name.get<std::string>() + " is missing") << route.path();
    }
    json more = example;
    more["hey"] = 1;
    EXPECT_EQ(post(route.path(), more.dump()).status, 400) << route.path();
    for (const auto& [name, type] : schema["properties"].items()) {
      if (!type.contains("maximum") || !example.contains(name)) continue;
      json beyond = example;
      beyond[name] = type["maximum"].get<std::int64_t>() + 1;
      EXPECT_EQ(post(route.path(), beyond.dump()).status, 400) << route.path() << " " << name;
    }
  }
}

// Every call of one tenant is answered as if the other, who uses the same names, had never made one.
TEST_P(ApplicationTest, TenantsDoNotSeeEachOther) {
  const std::string disturbing = key_for({"first", {}}, "first");
  const std::string disturbed = key_for({"second", {}}, "second");
  const std::string alone = key_for({"third", {}}, "third");
  Follower followers[3];
  const auto routes = all_routes();
  for (std::size_t i = 0; i < routes.size(); ++i) {
    use_key(alone);
    const Response expected = follow(followers[0], routes[i]);
    use_key(disturbing);
    for (std::size_t k = 0; k <= i; ++k) follow(followers[1], routes[k]);
    use_key(disturbed);
    const Response found = follow(followers[2], routes[i]);
    EXPECT_EQ(found.status, expected.status) << routes[i].path() << " " << found.body;
    EXPECT_EQ(comparable(json::parse(found.body)), comparable(json::parse(expected.body))) << routes[i].path();
  }
}

// What is known by a number, and not by a name of the tenant's own.
TEST_P(ApplicationTest, AnotherTenantsJobsAreNotThere) {
  const json added = json::parse(post("/v1/job/enqueue", R"({"queue": "mail"})").body);
  const json taken = json::parse(post("/v1/job/claim", R"({"queue": "mail", "worker": "w", "lease_ms": 60000})").body);
  const json held = {{"id", added["id"]}, {"token", taken["jobs"][0]["token"]}};
  const auto with = [&](const json& more) {
    json body = held;
    body.update(more);
    return body.dump();
  };
  const std::string id = json({{"id", added["id"]}}).dump();
  const std::string own = key_for({"other", {}}, "other");
  use_key(own);
  EXPECT_EQ(post("/v1/job/get", id).body, R"({"found":false})");
  EXPECT_EQ(post("/v1/job/cancel", id).body, R"({"cancelled":false})");
  EXPECT_EQ(post("/v1/job/heartbeat", with({{"lease_ms", 1000}})).status, 409);
  EXPECT_EQ(post("/v1/job/complete", held.dump()).status, 409);
  EXPECT_EQ(post("/v1/job/fail", with({{"error", "no"}})).status, 409);
  EXPECT_EQ(post("/v1/job/claim", R"({"queue": "mail", "worker": "w", "lease_ms": 60000})").body, R"({"jobs":[]})");
}

TEST_P(ApplicationTest, WithoutAValidKeyNothingIsDone) {
  for (const Route& route : all_routes()) {
    for (const char* authorization : {"", "Bearer ", "Bearer detoy_0000", "Basic YTpi", "detoy_1234"}) {
      Request request = request_for(route.path(), route.request_example);
      request.authorization = authorization;
      const Response response = application().handle(request);
      EXPECT_EQ(response.status, 401) << route.path() << " " << authorization;
      EXPECT_EQ(response.content_type, "application/problem+json");
    }
  }
}

TEST_P(ApplicationTest, AKeyIsForItsPrimitivesOnly) {
  use_key(key_for({"acme", {"lock", "cache"}}, "narrow"));
  for (const Route& route : all_routes()) {
    const bool covered = route.primitive == "lock" || route.primitive == "cache" || route.primitive == "unit";
    EXPECT_EQ(post(route.path(), "[]").status, covered ? 400 : 403) << route.path();
  }
}

TEST_P(ApplicationTest, ARemovedKeyIsRefused) {
  EXPECT_EQ(application().keys().remove("test"), true);
  EXPECT_EQ(application().keys().remove("test"), false);
  EXPECT_EQ(post("/v1/cache/get", R"({"key": "a"})").status, 401);
}

TEST_P(ApplicationTest, WhatIsWrongWithABodyIsNamed) {
  const auto detail = [&](std::string_view path, std::string_view body) {
    const Response response = post(std::string(path), body);
    EXPECT_EQ(response.status, 400) << path << " " << body;
    return json::parse(response.body)["detail"].get<std::string>();
  };
  EXPECT_EQ(detail("/v1/cache/get", "{"), "the body is no valid JSON");
  EXPECT_EQ(detail("/v1/cache/get", "[]"), "the body must be an object");
  EXPECT_EQ(detail("/v1/cache/get", "{}"), "key is missing");
  EXPECT_EQ(detail("/v1/cache/get", R"({"key": 7})"), "key must be text");
  EXPECT_EQ(detail("/v1/cache/get", R"({"key": "a\u0000b"})"), "key must not have a NUL character");
  EXPECT_EQ(detail("/v1/cache/set", R"({"key": "a", "value": "b", "keep_ms": 1000, "tags": ["a\u0000b"]})"),
            "tags must be an array of up to 16 texts");
  EXPECT_EQ(detail("/v1/cache/get", R"({"key": "a", "hey": 1})"), "hey is not known here");
  EXPECT_EQ(detail("/v1/cache/get", R"({"key": ""})"), "key must not be empty");
  EXPECT_EQ(detail("/v1/job/claim", R"({"queue": "q", "worker": "w", "lease_ms": 1e3})"),
            "lease_ms must be a whole number between 0 and 31622400000");
  EXPECT_EQ(detail("/v1/job/claim", R"({"queue": "q", "worker": "w", "lease_ms": 18446744073709551615})"),
            "lease_ms must be a whole number between 0 and 31622400000");
  EXPECT_EQ(
      detail("/v1/rate_limit/take",
             R"({"checks": [{"key": "a", "rule": {"name": "r", "algorithm": "x", "limit": 1, "period_ms": 9}}]})"),
      "checks[0].rule.algorithm must be one of token_bucket, sliding_window");
  EXPECT_EQ(detail("/v1/rate_limit/take", R"({"checks": []})"), "checks must be an array of 1 to 16 objects");
  EXPECT_EQ(detail("/v1/cache/set", R"({"key": "a", "value_base64": "###", "keep_ms": 1000})"),
            "value_base64 is no valid base64");
  EXPECT_EQ(detail("/v1/lock/acquire", R"({"name": "a", "owner": "b", "lease_ms": 1000, "wait_ms": 31000})"),
            "wait_ms must be between 0 and 30000");
  EXPECT_EQ(detail("/v1/cache/get", std::string(10'000, '[')), "the body has more than 64 levels");
}

TEST_P(ApplicationTest, BytesThatAreNoTextGoInAndOutAsBase64) {
  EXPECT_EQ(post("/v1/cache/set", R"({"key": "a", "value_base64": "/wD+", "keep_ms": 60000})").status, 200);
  const json got = json::parse(post("/v1/cache/get", R"({"key": "a"})").body);
  EXPECT_EQ(got["value_base64"], "/wD+");
  EXPECT_FALSE(got.contains("value"));
  EXPECT_EQ(post("/v1/cache/set", R"({"key": "a", "value": "b\u0000c", "keep_ms": 60000})").status, 200);
  EXPECT_EQ(json::parse(post("/v1/cache/get", R"({"key": "a"})").body)["value"], std::string("b\0c", 3));
}

TEST_P(ApplicationTest, AConflictIsToldAsOne) {
  const Response lost = post("/v1/lock/renew", R"({"name": "a", "owner": "b", "lease_ms": 1000, "token": 7})");
  EXPECT_EQ(lost.status, 409);
  EXPECT_EQ(json::parse(lost.body)["status"], 409);
}

TEST_P(ApplicationTest, AnETagSaysWhichVersionIsToBeChanged) {
  for (const Route& route : all_routes()) {
    const bool wanted = route.path() == "/v1/entity/define" || route.path() == "/v1/entity/create";
    if (!wanted) continue;
    EXPECT_EQ(post(route.path(), route.request_example).status, 200);
  }
  const auto remove = [&](const char* if_match, const json& more = json::object()) {
    json body = {{"type", "payment"}, {"id", "p-1"}, {"actor", "ann"}};
    body.update(more);
    Request request = request_for("/v1/entity/remove", body.dump());
    request.if_match = if_match;
    return application().handle(request);
  };
  const Response other = remove("\"7\"");
  EXPECT_EQ(other.status, 412);
  EXPECT_EQ(json::parse(other.body)["detail"], "payment p-1 has version 1, not 7");
  EXPECT_EQ(remove("", {{"if_version", 7}}).status, 409);
  EXPECT_EQ(remove("\"1\"", {{"if_version", 2}}).status, 400);
  for (const char* wrong : {"1", "\"\"", "W/\"1\"", "\"1\", \"2\"", "\"x\"", "\"", "\"0\""})
    EXPECT_EQ(remove(wrong).status, 400) << wrong;
  const Response done = remove("\"1\"");
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(header(done, "ETag"), "\"2\"");
}

TEST_P(ApplicationTest, RateLimitsAreToldInHeaders) {
  const auto rule = [](const char* name, int limit) {
    return json{{"name", name}, {"algorithm", "sliding_window"}, {"limit", limit}, {"period_ms", 86'400'000}};
  };
  const json body = {
      {"checks", {{{"key", "a"}, {"rule", rule("day \"one\"", 1)}}, {{"key", "a"}, {"rule", rule("b", 9)}}}}};
  const Response first = post("/v1/rate_limit/take", body.dump());
  EXPECT_EQ(header(first, "RateLimit-Policy"), R"("day \"one\"";q=1;w=86400, "b";q=9;w=86400)");
  EXPECT_TRUE(header(first, "RateLimit").starts_with(R"("day \"one\"";r=0;t=)")) << header(first, "RateLimit");
  EXPECT_NE(header(first, "RateLimit").find(R"(, "b";r=8;t=)"), std::string::npos) << header(first, "RateLimit");
  EXPECT_EQ(header(first, "RateLimit-Limit"), "1");
  EXPECT_EQ(header(first, "RateLimit-Remaining"), "0");
  EXPECT_EQ(header(first, "Retry-After"), "");
  const Response second = post("/v1/rate_limit/take", body.dump());
  EXPECT_GT(std::stoi(header(second, "Retry-After")), 0);
}

TEST_P(ApplicationTest, ATimerFiresAtATimeAndItsJobsTellTheStep) {
  EXPECT_EQ(
      post("/v1/timer/schedule", R"({"name": "a", "queue": "q", "at": "2026-01-01T00:00:00Z", "after_ms": 5})").status,
      400);
  EXPECT_EQ(post("/v1/timer/schedule", R"({"name": "a", "queue": "q", "after_ms": 316224000000})").status, 200);
  ASSERT_EQ(
      post("/v1/timer/schedule", R"({"name": "a", "queue": "q", "at": "2026-01-01T00:00:00Z", "steps_ms": [1000]})")
          .status,
      200);
  std::vector<std::string> keys;
  while (keys.size() < 2) {
    const json claimed =
        json::parse(post("/v1/job/claim", R"({"queue": "q", "worker": "w", "lease_ms": 60000, "most": 2})").body);
    for (const json& job : claimed["jobs"]) keys.push_back(job["unique_key"]);
  }
  EXPECT_TRUE(keys[0].starts_with("timer:a:") && keys[0].ends_with(":0")) << keys[0];
  EXPECT_TRUE(keys[1].starts_with("timer:a:") && keys[1].ends_with(":1")) << keys[1];
}

TEST_P(ApplicationTest, MethodsPathsAndTypesAreChecked) {
  EXPECT_EQ(get("/v1/cache/get").status, 405);
  EXPECT_EQ(get("/v1/cache").status, 404);
  EXPECT_EQ(get("/").status, 404);
  EXPECT_EQ(post("/livez", "").status, 405);
  EXPECT_EQ(get("/livez?verbose=1").status, 200);
  Request form = request_for("/v1/cache/get", R"({"key": "a"})");
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"}) {
    form.content_type = type;
    EXPECT_EQ(application().handle(form).status, 415) << type;
  }
  form.content_type = "Application/JSON; charset=utf-8";
  EXPECT_EQ(application().handle(form).status, 200);
}

TEST_P(ApplicationTest, LongValuesAreNotRepeatedInWhole) {
  for (const Route& route : all_routes()) {
    if (route.path() == "/v1/entity/define") post(route.path(), route.request_example);
  }
  // Characters of two bytes, one of which is where it is cut.
  std::string id = "a";
  for (int i = 0; i < 30'000; ++i) id += "\xc3\xa4";
  const json missing =
      json::parse(post("/v1/entity/restore", json{{"type", "payment"}, {"id", id}, {"actor", "bob"}}.dump()).body);
  EXPECT_NE(missing["detail"].get<std::string>().find("payment a"), std::string::npos) << missing;
  EXPECT_LT(missing["detail"].get<std::string>().size(), 600u) << missing;
}

TEST_P(ApplicationTest, OtherMethodsAreToldWhichAreAllowed) {
  const auto allowed = [&](const char* method, const char* path) {
    const Response response = application().handle({method, path, "", "", "", ""});
    EXPECT_EQ(response.status, 405) << method << " " << path;
    for (const auto& [name, value] : response.headers) {
      if (name == "Allow") return value;
    }
    return std::string();
  };
  for (const char* method : {"GET", "HEAD", "OPTIONS", "PUT", "TRACE", "post"})
    EXPECT_EQ(allowed(method, "/v1/cache/get"), "POST");
  for (const char* method : {"POST", "OPTIONS", "DELETE"}) EXPECT_EQ(allowed(method, "/livez"), "GET, HEAD");
  EXPECT_EQ(application().handle({"HEAD", "/livez", "", "", "", ""}).status, 200);
  EXPECT_EQ(application().handle({"OPTIONS", "*", "", "", "", ""}).status, 404);
}

TEST_P(ApplicationTest, ReadinessTellsTheTruth) {
  EXPECT_EQ(get("/livez").status, 200);
  EXPECT_EQ(get("/readyz").status, 200);
  application().drain();
  const Response draining = get("/readyz");
  EXPECT_EQ(draining.status, 503);
  EXPECT_EQ(json::parse(draining.body)["reasons"], json::array({"shutting down"}));
  EXPECT_EQ(get("/livez").status, 200);
}

TEST_P(ApplicationTest, TimersFireWithoutBeingAsked) {
  ASSERT_TRUE(foundation::Timers(engine()).schedule("acme", {.name = "sla", .queue = "mail", .payload = "late"}));
  const auto due = [&] {
    return json::parse(post("/v1/job/claim", R"({"queue": "mail", "worker": "w", "lease_ms": 60000})").body)["jobs"];
  };
  json jobs = due();
  while (jobs.empty()) jobs = due();
  EXPECT_EQ(jobs[0]["payload"], "late");
}

TEST_P(ApplicationTest, WithoutItsTablesTheStoreIsNotReady) {
  static constexpr foundation::Statement drop = "DROP TABLE detoy_schema";
  ASSERT_TRUE(engine().write(foundation::Durability::machine,
                             [](foundation::Transaction& transaction) { return transaction.run(drop); }));
  const Response response = get("/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(json::parse(response.body)["reasons"], json::array({"the store does not answer"}));
  EXPECT_NE(logged().find("not ready"), std::string::npos);
}

TEST_P(ApplicationTest, TracesGoOnAndMetricsTellOfNoTenant) {
  Request request = request_for("/v1/cache/get", R"({"key": "a"})");
  request.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const Response response = application().handle(request);
  std::string traceparent;
  for (const auto& [name, value] : response.headers) traceparent = name == "traceparent" ? value : traceparent;
  EXPECT_TRUE(traceparent.starts_with("00-0af7651916cd43dd8448eb211c80319c-")) << traceparent;
  EXPECT_TRUE(traceparent.ends_with("-01"));
  EXPECT_EQ(traceparent.find("b7ad6b7169203331"), std::string::npos);
  const std::string metrics = get("/metrics").body;
  EXPECT_NE(metrics.find(R"(detoy_requests_total{call="get",primitive="cache",status="200"} 1)"), std::string::npos)
      << metrics;
  EXPECT_EQ(metrics.find("acme"), std::string::npos);
}

// A call that fails in the store, with a value and a key that nobody but the caller should see.
TEST_P(ApplicationOnEngine, AStoreThatCannotBeWrittenIsNotReady) {
  // Each round of the upkeep writes by it.
  ASSERT_TRUE(engine().write(foundation::Durability::machine, [](foundation::Transaction& t) {
    return t.run("ALTER TABLE rate_limit RENAME TO gone");
  }));
  while (get("/readyz").status == 200) std::this_thread::yield();
  EXPECT_EQ(json::parse(get("/readyz").body)["reasons"], json::array({"the store cannot be written"}));
  ASSERT_TRUE(engine().write(foundation::Durability::machine, [](foundation::Transaction& t) {
    return t.run("ALTER TABLE gone RENAME TO rate_limit");
  }));
  while (get("/readyz").status != 200) std::this_thread::yield();
}

TEST_P(ApplicationOnEngine, ErrorsOfTheStoreAreLoggedWithoutSecretsAndNotShown) {
  static constexpr foundation::Statement drop = "DROP TABLE cache";
  ASSERT_TRUE(engine().write(foundation::Durability::machine,
                             [](foundation::Transaction& transaction) { return transaction.run(drop); }));
  const Request request =
      request_for("/v1/cache/set", R"({"key": "secret-key", "value": "secret-value", "keep_ms": 1000})");
  const Response response = application().handle(request);
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("cache"), std::string::npos) << response.body;
  EXPECT_NE(logged().find("a call failed"), std::string::npos);
  for (const std::string& secret :
       {std::string("secret-key"), std::string("secret-value"), request.authorization.substr(7)})
    EXPECT_EQ(logged().find(secret), std::string::npos) << logged();
}

}  // namespace
}  // namespace detoy::serve

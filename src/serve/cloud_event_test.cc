#include "serve/cloud_event.h"

#include <gtest/gtest.h>

namespace detoy::serve {
namespace {

using foundation::Event;
using foundation::NewEvent;
using nlohmann::json;

std::string problem_of(const json& sent) {
  Fields fields(sent);
  const SentEvent event(fields);
  const auto valid = fields.finish();
  return valid ? "" : valid.error().message;
}

Event event_of_type(const char* content_type) {
  Event event;
  event.source = "/shop";
  event.type = "t";
  event.id = "1";
  event.content_type = content_type;
  return event;
}

TEST(CloudEvent, MembersThatAreNoAttributesAreExtensions) {
  const json sent = {{"specversion", "1.0"}, {"source", "/shop"}, {"type", "t"},    {"time", "1970-01-01T00:00:01Z"},
                     {"region", "eu"},       {"attempt", 7},      {"urgent", true}, {"absent", nullptr}};
  Fields fields(sent);
  const SentEvent event(fields);
  ASSERT_TRUE(fields.finish());
  std::vector<NewEvent::Extension> extensions;
  const NewEvent view = event.view(extensions);
  EXPECT_EQ(view.time, 1'000'000);
  ASSERT_EQ(view.extensions.size(), 3u);
  EXPECT_EQ(view.extensions[0].name, "attempt");
  EXPECT_EQ(view.extensions[0].value, "7");
  EXPECT_EQ(view.extensions[1].value, "eu");
  EXPECT_EQ(view.extensions[2].value, "true");
}

TEST(CloudEvent, WhatCanBeNoExtensionIsNamed) {
  const auto with = [](const char* name, const json& value) {
    return problem_of({{"source", "/shop"}, {"type", "t"}, {name, value}});
  };
  EXPECT_EQ(with("Region", "eu"), "Region is not known here");
  EXPECT_EQ(with("data_type", "eu"), "data_type is not known here");
  EXPECT_EQ(with("region", json::array()), "region must be text, a whole number, true or false");
  EXPECT_EQ(with("position", 7), "position is told in answers: no extension is named so");
  EXPECT_EQ(with("specversion", "0.3"), "specversion must be one of 1.0");
  EXPECT_EQ(with("time", "today"), "time must be a time like 2026-01-31T12:00:00Z");
  json many = {{"source", "/shop"}, {"type", "t"}};
  for (int i = 0; i < 17; ++i) many["x" + std::to_string(i)] = "";
  EXPECT_EQ(problem_of(many), "x9 is too much: there may be 16 further members");
}

TEST(CloudEvent, JsonDataGoesInAsItIs) {
  Event event = event_of_type("application/Foo+JSON; charset=utf-8");
  event.data = R"({"total": 123456789012345678901234567890})";
  EXPECT_TRUE(cloud_event_text(event).ends_with(R"(,"data":{"total": 123456789012345678901234567890}})"))
      << cloud_event_text(event);
  EXPECT_TRUE(json::accept(cloud_event_text(event)));
}

TEST(CloudEvent, DataMayBeAnyJsonAndComesBackSo) {
  for (const json& data : {json::object({{"total", 7}}), json::array({1, "a"}), json(7), json(true)}) {
    const json sent = {{"source", "/shop"}, {"type", "t"}, {"data", data}};
    Fields fields(sent);
    const SentEvent event(fields);
    ASSERT_TRUE(fields.finish());
    std::vector<NewEvent::Extension> extensions;
    const NewEvent view = event.view(extensions);
    EXPECT_EQ(view.content_type, "application/json");
    EXPECT_EQ(view.data, data.dump());
    Event stored = event_of_type("application/json");
    stored.data = view.data;
    EXPECT_EQ(told_event(stored)["data"], data);
  }
  const json sent = {{"source", "/shop"}, {"type", "t"}, {"data", {1}}, {"datacontenttype", "text/plain"}};
  EXPECT_EQ(problem_of(sent), "data must be text: datacontenttype is not JSON");
  EXPECT_EQ(problem_of({{"source", "/shop"}, {"type", "t"}, {"data", {1}}, {"data_base64", "/w=="}}),
            "data and data_base64 exclude each other");
  EXPECT_EQ(problem_of({{"source", "/shop"}, {"type", "t"}, {"data", nullptr}}), "");
}

TEST(CloudEvent, OtherDataIsTextOrBase64) {
  Event event = event_of_type("application/json");
  for (const char* data : {"{", "\xEF\xBB\xBF{}", "hello"}) {
    event.data = data;
    EXPECT_EQ(json::parse(cloud_event_text(event))["data"], data);
  }
  event.content_type = "text/plain";
  event.data = "{}";
  EXPECT_EQ(json::parse(cloud_event_text(event))["data"], "{}");
  event.data = "\xff";
  EXPECT_EQ(json::parse(cloud_event_text(event))["data_base64"], "/w==");
  event.data.clear();
  EXPECT_FALSE(json::parse(cloud_event_text(event)).contains("data"));
}

TEST(CloudEvent, AnExtensionDoesNotHideAnAttribute) {
  Event event = event_of_type("");
  event.position = 7;
  event.extensions = {{"position", "9"}, {"region", "eu"}};
  const json told = told_event(event);
  EXPECT_EQ(told["position"], 7);
  EXPECT_EQ(told["region"], "eu");
}

}  // namespace
}  // namespace detoy::serve

#include "foundation/json_schema.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace detoy::foundation {
namespace {

using Json = nlohmann::json;

// Empty: it matches. Otherwise the error.
std::string compare(const std::string& schema, const Json& document) {
  const auto compiled = compile_schema(schema);
  if (!compiled) return compiled.error().message;
  const auto checked = check_document(*compiled, document);
  if (checked) return {};
  EXPECT_EQ(checked.error().category, ErrorCategory::usage) << checked.error().message;
  return checked.error().message;
}

std::string nested(const std::string& open, const std::string& close, int times, const std::string& inside = {}) {
  std::string text;
  for (int i = 0; i < times; ++i) text += open;
  text += inside;
  for (int i = 0; i < times; ++i) text += close;
  return text;
}

TEST(JsonSchema, AnErrorNamesThePlaceAndTheReason) {
  const std::string schema =
      R"({"type":"object","properties":{"lines":{"type":"array","items":{"type":"object","properties":
      {"a/b":{"type":"number"}}}}}})";
  EXPECT_EQ(compare(schema, {{"lines", {{{"a/b", 1}}}}}), "");
  const std::string error = compare(schema, {{"lines", {{{"a/b", 1}}, {{"a/b", "x"}}}}});
  EXPECT_TRUE(error.starts_with("/lines/1/a~1b: ")) << error;
}

TEST(JsonSchema, ChecksWhatTheKeywordsSay) {
  const std::vector<std::pair<const char*, std::pair<Json, Json>>> cases = {
      {R"({"type":["integer","null"]})", {1, "1"}},
      {R"({"enum":["a",2]})", {2, 3}},
      {R"({"const":{"a":1}})", {{{"a", 1}}, {{"a", 2}}}},
      {R"({"minimum":1,"maximum":3})", {3, 4}},
      {R"({"exclusiveMaximum":3})", {2.5, 3}},
      {R"({"multipleOf":0.1})", {0.3, 0.35}},
      {R"({"multipleOf":2})", {4, 2.5}},
      {R"({"minLength":2,"maxLength":3})", {"äöü", "äöüß"}},
      {R"({"items":{"type":"string"}})", {{"a"}, {"a", 1}}},
      {R"({"items":[{"type":"string"}],"additionalItems":false})", {{"a"}, {"a", 1}}},
      {R"({"contains":{"const":1}})", {{2, 1}, {2, 3}}},
      {R"({"maxItems":1})", {{1}, {1, 2}}},
      {R"({"uniqueItems":true})", {{1, 2}, {1, 1}}},
      {R"({"required":["a"]})", {{{"a", 1}}, Json::object()}},
      {R"({"additionalProperties":false,"properties":{"a":true}})", {{{"a", 1}}, {{"b", 1}}}},
      {R"({"propertyNames":{"maxLength":1}})", {{{"a", 1}}, {{"ab", 1}}}},
      {R"({"maxProperties":1})", {{{"a", 1}}, {{"a", 1}, {"b", 1}}}},
      {R"({"dependencies":{"a":["b"]}})", {{{"a", 1}, {"b", 1}}, {{"a", 1}}}},
      {R"({"dependencies":{"a":{"required":["b"]}}})", {{{"a", 1}, {"b", 1}}, {{"a", 1}}}},
      {R"({"allOf":[{"minimum":1},{"maximum":2}]})", {1, 3}},
      {R"({"anyOf":[{"type":"string"},{"minimum":1}]})", {1, 0}},
      {R"({"oneOf":[{"maximum":5},{"minimum":3}]})", {1, 4}},
      {R"({"not":{"type":"string"}})", {1, "a"}},
      {R"({"if":{"type":"string"},"then":{"minLength":1},"else":{"minimum":1}})", {"a", 0}},
  };
  for (const auto& [schema, documents] : cases) {
    EXPECT_EQ(compare(schema, documents.first), "") << schema;
    EXPECT_NE(compare(schema, documents.second), "") << schema;
    EXPECT_TRUE(compile_schema(schema)) << schema;
  }
}

TEST(JsonSchema, FollowsReferencesWithinTheSchema) {
  const std::string list =
      R"({"$ref":"#/definitions/node","definitions":{"node":{"type":"object","required":["v"],"propertyNames":
      {"maxLength":4},"properties":{"v":{"type":"integer"},"next":{"$ref":"#/definitions/node"}}}}})";
  EXPECT_EQ(compare(list, {{"v", 1}, {"next", {{"v", 2}}}}), "");
  EXPECT_NE(compare(list, {{"v", 1}, {"next", {{"v", "2"}}}}), "");
  EXPECT_NE(compare(list, {{"v", 1}, {"next", {{"v", 2}, {"names", 1}}}}), "");
  const std::string tree = R"({"properties":{"left":{"$ref":"#"},"right":{"$ref":"#"}},"additionalProperties":false})";
  EXPECT_EQ(compare(tree, {{"left", {{"right", Json::object()}}}}), "");
  EXPECT_NE(compare(tree, {{"left", {{"right", {{"x", 1}}}}}}), "");
}

TEST(JsonSchema, RefusesWhatItDoesNotKnowOrMustNotDo) {
  for (const char* schema : {R"({"properties":{"a":{"pattern":"(a+)+$"}}})",
                             R"({"patternProperties":{"a":{}}})",
                             R"({"typo":1})",
                             R"({"$ref":"https://example.com/schema.json"})",
                             R"({"properties":{"a":{"$ref":"other.json#/a"}}})",
                             R"({"$ref":"#/definitions/a"})",
                             R"({"definitions":{"a":true},"$ref":"#/definitions/a/b"})",
                             R"({"definitions":{"a%62":true}})",
                             R"({"properties":{"a":{"$id":"https://example.com"}}})",
                             R"({"multipleOf":0})",
                             R"({"multipleOf":-1})",
                             R"({"maxLength":-1})",
                             R"({"type":"text"})",
                             R"({"required":[1]})",
                             R"({"anyOf":[]})",
                             R"({"properties":{"a":1}})",
                             R"({"minimum":"1"})",
                             "[]",
                             "{",
                             "1"}) {
    const auto compiled = compile_schema(schema);
    ASSERT_FALSE(compiled) << schema;
    EXPECT_EQ(compiled.error().category, ErrorCategory::usage);
  }
  EXPECT_NE(compile_schema(R"({"properties":{"a":{"pattern":"x"}}})").error().message.find("#/properties/a/pattern"),
            std::string::npos);
}

TEST(JsonSchema, RefusesReferencesThatGoInCircles) {
  for (const char* schema : {R"({"$ref":"#"})", R"({"allOf":[{"$ref":"#"}]})", R"({"not":{"anyOf":[{"$ref":"#"}]}})",
                             R"({"if":{"$ref":"#"}})", R"({"dependencies":{"a":{"$ref":"#"}}})",
                             R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}})",
                             R"({"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"},{"$ref":"#/$defs/b"}]},
            "b":{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}}})"}) {
    EXPECT_FALSE(compile_schema(schema)) << schema;
  }
}

TEST(JsonSchema, DeepSchemasAreRefused) {
  EXPECT_FALSE(compile_schema(nested(R"({"not":)", "}", 65, "true")));
  EXPECT_FALSE(compile_schema(nested(R"({"not":)", "}", 17, "true")));
  EXPECT_TRUE(compile_schema(nested(R"({"not":)", "}", 16, "true")));
  const auto chain = [](int length) {
    std::string text = R"({"$ref":"#/$defs/d0","$defs":{)";
    for (int i = 0; i < length; ++i)
      text += fmt::format(R"("d{}":{{"properties":{{"a":{{"$ref":"#/$defs/d{}"}}}}}},)", i, i + 1);
    return text + fmt::format(R"("d{}":{{}}}}}})", length);
  };
  EXPECT_TRUE(compile_schema(chain(60)));
  EXPECT_FALSE(compile_schema(chain(70)));
}

// Each of these would take ages, or all of the memory or of the stack.
TEST(JsonSchema, NoDocumentAndNoSchemaKeepsTheCheckBusy) {
  Json deep = 1;
  for (int i = 0; i < 62; ++i) deep = {{"a", std::move(deep)}};
  const std::string twice = R"({"anyOf":[{"type":"string"},{"properties":{"a":{"$ref":"#/$defs/both"}}}],
      "$defs":{"both":{"anyOf":[{"allOf":[{"type":"object"},{"properties":{"a":{"$ref":"#/$defs/both"}}}]},
      {"allOf":[{"type":["object"]},{"properties":{"a":{"$ref":"#/$defs/both"}}}]}]}}})";
  EXPECT_NE(compare(twice, deep).find("too long"), std::string::npos);
  EXPECT_NE(
      compare(R"({"properties":{"a":{"uniqueItems":true}}})", {{"a", std::vector<int>(100'000)}}).find("too long"),
      std::string::npos);
  EXPECT_NE(compare(R"({"properties":{"a":{"items":{"type":"string"}}}})", {{"a", std::vector<int>(400'000)}}), "");
  std::string levels = "{\"$ref\":\"#/$defs/l0\",\"$defs\":{";
  for (int i = 0; i < 7; ++i)
    levels += fmt::format(R"("l{}":{{"allOf":[{{"$ref":"#/$defs/l{}"}}{}]}},)", i, i + 1,
                          nested(fmt::format(R"(,{{"$ref":"#/$defs/l{}"}})", i + 1), "", 30));
  levels += R"("l7":{"not":{"type":"string"}}}})";
  EXPECT_NE(compare(levels, deep).find("too long"), std::string::npos);
}

TEST(JsonSchema, TheDeepestDocumentAndTheDeepestSchemaFitOnTheStack) {
  Json deep = 1;
  for (int i = 0; i < 62; ++i) deep = {{"a", std::move(deep)}};
  const std::string schema = nested(R"({"allOf":[)", "]}", 14, R"({"properties":{"a":{"$ref":"#"}}})");
  EXPECT_EQ(compare(schema, deep), "");
}

}  // namespace
}  // namespace detoy::foundation

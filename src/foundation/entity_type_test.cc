#include "foundation/entity_type.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "foundation/entity_document.h"

namespace detoy::foundation {
namespace {

const StateMachine payment{.field = "/state",
                           .initial = "authorized",
                           .states = {"authorized", "captured", "refunded"},
                           .transitions = {{"authorized", "captured"}, {"captured", "refunded"}}};

std::string transition(std::string_view from, std::string_view to, bool renamed = true) {
  const auto done = check_transition(payment, "payment p1", from, to, renamed);
  return done ? "" : done.error().message;
}

TEST(EntityType, OnlyDeclaredTransitionsAreAllowed) {
  EXPECT_EQ(transition("", "authorized"), "");
  EXPECT_EQ(transition("authorized", "captured"), "");
  EXPECT_EQ(transition("captured", "authorized"),
            "payment p1 is captured and cannot become authorized: allowed from captured: refunded");
  EXPECT_EQ(transition("refunded", "captured"),
            "payment p1 is refunded and cannot become captured: allowed from refunded: nothing");
  EXPECT_EQ(transition("", "captured"), "payment p1 cannot begin as captured: it begins as authorized");
  EXPECT_EQ(transition("captured", "gone"),
            "/state of payment p1 must be one of authorized, captured, refunded, not gone");
  EXPECT_EQ(transition("captured", ""),
            "/state of payment p1 must be one of authorized, captured, refunded, not absent");
}

TEST(EntityType, NamingTheStateAgainIsATransitionOnlyIfSaidSo) {
  EXPECT_EQ(transition("captured", "captured", false), "");
  EXPECT_EQ(transition("captured", "captured"),
            "payment p1 is captured and cannot become captured: allowed from captured: refunded");
}

TEST(EntityType, ARecordWhoseStateIsNoLongerDeclaredMayBeginAnew) {
  EXPECT_EQ(transition("pending", "authorized"), "");
  EXPECT_EQ(transition("pending", "captured"),
            "payment p1 is pending and cannot become captured: allowed from pending: authorized");
}

TEST(EntityType, RefusesDefinitionsThatMakeNoSense) {
  EXPECT_TRUE(check(EntityType{.schema = "{}", .fields = {{"/a"}, {"/b/c~1d"}}, .states = payment}));
  const auto with_states = [](auto change) {
    StateMachine states = payment;
    change(states);
    return EntityType{.states = states};
  };
  const std::vector<EntityType> wrong = {
      {.schema = "{\"pattern\":\"a\"}"},
      {.fields = {{""}}},
      {.fields = {{"a"}}},
      {.fields = {{"/a~2"}}},
      {.fields = {{"/a"}, {"/a", EntityField::Kind::number}}},
      {.fields = std::vector<EntityField>(17)},
      with_states([](StateMachine& states) { states.field = "state"; }),
      with_states([](StateMachine& states) { states.initial = "gone"; }),
      with_states([](StateMachine& states) { states.states.clear(); }),
      with_states([](StateMachine& states) { states.states.emplace_back("captured"); }),
      with_states([](StateMachine& states) { states.transitions.emplace_back("captured", "gone"); }),
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    const auto checked = check(wrong[i]);
    ASSERT_FALSE(checked) << i;
    EXPECT_EQ(checked.error().category, ErrorCategory::usage);
  }
}

TEST(EntityDocument, KeysOfNumbersAreInTheOrderOfTheNumbers) {
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  const std::vector<std::string> ascending = {
      index_key(std::numeric_limits<double>::lowest()),
      index_key(std::numeric_limits<std::int64_t>::min()),
      index_key(std::numeric_limits<std::int64_t>::min() + 1),
      index_key(-exact - 1),
      index_key(-exact),
      index_key(-2.5),
      index_key(std::int64_t{-2}),
      index_key(-std::numeric_limits<double>::denorm_min()),
      index_key(std::int64_t{0}),
      index_key(std::numeric_limits<double>::denorm_min()),
      index_key(0.5),
      index_key(std::int64_t{1}),
      index_key(1.5),
      index_key(static_cast<double>(exact)),
      index_key(exact + 1),
      index_key(exact + 2),
      index_key(std::numeric_limits<std::int64_t>::max() - 1),
      index_key(std::numeric_limits<std::int64_t>::max()),
      index_key(9223372036854775808.0),
      index_key(std::numeric_limits<double>::max()),
      std::string(after_all_keys),
  };
  for (std::size_t i = 1; i < ascending.size(); ++i) EXPECT_LT(ascending[i - 1], ascending[i]) << i;
  EXPECT_EQ(index_key(1.0), index_key(std::int64_t{1}));
  EXPECT_EQ(index_key(-0.0), index_key(std::int64_t{0}));
}

TEST(EntityDocument, RefusesWhatIsOutOfBounds) {
  const auto open = [](int depth) { return "{\"a\":" + std::string(static_cast<std::size_t>(depth), '['); };
  const auto close = [](int depth) { return std::string(static_cast<std::size_t>(depth), ']') + "}"; };
  EXPECT_TRUE(parse_document("d", open(63) + close(63)));
  for (const std::string& text : std::vector<std::string>{
           open(64) + close(64), open(500'000), "{\"a\":\"" + std::string(1 << 20, 'x') + "\"}", "[]", "1", "", "{",
           "{} x", R"({"a":"\u0000"})", R"({"a":18446744073709551615})", "{\"a\":\"\xff\"}"}) {
    const auto parsed = parse_document("d", text);
    ASSERT_FALSE(parsed) << text.substr(0, 40);
    EXPECT_EQ(parsed.error().category, ErrorCategory::usage);
  }
  EXPECT_TRUE(parse_document("d", R"({"a":"\\u0000 [[[ \" {{{"})"));
}

TEST(EntityDocument, FindsMembersByPointers) {
  const Json document = Json::parse(R"({"a":{"b/c":{"~":1}},"":2,"list":[3]})");
  ASSERT_NE(find_member(document, "/a/b~1c/~0"), nullptr);
  EXPECT_EQ(*find_member(document, "/a/b~1c/~0"), 1);
  EXPECT_EQ(*find_member(document, "/"), 2);
  EXPECT_EQ(find_member(document, "/list/0"), nullptr);
  EXPECT_EQ(find_member(document, "/a/x"), nullptr);
}

}  // namespace
}  // namespace detoy::foundation

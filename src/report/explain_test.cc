#include "report/explain.h"

#include <gtest/gtest.h>

#include "inventory/sample_inventory.h"
#include "report/hostile_inventory.h"

namespace detoy::report {
namespace {

using inventory::Inventory;
using inventory::sample_inventory;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::size_t occurrences(const std::string& text, std::string_view part) {
  std::size_t number = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++number;
  return number;
}

TEST(Explain, TellsTheStoryOfAToy) {
  EXPECT_EQ(explain(sample_inventory(), "5a0000000001", {}).value(),
            R"(createLimiter.hits  [rate limit]  services/gateway/src/limit.ts:7  5a0000000001

What it is
  kind:            rate limit
  held in:         Map
  lives:           as long as the process
  production:      decided by REDIS_URL, unset by default
  shared:          partly: falls back to memory
  service:         gateway

Declared
  services/gateway/src/limit.ts:7
      const hits = new Map<string, number>();

Who changes it
  services/gateway/src/limit.ts:27  reached from POST /payments
      this.hits.set(payment.id, payment);

What selects it
  services/gateway/src/main.ts:31  memory when REDIS_URL is unset
      const limit = process.env.REDIS_URL ? redisLimiter() : createLimiter();

What bounds it
  services/gateway/src/limit.ts:15
      if (hits.size > 10_000) hits.clear();

Verdict
  toy  high risk  high confidence
  hits counts requests per caller in a map that one instance owns.

What it costs
  restart:         All counters start again at zero.
  second instance: The limit is multiplied by the number of instances.

The way out
  replace with:    shared atomic counter (Redis)
  how:             Count in Redis with INCR and a TTL.
)");
}

TEST(Explain, AcceptableSitesHaveNoCostAndNoWayOut) {
  const std::string text = explain(sample_inventory(), "5a0000000002", {}).value();
  EXPECT_TRUE(has(text, "  acceptable  high confidence\n"));
  EXPECT_FALSE(has(text, "What it costs"));
  EXPECT_FALSE(has(text, "The way out"));
}

TEST(Explain, SuppressedAndUnusedToysSaySo) {
  EXPECT_TRUE(has(explain(sample_inventory(), "5a0000000009", {}).value(), "Suppressed: ECB rates change once a day"));
  EXPECT_TRUE(has(explain(sample_inventory(), "5a0000000008", {}).value(), "Production never runs it"));
}

TEST(Explain, EvidenceOfOtherRolesIsTold) {
  Inventory inventory = sample_inventory();
  inventory.sites[0].evidence.push_back({"note", "a.ts", 1, "", "the file is named RedisLimiter"});
  inventory.sites[0].evidence.push_back({"health_probe", "b.ts", 2, "", "asks nothing"});
  const std::string text = explain(inventory, inventory.sites[0].id, {}).value();
  EXPECT_TRUE(has(text, "Also seen\n  a.ts:1  the file is named RedisLimiter\n  b.ts:2  health probe: asks nothing\n"));
}

TEST(Explain, ALongNoteGoesBelowItsPlace) {
  Inventory inventory = sample_inventory();
  inventory.sites[0].evidence[0].note = "a note that does not fit beside the place that it is about";
  EXPECT_TRUE(has(explain(inventory, inventory.sites[0].id, {.width = 80}).value(),
                  "  services/gateway/src/limit.ts:7\n"
                  "      a note that does not fit beside the place that it is about\n"));
}

TEST(Explain, TheBeginningOfAnIdIsEnoughInAnyCase) {
  Inventory inventory = sample_inventory();
  inventory.sites[0].id = "abc000000001";
  EXPECT_TRUE(explain(inventory, "abc", {}).has_value());
  EXPECT_TRUE(explain(inventory, "ABC0", {}).has_value());
}

TEST(Explain, AmbiguousBeginningsNameFiveCandidates) {
  const auto result = explain(sample_inventory(), "5a", {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().category, ErrorCategory::usage);
  EXPECT_TRUE(
      result.error().message.starts_with("\"5a\" is the beginning of 9 ids: 5a0000000001 (createLimiter.hits "));
  EXPECT_EQ(occurrences(result.error().message, " ("), 5u);
  EXPECT_TRUE(result.error().message.ends_with(" and 4 more"));
}

TEST(Explain, UnknownIdsNameTheClosestSites) {
  Inventory inventory = sample_inventory();
  inventory.sites[3].id = "bb0000000001";
  const auto result = explain(inventory, "bbc", {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().category, ErrorCategory::usage);
  EXPECT_TRUE(has(result.error().message, "candidates: bb0000000001 (Dunning._timer")) << result.error().message;
  EXPECT_EQ(occurrences(result.error().message, " ("), 5u);
}

TEST(Explain, ANameInsteadOfAnIdNamesItsSites) {
  const auto result = explain(sample_inventory(), "MemoryStore.refunds", {});
  ASSERT_FALSE(result.has_value());
  EXPECT_TRUE(result.error().message.ends_with(
      "candidates: 5a0000000006 (MemoryStore.refunds services/payments/src/store.ts:13)"));
}

TEST(Explain, NothingAskedOrNothingToExplainIsAUsageError) {
  EXPECT_EQ(explain(sample_inventory(), "", {}).error().category, ErrorCategory::usage);
  EXPECT_EQ(explain({}, "5a", {}).error().message, "there is no site to explain");
}

TEST(Explain, ErrorsStayOnOneHarmlessLine) {
  const auto unknown = explain(hostile_inventory(), hostile, {});
  EXPECT_FALSE(steers_a_terminal(unknown.error().message));
  EXPECT_FALSE(has(unknown.error().message, "\n"));
}

TEST(Explain, ContentCannotSteerTheTerminal) {
  const Inventory inventory = hostile_inventory();
  for (const inventory::Site& site : inventory.sites) {
    EXPECT_FALSE(steers_a_terminal(explain(inventory, site.id, {}).value()));
  }
}

TEST(Explain, ColourOnlyWhenAsked) {
  EXPECT_FALSE(has(explain(sample_inventory(), "5a0000000001", {}).value(), "\x1b"));
  EXPECT_TRUE(has(explain(sample_inventory(), "5a0000000001", {.colour = true}).value(), "\x1b[1;33mhigh risk\x1b[0m"));
}

}  // namespace
}  // namespace detoy::report

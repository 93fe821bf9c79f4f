#include "report/text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "inventory/sample_inventory.h"
#include "report/hostile_inventory.h"
#include "report/printable.h"

namespace detoy::report {
namespace {

using inventory::Inventory;
using inventory::sample_inventory;
using inventory::sample_site;
using inventory::summarise;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::size_t occurrences(const std::string& text, std::string_view part) {
  std::size_t number = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++number;
  return number;
}

TEST(TextReport, ShowsTheSample) {
  EXPECT_EQ(to_text(sample_inventory(), {.width = 100}), R"(5 toys (3 critical, 2 high) in 3 services
1 more never runs in production; 2 acceptable sites; 1 suppressed (shown with --all)
212 files read, 148 of them in production

  gateway   needs work  8 of 9 points, 1 toy
  mailer    ready       9 of 9 points
  payments  stateful    7 of 9 points, 4 toys

CRITICAL  services/payments/src/store.ts:12  MemoryStore (3 members)  [entity store]  5a0000000005
          payments:12, refunds:13, invoices:14
          private payments = new Map<string, Payment>();
          Each of these holds business records that requests write and nothing persists.
          restart:         Every record in each of these since the last start is gone.
          second instance: A record created on one instance does not exist on the other.
          replace with:    PostgreSQL — Move each of these to a table and keep the map's methods as
                           its repository.

HIGH      services/gateway/src/limit.ts:7  createLimiter.hits  [rate limit]  5a0000000001
          const hits = new Map<string, number>();
          hits counts requests per caller in a map that one instance owns.
          selected by:     REDIS_URL, unset by default
          restart:         All counters start again at zero.
          second instance: The limit is multiplied by the number of instances.
          replace with:    shared atomic counter (Redis) — Count in Redis with INCR and a TTL.

HIGH      services/payments/src/dunning.py:52  Dunning._timer  [timer]  5a0000000004
          self._timer = threading.Timer(86400, self.remind)
          _timer is the only memory of the reminder for an unpaid invoice.
          restart:         Reminders that were due later are never sent.
          second instance: Every instance sends the reminders that it scheduled itself.
          replace with:    durable scheduler — Store the due time in a row and let a scheduler claim
                           it.

Never run in production  delete them, or keep them out of production on purpose
  services/payments/src/legacy/queue.ts:3  LegacyQueue.pending  [queue]  5a0000000008

gateway  needs work, 8 of 9 points pass
  ✗  Rate limits are shared  hits is counted per instance unless REDIS_URL is set.

payments  stateful, 7 of 9 points pass
  ✗  Can be killed at any time           A restart loses payments, refunds, invoices and reminders.
  ✗  Any instance can serve any request  Only the instance that took a payment can show it.

Warnings
  services/payments/src/broken.ts:40: syntax error; the rest of the file was read
  vendor/huge.js: larger than 2 MiB; not read

Next: detoy scan shop --explain 5a0000000005
)");
}

TEST(TextReport, NothingToReadIsSaid) {
  EXPECT_EQ(to_text({}, {}), "No file in a language that detoy reads.\n");
}

TEST(TextReport, NoToysIsGoodNews) {
  Inventory inventory;
  inventory.summary.files = 1;
  inventory.summary.production_files = 1;
  EXPECT_EQ(to_text(inventory, {}),
            "No toys found: no state that a restart or a second instance would break.\n"
            "1 file read, 1 of them in production\n");
}

TEST(TextReport, AllShowsSuppressedAcceptableAndEveryMember) {
  const std::string brief = to_text(sample_inventory(), {.width = 100});
  const std::string full = to_text(sample_inventory(), {.width = 100, .all = true});
  for (const std::string_view part :
       {"Suppressed", "rates  ECB rates change once a day", "Acceptable", "client is a connection", "5a0000000007"}) {
    EXPECT_FALSE(has(brief, part)) << part;
    EXPECT_TRUE(has(full, part)) << part;
  }
  EXPECT_TRUE(has(brief, "(shown with --all)"));
  EXPECT_FALSE(has(full, "(shown with --all)"));
}

TEST(TextReport, LongGroupsNameTheFirstMembers) {
  Inventory inventory;
  for (unsigned i = 1; i <= 11; ++i) {
    inventory.sites.push_back(sample_site(fmt::format("{:012x}", i), "a.ts", i, "Store", fmt::format("field{}", i)));
  }
  summarise(inventory);
  const std::string text = to_text(inventory, {.width = 120});
  EXPECT_TRUE(has(text, "Store (11 members)")) << text;
  EXPECT_TRUE(has(text, "field8:8 and 3 more\n")) << text;
  EXPECT_FALSE(has(text, "field9"));
}

TEST(TextReport, VariablesOfAModuleAreAGroupToo) {
  Inventory inventory;
  inventory.sites = {sample_site("5a0000000001", "a.ts", 1, "", "users"),
                     sample_site("5a0000000002", "a.ts", 2, "", "orders")};
  summarise(inventory);
  EXPECT_TRUE(
      has(to_text(inventory, {}), "CRITICAL  a.ts:1  module level (2 variables)  [entity store]  5a0000000001\n"));
}

TEST(TextReport, WorkThatManyCallersLeaveIsOneEntryWithItsPlaces) {
  Inventory inventory;
  for (unsigned i = 1; i <= 12; ++i) {
    inventory::Site site = sample_site(fmt::format("{:012x}", i), i <= 3 ? "a.ts" : fmt::format("f{}.ts", i), i,
                                       fmt::format("caller{}", i), "deliver");
    site.evidence.push_back({"callback", "deliver.ts", 9, "export async function deliver() {", "deliver"});
    inventory.sites.push_back(std::move(site));
  }
  summarise(inventory);
  const std::string brief = to_text(inventory, {.width = 120});
  EXPECT_TRUE(has(brief, "a.ts:1  deliver (12 places)")) << brief;
  EXPECT_TRUE(has(brief, "caller1:1, caller2:2, caller3:3\n")) << brief;
  EXPECT_TRUE(has(brief, "and in 2 more files\n")) << brief;
  EXPECT_EQ(occurrences(brief, "holds business records"), 1u);
  const std::string full = to_text(inventory, {.width = 120, .all = true});
  EXPECT_TRUE(has(full, "f12.ts:12") && has(full, "00000000000c")) << full;
}

TEST(TextReport, WhatWasSaidOfAKindIsNotRepeated) {
  Inventory inventory;
  inventory.sites = {sample_site("5a0000000001", "a.ts", 1, "A", "users"),
                     sample_site("5a0000000002", "b.ts", 2, "B", "orders")};
  summarise(inventory);
  const std::string brief = to_text(inventory, {.width = 200});
  EXPECT_EQ(occurrences(brief, "restart:"), 1u);
  EXPECT_EQ(occurrences(brief, "second instance:"), 1u);
  EXPECT_EQ(occurrences(brief, "replace with:"), 2u);
  EXPECT_TRUE(has(brief, "replace with:    PostgreSQL\n"));
  EXPECT_TRUE(has(brief, "users holds") && has(brief, "orders holds"));
  EXPECT_EQ(occurrences(to_text(inventory, {.width = 200, .all = true}), "restart:"), 2u);
}

TEST(TextReport, SharingThatFallsBackIsNamed) {
  Inventory inventory;
  inventory.sites = {sample_site("5a0000000001", "a.ts", 1, "A", "users")};
  inventory.sites[0].sharing = inventory::Sharing::partial;
  summarise(inventory);
  EXPECT_TRUE(has(to_text(inventory, {}), "shared:          partly: falls back to memory\n"));
}

TEST(TextReport, AtMostTenWarningsAreShown) {
  Inventory inventory = sample_inventory();
  inventory.warnings.clear();
  for (unsigned i = 1; i <= 13; ++i) inventory.warnings.push_back({"w.ts", i, "odd"});
  const std::string text = to_text(inventory, {});
  EXPECT_EQ(occurrences(text, ": odd\n"), 10u);
  EXPECT_TRUE(has(text, "and 3 more; --format json lists all\n"));
}

TEST(TextReport, AWarningOfTheWholeRunHasNoPlace) {
  Inventory inventory;
  inventory.warnings = {{"", 0, "not a Git repository"}};
  EXPECT_TRUE(has(to_text(inventory, {}), "\n  not a Git repository\n"));
}

TEST(TextReport, ManyServicesShowThoseThatFail) {
  Inventory inventory = sample_inventory();
  for (int i = 0; i < 20; ++i) {
    inventory.services.push_back({fmt::format("ready{}", i), "", {}, inventory::Readiness::ready, {}});
  }
  const std::string text = to_text(inventory, {});
  EXPECT_FALSE(has(text, "ready7"));
  EXPECT_TRUE(has(text, "21 more are ready\n"));
  EXPECT_TRUE(has(text, "gateway   needs work"));
  EXPECT_TRUE(has(to_text(inventory, {.all = true}), "ready7"));
}

TEST(TextReport, TheNextStepCanBePasted) {
  Inventory inventory = sample_inventory();
  inventory.root = "my shop's";
  EXPECT_TRUE(has(to_text(inventory, {}), "Next: detoy scan 'my shop'\\''s' --explain 5a0000000005\n"));
  inventory.root = "";
  EXPECT_TRUE(has(to_text(inventory, {}), "Next: detoy scan . --explain 5a0000000005\n"));
}

TEST(TextReport, LinesKeepToTheWidth) {
  for (const unsigned width : {60u, 72u, 80u, 100u, 132u}) {
    std::istringstream lines(to_text(sample_inventory(), {.width = width, .all = true}));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), width) << line;
  }
}

TEST(TextReport, NarrowTerminalsGetEveryWord) {
  EXPECT_TRUE(has(to_text(sample_inventory(), {.width = 1}), "REDIS_URL, unset by"));
}

TEST(TextReport, WithoutColourThereIsNoEscapeByte) {
  EXPECT_FALSE(has(to_text(sample_inventory(), {.all = true}), "\x1b"));
}

TEST(TextReport, ColourChangesNothingButColour) {
  const std::string coloured = to_text(sample_inventory(), {.colour = true, .all = true});
  std::string plain;
  for (std::size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b') {
      i = coloured.find('m', i);
    } else {
      plain += coloured[i];
    }
  }
  EXPECT_TRUE(has(coloured, "\x1b[1;31mCRITICAL\x1b[0m"));
  EXPECT_EQ(plain, to_text(sample_inventory(), {.all = true}));
}

TEST(TextReport, ContentCannotSteerTheTerminal) {
  for (const bool all : {false, true}) {
    for (const unsigned width : {0u, 80u}) {
      EXPECT_FALSE(steers_a_terminal(to_text(hostile_inventory(), {.width = width, .all = all})));
    }
  }
}

}  // namespace
}  // namespace detoy::report

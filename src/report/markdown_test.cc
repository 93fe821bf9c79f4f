#include "report/markdown.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "inventory/sample_inventory.h"
#include "report/hostile_inventory.h"

namespace detoy::report {
namespace {

using inventory::Inventory;
using inventory::sample_inventory;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// The section from its heading to the next one of the same level.
std::string section(const std::string& text, const std::string& heading) {
  const std::size_t start = text.find("\n" + heading + "\n");
  if (start == std::string::npos) return "";
  const std::string level = "\n" + heading.substr(0, heading.find(' ') + 1);
  std::string found = text.substr(start + 1, text.find(level, start + 1) - start);
  while (found.ends_with("\n\n")) found.pop_back();
  return found;
}

// Cells of a table's row: pipes that are not escaped, less one.
std::size_t cells(const std::string& row) {
  std::size_t pipes = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '\\') {
      ++i;
    } else if (row[i] == '|') {
      ++pipes;
    }
  }
  return pipes - 1;
}

TEST(MarkdownReport, EmptyInventoryIsAWholeDocument) {
  const std::string text = to_markdown({});
  EXPECT_TRUE(text.starts_with("# State inventory\n\nMade by detoy: 0 files read, 0 of them in production.\n"));
  for (const char* heading : {"## Singletons", "## Timers", "## Toys that production never runs", "## Suppressed toys",
                              "## Acceptable sites"}) {
    EXPECT_EQ(section(text, heading), std::string(heading) + "\n\nNone.\n") << heading;
  }
  EXPECT_EQ(section(text, "## Services"), "## Services\n\nNo service was found.\n");
  EXPECT_TRUE(has(section(text, "## Method"), "Limits:"));
}

TEST(MarkdownReport, SummaryCountsRisksAndKinds) {
  const std::string summary = section(to_markdown(sample_inventory()), "## Summary");
  EXPECT_EQ(summary, R"(## Summary

| Toys that production runs | Sites |
| --- | --- |
| **critical** | 3 |
| **high** | 2 |
| medium | 0 |
| low | 0 |
| all | 5 |

Not counted above: 1 toy that production never runs, 1 suppressed, 2 acceptable sites.

| Kind | Critical | High | Medium | Low |
| --- | --- | --- | --- | --- |
| entity store | 3 |  |  |  |
| rate limit |  | 1 |  |  |
| timer |  | 1 |  |  |
)");
}

TEST(MarkdownReport, MainTableGroupsAndLinks) {
  const std::string toys = section(to_markdown(sample_inventory()), "## Toys");
  EXPECT_TRUE(has(toys, "| Component | Why it is a toy | Where | Risk | Production replacement |\n")) << toys;
  EXPECT_TRUE(has(toys,
                  "| `MemoryStore`: [`payments`](services/payments/src/store.ts#L12), "
                  "[`refunds`](services/payments/src/store.ts#L13), [`invoices`](services/payments/src/store.ts#L14)"
                  "<br>entity store |"))
      << toys;
  EXPECT_TRUE(has(toys,
                  "| [`services/gateway/src/limit.ts:7`](services/gateway/src/limit.ts#L7)<br>"
                  "`const hits = new Map<string, number>();` | **high** | "
                  "shared atomic counter (Redis) — Count in Redis with INCR and a TTL. |"))
      << toys;
  EXPECT_TRUE(has(toys, "In production: decided by REDIS_URL, unset by default."));
  EXPECT_FALSE(has(toys, "LegacyQueue"));
  EXPECT_FALSE(has(toys, "rates"));
}

TEST(MarkdownReport, WorkThatManyCallersLeaveIsOneRow) {
  Inventory inventory;
  for (const auto& [id, path] : {std::pair("1", "a.ts"), std::pair("2", "b.ts")}) {
    inventory.sites.push_back(inventory::sample_site(id, path, 4, std::string("from_") + id, "deliver"));
    inventory.sites.back().evidence.push_back({"callback", "deliver.ts", 9, "function deliver() {", "deliver"});
  }
  summarise(inventory);
  EXPECT_TRUE(has(section(to_markdown(inventory), "## Toys"),
                  "| `deliver` left to run by [`from_1`](a.ts#L4), [`from_2`](b.ts#L4)<br>entity store |"))
      << to_markdown(inventory);
}

TEST(MarkdownReport, ServicesHaveReadinessChecklistAndStates) {
  const std::string text = to_markdown(sample_inventory());
  const std::string gateway = section(text, "### gateway");
  EXPECT_TRUE(has(gateway, "Readiness: **needs work**, 8 of 9 points. Folder `services/gateway`, typescript.\n"));
  EXPECT_TRUE(has(gateway, "- [ ] Rate limits are shared: hits is counted per instance unless REDIS_URL is set.\n"));
  EXPECT_TRUE(has(gateway, "- [x] No local files: Nothing is written to the local disk.\n"));
  EXPECT_TRUE(has(gateway, "| rate limit | Map | partly: falls back to memory | **high** |"));
  EXPECT_TRUE(has(section(text, "### mailer"), "\nNo toy.\n"));
}

TEST(MarkdownReport, StatesOfAServiceBeginWithTheWorst) {
  const std::string payments = section(to_markdown(sample_inventory()), "### payments");
  EXPECT_LT(payments.find("MemoryStore.payments"), payments.find("Dunning.\\_timer"));
  EXPECT_LT(payments.find("MemoryStore.invoices"), payments.find("`Dunning._timer`"));
}

TEST(MarkdownReport, ToysOfSeveralServicesStandWithEach) {
  Inventory inventory = sample_inventory();
  inventory.sites[0].service = "gateway, mailer";
  const std::string text = to_markdown(inventory);
  EXPECT_TRUE(has(section(text, "### mailer"), "createLimiter.hits"));
  EXPECT_TRUE(has(section(text, "### gateway"), "createLimiter.hits"));
  EXPECT_FALSE(has(text, "### Outside every service"));
}

TEST(MarkdownReport, ToysOfNoServiceHaveTheirPlace) {
  Inventory inventory = sample_inventory();
  EXPECT_FALSE(has(to_markdown(inventory), "### Outside every service"));
  inventory.sites[0].service = "";
  EXPECT_TRUE(has(section(to_markdown(inventory), "### Outside every service"), "createLimiter.hits"));
}

TEST(MarkdownReport, SingletonsTimersAndWhatIsSetAsideHaveSections) {
  const std::string text = to_markdown(sample_inventory());
  EXPECT_TRUE(has(section(text, "## Singletons"), "| `client` | lazy singleton |"));
  EXPECT_TRUE(has(section(text, "## Timers"), "Reminders that were due later are never sent."));
  EXPECT_TRUE(has(section(text, "## Toys that production never runs"), "| `LegacyQueue.pending` | queue |"));
  EXPECT_TRUE(has(section(text, "## Suppressed toys"), "| ECB rates change once a day and are loaded at start |"));
}

TEST(MarkdownReport, AcceptableSitesAreFolded) {
  const std::string acceptable = section(to_markdown(sample_inventory()), "## Acceptable sites");
  EXPECT_TRUE(has(acceptable, "<details>\n<summary>2 sites that may die with the process</summary>\n\n|"));
  EXPECT_TRUE(acceptable.ends_with("\n\n</details>\n"));
}

TEST(MarkdownReport, EveryWarningIsListed) {
  Inventory inventory = sample_inventory();
  inventory.warnings.push_back({"", 0, "not a Git repository"});
  EXPECT_EQ(section(to_markdown(inventory), "## Warnings"),
            "## Warnings\n\n"
            "- [`services/payments/src/broken.ts:40`](services/payments/src/broken.ts#L40): "
            "syntax error; the rest of the file was read\n"
            "- [`vendor/huge.js`](vendor/huge.js): larger than 2 MiB; not read\n"
            "- the whole run: not a Git repository\n");
}

TEST(MarkdownReport, IsDeterministicAndEndsWithOneNewline) {
  const std::string text = to_markdown(sample_inventory());
  EXPECT_EQ(text, to_markdown(sample_inventory()));
  EXPECT_TRUE(text.ends_with(".\n"));
  EXPECT_FALSE(has(text, "\n\n\n"));
}

TEST(MarkdownReport, HostileTextStaysText) {
  const std::string text = to_markdown(hostile_inventory());
  EXPECT_FALSE(steers_a_terminal(text));
  EXPECT_FALSE(has(text, "<script"));
  EXPECT_FALSE(has(text, "<!--"));
  EXPECT_FALSE(has(text, "x](javascript:"));
  std::istringstream lines(text);
  std::size_t details = 0;
  for (std::string line; std::getline(lines, line);) details += line == "</details>";
  EXPECT_EQ(details, 1u);
}

TEST(MarkdownReport, HostileTextBreaksNoTable) {
  std::istringstream lines(to_markdown(hostile_inventory()));
  std::size_t columns = 0;
  std::size_t rows = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("|")) {
      columns = 0;
      continue;
    }
    if (columns == 0) columns = cells(line);
    EXPECT_EQ(cells(line), columns) << line;
    ++rows;
  }
  EXPECT_GT(rows, 30u);
}

}  // namespace
}  // namespace detoy::report

#include "inventory/inventory.h"

#include <gtest/gtest.h>

#include "inventory/sample_inventory.h"

namespace detoy::inventory {
namespace {

TEST(Summarise, CountsEverySiteOnce) {
  const Inventory inventory = sample_inventory();
  const Summary& s = inventory.summary;
  EXPECT_EQ(s.toys + s.acceptable + s.suppressed, inventory.sites.size());
  EXPECT_EQ(s.toys, 6u);
  EXPECT_EQ(s.acceptable, 2u);
  EXPECT_EQ(s.suppressed, 1u);
}

TEST(Summarise, RisksLeaveOutToysThatProductionNeverRuns) {
  const Summary s = sample_inventory().summary;
  EXPECT_EQ(s.unused_toys, 1u);
  EXPECT_EQ(s.by_risk[static_cast<std::size_t>(Risk::critical)], 3u);
  EXPECT_EQ(s.by_risk[static_cast<std::size_t>(Risk::high)], 2u);
  EXPECT_EQ(s.by_risk[0] + s.by_risk[1] + s.by_risk[2] + s.by_risk[3], s.toys - s.unused_toys);
}

TEST(Summarise, KeepsTheFileCountsAndForgetsOldSiteCounts) {
  Inventory inventory = sample_inventory();
  inventory.sites.clear();
  summarise(inventory);
  EXPECT_EQ(inventory.summary.files, 212u);
  EXPECT_EQ(inventory.summary.production_files, 148u);
  EXPECT_EQ(inventory.summary.toys, 0u);
  EXPECT_EQ(inventory.summary.by_risk[3], 0u);
}

TEST(Summarise, AnAcceptableSiteThatIsAlsoSuppressedIsAcceptable) {
  Inventory inventory;
  inventory.sites.push_back(sample_site("5a0000000001", "a.ts", 1, "", "x"));
  inventory.sites[0].verdict = Verdict::acceptable;
  inventory.sites[0].accepted_because = "we know";
  summarise(inventory);
  EXPECT_EQ(inventory.summary.acceptable, 1u);
  EXPECT_EQ(inventory.summary.suppressed, 0u);
}

TEST(ToString, UsesTheWordsOfTheFormat) {
  EXPECT_EQ(to_string(Lifetime::startup), "startup");
  EXPECT_EQ(to_string(Sharing::partial), "partial");
  EXPECT_EQ(to_string(Wiring::conditional), "conditional");
  EXPECT_EQ(to_string(Verdict::acceptable), "acceptable");
  EXPECT_EQ(to_string(Risk::critical), "critical");
  EXPECT_EQ(to_string(Confidence::medium), "medium");
  EXPECT_EQ(to_string(Readiness::needs_work), "needs_work");
}

}  // namespace
}  // namespace detoy::inventory

#include "report/grouping.h"

#include <gtest/gtest.h>

#include "inventory/sample_inventory.h"

namespace detoy::report {
namespace {

using inventory::Inventory;
using inventory::Risk;
using inventory::sample_site;
using inventory::Site;

std::vector<std::vector<std::string>> names(const std::vector<Entry>& entries) {
  std::vector<std::vector<std::string>> all;
  for (const Entry& entry : entries) {
    all.emplace_back();
    for (const Site* site : entry.sites) all.back().push_back(site->name);
  }
  return all;
}

using Names = std::vector<std::vector<std::string>>;

TEST(Grouping, MembersOfOneOwnerAreOneEntryInOrderOfLines) {
  Inventory inventory;
  inventory.sites = {sample_site("3", "s.ts", 30, "Store", "c"), sample_site("1", "s.ts", 10, "Store", "a"),
                     sample_site("2", "s.ts", 20, "Store", "b")};
  EXPECT_EQ(names(group_live_toys(inventory)), (Names{{"a", "b", "c"}}));
}

TEST(Grouping, KeepsApartWhatDiffersInFileOwnerKindRiskOrSetting) {
  Inventory inventory;
  inventory.sites = {sample_site("1", "s.ts", 1, "Store", "same"),  sample_site("2", "t.ts", 2, "Store", "file"),
                     sample_site("3", "s.ts", 3, "Other", "owner"), sample_site("4", "s.ts", 4, "Store", "kind"),
                     sample_site("5", "s.ts", 5, "Store", "risk"),  sample_site("6", "s.ts", 6, "Store", "setting")};
  inventory.sites[3].kind = "cache";
  inventory.sites[4].risk = Risk::low;
  inventory.sites[5].wired = inventory::Wiring::conditional;
  inventory.sites[5].setting = "STORE";
  EXPECT_EQ(names(group_live_toys(inventory)), (Names{{"same"}, {"owner"}, {"kind"}, {"setting"}, {"file"}, {"risk"}}));
}

TEST(Grouping, LeavesOutWhatIsNoLiveToy) {
  Inventory inventory;
  inventory.sites = {sample_site("1", "s.ts", 1, "", "acceptable"), sample_site("2", "s.ts", 2, "", "suppressed"),
                     sample_site("3", "s.ts", 3, "", "unused")};
  inventory.sites[0].verdict = inventory::Verdict::acceptable;
  inventory.sites[1].accepted_because = "known";
  inventory.sites[2].wired = inventory::Wiring::unused;
  EXPECT_TRUE(group_live_toys(inventory).empty());
}

TEST(Grouping, WorstFirstThenByPlace) {
  Inventory inventory;
  inventory.sites = {sample_site("1", "a.ts", 1, "A", "low"), sample_site("2", "b.ts", 9, "B", "late"),
                     sample_site("3", "b.ts", 2, "C", "early")};
  inventory.sites[0].risk = Risk::low;
  EXPECT_EQ(names(group_live_toys(inventory)), (Names{{"early"}, {"late"}, {"low"}}));
}

Site leaving(std::string id, std::string path, std::uint32_t line, std::string owner, std::uint32_t work) {
  Site site = sample_site(std::move(id), std::move(path), line, std::move(owner), "deliver");
  site.evidence.push_back({"callback", "deliver.ts", work, "export async function deliver() {", "deliver"});
  return site;
}

TEST(Grouping, PlacesOfAnyFileThatLeaveOneFunctionToRunAreOneEntry) {
  Inventory inventory;
  inventory.sites = {leaving("1", "b.ts", 5, "pay", 3), leaving("2", "a.ts", 7, "refund", 3),
                     leaving("3", "a.ts", 9, "refund", 40)};
  inventory.sites[1].wired = inventory::Wiring::conditional;
  inventory.sites[1].setting = "REFUNDS";
  const std::vector<Entry> entries = group_live_toys(inventory);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_TRUE(entries[0].one_work);
  ASSERT_EQ(entries[0].sites.size(), 2u);
  EXPECT_EQ(entries[0].sites[0]->path, "a.ts");
  EXPECT_EQ(entries[0].sites[1]->path, "b.ts");
  EXPECT_FALSE(entries[1].one_work) << "another function of the same name";
}

TEST(SettingsOf, NamesEachOnceAndAtMostThree) {
  std::vector<Site> sites;
  for (const char* setting : {"A", "B", "A", "C", "D", "E"}) {
    sites.push_back(sample_site("1", "s.ts", 1, "", "x"));
    sites.back().wired = inventory::Wiring::conditional;
    sites.back().setting = setting;
  }
  sites.push_back(sample_site("2", "s.ts", 1, "", "always"));
  Entry entry;
  for (const Site& site : sites) entry.sites.push_back(&site);
  EXPECT_EQ(settings_of(entry), "A; B; C; and 2 more");
  EXPECT_EQ(settings_of(Entry{{&sites.back()}}), "");
}

Entry entry_of(const Site& a, const Site& b) {
  return {{&a, &b}};
}

TEST(SharedSentence, NamesOfTheMembersBecomeEachOfThese) {
  Site a = sample_site("1", "s.ts", 1, "Store", "users");
  Site b = sample_site("2", "s.ts", 2, "Store", "orders");
  a.why = "users is lost; Store.users has no copy.";
  b.why = "orders is lost; Store.orders has no copy.";
  EXPECT_EQ(shared_sentence(entry_of(a, b), &Site::why), "Each of these is lost; each of these has no copy.");
}

TEST(SharedSentence, OneForAllStaysAsItIs) {
  Site a = sample_site("1", "s.ts", 1, "Store", "a");
  Site b = sample_site("2", "s.ts", 2, "Store", "b");
  a.why = b.why = "a restart loses it.";
  EXPECT_EQ(shared_sentence(entry_of(a, b), &Site::why), "a restart loses it.");
}

TEST(SharedSentence, DifferentSentencesGiveTheFirst) {
  Site a = sample_site("1", "s.ts", 1, "Store", "a");
  Site b = sample_site("2", "s.ts", 2, "Store", "b");
  a.why = "a holds tokens.";
  b.why = "b holds orders.";
  EXPECT_EQ(shared_sentence(entry_of(a, b), &Site::why), "a holds tokens.");
}

TEST(WithoutName, ReplacesWholeWordsOnly) {
  const Site site = sample_site("1", "s.ts", 1, "", "data");
  EXPECT_EQ(without_name("the database of data, metadata", site), "the database of each of these, metadata");
}

}  // namespace
}  // namespace detoy::report

#include "inventory/json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "inventory/sample_inventory.h"

namespace detoy::inventory {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

TEST(InventoryJson, EmptyInventoryHasEveryTopLevelKeyInOrder) {
  Inventory inventory;
  inventory.root = ".";
  inventory.tool_version = "1.2.3";
  EXPECT_EQ(to_json(inventory), R"({
  "schema": "detoy/inventory/1",
  "root": ".",
  "commit": "",
  "tool": {
    "name": "detoy",
    "version": "1.2.3"
  },
  "sites": [],
  "services": [],
  "entities": [],
  "checks": [],
  "warnings": [],
  "summary": {
    "files": 0,
    "production_files": 0,
    "toys": 0,
    "unused_toys": 0,
    "acceptable": 0,
    "suppressed": 0,
    "by_risk": {
      "critical": 0,
      "high": 0,
      "medium": 0,
      "low": 0
    }
  }
}
)");
}

TEST(InventoryJson, SiteKeysHaveAFixedOrder) {
  const Json document = Json::parse(to_json(sample_inventory()));
  const std::vector<std::string> expected = {"id",
                                             "path",
                                             "line",
                                             "column",
                                             "name",
                                             "owner",
                                             "service",
                                             "language",
                                             "kind",
                                             "storage",
                                             "lifetime",
                                             "sharing",
                                             "wired",
                                             "setting",
                                             "verdict",
                                             "risk",
                                             "confidence",
                                             "why",
                                             "on_restart",
                                             "on_second_instance",
                                             "primitive",
                                             "action",
                                             "accepted_because",
                                             "evidence"};
  for (const Json& site : document["sites"]) EXPECT_EQ(keys(site), expected);
  EXPECT_EQ(keys(document["sites"][0]["evidence"][0]),
            (std::vector<std::string>{"role", "path", "line", "snippet", "note"}));
}

TEST(InventoryJson, KeepsTheValuesOfASite) {
  const Json site = Json::parse(to_json(sample_inventory()))["sites"][0];
  EXPECT_EQ(site["id"], "5a0000000001");
  EXPECT_EQ(site["line"], 7);
  EXPECT_EQ(site["wired"], "conditional");
  EXPECT_EQ(site["setting"], "REDIS_URL, unset by default");
  EXPECT_EQ(site["sharing"], "partial");
  EXPECT_EQ(site["evidence"].size(), 4u);
  EXPECT_EQ(site["evidence"][2]["note"], "memory when REDIS_URL is unset");
}

TEST(InventoryJson, OrderOfTheInputDoesNotShow) {
  Inventory inventory = sample_inventory();
  const std::string expected = to_json(inventory);
  std::reverse(inventory.sites.begin(), inventory.sites.end());
  std::reverse(inventory.services.begin(), inventory.services.end());
  std::reverse(inventory.warnings.begin(), inventory.warnings.end());
  EXPECT_EQ(to_json(inventory), expected);
}

TEST(InventoryJson, SitesAreOrderedByPathThenLine) {
  const Json sites = Json::parse(to_json(sample_inventory()))["sites"];
  for (std::size_t i = 1; i < sites.size(); ++i) {
    const auto place = [](const Json& s) { return std::pair(s["path"].get<std::string>(), s["line"].get<int>()); };
    EXPECT_LT(place(sites[i - 1]), place(sites[i]));
  }
}

TEST(InventoryJson, BytesThatAreNotUtf8AreReplaced) {
  Inventory inventory;
  inventory.root = "r\xc3";
  inventory.sites.push_back(sample_site("5a0000000001", "a\xff.ts", 1, "", "x"));
  inventory.sites[0].evidence[0].snippet = "caf\xe9 \xed\xa0\x80 \xf0\x9f";
  const std::string text = to_json(inventory);
  const Json document = Json::parse(text);
  EXPECT_EQ(document["sites"][0]["path"], "a\xef\xbf\xbd.ts");
  EXPECT_EQ(document["root"], "r\xef\xbf\xbd");
}

TEST(InventoryJson, ControlCharactersAreEscaped) {
  Inventory inventory;
  inventory.root = "\x1b[2J\n";
  const std::string text = to_json(inventory);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("\\u001b[2J\\n"), std::string::npos);
}

// CTest validates this file against docs/inventory.schema.json: see CMakeLists.txt.
TEST(InventoryJson, SampleForTheSchemaIsWritten) {
  const char* path = std::getenv("DETOY_SAMPLE_JSON");
  const std::string target = path != nullptr ? path : testing::TempDir() + "detoy_sample_inventory.json";
  std::ofstream file(target, std::ios::binary);
  file << to_json(sample_inventory());
  file.close();
  EXPECT_TRUE(file) << target;
}

}  // namespace
}  // namespace detoy::inventory

// What a fixture's expected.yaml says, and how it differs from what a scan found.
//
//   # One sentence on the behaviour that the fixture shows.
//   toys:
//     - {path: src/orders.ts, name: orders, kind: entity_store, wired: production, risk: critical}
//   acceptable:
//     - {path: src/orders.ts, name: prices, kind: cache}
//   warnings: [src/broken.ts]
//   services:
//     - {name: shop, readiness: stateful}
//
// `toys` and `acceptable` name every site that the scan may report: any other one is a difference. `warnings` are the
// paths that a warning names; without the key there may be none. Services that are not listed are not compared.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "inventory/inventory.h"

namespace detoy::tests {

// Empty members and a line of 0 are not compared.
struct ExpectedSite {
  std::string path;
  std::string name;
  std::string owner;
  std::uint32_t line = 0;
  std::vector<std::string> kinds;  // one of these: experts may differ
  std::string wired;
  std::string sharing;
  std::string risk;
  std::vector<std::string> setting;  // phrases that the site's setting contains
  bool optional = false;             // an acceptable site that need not be reported
  inventory::Verdict verdict = inventory::Verdict::toy;
};

struct ExpectedService {
  std::string name;
  std::string readiness;
};

struct Expectation {
  std::vector<ExpectedSite> sites;
  std::vector<std::string> warnings;
  std::vector<ExpectedService> services;
};

Result<Expectation> read_expectation(const std::string& path);

// One line for each difference; empty if the inventory is as expected.
std::vector<std::string> differences(const Expectation& expected, const inventory::Inventory& found);

}  // namespace detoy::tests

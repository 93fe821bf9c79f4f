// Toys that are one thing to a person: five maps of one in-memory store are one entry of a report, not five.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inventory/inventory.h"

namespace detoy::report {

// Sites of one file with the same owner, kind, risk, wiring and sharing, in the order of their lines. Never empty.
struct Entry {
  std::vector<const inventory::Site*> sites;

  const inventory::Site& first() const { return *sites.front(); }
  bool is_group() const { return sites.size() > 1; }
};

// The live toys of `inventory`, the worst first, then by place. The entries point into `inventory`.
std::vector<Entry> group_live_toys(const inventory::Inventory& inventory);

// What is said of every member. Sentences that differ only in the member's name become one about "each of these";
// sentences that differ otherwise: the first member's.
std::string shared_sentence(const Entry& entry, std::string inventory::Site::* sentence);

// The sentence with the site's name taken out: equal for sites of which the same is said.
std::string without_name(std::string_view sentence, const inventory::Site& site);

}  // namespace detoy::report

// Toys that are one thing to a person: five maps of one in-memory store are one entry of a report, not five, and so is
// one function that thirty callers start and do not wait for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inventory/inventory.h"

namespace detoy::report {

// Sites of one kind, risk and sharing, ordered by place. Never empty. Either the members of one owner in one file,
// wired alike; or, with `one_work`, places of any file that leave the same function to run.
struct Entry {
  std::vector<const inventory::Site*> sites;
  bool one_work = false;

  const inventory::Site& first() const { return *sites.front(); }
  bool is_group() const { return sites.size() > 1; }
};

// The settings that select the sites, each once, as one text: "REDIS_URL, unset by default"; at most three are named.
// Empty when none of them is selected by a setting that has a name.
std::string settings_of(const Entry& entry);

// The live toys of `inventory`, the worst first, then by place. The entries point into `inventory`.
std::vector<Entry> group_live_toys(const inventory::Inventory& inventory);

// What is said of every member. Sentences that differ only in the member's name become one about "each of these";
// sentences that differ otherwise: the first member's.
std::string shared_sentence(const Entry& entry, std::string inventory::Site::* sentence);

// The sentence with the site's name taken out: equal for sites of which the same is said.
std::string without_name(std::string_view sentence, const inventory::Site& site);

}  // namespace detoy::report

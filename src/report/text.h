// The inventory for a person at a terminal: what there is, the worst first, and what to do next.
#pragma once

#include <string>

#include "inventory/inventory.h"
#include "report/page.h"

namespace detoy::report {

// Summary, toys by risk, toys that production never runs, services that fail their checklist, warnings, the next step.
// With `all`: suppressed and acceptable sites too, and every member of a group with its id.
std::string to_text(const inventory::Inventory& inventory, const TextOptions& options);

}  // namespace detoy::report

// The toys of the text report.
#pragma once

#include "inventory/inventory.h"
#include "report/page.h"

namespace detoy::report {

Style risk_style(inventory::Risk risk);

// The live toys, the worst first, a few lines each. A sentence that was said of an earlier toy is not said again
// (unless `all`): the tenth rate limit loses its counters just like the first.
void write_live_toys(Page& page, const inventory::Inventory& inventory);

// One line each.
void write_unused_toys(Page& page, const inventory::Inventory& inventory);

}  // namespace detoy::report

// One site as a story: what it is, the code that decides its verdict, what it costs and the way out.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "inventory/inventory.h"
#include "report/page.h"

namespace detoy::report {

// `id_prefix` is the beginning of exactly one site's id, or a whole id. Otherwise an error of category usage that names
// up to five candidates: the sites that match or, when none does, those whose name or id comes closest.
Result<std::string> explain(const inventory::Inventory& inventory, std::string_view id_prefix,
                            const TextOptions& options);

}  // namespace detoy::report

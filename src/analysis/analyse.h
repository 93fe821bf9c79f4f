// From facts to the inventory. A pure function: the same facts and catalog give the same result.
#pragma once

#include <functional>
#include <vector>

#include "analysis/program.h"
#include "catalog/catalog.h"
#include "inventory/inventory.h"

namespace detoy::analysis {

// `files` are ordered by path. `annotate` is called with the sites before services are assessed: it adds what only the
// text can tell, suppressions in comments among it (inventory/annotate.h).
inventory::Inventory analyse(const source::Tree& tree, std::vector<SourceFile> files, const catalog::Catalog& catalog,
                             const catalog::Project& project,
                             const std::function<void(inventory::Inventory&)>& annotate);

}  // namespace detoy::analysis

// From facts to the inventory. A pure function: the same facts and catalog give the same result.
#pragma once

#include <vector>

#include "analysis/program.h"
#include "catalog/catalog.h"
#include "inventory/inventory.h"

namespace detoy::analysis {

// `files` are ordered by path. The inventory has no snippets and no suppressions by comment yet: those need the text
// (inventory/annotate.h).
inventory::Inventory analyse(const source::Tree& tree, std::vector<SourceFile> files, const catalog::Catalog& catalog,
                             const catalog::Project& project);

}  // namespace detoy::analysis

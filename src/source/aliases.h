// Path aliases of tsconfig.json and jsconfig.json.
#pragma once

#include <vector>

#include "source/manifest.h"
#include "source/project.h"
#include "source/source.h"

namespace detoy::source {

// The aliases that the configurations declare, ordered by scope and pattern. A "baseUrl" makes every import that is no
// path resolvable from there: it becomes the alias "*". What a configuration inherits from one whose scope contains its
// own anyway is not repeated. `store` gives configurations that others extend but no manifest holds.
std::vector<PathAlias> find_aliases(const std::vector<Manifest>& manifests, const std::vector<Project>& projects,
                                    const Store& store, std::vector<Warning>& warnings);

}  // namespace detoy::source

// Sites that are variables and fields: containers, counters, flags and cached handles that change while the process
// serves.
#pragma once

#include <vector>

#include "analysis/site_draft.h"

namespace detoy::analysis {

std::vector<Draft> variable_sites(const Context& context);

}  // namespace detoy::analysis

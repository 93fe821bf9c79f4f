// Sites that are timers and detached tasks: work that only this process remembers.
#pragma once

#include <vector>

#include "analysis/site_draft.h"

namespace detoy::analysis {

std::vector<Draft> timer_sites(const Context& context);

}  // namespace detoy::analysis

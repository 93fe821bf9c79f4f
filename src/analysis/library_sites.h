// Sites that libraries make: state that a library keeps in the process unless it is told otherwise, and local files.
#pragma once

#include <vector>

#include "analysis/site_draft.h"

namespace detoy::analysis {

std::vector<Draft> library_sites(const Context& context);
std::vector<Draft> file_sites(const Context& context);

}  // namespace detoy::analysis

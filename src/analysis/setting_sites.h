// State that the value of a setting chooses: CACHES, SESSION_TYPE, a storage URL. Nobody constructs it in the code; a
// framework reads the setting and does.
#pragma once

#include <vector>

#include "analysis/site_draft.h"

namespace detoy::analysis {

std::vector<Draft> setting_sites(const Context& context);

}  // namespace detoy::analysis

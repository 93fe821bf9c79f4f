// Sites of settings that name something on this machine: a database URL or engine on a local file, a cache or session
// backend in memory, a broker in the process.
#pragma once

#include <vector>

#include "analysis/site_draft.h"

namespace detoy::analysis {

std::vector<Draft> local_setting_sites(const Context& context);

}  // namespace detoy::analysis

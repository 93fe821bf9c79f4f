// Sites of libraries that deliver events within the process: emitters, subjects, broadcast channels.
#pragma once

#include <vector>

#include "analysis/site_draft.h"

namespace detoy::analysis {

std::vector<Draft> event_bus_sites(const Context& context);

}  // namespace detoy::analysis

// Secrets that each process makes for itself: what one has signed or encrypted, no other can check or read.
#pragma once

#include <vector>

#include "analysis/context.h"
#include "analysis/site_draft.h"

namespace detoy::analysis {

// Variables, settings and attributes whose names say that they are secrets and whose values come from a source of
// chance, at once or when a setting is missing.
std::vector<Draft> random_secret_sites(const Context& context);

}  // namespace detoy::analysis

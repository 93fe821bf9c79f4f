// The meaning that a general store takes from its users: a map with expiry is a cache until somebody keeps one-time
// codes in it.
#pragma once

#include <string>

#include "analysis/site_draft.h"

namespace detoy::analysis {

// The kind that callers of the store's own methods use it as, or "" if they say nothing else than the store itself.
// Callers that also look up what they put in only remember what they could work out again, and do not count.
std::string kind_by_users(const Draft& draft, const Context& context);

}  // namespace detoy::analysis

// Functions that remember what they returned: @cached, @lru_cache, #[cached].
#pragma once

#include <optional>

#include "analysis/context.h"
#include "analysis/site_draft.h"

namespace detoy::analysis {

// The site of a decorator on a function; nothing if it is no memo of a library in the catalog.
std::optional<Draft> memo_site(const Context& context, FileId file, const facts::Decorator& decorator);

}  // namespace detoy::analysis

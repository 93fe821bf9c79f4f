// Shared stores that a library is given only if a setting asks for them; without it the library keeps its state in
// memory.
#pragma once

#include <optional>

#include "analysis/context.h"

namespace detoy::analysis {

// rateLimit({ store: redis ? new RedisStore(..) : undefined }): conditional, with the setting that decides. Nothing if
// the call has no such option, or always has it, or if what decides is no setting.
std::optional<WiringOf> memory_unless_set(const Context& context, FileId file, const facts::Call& call,
                                          const catalog::Library& library);

}  // namespace detoy::analysis

// What the arguments of a library's call say about where its state is kept.
#pragma once

#include "analysis/context.h"

namespace detoy::analysis {

// Whether an option such as `store` or a word such as "redis" in the arguments says that the state is shared.
bool shared_by_arguments(const Context& context, FileId file, const facts::Call& call, const catalog::Library& library);

}  // namespace detoy::analysis

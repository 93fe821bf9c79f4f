// What the arguments of a library's call say about where its state is kept.
#pragma once

#include "analysis/context.h"

namespace detoy::analysis {

// Whether an option such as `store` or a word such as "redis" in the arguments says that the state is shared.
bool shared_by_arguments(const Context& context, FileId file, const facts::Call& call, const catalog::Library& library);

// Whether one of the library's needed options is given or set later, or it needs none.
bool has_needed_options(const Context& context, FileId file, const facts::Call& call, const catalog::Library& library);

// Whether what the call makes is only handed to something that turns to it while its shared store is gone.
bool only_a_fallback(const Context& context, FileId file, facts::Index call, const catalog::Library& library);

// Whether the program imports a package that makes the library's state shared: an adapter that is plugged in elsewhere.
bool shared_by_import(const Context& context, const catalog::Library& library);

// Whether a class of the program replaces what the library does with its state, and nothing uses the library's own:
// a guard that counts in Redis.
bool overridden(const Context& context, const catalog::Library& library);

}  // namespace detoy::analysis

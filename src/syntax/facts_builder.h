// From the plain tree to facts: scopes, captures, access paths, branches. Written once for all languages.
#pragma once

#include "base/language.h"
#include "facts/facts.h"
#include "syntax/tree.h"

namespace detoy::syntax {

// Builds the facts of one file. `tree` may have holes where the parser gave up.
facts::FileFacts build_facts(const Tree& tree, Language language);

}  // namespace detoy::syntax

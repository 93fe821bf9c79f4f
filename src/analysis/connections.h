// Types whose objects are connections: they belong to the process that opened them.
#pragma once

#include "analysis/site_draft.h"

namespace detoy::analysis {

// An object that can be connected and disconnected is a connection, whatever else it does.
bool is_connection(const Context& context, TypeId type);

}  // namespace detoy::analysis

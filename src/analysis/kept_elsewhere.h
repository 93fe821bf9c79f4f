// Whether what a state is given goes into a shared store as well, or only other data does.
#pragma once

#include "analysis/context.h"

namespace detoy::analysis {

// True if `fill` puts in a name that no durable write of the same function is given, though there are such writes:
// seen.add(eventId) beside accounts.update(amount). The writes then keep something else.
bool writes_other_data(const Context& context, const Operation& fill);

}  // namespace detoy::analysis

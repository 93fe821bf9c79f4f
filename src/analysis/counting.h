// Whether a function counts in a state, and whether it decides by the count.
#pragma once

#include "analysis/context.h"

namespace detoy::analysis {

struct Counting {
  bool counts = false;   // writes back what was there plus something: m.set(k, m.get(k) + 1)
  bool asks = false;     // a condition looks at what is there, or at what was worked out from it
  bool acts = false;     // work that others see is done when there are many
  bool decides = false;  // compares it with a limit, and does not serve those beyond
};

// For the operations on `state` that stand in `function`.
Counting counting_in(const Context& context, const State& state, FunctionId function);

}  // namespace detoy::analysis

// Kind, sharing, verdict and risk of a draft, and the sentences that say so.
#pragma once

#include "analysis/site_draft.h"

namespace detoy::analysis {

// Completes a draft. False if what was found turns out to be no state site.
bool decide(Draft& draft, const Context& context);

}  // namespace detoy::analysis

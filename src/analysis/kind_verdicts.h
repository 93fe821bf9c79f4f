// Verdicts that only sites of one kind can have: what a lock guards, a cache can be refilled from, a queue holds.
#pragma once

#include "analysis/site_draft.h"

namespace detoy::analysis {

// Not a collection of many.
bool holds_one_value(Shape shape);

// Values that decide who may do what, or with which key: a stale copy is a wrong decision.
bool decides_access(const Draft& draft, const Context& context);

// Settles locks, caches, sequences and some queues, of which the kind's own verdict says too little. False if the draft
// is none of these, or the kind's verdict is right.
bool judge_by_kind(Draft& draft, const Context& context);

}  // namespace detoy::analysis

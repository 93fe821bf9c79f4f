// Which kind of state a site is, by weighted evidence.
#pragma once

#include <string>
#include <vector>

#include "analysis/site_draft.h"

namespace detoy::analysis {

struct KindScore {
  const catalog::Kind* kind = nullptr;
  double score = 0;
  double margin = 0;  // to the second
};

// The kind that the site's names, types and operations speak for most; a null kind if nothing speaks at all.
KindScore classify(const Draft& draft, const Context& context);

// All scores, best first: for tests and for those who tune the catalog.
std::vector<KindScore> rank_kinds(const Draft& draft, const Context& context);

}  // namespace detoy::analysis

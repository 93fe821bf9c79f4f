// Claims by compare-and-set: an update that names the state it expects, and a look at how many rows it changed.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/call_graph.h"
#include "catalog/catalog.h"

namespace detoy::analysis {

// The calls that claim so: `const claimed = await jobs.updateMany({ where: { id, status: 'open' }, data })` where
// `claimed.count` is asked for. `writes` says of each call whether it writes a shared store; calls whose own effect is
// not known count if the number of rows is asked for by a name that only databases use.
std::vector<CallId> conditional_updates(const CallGraph& graph, const catalog::Catalog& catalog,
                                        const std::vector<bool>& writes);

}  // namespace detoy::analysis

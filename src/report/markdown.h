// The inventory as a document that a team commits.
#pragma once

#include <string>

#include "inventory/inventory.h"

namespace detoy::report {

// Statistics, every toy with its code and replacement, each service with its checklist, singletons, timers, what
// production never runs, what was accepted, warnings and the method. GitHub-flavoured Markdown; links are relative to
// the repository's root. The same inventory gives the same bytes: nothing depends on the time or the machine.
std::string to_markdown(const inventory::Inventory& inventory);

}  // namespace detoy::report

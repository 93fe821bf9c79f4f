#include "inventory/inventory.h"

#include <cstddef>

namespace detoy::inventory {

void summarise(Inventory& inventory) {
  Summary summary;
  summary.files = inventory.summary.files;
  summary.production_files = inventory.summary.production_files;
  for (const Site& site : inventory.sites) {
    if (site.verdict == Verdict::acceptable) {
      ++summary.acceptable;
    } else if (!site.accepted_because.empty()) {
      ++summary.suppressed;
    } else {
      ++summary.toys;
      if (site.wired == Wiring::unused) {
        ++summary.unused_toys;
      } else {
        ++summary.by_risk[static_cast<std::size_t>(site.risk)];
      }
    }
  }
  inventory.summary = summary;
}

std::string_view to_string(Lifetime value) {
  switch (value) {
    case Lifetime::process:
      return "process";
    case Lifetime::request:
      return "request";
    case Lifetime::startup:
      return "startup";
    case Lifetime::constant:
      return "constant";
  }
  return "process";
}

std::string_view to_string(Sharing value) {
  switch (value) {
    case Sharing::none:
      return "none";
    case Sharing::partial:
      return "partial";
    case Sharing::durable:
      return "durable";
  }
  return "none";
}

std::string_view to_string(Wiring value) {
  switch (value) {
    case Wiring::production:
      return "production";
    case Wiring::conditional:
      return "conditional";
    case Wiring::unused:
      return "unused";
    case Wiring::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view to_string(Verdict value) {
  switch (value) {
    case Verdict::toy:
      return "toy";
    case Verdict::acceptable:
      return "acceptable";
  }
  return "toy";
}

std::string_view to_string(Risk value) {
  switch (value) {
    case Risk::low:
      return "low";
    case Risk::medium:
      return "medium";
    case Risk::high:
      return "high";
    case Risk::critical:
      return "critical";
  }
  return "low";
}

std::string_view to_string(Confidence value) {
  switch (value) {
    case Confidence::low:
      return "low";
    case Confidence::medium:
      return "medium";
    case Confidence::high:
      return "high";
  }
  return "low";
}

std::string_view to_string(Readiness value) {
  switch (value) {
    case Readiness::ready:
      return "ready";
    case Readiness::needs_work:
      return "needs_work";
    case Readiness::stateful:
      return "stateful";
  }
  return "ready";
}

}  // namespace detoy::inventory

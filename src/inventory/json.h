// The inventory as JSON, format "detoy/inventory/1": docs/inventory.schema.json describes every field.
#pragma once

#include <string>

#include "inventory/inventory.h"

namespace detoy::inventory {

// Pretty printed with two spaces and a newline at the end. The same inventory gives the same bytes: keys have a fixed
// order, and sites, services and warnings are put in theirs. Bytes that are not UTF-8 become U+FFFD.
std::string to_json(const Inventory& inventory);

}  // namespace detoy::inventory

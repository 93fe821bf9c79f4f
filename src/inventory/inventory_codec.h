// Inventories as bytes, for the cache. Only good for the same build, which whoever keeps them has to see to.
#pragma once

#include <string>
#include <string_view>

#include "inventory/inventory.h"

namespace detoy::inventory {

// Appends the bytes of `inventory` to `out`.
void encode(const Inventory& inventory, std::string& out);

// False if the bytes are not those of an encoded inventory; then nothing of it may be used.
bool decode(std::string_view bytes, Inventory& inventory);

}  // namespace detoy::inventory

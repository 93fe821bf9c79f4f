// Facts as bytes, for the cache. The bytes are those of the records as they lie in memory: they are only good for the
// same build of the same machine, which `layout_version` tells.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "facts/facts.h"

namespace detoy::facts {

// Changes whenever records, front ends or the builder change what facts mean. Part of the key of every cache entry.
inline constexpr std::uint32_t layout_version = 15;

// Appends the bytes of `facts` to `out`.
void encode(const FileFacts& facts, std::string& out);

// False if the bytes are not those of an encoded file.
bool decode(std::string_view bytes, FileFacts& facts);

}  // namespace detoy::facts

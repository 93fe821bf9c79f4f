// Files of the cache folder: what is read there may be anything, and what is written is seen whole or not at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace detoy::facts {

// The whole file; false if it cannot be read, is no regular file (a link is not followed), or is larger than 1 GiB.
bool read_cache_file(const std::string& path, std::string& out);

// Makes the pieces, one after the other, the file, readable by its owner only. Written under another name and renamed.
// False if that failed; then nothing of it is left.
bool write_cache_file(const std::string& path, const std::vector<std::string_view>& pieces);

// XXH3 of the pieces, one after the other; nothing if there is no memory for it.
std::optional<std::uint64_t> checksum(const std::vector<std::string_view>& pieces);

}  // namespace detoy::facts

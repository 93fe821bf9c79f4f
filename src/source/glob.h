// Shell patterns as Git reads them.
#pragma once

#include <string_view>

namespace detoy::source {

// Whether the whole of `text` matches `pattern`: '?' and '*' stand for anything but '/', "**" as a whole part for any
// number of parts, "[a-z]" and "[!a-z]" for one byte, '\' takes the next byte literally. A malformed pattern matches
// nothing.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace detoy::source

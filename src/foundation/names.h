// What tenants, keys and owners may be called, checked the same way by every primitive.
#pragma once

#include <string_view>

#include "base/result.h"

namespace detoy::foundation {

inline constexpr std::size_t longest_name = 256;  // bytes

// An error of category usage unless `text` is UTF-8 of 1 to 256 bytes without control characters. `what` names it:
// "tenant", "key".
Result<void> check_name(std::string_view what, std::string_view text);

}  // namespace detoy::foundation

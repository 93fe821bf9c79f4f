// What callers may ask for, checked the same way by every primitive. Errors have category usage and name what is wrong,
// the bounds and the value.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace detoy::foundation {

inline constexpr std::size_t longest_name = 256;  // bytes

// `text` must be UTF-8 of 1 to 256 bytes without control characters. `what` names it: "tenant",
// "key".
Result<void> check_name(std::string_view what, std::string_view text);
Result<void> check_between(std::string_view what, std::int64_t value, std::int64_t least, std::int64_t most);
// 1 ms to 1 day.
Result<void> check_lease(std::chrono::microseconds lease);

inline constexpr std::chrono::microseconds longest_lease = std::chrono::hours(24);

}  // namespace detoy::foundation

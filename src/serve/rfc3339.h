// Points in time as text, as RFC 3339 has them: 2026-11-21T15:04:05.000006Z.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace detoy::serve {

// Microseconds since 1970 in UTC, of the years 1970 to 9999; further digits of a second are dropped. Nothing if the
// text is no such time. Offsets are known: 2026-11-21T16:04:05+01:00.
std::optional<std::int64_t> parse_time(std::string_view text);

}  // namespace detoy::serve

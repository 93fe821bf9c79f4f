#include "foundation/bounds.h"

#include <fmt/format.h>

#include <cstdint>

namespace detoy::foundation {
namespace {

// The length of the UTF-8 sequence at the start, 0 if it is none: RFC 3629, without overlong forms and surrogates.
std::size_t sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0u) == 0x80u; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return follows(1) ? 2 : 0;
  if ((lead & 0xf0u) == 0xe0u) {
    const bool overlong = lead == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = lead == 0xed && byte(1) > 0x9f;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool overlong = lead == 0xf0 && byte(1) < 0x90;
    const bool beyond = lead == 0xf4 && byte(1) > 0x8f;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace

Result<void> check_name(std::string_view what, std::string_view text) {
  if (text.empty()) return fail(ErrorCategory::usage, fmt::format("{} must not be empty", what));
  if (text.size() > longest_name) {
    return fail(ErrorCategory::usage,
                fmt::format("{} must not be longer than {} bytes, and has {}", what, longest_name, text.size()));
  }
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f)
      return fail(ErrorCategory::usage, fmt::format("{} must not contain control characters", what));
    const std::size_t length = sequence(text.substr(i));
    if (length == 0) return fail(ErrorCategory::usage, fmt::format("{} is not UTF-8", what));
    i += length;
  }
  return {};
}

Result<void> check_between(std::string_view what, std::int64_t value, std::int64_t least, std::int64_t most) {
  if (value >= least && value <= most) return {};
  return fail(ErrorCategory::usage, fmt::format("{} must be between {} and {}, not {}", what, least, most, value));
}

Result<void> check_lease(std::chrono::microseconds lease) {
  if (lease >= std::chrono::milliseconds(1) && lease <= longest_lease) return {};
  return fail(ErrorCategory::usage,
              fmt::format("a lease must be between 1 ms and 1 day, not {} microseconds", lease.count()));
}

}  // namespace detoy::foundation

#include "serve/trace_context.h"

#include <algorithm>
#include <array>

#include "base/hexadecimal.h"

namespace detoy::serve {
namespace {

bool is_id(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return std::all_of(text.begin(), text.end(), is_digit) &&
         std::any_of(text.begin(), text.end(), [](char c) { return c != '0'; });
}

}  // namespace

TraceContext TraceContext::of(std::string_view header, RandomBytes& random) {
  TraceContext context;
  std::array<unsigned char, 24> ids{};
  // Without random numbers traces cannot be told apart; nothing else depends on them.
  if (!random.fill(ids)) ids[7] = ids.back() = 1;
  const std::span<const unsigned char> bytes(ids);
  context.span_id_ = hexadecimal(bytes.first(8));
  // 00-<32 digits>-<16 digits>-<2 digits>
  const bool shaped = header.size() == 55 && header.starts_with("00-") && header[35] == '-' && header[52] == '-';
  const bool valid = shaped && is_id(header.substr(3, 32)) && is_id(header.substr(36, 16)) &&
                     header.substr(53).find_first_not_of("0123456789abcdef") == std::string_view::npos;
  context.trace_id_ = valid ? std::string(header.substr(3, 32)) : hexadecimal(bytes.subspan(8));
  context.flags_ = valid ? std::string(header.substr(53)) : "00";
  return context;
}

}  // namespace detoy::serve

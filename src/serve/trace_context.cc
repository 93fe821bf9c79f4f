#include "serve/trace_context.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

namespace detoy::serve {
namespace {

template <std::size_t Bytes>
std::string random_id() {
  std::array<unsigned char, Bytes> bytes{};
  // Without random numbers traces cannot be told apart; nothing else depends on them.
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) bytes.back() = 1;
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

bool is_id(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return std::all_of(text.begin(), text.end(), is_digit) &&
         std::any_of(text.begin(), text.end(), [](char c) { return c != '0'; });
}

}  // namespace

TraceContext TraceContext::of(std::string_view header) {
  TraceContext context;
  context.span_id_ = random_id<8>();
  // 00-<32 digits>-<16 digits>-<2 digits>
  const bool shaped = header.size() == 55 && header.starts_with("00-") && header[35] == '-' && header[52] == '-';
  const bool valid = shaped && is_id(header.substr(3, 32)) && is_id(header.substr(36, 16)) &&
                     header.substr(53).find_first_not_of("0123456789abcdef") == std::string_view::npos;
  context.trace_id_ = valid ? std::string(header.substr(3, 32)) : random_id<16>();
  context.flags_ = valid ? std::string(header.substr(53)) : "00";
  return context;
}

}  // namespace detoy::serve

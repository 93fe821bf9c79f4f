// Bytes as pairs of lower-case hexadecimal digits.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace detoy {

inline std::string hexadecimal(std::span<const unsigned char> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(bytes.size() * 2, '0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[2 * i] = digits[bytes[i] >> 4];
    text[2 * i + 1] = digits[bytes[i] & 15];
  }
  return text;
}
inline std::string hexadecimal(std::string_view bytes) {
  return hexadecimal({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

}  // namespace detoy

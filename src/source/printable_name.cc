#include "source/printable_name.h"

#include <fmt/format.h>

#include <cstddef>

namespace detoy::source {
namespace {

// The length of the printable character at the beginning of `text`; 0 when there is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0u) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies above U+10FFFF differ in the second byte; U+0080 to U+009F are controls.
  const unsigned second = byte(1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
      (first == 0xf4 && second > 0x8f) || (first == 0xc2 && second < 0xa0)) {
    return 0;
  }
  return length;
}

}  // namespace

bool is_printable(std::string_view name) {
  while (!name.empty()) {
    const auto length = character_length(name);
    if (length == 0) return false;
    name.remove_prefix(length);
  }
  return true;
}

std::string printable_name(std::string_view name) {
  std::string text;
  while (!name.empty()) {
    const auto length = character_length(name);
    if (length == 0) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(name.front()));
      name.remove_prefix(1);
    } else {
      text += name.substr(0, length);
      name.remove_prefix(length);
    }
  }
  return text;
}

}  // namespace detoy::source

#include "report/printable.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace detoy::report {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0u) == 0x80u;
}

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;  // bytes to step over
  bool valid = false;
};

// Decodes one code point; overlong forms, surrogates and values past U+10FFFF are invalid.
CodePoint decode(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1, true};
  std::size_t length = 0;
  char32_t value = 0;
  char32_t smallest = 0;
  if ((first & 0xe0u) == 0xc0u) {
    length = 2, value = first & 0x1fu, smallest = 0x80;
  } else if ((first & 0xf0u) == 0xe0u) {
    length = 3, value = first & 0x0fu, smallest = 0x800;
  } else if ((first & 0xf8u) == 0xf0u) {
    length = 4, value = first & 0x07u, smallest = 0x10000;
  } else {
    return {};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size() || !is_continuation(text[i])) return {0, i, false};
    value = (value << 6u) | (static_cast<unsigned char>(text[i]) & 0x3fu);
  }
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  return {value, length, value >= smallest && value <= 0x10ffff && !surrogate};
}

struct Range {
  char32_t first, last;
};

// What moves the cursor, reverses text, or cannot be seen.
constexpr Range unsafe[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},      {0x180e, 0x180e},
    {0x200b, 0x200b}, {0x200e, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},    {0xfeff, 0xfeff},
    {0xfff9, 0xfffb}, {0xe000, 0xf8ff}, {0xe0000, 0xe007f}, {0xf0000, 0x10ffff},
};

bool is_unsafe(char32_t c) {
  for (const Range& range : unsafe) {
    if (c >= range.first && c <= range.last) return true;
  }
  return false;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_break = false;
  while (!text.empty()) {
    const CodePoint c = decode(text);
    const std::string_view bytes = text.substr(0, c.length);
    text.remove_prefix(bytes.size());
    const bool is_break = c.valid && (c.value == '\t' || c.value == '\n' || c.value == '\r');
    if (is_break) {
      if (!in_break) out += ' ';
    } else if (!c.valid) {
      out += replacement;
    } else if (!is_unsafe(c.value)) {
      out += bytes;
    } else if (c.value <= 0xff) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint32_t>(c.value));
    } else {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(c.value));
    }
    in_break = is_break;
  }
  return out;
}

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  for (const char byte : text) {
    if (!is_continuation(byte)) ++count;
  }
  return count;
}

std::string clip(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::size_t bytes = 0;
  for (std::size_t seen = 0; bytes < text.size(); ++bytes) {
    if (!is_continuation(text[bytes]) && seen++ == width - 1) break;
  }
  while (bytes > 0 && text[bytes - 1] == ' ') --bytes;
  return std::string(text.substr(0, bytes)) + "…";
}

}  // namespace detoy::report

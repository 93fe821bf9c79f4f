// The languages that detoy reads.
#pragma once

#include <cstdint>
#include <string_view>

namespace detoy {

// Stored in the facts cache: append only.
enum class Language : std::uint8_t { none, typescript, tsx, javascript, python, rust };

// The name in reports. TSX is TypeScript to people.
constexpr std::string_view to_string(Language language) {
  switch (language) {
    case Language::typescript:
    case Language::tsx:
      return "typescript";
    case Language::javascript:
      return "javascript";
    case Language::python:
      return "python";
    case Language::rust:
      return "rust";
    case Language::none:
      break;
  }
  return "none";
}

// Languages whose files import each other form one family.
constexpr bool same_family(Language a, Language b) {
  const auto script = [](Language l) {
    return l == Language::typescript || l == Language::tsx || l == Language::javascript;
  };
  return a == b || (script(a) && script(b));
}

}  // namespace detoy

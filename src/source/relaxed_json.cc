#include "source/relaxed_json.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>

namespace detoy::source {
namespace {

void blank(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    if (text[i] != '\n') text[i] = ' ';
  }
}

// Overwrites comments and trailing commas with spaces, so that positions stay.
void make_strict(std::string& text) {
  if (text.starts_with("\xEF\xBB\xBF")) blank(text, 0, 3);
  std::size_t comma = std::string::npos;  // the last one, while only space followed it
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\') ++i;
      }
      comma = std::string::npos;
    } else if (c == '/' && i + 1 < text.size() && (text[i + 1] == '/' || text[i + 1] == '*')) {
      const bool line = text[i + 1] == '/';
      auto end = line ? text.find('\n', i) : text.find("*/", i + 2);
      end = end == std::string::npos ? text.size() : line ? end : end + 2;
      blank(text, i, end);
      i = end - 1;
    } else if (c == ',') {
      comma = i;
    } else if (c == '}' || c == ']') {
      if (comma != std::string::npos) text[comma] = ' ';
      comma = std::string::npos;
    } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      comma = std::string::npos;
    }
  }
}

}  // namespace

ParsedJson parse_relaxed_json(std::string_view text) {
  std::string strict(text);
  make_strict(strict);
  ParsedJson parsed;
  try {
    parsed.value = nlohmann::json::parse(strict);
  } catch (const nlohmann::json::parse_error& error) {
    const auto at = std::min(error.byte, strict.size());
    const auto lines = std::count(strict.begin(), strict.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    parsed.error_line = static_cast<std::uint32_t>(lines) + 1;
  } catch (const nlohmann::json::exception&) {
    parsed.error_line = 1;
  }
  if (parsed.error_line == 0 && !parsed.value.is_object()) parsed.error_line = 1;
  return parsed;
}

std::string text_of(const nlohmann::json& object, std::string_view key) {
  const auto member = object.find(key);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

const nlohmann::json& object_of(const nlohmann::json& object, std::string_view key) {
  static const nlohmann::json empty = nlohmann::json::object();
  if (!object.is_object()) return empty;
  const auto member = object.find(key);
  return member != object.end() && member->is_object() ? *member : empty;
}

}  // namespace detoy::source

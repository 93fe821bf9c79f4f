#include <algorithm>
#include <cctype>
#include <cstddef>

#include "source/source.h"
#include "source/text_lines.h"

namespace detoy::source {
namespace {

constexpr std::size_t kHeader = 2048;              // generators say so at the beginning
constexpr std::size_t kMinifiedLineLength = 5000;  // on average

bool is_comment(std::string_view line) {
  return line.starts_with("//") || line.starts_with('#') || line.starts_with("/*") || line.starts_with('*');
}

bool contains_ignoring_case(std::string_view text, std::string_view lower_word) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; };
  return std::search(text.begin(), text.end(), lower_word.begin(), lower_word.end(), same) != text.end();
}

// "@generated" as a word of its own: no e-mail address, no "@generatedBy".
bool has_generated_tag(std::string_view line) {
  constexpr std::string_view kTag = "@generated";
  const auto at = line.find(kTag);
  if (at == std::string_view::npos) return false;
  const auto is_word = [&](std::size_t i) {
    return i < line.size() && (std::isalnum(static_cast<unsigned char>(line[i])) != 0 || line[i] == '_');
  };
  return !is_word(at + kTag.size()) && (at == 0 || !is_word(at - 1));
}

bool has_generated_header(std::string_view text) {
  bool generated = false;
  each_line(text.substr(0, kHeader), [&](std::string_view line) {
    generated =
        generated || (is_comment(line) &&
                      (has_generated_tag(line) || line.find("DO NOT EDIT") != std::string_view::npos ||
                       (contains_ignoring_case(line, "do not edit") && contains_ignoring_case(line, "generated"))));
  });
  return generated;
}

// Compilers and bundlers end their output with the name of its source map.
bool has_source_map(std::string_view text) {
  text = trimmed_text(text);
  const auto newline = text.rfind('\n');
  const auto last = newline == std::string_view::npos ? text : text.substr(newline + 1);
  return last.starts_with("//# sourceMappingURL=") || last.starts_with("//@ sourceMappingURL=");
}

bool is_minified(std::string_view text) {
  if (text.size() <= kMinifiedLineLength) return false;
  // Every file is asked, and few lines are enough to tell that it is not.
  const std::size_t enough = (text.size() + kMinifiedLineLength - 1) / kMinifiedLineLength;
  std::size_t lines = text.ends_with('\n') ? 0 : 1;
  for (auto at = text.find('\n'); at != std::string_view::npos && lines < enough; at = text.find('\n', at + 1)) ++lines;
  return lines < enough;
}

}  // namespace

Role role_from_content(std::string_view text, Role fallback) {
  const bool generated = has_generated_header(text) || has_source_map(text) || is_minified(text);
  return generated ? Role::generated : fallback;
}

}  // namespace detoy::source

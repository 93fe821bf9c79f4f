// Reading text line by line.
#pragma once

#include <string_view>

namespace detoy::source {

// Without white space at both ends.
inline std::string_view trimmed_text(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Calls `visit` with each line, trimmed.
template <typename Visit>
void each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto newline = text.find('\n');
    visit(trimmed_text(text.substr(0, newline)));
    if (newline == std::string_view::npos) return;
    text.remove_prefix(newline + 1);
  }
}

}  // namespace detoy::source

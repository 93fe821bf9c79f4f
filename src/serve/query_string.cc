#include "serve/query_string.h"

#include <algorithm>
#include <optional>

namespace detoy::serve {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      plain += ' ';
    } else if (text[i] != '%') {
      plain += text[i];
    } else {
      if (text.size() - i < 3) return std::nullopt;
      const int high = digit_of(text[i + 1]);
      const int low = digit_of(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      plain += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return plain;
}

}  // namespace

Result<std::map<std::string, std::string>> query_of(std::string_view target) {
  std::map<std::string, std::string> query;
  const auto mark = target.find('?');
  std::string_view rest = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const auto name = decoded(part.substr(0, equals));
    const auto value = decoded(equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1));
    if (!name || !value) return fail(ErrorCategory::usage, "the query is not percent-encoded as it should be");
    if (!query.emplace(*name, *value).second) return fail(ErrorCategory::usage, "the query has a member twice");
  }
  return query;
}

}  // namespace detoy::serve

#include "source/python_text.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "source/text_lines.h"

namespace detoy::source {
namespace {

bool is_name_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

// The literal strings of the list that `keyword` is set to or maps to.
std::vector<std::string> literal_list(std::string_view text, std::string_view keyword) {
  std::vector<std::string> values;
  const auto at = text.find(keyword);
  if (at == std::string_view::npos) return values;
  const auto open = text.find_first_of("[(", at);
  // Only white space, quotes and the assignment may stand between.
  if (open == std::string_view::npos || open - at - keyword.size() > 8) return values;
  const char close = text[open] == '[' ? ']' : ')';
  for (auto i = open + 1; i < text.size() && text[i] != close; ++i) {
    if (text[i] == '#') {
      i = std::min(text.find('\n', i), text.size() - 1);
    } else if (text[i] == '"' || text[i] == '\'') {
      const auto end = text.find(text[i], i + 1);
      if (end == std::string_view::npos) break;
      values.emplace_back(text.substr(i + 1, end - i - 1));
      i = end;
    }
  }
  return values;
}

// The value of `name="..."`.
std::string literal_name(std::string_view text) {
  for (auto at = text.find("name"); at != std::string_view::npos; at = text.find("name", at + 4)) {
    if (at > 0 && is_name_byte(text[at - 1])) continue;
    auto rest = trimmed_text(text.substr(at + 4));
    if (!rest.starts_with('=')) continue;
    rest = trimmed_text(rest.substr(1));
    if (!rest.starts_with('"') && !rest.starts_with('\'')) continue;
    const auto end = rest.find(rest.front(), 1);
    if (end != std::string_view::npos) return std::string(rest.substr(1, end - 1));
  }
  return {};
}

}  // namespace

std::string_view requirement_name(std::string_view line) {
  line = trimmed_text(line);
  if (line.empty() || std::isalnum(static_cast<unsigned char>(line.front())) == 0) return {};
  const auto end = std::find_if_not(line.begin(), line.end(), is_name_byte);
  const auto rest = trimmed_text(std::string_view(end, line.end()));
  if (rest.starts_with("://") || rest.starts_with('+') || rest.starts_with('/')) return {};
  return std::string_view(line.begin(), end);
}

bool is_development_name(std::string_view name) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"dev",    "develop", "development", "test",  "tests", "testing", "lint",  "docs",    "doc",   "ci",
       "typing", "local",   "debug",       "build", "types", "mypy",    "style", "quality", "bench", "benchmark"});
  while (!name.empty()) {
    const auto end = name.find_first_of("-_./ ");
    if (std::find(kWords.begin(), kWords.end(), name.substr(0, end)) != kWords.end()) return true;
    if (end == std::string_view::npos) return false;
    name.remove_prefix(end + 1);
  }
  return false;
}

SetupFields read_setup_py(std::string_view text) {
  SetupFields fields;
  fields.declares_package = true;
  fields.name = literal_name(text);
  fields.requirements = literal_list(text, "install_requires");
  fields.console_scripts = literal_list(text, "console_scripts");
  return fields;
}

SetupFields read_setup_cfg(std::string_view text) {
  SetupFields fields;
  std::string section;
  std::string key;
  const auto take = [&](std::string_view value) {
    if (value.empty()) return;
    if (section == "metadata" && key == "name") fields.name = value;
    if (section == "options" && key == "install_requires") fields.requirements.emplace_back(value);
    if (section == "options.entry_points" && key == "console_scripts") fields.console_scripts.emplace_back(value);
  };
  while (!text.empty()) {
    const auto newline = text.find('\n');
    const auto raw = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    const auto line = trimmed_text(raw);
    if (line.empty() || line.starts_with('#') || line.starts_with(';')) continue;
    if (raw.starts_with(' ') || raw.starts_with('\t')) {  // goes on with the value above
      take(line);
    } else if (line.starts_with('[') && line.ends_with(']')) {
      section = line.substr(1, line.size() - 2);
      key.clear();
      fields.declares_package = fields.declares_package || section == "metadata" || section == "options";
    } else if (const auto equals = line.find_first_of("=:"); equals != std::string_view::npos) {
      key = trimmed_text(line.substr(0, equals));
      take(trimmed_text(line.substr(equals + 1)));
    }
  }
  return fields;
}

}  // namespace detoy::source

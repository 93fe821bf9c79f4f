#include <cstddef>

#include "source/glob.h"
#include "source/relative_path.h"
#include "source/source.h"

namespace detoy::source {
namespace {

// Git drops spaces at the end of a line unless a backslash protects them.
std::string_view without_trailing_spaces(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) {
      end = ++i + 1;
    } else if (line[i] != ' ') {
      end = i + 1;
    }
  }
  return line.substr(0, end);
}

}  // namespace

IgnoreRules IgnoreRules::parse(std::string_view text) {
  IgnoreRules rules;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty()) {
    const auto newline = text.find('\n');
    auto line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#')) continue;
    line = without_trailing_spaces(line);

    Pattern pattern;
    if (line.starts_with('!')) {
      pattern.negated = true;
      line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
      pattern.folder_only = true;
      line.remove_suffix(1);
    }
    pattern.anchored = line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    pattern.glob = line;
    rules.patterns_.push_back(std::move(pattern));
  }
  return rules;
}

IgnoreRules::Match IgnoreRules::match(std::string_view path, bool is_folder) const {
  if (path.empty()) return Match::none;
  const auto name = name_of(path);
  for (auto pattern = patterns_.rbegin(); pattern != patterns_.rend(); ++pattern) {
    if (pattern->folder_only && !is_folder) continue;
    const auto text = pattern->anchored ? path : name;
    if (!glob_matches(pattern->glob, text)) continue;
    return pattern->negated ? Match::included : Match::ignored;
  }
  return Match::none;
}

bool IgnoreRules::covers(std::string_view file) const {
  for (bool is_folder = false; !file.empty(); file = folder_of(file), is_folder = true) {
    const auto found = match(file, is_folder);
    if (found != Match::none) return found == Match::ignored;
  }
  return false;
}

}  // namespace detoy::source

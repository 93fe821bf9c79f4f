#include "analysis/type_text.h"

#include <algorithm>

namespace detoy::analysis {
namespace {

constexpr auto is_name_character = TypeNames::is_name_character;

std::string_view trim(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

int depth_change(char c) {
  if (c == '<' || c == '[' || c == '(' || c == '{') return 1;
  if (c == '>' || c == ']' || c == ')' || c == '}') return -1;
  return 0;
}

// Splits at a separator that stands outside all brackets. "=>" and "->" are no closing brackets.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '>' && i > 0 && (text[i - 1] == '=' || text[i - 1] == '-')) continue;
    depth += depth_change(text[i]);
    if (depth == 0 && text[i] == separator) {
      parts.push_back(trim(text.substr(start, i - start)));
      start = i + 1;
    }
  }
  parts.push_back(trim(text.substr(start)));
  return parts;
}

bool remove_prefix_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  if (text.size() > word.size() && is_name_character(text[word.size()])) return false;
  text = trim(text.substr(word.size()));
  return true;
}

bool says_nothing(std::string_view part) {
  return part.empty() || part == "null" || part == "undefined" || part == "None" || part == "void";
}

}  // namespace

TypeText read_type(std::string_view text) {
  text = trim(text);
  TypeText result;
  for (int rounds = 0; rounds < 8; ++rounds) {
    const std::string_view before = text;
    while (!text.empty() && (text.front() == '&' || text.front() == '*' || text.front() == '"' || text.front() == '(' ||
                             (text.front() == '\'' && !text.ends_with('\'')))) {
      if (text.front() == '\'') {  // a Rust lifetime
        std::size_t end = 1;
        while (end < text.size() && is_name_character(text[end])) ++end;
        text = trim(text.substr(end));
      } else if (text.front() == '(' && !text.ends_with(')')) {
        break;
      } else if (text.front() == '(') {
        text = trim(text.substr(1, text.size() - 2));
      } else {
        text = trim(text.substr(1));
      }
    }
    if (text.size() > 1 && text.front() == '\'' && text.back() == '\'') text = text.substr(1, text.size() - 2);
    if (text.ends_with('"')) text.remove_suffix(1);
    for (const std::string_view word : {"readonly", "mut", "dyn", "impl", "const", "typeof", "unique"}) {
      remove_prefix_word(text, word);
    }
    if (text == before) break;
  }
  if (text.find('|') != std::string_view::npos) {
    const auto alternatives = split(text, '|');
    for (const std::string_view part : alternatives) {
      if (alternatives.size() > 1 && !says_nothing(part)) return read_type(part);
    }
  }
  text = text.find('+') == std::string_view::npos ? trim(text) : split(text, '+').front();
  if (text.ends_with("[]")) {
    result.head = "Array";
    result.arguments.push_back(trim(text.substr(0, text.size() - 2)));
    return result;
  }
  if (text.starts_with('[') && text.ends_with(']')) {  // Rust [T; n], TypeScript tuples
    result.head = "Array";
    result.arguments.push_back(trim(split(text.substr(1, text.size() - 2), ';').front()));
    return result;
  }
  std::size_t end = 0;
  while (end < text.size() && (is_name_character(text[end]) || text[end] == '.' || text[end] == ':')) ++end;
  std::string_view name = text.substr(0, end);
  std::string_view rest = trim(text.substr(end));
  while (name.ends_with(':') || name.ends_with('.')) name.remove_suffix(1);
  const auto last = name.find_last_of(".:");
  if (last != std::string_view::npos) {
    result.qualifier = name.substr(0, last);
    while (result.qualifier.ends_with(':')) result.qualifier.remove_suffix(1);
    name = name.substr(last + 1);
  }
  result.head = name;
  if (rest.size() >= 2 && (rest.front() == '<' || rest.front() == '[')) {
    int depth = 0;
    std::size_t close = std::string_view::npos;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      if (rest[i] == '>' && i > 0 && (rest[i - 1] == '=' || rest[i - 1] == '-')) continue;
      depth += depth_change(rest[i]);
      if (depth == 0) {
        close = i;
        break;
      }
    }
    if (close != std::string_view::npos) {
      for (const std::string_view argument : split(rest.substr(1, close - 1), ',')) {
        if (!argument.empty() && argument.front() != '\'') result.arguments.push_back(argument);
      }
      const std::string_view after = trim(rest.substr(close + 1));
      if (after == "[]") {  // Foo<Bar>[]
        const std::string_view inner = text.substr(0, text.rfind('['));
        return {"Array", {}, {inner}};
      }
    } else {
      // Cut off by the length limit: what is there still tells the first argument.
      for (const std::string_view argument : split(rest.substr(1), ',')) result.arguments.push_back(argument);
    }
  }
  return result;
}

TypeText unwrap_type(std::string_view text, const std::vector<std::string>& wrappers) {
  TypeText type = read_type(text);
  for (int rounds = 0; rounds < 8 && !type.arguments.empty(); ++rounds) {
    if (std::find(wrappers.begin(), wrappers.end(), type.head) == wrappers.end()) break;
    type = read_type(type.arguments.front());
  }
  return type;
}

std::vector<std::string_view> type_names(std::string_view text) {
  std::vector<std::string_view> names;
  TypeNames rest(text);
  for (std::string_view name = rest.next(); !name.empty(); name = rest.next()) names.push_back(name);
  return names;
}

std::vector<std::string_view> split_type_list(std::string_view text) {
  return split(text, ',');
}

}  // namespace detoy::analysis

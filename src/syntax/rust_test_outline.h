// What the tests of the Rust front end compare: trees on one line.
#pragma once

#include <string>
#include <string_view>

#include "syntax/front_end.h"

namespace detoy::syntax::rust {

// The tree below the root in the words of outline(), children in brackets and without lines: name "a", call(name "f").
inline std::string on_one_line(const Tree& tree) {
  const std::string written = outline(tree);
  std::string result;
  std::size_t depth = 0;
  std::string_view rest = written;
  bool is_root = true;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    if (is_root) {
      is_root = false;
      continue;
    }
    const std::size_t level = line.find_first_not_of(' ') / 2;
    line = line.substr(level * 2, line.rfind(" @") - level * 2);
    if (level > depth && depth != 0) result += '(';
    for (; depth > level; --depth) result += ')';
    if (!result.empty() && result.back() != '(') result += ", ";
    result += line;
    depth = level;
  }
  for (; depth > 1; --depth) result += ')';
  return result;
}

inline std::string lowered(std::string_view source) {
  Parser parser;
  Tree tree;
  parser.parse(rust_front_end, source, tree);
  return on_one_line(tree);
}

// One statement of a function's body, without the function around it.
inline std::string lowered_statement(std::string_view statement) {
  const std::string source = "fn f() {" + std::string(statement) + "\n;}";
  const std::string all = lowered(source);
  constexpr std::string_view before = "function \"f\"(block(";
  return all.starts_with(before) ? all.substr(before.size(), all.size() - before.size() - 2) : all;
}

}  // namespace detoy::syntax::rust

// What the tests of the Python front end share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "syntax/front_end.h"

namespace detoy::syntax {

inline void python_tree(std::string_view source, Tree& tree) {
  Parser parser;
  parser.parse(python_front_end, source, tree);
}

// The outline without its line numbers, which only tests of positions look at.
inline std::string outline_without_lines(const Tree& tree) {
  std::string out;
  const std::string written = outline(tree);
  for (std::size_t start = 0; start < written.size();) {
    const std::size_t end = written.find('\n', start);
    const std::size_t at = written.rfind(" @", end);
    out.append(written, start, at - start);
    out += '\n';
    start = end + 1;
  }
  return out;
}

inline std::string python_outline(std::string_view source) {
  Tree tree;
  python_tree(source, tree);
  return outline_without_lines(tree);
}

inline testing::AssertionResult has(const std::string& written, std::string_view part) {
  const bool found = written.find(part) != std::string::npos;
  return (found ? testing::AssertionSuccess() : testing::AssertionFailure()) << part << "\nin\n" << written;
}

inline int deepest_level(const Tree& tree) {
  int deepest = 0;
  std::vector<std::pair<NodeId, int>> open = {{tree.root, 1}};
  while (!open.empty()) {
    const auto [id, level] = open.back();
    open.pop_back();
    if (level > deepest) deepest = level;
    for (NodeId child = tree[id].first_child; child != no_node; child = tree[child].next) {
      open.emplace_back(child, level + 1);
    }
  }
  return deepest;
}

}  // namespace detoy::syntax

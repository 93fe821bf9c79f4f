// Plain trees of script snippets on one line, for the tests beside this file.
//   f(1); g      ->   call(name f, number 1); name g
#pragma once

#include <string>
#include <string_view>

#include "syntax/front_end.h"

namespace detoy::syntax::script {

inline void write_compact(const Tree& tree, NodeId id, std::string_view separator, std::string& out) {
  // The outline of the node alone says its kind and flags; quotes and positions only disturb here.
  Tree alone;
  Node node = tree[id];
  const NodeId first = node.first_child;
  node.first_child = node.next = no_node;
  alone.root = alone.add(node);
  std::string line = outline(alone);
  line.resize(line.rfind(" @"));
  std::erase(line, '"');
  out += line;
  if (first == no_node) return;
  out += '(';
  for (NodeId child = first; child != no_node; child = tree[child].next) {
    if (child != first) out += separator;
    write_compact(tree, child, tree[child].kind == NodeKind::block ? "; " : ", ", out);
  }
  out += ')';
}

// The file's statements, separated by "; ".
inline std::string lowered(std::string_view source, const FrontEnd& front_end = typescript_front_end) {
  Parser parser;
  Tree tree;
  if (!parser.parse(front_end, source, tree)) return "not parsed";
  std::string out;
  for (NodeId child = tree[tree.root].first_child; child != no_node; child = tree[child].next) {
    if (!out.empty()) out += "; ";
    write_compact(tree, child, tree[child].kind == NodeKind::block ? "; " : ", ", out);
  }
  if (tree.errors != 0) out += " !";
  return out;
}

inline std::string lowered_js(std::string_view source) {
  return lowered(source, javascript_front_end);
}
inline std::string lowered_tsx(std::string_view source) {
  return lowered(source, tsx_front_end);
}

}  // namespace detoy::syntax::script

// The front ends of TypeScript, TSX and JavaScript: one lowering over three grammars.
#include "syntax/front_end.h"
#include "syntax/script_lowering.h"

extern "C" {
const TSLanguage* tree_sitter_typescript(void);
const TSLanguage* tree_sitter_tsx(void);
const TSLanguage* tree_sitter_javascript(void);
}

namespace detoy::syntax {
namespace script {

constexpr std::size_t longest_type = 200;

Lowering::Lowering(const SymbolTable& symbols, TSNode root, std::string_view source, Tree& tree)
    : symbols_(symbols), cursor_(symbols, root), source_(source), tree_(tree) {}

void Lowering::run() {
  tree_.root = add_here(NodeKind::block);
  ChildList children(tree_, tree_.root);
  if (cursor_.symbol() == Symbol::error) {
    parts(children);
  } else {
    statements(children);
  }
}

void Lowering::set_position(NodeId id, TSNode at) {
  const TSPoint start = ts_node_start_point(at);
  tree_[id].line = start.row + 1;
  tree_[id].column = start.column + 1;
}

NodeId Lowering::add(NodeKind kind, TSNode at, std::string_view text, std::uint32_t flags) {
  const TSPoint start = ts_node_start_point(at);
  Node node;
  node.kind = kind;
  node.flags = flags;
  node.line = start.row + 1;
  node.column = start.column + 1;
  node.end_line = ts_node_end_point(at).row + 1;
  node.text = text;
  return tree_.add(node);
}

NodeId Lowering::cut() {
  tree_.too_deep = true;
  return add_here(NodeKind::other);
}

std::string_view Lowering::text(TSNode first, TSNode last) const {
  const std::uint32_t start = ts_node_start_byte(first);
  const std::uint32_t end = ts_node_end_byte(last);
  if (start >= end || end > source_.size()) return {};
  return source_.substr(start, end - start);
}

std::string_view Lowering::string_contents(TSNode string) const {
  std::string_view contents = text(string);
  if (contents.empty()) return contents;
  const char quote = contents.front();
  contents.remove_prefix(1);
  if (!contents.empty() && contents.back() == quote) contents.remove_suffix(1);
  return contents;
}

NodeId Lowering::type_node(TSNode first, TSNode last) {
  std::string_view type = text(first, last);
  if (type.starts_with(':')) {
    const std::size_t begin = type.find_first_not_of(" \t\r\n", 1);
    type.remove_prefix(begin == std::string_view::npos ? type.size() : begin);
  }
  const NodeId id = add(NodeKind::type, first, shortened(type, longest_type));
  tree_[id].end_line = ts_node_end_point(last).row + 1;
  return id;
}

std::string_view shortened(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  while (size > 0 && continues(text[size])) --size;
  return text.substr(0, size);
}

namespace {

// Visits only the subtrees that hold an error, without recursion.
void count_errors(TSNode root, Tree& tree) {
  if (!ts_node_has_error(root)) return;
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  bool more = true;
  while (more) {
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    if (ts_node_is_error(node) || ts_node_is_missing(node)) {
      if (tree.errors++ == 0) tree.first_error_line = ts_node_start_point(node).row + 1;
    }
    if (ts_node_has_error(node) && ts_tree_cursor_goto_first_child(&cursor)) continue;
    while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
      more = ts_tree_cursor_goto_parent(&cursor);
      if (!more) break;
    }
  }
  ts_tree_cursor_delete(&cursor);
}

void lower(const SymbolTable& symbols, const TSTree* parsed, std::string_view source, Tree& tree) {
  const TSNode root = ts_tree_root_node(parsed);
  Lowering(symbols, root, source, tree).run();
  count_errors(root, tree);
}

void lower_typescript(const TSTree* parsed, std::string_view source, Tree& tree) {
  static const SymbolTable symbols(tree_sitter_typescript());
  lower(symbols, parsed, source, tree);
}

void lower_tsx(const TSTree* parsed, std::string_view source, Tree& tree) {
  static const SymbolTable symbols(tree_sitter_tsx());
  lower(symbols, parsed, source, tree);
}

void lower_javascript(const TSTree* parsed, std::string_view source, Tree& tree) {
  static const SymbolTable symbols(tree_sitter_javascript());
  lower(symbols, parsed, source, tree);
}

}  // namespace
}  // namespace script

const FrontEnd typescript_front_end = {Language::typescript, tree_sitter_typescript, script::lower_typescript};
const FrontEnd tsx_front_end = {Language::tsx, tree_sitter_tsx, script::lower_tsx};
const FrontEnd javascript_front_end = {Language::javascript, tree_sitter_javascript, script::lower_javascript};

}  // namespace detoy::syntax

// Walking and node making: what all parts of the Python front end stand on.
#include "syntax/python_lowering.h"

namespace detoy::syntax {

PythonLowering::PythonLowering(const TSTree* parsed, std::string_view source, Tree& tree)
    : grammar_(PythonGrammar::instance()), source_(source), tree_(tree), cursor_(ts_tree_root_node(parsed)) {}

void PythonLowering::lower_module() {
  const Part part = at_cursor();
  tree_.root = add(NodeKind::block, part);
  tree_[tree_.root].line = 1;
  tree_[tree_.root].column = 1;
  ChildList statements(tree_, tree_.root);
  lower_statements(statements);
}

PythonLowering::Part PythonLowering::at_cursor() const {
  return {cursor_.node(), grammar_(cursor_.symbol())};
}

PythonLowering::Part PythonLowering::first_child() {
  if (cursor_.enter()) return at_cursor();
  return {{}, Syntax::end};
}

PythonLowering::Part PythonLowering::next_child() {
  if (cursor_.next()) return at_cursor();
  leave();
  return {{}, Syntax::end};
}

PythonLowering::Part PythonLowering::first_part() {
  Part part = first_child();
  while (part.syntax == Syntax::token || part.syntax == Syntax::comment) part = next_child();
  return part;
}

PythonLowering::Part PythonLowering::next_part() {
  Part part = next_child();
  while (part.syntax == Syntax::token || part.syntax == Syntax::comment) part = next_child();
  return part;
}

PythonLowering::Part PythonLowering::first_operand() {
  Part part = first_part();
  while (part.syntax == Syntax::error) part = next_part();
  return part;
}

PythonLowering::Part PythonLowering::next_operand() {
  Part part = next_part();
  while (part.syntax == Syntax::error) part = next_part();
  return part;
}

std::string_view PythonLowering::text(const Part& part) const {
  return text_between(ts_node_start_byte(part.node), ts_node_end_byte(part.node));
}

std::string_view PythonLowering::text_between(std::uint32_t start, std::uint32_t end) const {
  if (end <= start || start >= source_.size()) return {};
  return source_.substr(start, end - start);
}

// An annotation in quotes is a forward reference: its text is what the quotes hold.
std::string_view PythonLowering::type_text(const Part& part) const {
  constexpr std::size_t limit = 200;
  std::string_view written = text(part);
  if (written.size() >= 2 && (written.front() == '"' || written.front() == '\'') && written.back() == written.front() &&
      written.find(written.front(), 1) == written.size() - 1) {
    written = written.substr(1, written.size() - 2);
  }
  return truncated(written, limit);
}

std::string_view PythonLowering::truncated(std::string_view long_text, std::size_t limit) {
  if (long_text.size() <= limit) return long_text;
  while (limit > 0 && (static_cast<unsigned char>(long_text[limit]) & 0xC0u) == 0x80u) --limit;
  return long_text.substr(0, limit);
}

std::string_view PythonLowering::bare_name(std::string_view written) {
  written = written.substr(0, written.find_first_of("[( \t\r\n#"));
  const std::size_t dot = written.rfind('.');
  return dot == std::string_view::npos ? written : written.substr(dot + 1);
}

bool PythonLowering::is_private(std::string_view name) {
  return name.starts_with('_') && !name.ends_with("__");
}

NodeId PythonLowering::add(NodeKind kind, const Part& at, std::string_view node_text, std::uint32_t flags) {
  const TSPoint start = ts_node_start_point(at.node);
  Node node;
  node.kind = kind;
  node.flags = flags;
  node.line = start.row + 1;
  node.column = start.column + 1;
  node.end_line = ts_node_end_point(at.node).row + 1;
  node.text = node_text;
  return tree_.add(node);
}

NodeId PythonLowering::or_empty(NodeId node, const Part& at) {
  return node != no_node ? node : add(NodeKind::empty, at);
}

NodeId PythonLowering::single(NodeKind kind, const Part& at, std::string_view node_text, NodeId child) {
  const NodeId id = add(kind, at, node_text);
  tree_[id].first_child = child;
  return id;
}

}  // namespace detoy::syntax

// Python's string literals.
#include <cctype>

#include "syntax/python_lowering.h"

namespace detoy::syntax {

// Read off the text: a literal without interpolation is one node, whatever the grammar sees inside.
PythonLowering::Quoted PythonLowering::quoted(const Part& part) const {
  const std::uint32_t start = ts_node_start_byte(part.node);
  const std::string_view written = text(part);
  std::uint32_t prefix = 0;
  bool interpolated = false;
  while (prefix < written.size() && written[prefix] != '"' && written[prefix] != '\'') {
    const int letter = std::tolower(static_cast<unsigned char>(written[prefix++]));
    interpolated = interpolated || letter == 'f' || letter == 't';
  }
  const std::string_view body = written.substr(prefix);
  const bool triple = body.size() >= 6 && body[1] == body[0] && body[2] == body[0];
  const std::uint32_t quote = triple ? 3 : 1;
  const auto length = static_cast<std::uint32_t>(body.size());
  const bool has_contents = length >= 2 * quote;
  const std::uint32_t contents = start + prefix + (has_contents ? quote : 0);
  return {contents, has_contents ? contents + length - 2 * quote : contents,
          interpolated && body.find('{') != std::string_view::npos};
}

NodeId PythonLowering::lower_string(const Part& part) {
  const Quoted literal = quoted(part);
  const NodeId id = add(NodeKind::string, part, text_between(literal.start, literal.end));
  if (!literal.interpolated) return id;
  tree_[id].kind = NodeKind::string_template;
  ChildList expressions(tree_, id);
  lower_interpolations(expressions);
  if (tree_[id].first_child == no_node) tree_[id].kind = NodeKind::string;  // only `{{` and `}}`
  return id;
}

NodeId PythonLowering::lower_concatenated(const Part& part) {
  const NodeId id = add(NodeKind::string, part);
  ChildList expressions(tree_, id);
  std::uint32_t start = 0;
  std::uint32_t end = 0;
  for (Part piece = first_operand(); piece; piece = next_operand()) {
    const Quoted literal = quoted(piece);
    if (end == 0) start = literal.start;
    end = literal.end;
    if (literal.interpolated) lower_interpolations(expressions);
  }
  tree_[id].text = text_between(start, end);
  if (tree_[id].first_child != no_node) tree_[id].kind = NodeKind::string_template;
  return id;
}

// The expressions in a literal, those in format specifiers (`{x:>{width}}`) included.
void PythonLowering::lower_interpolations(ChildList& out) {
  const Level level(*this);
  if (!level) return;
  for (Part piece = first_part(); piece; piece = next_part()) {
    if (piece.syntax != Syntax::interpolation && piece.syntax != Syntax::format_expression) continue;
    for (Part inner = first_part(); inner; inner = next_part()) {
      if (inner.syntax == Syntax::format_specifier) {
        lower_interpolations(out);
      } else if (inner.syntax != Syntax::unknown) {
        out.add(lower_expression(inner));
      }
    }
  }
}

}  // namespace detoy::syntax

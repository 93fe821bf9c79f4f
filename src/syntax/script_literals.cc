// Literals with parts: templates, regular expressions, objects and JSX.
#include <string>

#include "syntax/front_end.h"
#include "syntax/script_lowering.h"

namespace detoy::syntax::script {

NodeId Lowering::template_string() {
  const TSNode whole = cursor_.node();
  const NodeId id = add(NodeKind::string_template, whole);
  ChildList children(tree_, id);
  const std::size_t end = ts_node_end_byte(whole);
  std::size_t begin = ts_node_start_byte(whole) + 1;
  std::string joined;
  bool has_parts = false;
  cursor_.each_child([&](Symbol symbol) {
    if (symbol != Symbol::template_substitution) return;
    const TSNode node = cursor_.node();
    joined += source_.substr(begin, ts_node_start_byte(node) - begin);
    joined += "${}";
    begin = ts_node_end_byte(node);
    has_parts = true;
    arguments(children);
  });
  std::string_view rest = source_.substr(begin, end > begin ? end - begin : 0);
  if (rest.ends_with('`')) rest.remove_suffix(1);
  if (has_parts) rest = tree_.keep(joined.append(rest));
  tree_[id].text = rest;
  return id;
}

NodeId Lowering::regex() {
  const NodeId id = add_here(NodeKind::string);
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::regex_pattern) tree_[id].text = text(cursor_.node());
  });
  return id;
}

NodeId Lowering::object() {
  const NodeId id = add_here(NodeKind::object);
  ChildList children(tree_, id);
  cursor_.each_child([&](Symbol symbol) {
    const TSNode node = cursor_.node();
    switch (symbol) {
      case Symbol::pair:
        return children.add(pair());
      case Symbol::spread_element:
        return children.add(expression());
      case Symbol::shorthand_property_identifier: {
        const NodeId made = add(NodeKind::pair, node, text(node));
        ChildList(tree_, made).add(add(NodeKind::name, node, text(node)));
        return children.add(made);
      }
      case Symbol::method_definition: {
        const NodeId made = add(NodeKind::pair, node);
        const NodeId value = function(flag::none, {});
        if (!tree_[value].text.starts_with('[')) tree_[made].text = tree_[value].text;
        ChildList(tree_, made).add(value);
        return children.add(made);
      }
      case Symbol::error:
        return children.add(unread());
      default:
        return;
    }
  });
  return id;
}

NodeId Lowering::pair() {
  const NodeId id = add_here(NodeKind::pair);
  ChildList children(tree_, id);
  bool has_key = false;
  cursor_.each_child([&](Symbol symbol) {
    if (!is_operand(symbol)) return;
    if (has_key) return children.add(expression());
    has_key = true;
    if (symbol != Symbol::computed_property_name) tree_[id].text = property_name(symbol);
  });
  if (tree_[id].first_child == no_node) children.add(add_empty());
  return id;
}

// An element that stands in no other one is a call of "jsx". Those inside it matter only for their expressions.
NodeId Lowering::jsx() {
  const NodeId id = add(NodeKind::call, cursor_.node(), {}, flag::macro);
  ChildList children(tree_, id);
  children.add(add(NodeKind::name, cursor_.node(), "jsx"));
  jsx_parts(children);
  return id;
}

void Lowering::jsx_parts(ChildList& out) {
  bool has_name = false;
  cursor_.each_child([&](Symbol symbol) {
    switch (symbol) {
      case Symbol::jsx_opening_element:
        return jsx_parts(out);
      case Symbol::jsx_attribute:
        return jsx_attribute(out);
      case Symbol::jsx_expression:
        return arguments(out);
      case Symbol::jsx_element:
        return jsx_inside(out);
      case Symbol::identifier:
      case Symbol::member_expression: {
        const std::string_view name = text(cursor_.node());
        const bool is_component = symbol == Symbol::member_expression || (name >= "A" && name < "[");
        if (!has_name && is_component) out.add(expression());
        has_name = true;
        return;
      }
      default:
        return;
    }
  });
}

void Lowering::jsx_attribute(ChildList& out) {
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::string) out.add(expression());
    if (symbol == Symbol::jsx_expression) arguments(out);
    if (symbol == Symbol::jsx_element) jsx_inside(out);
  });
}

void Lowering::jsx_inside(ChildList& out) {
  if (depth_ >= max_depth) return out.add(cut());
  const Nesting nesting(depth_);
  const NodeId id = add_here(NodeKind::other);
  ChildList children(tree_, id);
  jsx_parts(children);
  if (tree_[id].first_child != no_node) out.add(id);
}

}  // namespace detoy::syntax::script

// Python's list, set, tuple and dict literals and its comprehensions.
#include "syntax/python_lowering.h"

namespace detoy::syntax {

NodeId PythonLowering::lower_collection(const Part& part, NodeKind kind) {
  const NodeId id = add(kind, part);
  ChildList elements(tree_, id);
  for (Part element = first_part(); element; element = next_part()) elements.add(lower_expression(element));
  return id;
}

NodeId PythonLowering::lower_pair(const Part& part) {
  const NodeId id = add(NodeKind::pair, part);
  NodeId value = no_node;
  bool keyed = false;
  for (Part side = first_operand(); side; side = next_operand()) {
    if (keyed) {
      value = lower_expression(side);
    } else if (side.syntax == Syntax::string) {
      const Quoted key = quoted(side);
      if (!key.interpolated) tree_[id].text = text_between(key.start, key.end);
    }
    keyed = true;
  }
  tree_[id].first_child = or_empty(value, part);
  return id;
}

// The clauses first, for the element uses what they bind; so the element, which is written first, is lowered last.
NodeId PythonLowering::lower_comprehension(const Part& part, NodeKind kind) {
  const NodeId id = add(kind, part, {}, flag::comprehension);
  ChildList children(tree_, id);
  const std::string_view outer_self = scope_.self_name;
  for (Part inner = first_part(); inner; inner = next_part()) {
    if (inner.syntax == Syntax::for_in_clause) {
      children.add(lower_comprehension_clause(inner));
    } else if (inner.syntax == Syntax::if_clause) {
      children.add(operands<1>()[0]);
    } else if (inner.syntax == Syntax::error) {
      children.add(lower_loose(inner));
    }
  }
  for (Part element = first_operand(); element; element = next_operand()) {
    if (element.syntax == Syntax::for_in_clause || element.syntax == Syntax::if_clause) continue;
    children.add(lower_expression(element));
  }
  scope_.self_name = outer_self;
  return id;
}

NodeId PythonLowering::lower_comprehension_clause(const Part& part) {
  NodeId target = no_node;
  NodeId iterable = no_node;
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    if (target == no_node) {
      if (!scope_.self_name.empty() && binds(inner, scope_.self_name)) scope_.self_name = {};
      target = or_empty(lower_target(inner), inner);
    } else if (iterable == no_node) {
      iterable = or_empty(lower_expression(inner), inner);
    }
  }
  return lower_loop_variable(part, or_empty(target, part), or_empty(iterable, part));
}

// Whether a loop's target binds the name: `for self in ...`, `for a, self in ...`.
bool PythonLowering::binds(const Part& target, std::string_view name) {
  switch (target.syntax) {
    case Syntax::identifier:
      return text(target) == name;
    case Syntax::pattern_list:
    case Syntax::tuple_pattern:
    case Syntax::list_pattern:
    case Syntax::list_splat_pattern: {
      const Level level(*this);
      if (!level) return false;
      bool found = false;
      for (Part inner = first_operand(); inner; inner = next_operand()) found = found || binds(inner, name);
      return found;
    }
    default:
      return false;
  }
}

}  // namespace detoy::syntax

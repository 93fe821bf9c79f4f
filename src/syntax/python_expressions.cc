// Python's expressions.
#include "syntax/python_lowering.h"

namespace detoy::syntax {

NodeId PythonLowering::lower_expression(const Part& part) {
  if (part.syntax == Syntax::identifier) return lower_name(part);
  const Level level(*this);
  return level ? lower_expression_kind(part) : no_node;
}

NodeId PythonLowering::lower_expression_kind(const Part& part) {
  switch (part.syntax) {
    case Syntax::attribute:
      return lower_member(part);
    case Syntax::subscript:
      return lower_subscript(part);
    case Syntax::call:
      return lower_call(part);
    case Syntax::string:
      return lower_string(part);
    case Syntax::concatenated_string:
      return lower_concatenated(part);
    case Syntax::integer:
    case Syntax::float_:
      return add(NodeKind::number, part, text(part));
    case Syntax::true_:
      return add(NodeKind::boolean, part, "true");
    case Syntax::false_:
      return add(NodeKind::boolean, part, "false");
    case Syntax::none:
      return add(NodeKind::null, part);
    case Syntax::ellipsis:
      return add(NodeKind::other, part);
    case Syntax::list:
    case Syntax::tuple:
    case Syntax::set:
    case Syntax::expression_list:
      return lower_collection(part, NodeKind::array);
    case Syntax::dictionary:
      return lower_collection(part, NodeKind::object);
    case Syntax::list_comprehension:
    case Syntax::set_comprehension:
    case Syntax::generator_expression:
      return lower_comprehension(part, NodeKind::array);
    case Syntax::dictionary_comprehension:
      return lower_comprehension(part, NodeKind::object);
    case Syntax::pair:
      return lower_pair(part);
    case Syntax::keyword_argument:
      return lower_keyword(part);
    case Syntax::list_splat:
    case Syntax::list_splat_pattern:
    case Syntax::dictionary_splat:
    case Syntax::dictionary_splat_pattern:
      return single(NodeKind::spread, part, {}, operands<1>()[0]);
    case Syntax::await:
      return single(NodeKind::await, part, {}, operands<1>()[0]);
    case Syntax::unary_operator:
    case Syntax::not_operator:
      return lower_unary(part);
    case Syntax::binary_operator:
      return lower_binary(part, NodeKind::binary);
    case Syntax::boolean_operator:
      return lower_binary(part, NodeKind::logical);
    case Syntax::comparison_operator:
      return lower_comparison(part);
    case Syntax::conditional_expression:
      return lower_conditional(part);
    case Syntax::lambda:
      return lower_lambda(part);
    case Syntax::named_expression:
      return lower_walrus(part);
    case Syntax::as_pattern:
      return lower_as(part);
    case Syntax::parenthesized_expression:
      return operands<1>()[0];
    case Syntax::assignment:
      return lower_assignment(part);
    case Syntax::augmented_assignment:
      return lower_augmented(part);
    case Syntax::pattern_list:
    case Syntax::tuple_pattern:
    case Syntax::list_pattern:
      return lower_target(part);
    case Syntax::type:
      return add(NodeKind::type, part, type_text(part));
    case Syntax::slice:
      return lower_collection(part, NodeKind::other);
    case Syntax::yield:
      scope_.generator = true;
      return lower_collection(part, NodeKind::other);
    default:
      return lower_loose(part);
  }
}

NodeId PythonLowering::lower_name(const Part& part) {
  const std::string_view name = text(part);
  if (name.empty()) return add(NodeKind::empty, part);  // MISSING in the source
  if (name == scope_.self_name) return add(NodeKind::self, part);
  return add(NodeKind::name, part, name);
}

NodeId PythonLowering::lower_member(const Part& part) {
  const NodeId id = add(NodeKind::member, part);
  NodeId object = no_node;
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    if (object == no_node) {
      object = or_empty(lower_expression(inner), inner);
    } else {
      tree_[id].text = text(inner);
    }
  }
  tree_[id].first_child = object;
  return id;
}

// `a[b, c]` has one key, a tuple.
NodeId PythonLowering::lower_subscript(const Part& part) {
  const NodeId id = add(NodeKind::index, part);
  ChildList children(tree_, id);
  NodeId object = no_node;
  NodeId key = no_node;
  NodeId last_key = no_node;
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    const NodeId lowered = or_empty(lower_expression(inner), inner);
    if (object == no_node) {
      object = lowered;
      continue;
    }
    if (key == no_node) {
      key = lowered;
    } else if (last_key == key) {
      key = single(NodeKind::array, part, {}, key);
      tree_[last_key].next = lowered;
    } else {
      tree_[last_key].next = lowered;
    }
    last_key = lowered;
  }
  children.add(or_empty(object, part));
  children.add(or_empty(key, part));
  return id;
}

NodeId PythonLowering::lower_call(const Part& part) {
  const NodeId id = add(NodeKind::call, part);
  ChildList children(tree_, id);
  bool callee = true;
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    if (callee) {
      children.add(or_empty(lower_expression(inner), inner));
      callee = false;
    } else if (inner.syntax == Syntax::argument_list) {
      lower_arguments(children);
    } else {
      children.add(lower_expression(inner));
    }
  }
  return id;
}

void PythonLowering::lower_arguments(ChildList& out) {
  NodeId options = no_node;
  NodeId last_option = no_node;
  for (Part argument = first_part(); argument; argument = next_part()) {
    if (argument.syntax != Syntax::keyword_argument && argument.syntax != Syntax::dictionary_splat) {
      out.add(lower_expression(argument));
      continue;
    }
    if (options == no_node) options = add(NodeKind::object, argument);
    const NodeId option = lower_expression(argument);
    if (option == no_node) continue;
    (last_option == no_node ? tree_[options].first_child : tree_[last_option].next) = option;
    tree_[options].end_line = tree_[option].end_line;
    last_option = option;
  }
  out.add(options);
}

NodeId PythonLowering::lower_keyword(const Part& part) {
  const NodeId id = add(NodeKind::pair, part);
  NodeId value = no_node;
  bool named = false;
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    if (named) {
      value = lower_expression(inner);
    } else {
      tree_[id].text = text(inner);
      named = true;
    }
  }
  tree_[id].first_child = or_empty(value, part);
  return id;
}

NodeId PythonLowering::lower_binary(const Part& part, NodeKind kind) {
  const NodeId id = add(kind, part);
  ChildList children(tree_, id);
  int count = 0;
  for (Part side = first_child(); side; side = next_child()) {
    if (side.syntax == Syntax::token) {
      tree_[id].text = ts_node_type(side.node);
    } else if (side.syntax != Syntax::comment && side.syntax != Syntax::error && count < 2) {
      children.add(or_empty(lower_expression(side), side));
      ++count;
    }
  }
  for (; count < 2; ++count) children.add(add(NodeKind::empty, part));
  return id;
}

NodeId PythonLowering::lower_unary(const Part& part) {
  const NodeId id = add(NodeKind::unary, part);
  NodeId value = no_node;
  for (Part side = first_child(); side; side = next_child()) {
    if (side.syntax == Syntax::token) {
      tree_[id].text = ts_node_type(side.node);
    } else if (side.syntax != Syntax::comment && side.syntax != Syntax::error && value == no_node) {
      value = lower_expression(side);
    }
  }
  tree_[id].first_child = or_empty(value, part);
  return id;
}

// `a < b < c`: flat in the source, nested to the left here.
NodeId PythonLowering::lower_comparison(const Part& part) {
  const int outer_depth = depth_;
  NodeId left = no_node;
  std::string_view op;
  for (Part side = first_child(); side; side = next_child()) {
    if (side.syntax == Syntax::token) {
      op = ts_node_type(side.node);
    } else if (side.syntax == Syntax::comment || side.syntax == Syntax::error) {
      continue;
    } else if (left == no_node) {
      left = or_empty(lower_expression(side), side);
    } else if (++depth_ > max_depth) {
      tree_.too_deep = true;
    } else {
      const NodeId right = or_empty(lower_expression(side), side);
      const NodeId id = single(NodeKind::binary, part, op, left);
      tree_[left].next = right;
      left = id;
    }
  }
  depth_ = outer_depth;
  return left;
}

// Written as `then if condition else otherwise`.
NodeId PythonLowering::lower_conditional(const Part& part) {
  const auto [then, condition, otherwise] = operands<3>();
  const NodeId id = add(NodeKind::conditional, part);
  ChildList children(tree_, id);
  children.add(or_empty(condition, part));
  children.add(or_empty(then, part));
  children.add(or_empty(otherwise, part));
  return id;
}

NodeId PythonLowering::lower_walrus(const Part& part) {
  const auto [target, value] = operands<2>();
  const NodeId id = add(NodeKind::assign, part, "=");
  ChildList children(tree_, id);
  children.add(or_empty(target, part));
  children.add(or_empty(value, part));
  return id;
}

// `value as target`, the item of a `with`.
NodeId PythonLowering::lower_as(const Part& part) {
  NodeId target = no_node;
  NodeId value = no_node;
  for (Part side = first_operand(); side; side = next_operand()) {
    if (side.syntax == Syntax::as_pattern_target) {
      target = lower_target(side);
    } else {
      value = lower_expression(side);
    }
  }
  const NodeId id = add(NodeKind::assign, part, "=");
  ChildList children(tree_, id);
  children.add(or_empty(target, part));
  children.add(or_empty(value, part));
  return id;
}

}  // namespace detoy::syntax

// Python's assignments and what they assign to.
#include "syntax/python_lowering.h"

namespace detoy::syntax {

bool PythonLowering::is_public_module_name(std::string_view name) const {
  return scope_.kind == Scope::Kind::module && !name.empty() && name.front() != '_';
}

void PythonLowering::lower_assignment_statement(const Part& part, ChildList& out) {
  const Part left = first_operand();
  if (!left) return;
  const bool ignored = left.syntax == Syntax::identifier && text(left) == "__all__";
  leave();
  if (ignored) return;
  const bool destructures = left.syntax == Syntax::pattern_list || left.syntax == Syntax::tuple_pattern;
  if (destructures && lower_parallel_assignment(out)) return;
  out.add(lower_assignment(part));
}

// The number of elements in the cursor's list; 0 if their number is only known at run time.
std::size_t PythonLowering::count_plain_elements() {
  std::size_t count = 0;
  bool plain = true;
  for (Part inner = first_part(); inner; inner = next_part()) {
    plain = plain && inner.syntax != Syntax::list_splat && inner.syntax != Syntax::list_splat_pattern &&
            inner.syntax != Syntax::error;
    ++count;
  }
  return plain ? count : 0;
}

// `a, b = c, d`: an assignment for each, if both sides are written out; else nothing is lowered and it gives false.
bool PythonLowering::lower_parallel_assignment(ChildList& out) {
  first_operand();
  const std::size_t count = count_plain_elements();
  const Part right = next_operand();
  if (!right) return false;
  const bool written_out = right.syntax == Syntax::expression_list || right.syntax == Syntax::tuple;
  const bool parallel = count != 0 && written_out && count_plain_elements() == count;
  leave();
  if (!parallel) return false;

  std::vector<NodeId> assignments;
  first_operand();
  for (Part target = first_part(); target; target = next_part()) {
    const NodeId lowered = or_empty(lower_target(target), target);
    assignments.push_back(single(NodeKind::assign, target, "=", lowered));
  }
  next_operand();
  auto assignment = assignments.begin();
  for (Part value = first_part(); value; value = next_part(), ++assignment) {
    const NodeId lowered = or_empty(lower_expression(value), value);
    tree_[tree_[*assignment].first_child].next = lowered;
    tree_[*assignment].end_line = tree_[lowered].end_line;
    out.add(*assignment);
  }
  leave();
  return true;
}

NodeId PythonLowering::lower_assignment(const Part& part) {
  NodeId target = no_node;
  NodeId type = no_node;
  NodeId value = no_node;
  bool final_value = false;
  std::string_view name;
  for (Part side = first_operand(); side; side = next_operand()) {
    if (target == no_node) {
      if (side.syntax == Syntax::identifier) name = text(side);
      target = or_empty(lower_target(side), side);
    } else if (side.syntax == Syntax::type) {
      type = add(NodeKind::type, side, type_text(side));
      final_value = bare_name(tree_[type].text) == "Final";
    } else {
      value = lower_expression(side);
    }
  }
  if (target == no_node) return no_node;
  if (type != no_node && tree_[target].kind == NodeKind::name) {
    std::uint32_t flags = final_value ? flag::constant : flag::mutable_;
    if (is_public_module_name(name)) flags |= flag::exported;
    const NodeId id = add(NodeKind::variable, part, {}, flags);
    ChildList children(tree_, id);
    children.add(target);
    children.add(type);
    children.add(or_empty(value, part));
    return id;
  }
  const bool only_declared = type != no_node && value == no_node;
  const NodeId id = add(only_declared ? NodeKind::other : NodeKind::assign, part, only_declared ? "" : "=");
  ChildList children(tree_, id);
  children.add(target);
  if (!only_declared) children.add(or_empty(value, part));
  children.add(type);
  return id;
}

NodeId PythonLowering::lower_augmented(const Part& part) {
  NodeId target = no_node;
  NodeId value = no_node;
  std::string_view op = "=";
  for (Part side = first_child(); side; side = next_child()) {
    if (side.syntax == Syntax::token) {
      op = ts_node_type(side.node);
    } else if (side.syntax == Syntax::comment || side.syntax == Syntax::error) {
      continue;
    } else if (target == no_node) {
      if (text(side) == "__all__") {
        leave();
        return no_node;
      }
      target = or_empty(lower_target(side), side);
    } else {
      value = lower_expression(side);
    }
  }
  const NodeId id = add(NodeKind::assign, part, op);
  ChildList children(tree_, id);
  children.add(or_empty(target, part));
  children.add(or_empty(value, part));
  return id;
}

// What is assigned to: a name, member, index, or a pattern of these.
NodeId PythonLowering::lower_target(const Part& part) {
  switch (part.syntax) {
    case Syntax::pattern_list:
    case Syntax::tuple_pattern:
    case Syntax::list_pattern:
    case Syntax::expression_list:
    case Syntax::tuple:
    case Syntax::list: {
      const NodeId id = add(NodeKind::pattern, part);
      ChildList bindings(tree_, id);
      lower_pattern_parts(bindings);
      return id;
    }
    case Syntax::as_pattern_target:
    case Syntax::parenthesized_expression:
    case Syntax::list_splat:
    case Syntax::list_splat_pattern: {
      const Level level(*this);
      if (!level) return no_node;
      NodeId target = no_node;
      for (Part inner = first_operand(); inner; inner = next_operand()) {
        if (target == no_node) target = lower_target(inner);
      }
      return target;
    }
    default:
      return lower_expression(part);
  }
}

void PythonLowering::lower_pattern_parts(ChildList& out) {
  const Level level(*this);
  if (!level) return;
  for (Part part = first_operand(); part; part = next_operand()) {
    switch (part.syntax) {
      case Syntax::identifier:
        out.add(add(NodeKind::binding, part, text(part)));
        break;
      case Syntax::pattern_list:
      case Syntax::tuple_pattern:
      case Syntax::list_pattern:
      case Syntax::expression_list:
      case Syntax::tuple:
      case Syntax::list:
      case Syntax::parenthesized_expression:
      case Syntax::list_splat:
      case Syntax::list_splat_pattern:
        lower_pattern_parts(out);
        break;
      default:
        out.add(lower_expression(part));
        break;
    }
  }
}

// A for-each binds its variable to an element of what it goes over. Members and indexes are assigned to.
NodeId PythonLowering::lower_loop_variable(const Part& part, NodeId target, NodeId iterable) {
  const NodeId element = single(NodeKind::index, part, {}, iterable);
  tree_[iterable].next = add(NodeKind::empty, part);
  bool only_names = tree_[target].kind == NodeKind::name || tree_[target].kind == NodeKind::pattern;
  if (tree_[target].kind == NodeKind::pattern) {
    for (NodeId bound = tree_[target].first_child; bound != no_node; bound = tree_[bound].next) {
      only_names = only_names && tree_[bound].kind == NodeKind::binding;
    }
  }
  if (!only_names) {
    const NodeId id = single(NodeKind::assign, part, "=", target);
    tree_[target].next = element;
    return id;
  }
  const NodeId id = add(NodeKind::variable, part, {}, flag::mutable_);
  ChildList children(tree_, id);
  children.add(target);
  children.add(add(NodeKind::empty, part));
  children.add(element);
  return id;
}

}  // namespace detoy::syntax

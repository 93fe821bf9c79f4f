// Python's branches, loops, `try` and `match`.
#include "syntax/python_lowering.h"

namespace detoy::syntax {

bool PythonLowering::is_type_checking(const Part& condition) const {
  const std::string_view written = text(condition);
  return written == "TYPE_CHECKING" || (condition.syntax == Syntax::attribute && written.ends_with(".TYPE_CHECKING"));
}

// Each elif is a branch in the else place of the one before: they count as nested, for they are so in the plain tree.
NodeId PythonLowering::lower_if(const Part& part) {
  const NodeId first = add(NodeKind::branch, part);
  const int outer_depth = depth_;
  const bool outer_type_checking = type_checking_;
  NodeId open = first;  // the branch that still misses its else
  NodeId last = no_node;
  int count = 0;  // children of the open branch: condition, then, else
  const auto append = [&](NodeId child) {
    (count++ == 0 ? tree_[open].first_child : tree_[last].next) = child;
    last = child;
  };
  const auto fill = [&](int wanted) {
    while (count < wanted) append(add(NodeKind::empty, part));
  };
  const auto lower_head = [&](const Part& head) {
    if (head.syntax == Syntax::block) {
      fill(1);
      if (count == 1) append(lower_suite(head));
    } else if (count == 0) {
      type_checking_ = outer_type_checking || is_type_checking(head);
      append(or_empty(lower_expression(head), head));
    }
  };
  bool closed = false;
  for (Part head = first_operand(); head; head = next_operand()) {
    if (closed) continue;
    if (head.syntax == Syntax::elif_clause) {
      fill(2);
      if (++depth_ > max_depth) {
        tree_.too_deep = closed = true;
        continue;
      }
      const NodeId nested = add(NodeKind::branch, head);
      append(nested);
      open = nested;
      count = 0;
      for (Part inner = first_operand(); inner; inner = next_operand()) lower_head(inner);
    } else if (head.syntax == Syntax::else_clause) {
      type_checking_ = outer_type_checking;
      fill(2);
      append(or_empty(lower_clause_suite(), head));
      closed = true;
    } else {
      lower_head(head);
    }
  }
  fill(3);
  type_checking_ = outer_type_checking;
  depth_ = outer_depth;
  return first;
}

NodeId PythonLowering::lower_loop(const Part& part, ChildList& out) {
  const NodeId id = add(NodeKind::loop, part);
  ChildList children(tree_, id);
  NodeId target = no_node;
  NodeId otherwise = no_node;
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    if (inner.syntax == Syntax::block) {
      children.add(lower_suite(inner));
    } else if (inner.syntax == Syntax::else_clause) {
      otherwise = lower_clause_suite();
    } else if (part.syntax == Syntax::while_statement) {
      const NodeId condition = or_empty(lower_expression(inner), inner);
      const Node& node = tree_[condition];
      const bool endless = (node.kind == NodeKind::boolean && node.text == "true") ||
                           (node.kind == NodeKind::number && node.text == "1");
      if (endless) tree_[id].flags |= flag::infinite;
      children.add(condition);
    } else if (target == no_node) {
      target = or_empty(lower_target(inner), inner);
    } else {
      children.add(lower_loop_variable(part, target, or_empty(lower_expression(inner), inner)));
    }
  }
  if (otherwise == no_node) return id;
  out.add(id);
  return otherwise;
}

NodeId PythonLowering::lower_try(const Part& part) {
  const NodeId id = add(NodeKind::attempt, part);
  ChildList children(tree_, id);
  NodeId body = no_node;
  for (Part clause = first_operand(); clause; clause = next_operand()) {
    if (clause.syntax == Syntax::block) {
      body = lower_suite(clause);
      children.add(body);
    } else if (clause.syntax == Syntax::except_clause) {
      children.add(lower_except(clause));
    } else if (clause.syntax == Syntax::finally_clause) {
      children.add(lower_clause_suite());
    } else if (clause.syntax == Syntax::else_clause && body != no_node) {
      const NodeId otherwise = lower_clause_suite();
      NodeId* end = &tree_[body].first_child;
      while (*end != no_node) end = &tree_[*end].next;
      *end = otherwise;
    }
  }
  return id;
}

NodeId PythonLowering::lower_except(const Part& part) {
  const NodeId id = add(NodeKind::block, part, {}, flag::handler);
  ChildList statements(tree_, id);
  const auto type_of = [this](const Part& at) { return add(NodeKind::type, at, type_text(at)); };
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    if (inner.syntax == Syntax::block) {
      lower_statements(statements);
    } else if (inner.syntax == Syntax::as_pattern) {
      NodeId type = no_node;
      NodeId target = no_node;
      for (Part side = first_operand(); side; side = next_operand()) {
        if (side.syntax == Syntax::as_pattern_target) {
          target = lower_target(side);
        } else {
          type = type_of(side);
        }
      }
      const NodeId variable = add(NodeKind::variable, inner, {}, flag::mutable_);
      ChildList children(tree_, variable);
      children.add(or_empty(target, inner));
      children.add(or_empty(type, inner));
      children.add(add(NodeKind::empty, inner));
      statements.add(variable);
    } else {
      statements.add(single(NodeKind::other, inner, {}, type_of(inner)));
    }
  }
  return id;
}

NodeId PythonLowering::lower_match(const Part& part) {
  const NodeId id = add(NodeKind::choice, part);
  ChildList children(tree_, id);
  NodeId subject = no_node;
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    if (inner.syntax == Syntax::block) {
      if (subject == no_node) children.add(add(NodeKind::empty, part));
      for (Part clause = first_part(); clause; clause = next_part()) {
        if (clause.syntax == Syntax::case_clause) {
          children.add(lower_case(clause));
        } else {  // an ERROR node
          const NodeId rest = lower_loose(clause);
          if (rest == no_node) continue;
          const NodeId unreadable = single(NodeKind::case_, clause, {}, add(NodeKind::empty, clause));
          tree_[tree_[unreadable].first_child].next = rest;
          children.add(unreadable);
        }
      }
    } else if (subject == no_node) {  // `match a, b:` is about several; the first stands for them
      subject = or_empty(lower_expression(inner), inner);
      children.add(subject);
    }
  }
  return id;
}

NodeId PythonLowering::lower_case(const Part& part) {
  constexpr std::size_t label_limit = 60;
  const NodeId id = add(NodeKind::case_, part);
  ChildList children(tree_, id);
  const NodeId pattern = add(NodeKind::pattern, part);
  ChildList captures(tree_, pattern);
  std::uint32_t label_start = 0;
  std::uint32_t label_end = 0;
  NodeId guard = no_node;
  NodeId body = no_node;
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    if (inner.syntax == Syntax::if_clause) {
      guard = operands<1>()[0];
    } else if (inner.syntax == Syntax::block) {
      body = lower_suite(inner);
    } else {
      if (label_end == 0) label_start = ts_node_start_byte(inner.node);
      label_end = ts_node_end_byte(inner.node);
      collect_captures(inner, captures);
    }
  }
  const std::string_view label = text_between(label_start, label_end);
  if (label != "_") tree_[id].text = truncated(label, label_limit);
  children.add(or_empty(guard, part));
  if (tree_[pattern].first_child != no_node) {
    const NodeId variable = single(NodeKind::variable, part, {}, pattern);
    tree_[variable].flags = flag::mutable_;
    tree_[pattern].next = add(NodeKind::empty, part);
    tree_[tree_[pattern].next].next = add(NodeKind::empty, part);
    children.add(variable);
  }
  if (body != no_node) children.add(tree_[body].first_child);
  return id;
}

// The names that a case pattern binds: a bare name, `as name`, `*name`, `**name`.
void PythonLowering::collect_captures(const Part& part, ChildList& out) {
  const Level level(*this);
  if (!level) return;
  const auto bind = [&](const Part& at) { out.add(add(NodeKind::binding, at, text(at))); };
  // The first name is the class's or the attribute's.
  bool skip_name = part.syntax == Syntax::class_pattern || part.syntax == Syntax::keyword_pattern;
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    if (skip_name) {
      skip_name = false;
    } else if (inner.syntax == Syntax::dotted_name) {
      if (text(inner).find('.') == std::string_view::npos) bind(inner);
    } else if (inner.syntax == Syntax::identifier) {
      if (text(inner) != "_") bind(inner);
    } else {
      collect_captures(inner, out);
    }
  }
}

}  // namespace detoy::syntax

#include "syntax/builder.h"

namespace detoy::syntax {

using facts::BranchKind;
using facts::Index;

void Builder::block(NodeId id) {
  const std::size_t mark = open_scope();
  declare_block(id);
  statements(id);
  // Python's blocks are no scopes: what they declare stays visible to the end of the function or module.
  if (!python()) close_scope(mark);
}

void Builder::statements(NodeId id) {
  const Index outer = context_.branch;
  for (NodeId node = at(id).first_child; node != no_node; node = at(node).next) {
    statement(node);
    // After `if (x) return`, the rest of the block runs under the opposite condition.
    if (at(node).kind == NodeKind::branch && leaves(child(node, 1)) &&
        (child(node, 2) == no_node || at(child(node, 2)).kind == NodeKind::empty)) {
      const Index then = declaration_of(node);  // branch_statement left the branch's index here
      if (then != 0) {
        const Index rest = open_branch(BranchKind::otherwise, facts_.branches[then].condition, node);
        facts_.branches[rest].line = at(node).line;
        context_.branch = rest;
      }
    }
  }
  context_.branch = outer;
}

bool Builder::leaves(NodeId id) const {
  if (id == no_node) return false;
  const Node& node = at(id);
  if (node.kind == NodeKind::give_back || node.kind == NodeKind::raise) return true;
  if (node.kind == NodeKind::other) return node.text == "continue" || node.text == "break";
  if (node.kind != NodeKind::block) return false;
  NodeId last = no_node;
  for (NodeId part = node.first_child; part != no_node; part = at(part).next) last = part;
  return last != no_node && at(last).kind != NodeKind::branch && leaves(last);
}

Index Builder::open_branch(BranchKind kind, Index condition, NodeId node) {
  facts::Branch branch;
  branch.kind = kind;
  branch.parent = context_.branch;
  branch.condition = condition;
  branch.function = context_.function;
  branch.line = at(node).line;
  branch.end_line = at(node).end_line;
  facts_.branches.push_back(branch);
  return static_cast<Index>(facts_.branches.size() - 1);
}

void Builder::statement(NodeId id) {
  const Node& node = at(id);
  switch (node.kind) {
    case NodeKind::empty:
    case NodeKind::import:
    case NodeKind::global:
    case NodeKind::alias:
      return;
    case NodeKind::block:
      return block(id);
    case NodeKind::branch:
      return branch_statement(id);
    case NodeKind::loop:
      return loop_statement(id);
    case NodeKind::choice:
      return choice_statement(id);
    case NodeKind::attempt:
      return attempt_statement(id);
    case NodeKind::give_back:
      return return_statement(id);
    case NodeKind::variable:
      return variable_statement(id);
    case NodeKind::function: {
      if (node.flags & flag::abstract) return;
      if (node.text.empty()) {
        closure(id);
      } else {
        function(id, declaration_of(id));
      }
      return;
    }
    case NodeKind::class_:
      return class_declaration(id);
    case NodeKind::export_:
      return export_statement(id);
    case NodeKind::module: {
      const std::size_t mark = open_scope();
      const bool outer_test = context_.test;
      context_.test = outer_test || (node.flags & flag::test) != 0;
      declare_block(id);
      statements(id);
      close_scope(mark);
      context_.test = outer_test;
      return;
    }
    case NodeKind::other:
    case NodeKind::raise:
      return expressions_below(id);
    default:
      expression(id, facts::call_flag::dropped);
  }
}

// Gives the arm's value to those of its branch, if it has one: one that leaves has none.
void Builder::arm(NodeId node, Arms* arms) {
  if (arms == nullptr || leaves(node) || (at(node).flags & flag::no_value) != 0) return statement(node);
  const Index value = expression(node, arms->call_flags);
  if (value == 0 || value == arms->last || facts_.values[value].next != 0) return;
  if (facts_.values[value].kind == facts::ValueKind::unknown && facts_.values[value].first_child == 0) return;
  (arms->last == 0 ? arms->first : facts_.values[arms->last].next) = value;
  arms->last = value;
}

// Rust: `if` and `match` as values are one of what their arms come to.
Index Builder::value_of(NodeId node, std::uint32_t call_flags) {
  Arms arms{.call_flags = call_flags};
  at(node).kind == NodeKind::branch ? branch_statement(node, &arms) : choice_statement(node, &arms);
  const Index value = add_value(arms.first == 0 ? facts::ValueKind::unknown : facts::ValueKind::either, node);
  facts_.values[value].first_child = arms.first;
  return value;
}

void Builder::branch_statement(NodeId id, Arms* arms) {
  const NodeId condition_node = child(id, 0);
  const NodeId then = child(id, 1);
  const NodeId otherwise = child(id, 2);
  const bool outer_condition = in_condition_;
  in_condition_ = true;
  const Index condition = condition_node == no_node ? 0 : expression(condition_node);
  in_condition_ = outer_condition;

  const Index outer = context_.branch;
  const Index branch = open_branch(BranchKind::then, condition, id);
  declarations_.set(id, branch);
  if (then != no_node) {
    facts_.branches[branch].exits = leaves(then);
    facts_.branches[branch].end_line = at(then).end_line;
    context_.branch = branch;
    arm(then, arms);
    context_.branch = outer;
  }
  if (otherwise != no_node && at(otherwise).kind != NodeKind::empty) {
    context_.branch = open_branch(BranchKind::otherwise, condition, otherwise);
    arm(otherwise, arms);
    context_.branch = outer;
  }
}

void Builder::loop_statement(NodeId id) {
  const std::size_t mark = open_scope();
  declare_block(id);
  const Index outer = context_.branch;
  Index condition = 0;
  NodeId body = no_node;
  for (NodeId part = at(id).first_child; part != no_node; part = at(part).next) {
    if (at(part).next == no_node) {
      body = part;
      break;
    }
    if (at(part).kind == NodeKind::variable) {
      variable_statement(part);
      const Index declaration = declaration_of(child(part, 0));
      if (declaration != 0) facts_.declarations[declaration].flags |= facts::declared::loop_variable;
    } else if (at(part).kind != NodeKind::empty) {
      in_condition_ = true;
      condition = expression(part);
      in_condition_ = false;
    }
  }
  const Index branch = open_branch(BranchKind::loop, condition, id);
  facts_.branches[branch].infinite = (at(id).flags & flag::infinite) != 0;
  context_.branch = branch;
  if (body != no_node) statement(body);
  context_.branch = outer;
  if (!python()) close_scope(mark);
}

void Builder::choice_statement(NodeId id, Arms* arms) {
  const Index outer = context_.branch;
  Index subject = 0;
  bool first = true;
  for (NodeId part = at(id).first_child; part != no_node; part = at(part).next) {
    if (first) {
      in_condition_ = true;
      subject = expression(part);
      in_condition_ = false;
      first = false;
      continue;
    }
    const Index branch = open_branch(BranchKind::case_, subject, part);
    facts_.branches[branch].label = intern(at(part).text.substr(0, 60));
    context_.branch = branch;
    const std::size_t mark = open_scope();
    declare_block(part);
    for (NodeId inner = at(part).first_child; inner != no_node; inner = at(inner).next)
      arm(inner, at(inner).next == no_node ? arms : nullptr);
    if (!python()) close_scope(mark);
    context_.branch = outer;
  }
}

void Builder::attempt_statement(NodeId id) {
  const Index outer = context_.branch;
  bool first = true;
  for (NodeId part = at(id).first_child; part != no_node; part = at(part).next) {
    if (!first && at(part).kind == NodeKind::block) {
      context_.branch =
          open_branch((at(part).flags & flag::handler) ? BranchKind::handler : BranchKind::finally, 0, part);
    }
    statement(part);
    context_.branch = outer;
    first = false;
  }
}

void Builder::return_statement(NodeId id) {
  const NodeId value_node = at(id).first_child;
  facts::Return record;
  record.function = context_.function;
  record.line = at(id).line;
  record.value = value_node == no_node ? 0 : expression(value_node, facts::call_flag::returned);
  record.branch = context_.branch;
  if (record.value != 0) {
    const facts::Value& value = facts_.values[record.value];
    if (value.kind == facts::ValueKind::function) facts_.functions[value.ref].use = facts::ClosureUse::returned;
  }
  facts_.returns.push_back(record);
}

void Builder::variable_statement(NodeId id) {
  const NodeId target = child(id, 0);
  if (target == no_node) return;
  const NodeId type = child(id, 1);
  const NodeId initial = child(id, 2);
  const bool late = shadows(id) && declaration_of(target) == 0;
  if (!late && declaration_of(target) == 0) declare_target(target, id);
  for (NodeId part = initial; part != no_node; part = at(part).next) {
    if (at(part).kind == NodeKind::decorator) {
      decorate(id, facts::DecoratedKind::declaration, declaration_of(target));
      break;
    }
  }
  Index value = 0;
  if (initial != no_node && at(initial).kind != NodeKind::empty && at(initial).kind != NodeKind::decorator) {
    const Context outer = context_;
    if (at(initial).kind == NodeKind::object && at(target).kind != NodeKind::pattern) {
      context_.object = declaration_of(target);
      context_.literal = initial;
    }
    value = expression(initial);
    context_.object = outer.object;
    context_.literal = outer.literal;
  }
  if (late) declare_target(target, id);
  const auto give = [&](NodeId node) {
    const Index index = declaration_of(node);
    if (index == 0) return;
    facts::Declaration& declaration = facts_.declarations[index];
    declaration.initial = value;
    declaration.branch = context_.branch;
    if (type != no_node && at(type).kind == NodeKind::type) declaration.type_text = intern(type_text(type));
    if (declaration.type_text == 0 && constructs_generic(initial)) declaration.type_text = intern(type_text(initial));
    if (value == 0) return;
    const facts::Value& record = facts_.values[value];
    if (record.kind == facts::ValueKind::call || record.kind == facts::ValueKind::construct) {
      facts_.calls[record.ref].assigned_to = index;
    } else if (record.kind == facts::ValueKind::function) {
      facts_.functions[record.ref].use = facts::ClosureUse::assigned;
      if (facts_.functions[record.ref].name == 0) facts_.functions[record.ref].name = declaration.name;
      if (facts_.functions[record.ref].declaration == 0) facts_.functions[record.ref].declaration = index;
      declaration.target = record.ref;
      if (declaration.flags & facts::declared::exported) {
        facts_.functions[record.ref].flags |= facts::function_flag::exported;
      }
    }
  };
  if (at(target).kind == NodeKind::pattern) {
    for (NodeId part = at(target).first_child; part != no_node; part = at(part).next) {
      give(part);
      expressions_below(part);  // defaults
    }
  } else {
    give(target);
  }
}

}  // namespace detoy::syntax

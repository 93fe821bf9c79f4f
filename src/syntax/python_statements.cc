// Python's simple statements, blocks and `with`.
#include "syntax/python_lowering.h"

namespace detoy::syntax {

void PythonLowering::lower_statements(ChildList& out) {
  for (Part part = first_part(); part; part = next_part()) lower_statement(part, out);
}

void PythonLowering::lower_statement(const Part& part, ChildList& out) {
  const Level level(*this);
  if (level) lower_statement_kind(part, out);
}

void PythonLowering::lower_statement_kind(const Part& part, ChildList& out) {
  switch (part.syntax) {
    case Syntax::expression_statement:
      return lower_expression_statement(out);
    case Syntax::block:
      return out.add(lower_suite(part));
    case Syntax::return_statement:
      return out.add(single(NodeKind::give_back, part, {}, operands<1>()[0]));
    case Syntax::raise_statement:
      return out.add(single(NodeKind::raise, part, {}, operands<1>()[0]));
    case Syntax::delete_statement:
      return lower_delete(out);
    case Syntax::global_statement:
    case Syntax::nonlocal_statement:
      return lower_names(NodeKind::global, out);
    case Syntax::print_statement:
      return out.add(lower_print(part, "print"));
    case Syntax::exec_statement:
      return out.add(lower_print(part, "exec"));
    case Syntax::if_statement:
      return out.add(lower_if(part));
    case Syntax::for_statement:
    case Syntax::while_statement:
      return out.add(lower_loop(part, out));
    case Syntax::try_statement:
      return out.add(lower_try(part));
    case Syntax::with_statement:
      return lower_with(part, out);
    case Syntax::match_statement:
      return out.add(lower_match(part));
    case Syntax::function_definition:
      return out.add(lower_function(part, {}));
    case Syntax::class_definition:
      return out.add(lower_class(part, {}));
    case Syntax::decorated_definition:
      return out.add(lower_decorated(part));
    case Syntax::import_statement:
      return lower_import(part, out);
    case Syntax::import_from_statement:
      return out.add(lower_import_from(part));
    case Syntax::pass_statement:
    case Syntax::break_statement:
    case Syntax::continue_statement:
    case Syntax::type_alias_statement:
    case Syntax::future_import_statement:
      return;
    case Syntax::assert_statement:
    case Syntax::error:
      return out.add(lower_loose(part));
    default:
      return out.add(lower_expression(part));
  }
}

// Whatever can be read inside a part that has no kind of its own. No node if that is nothing.
NodeId PythonLowering::lower_loose(const Part& part) {
  const NodeId id = add(NodeKind::other, part);
  ChildList parts(tree_, id);
  lower_statements(parts);
  return tree_[id].first_child == no_node ? no_node : id;
}

void PythonLowering::lower_expression_statement(ChildList& out) {
  for (Part part = first_part(); part; part = next_part()) {
    switch (part.syntax) {
      case Syntax::ellipsis:
        break;
      case Syntax::string:  // a docstring, or of no effect
        if (quoted(part).interpolated) out.add(lower_string(part));
        break;
      case Syntax::assignment:
        lower_assignment_statement(part, out);
        break;
      case Syntax::augmented_assignment:
        out.add(lower_augmented(part));
        break;
      default:
        out.add(lower_expression(part));
        break;
    }
  }
}

NodeId PythonLowering::lower_suite(const Part& part, std::uint32_t flags) {
  const NodeId id = add(NodeKind::block, part, {}, flags);
  ChildList statements(tree_, id);
  lower_statements(statements);
  return id;
}

NodeId PythonLowering::lower_clause_suite() {
  NodeId suite = no_node;
  for (Part part = first_operand(); part; part = next_operand()) {
    if (part.syntax == Syntax::block) suite = lower_suite(part);
  }
  return suite;
}

void PythonLowering::lower_with(const Part& part, ChildList& out) {
  const bool is_async = text(part).starts_with("async");
  const NodeId id = add(NodeKind::block, part);
  ChildList statements(tree_, id);
  const auto lower_item = [&](const Part& item) {
    const NodeId lowered = operands<1>()[0];
    if (lowered == no_node || !is_async) return statements.add(lowered);
    if (tree_[lowered].kind != NodeKind::assign) return statements.add(single(NodeKind::await, item, {}, lowered));
    const NodeId target = tree_[lowered].first_child;
    const NodeId awaited = single(NodeKind::await, item, {}, tree_[target].next);
    tree_[target].next = awaited;
    statements.add(lowered);
  };
  for (Part clause = first_operand(); clause; clause = next_operand()) {
    if (clause.syntax == Syntax::with_clause) {
      for (Part item = first_operand(); item; item = next_operand()) lower_item(item);
    } else if (clause.syntax == Syntax::block && scope_.kind == Scope::Kind::class_) {
      lower_members(out);
    } else if (clause.syntax == Syntax::block) {
      lower_statements(statements);
    }
  }
  out.add(id);
}

// `global a, b`: a node for each name.
void PythonLowering::lower_names(NodeKind kind, ChildList& out) {
  for (Part part = first_operand(); part; part = next_operand()) out.add(add(kind, part, text(part)));
}

void PythonLowering::lower_delete(ChildList& out) {
  for (Part part = first_operand(); part; part = next_operand()) {
    if (part.syntax == Syntax::expression_list || part.syntax == Syntax::tuple) {
      lower_delete(out);
    } else {
      const NodeId target = lower_expression(part);
      if (target != no_node) out.add(single(NodeKind::remove, part, {}, target));
    }
  }
}

// Python 2's statements, as the calls that they became.
NodeId PythonLowering::lower_print(const Part& part, std::string_view function) {
  const NodeId id = add(NodeKind::call, part);
  ChildList children(tree_, id);
  children.add(add(NodeKind::name, part, function));
  for (Part argument = first_operand(); argument; argument = next_operand()) children.add(lower_expression(argument));
  return id;
}

}  // namespace detoy::syntax

// Statements.
#include "syntax/front_end.h"
#include "syntax/script_lowering.h"

namespace detoy::syntax::script {
namespace {

constexpr std::size_t longest_label = 60;

}  // namespace

void Lowering::statements(ChildList& out) {
  cursor_.each_child([&](Symbol symbol) {
    if (symbol != Symbol::ignored) statement(out);
  });
}

void Lowering::statement(ChildList& out) {
  if (depth_ >= max_depth) return out.add(cut());
  const Nesting nesting(depth_);
  const Symbol symbol = cursor_.symbol();
  switch (symbol) {
    case Symbol::ignored:
      return;
    case Symbol::error:
      return out.add(unread());
    case Symbol::statement_block:
      return out.add(block());
    case Symbol::expression_statement:
      if (exports_statement(out) || required_statement(out)) return;
      return cursor_.each_child([&](Symbol child) {
        if (child == Symbol::error) return out.add(unread());
        if (child != Symbol::ignored) out.add(expression());
      });
    case Symbol::import_statement:
      return out.add(import_statement());
    case Symbol::export_statement:
      return export_statement(out);
    case Symbol::if_statement:
      return out.add(if_statement());
    case Symbol::for_statement:
      return out.add(for_statement());
    case Symbol::for_in_statement:
      return out.add(for_in_statement());
    case Symbol::while_statement:
    case Symbol::do_statement:
      return out.add(while_statement());
    case Symbol::switch_statement:
      return out.add(switch_statement());
    case Symbol::try_statement:
      return out.add(try_statement());
    case Symbol::return_statement:
      return out.add(operands(NodeKind::give_back, 0));
    case Symbol::throw_statement:
      return out.add(operands(NodeKind::raise, 0));
    case Symbol::labeled_statement:
      return cursor_.each_child([&](Symbol child) {
        if (is_statement(child)) statement(out);
      });
    case Symbol::with_statement: {
      const NodeId id = add_here(NodeKind::other);
      ChildList children(tree_, id);
      parts(children);
      return out.add(id);
    }
    default:
      if (is_statement(symbol)) {
        declaration(symbol, out, flag::none, {});
      } else {
        part(out);
      }
  }
}

NodeId Lowering::block(std::uint32_t flags) {
  const NodeId id = add(NodeKind::block, cursor_.node(), {}, flags);
  ChildList children(tree_, id);
  if (cursor_.symbol() == Symbol::statement_block) {
    statements(children);
  } else {
    statement(children);
  }
  return id;
}

void Lowering::part(ChildList& out) {
  const Symbol symbol = cursor_.symbol();
  if (symbol == Symbol::ignored) return;
  if (is_statement(symbol)) return statement(out);
  if (is_expression(symbol)) return out.add(expression());
  if (depth_ >= max_depth) return out.add(cut());
  const Nesting nesting(depth_);
  switch (symbol) {
    case Symbol::error:
      return out.add(unread());
    case Symbol::variable_declarator:
      return declarator(out, flag::mutable_);
    case Symbol::method_definition:
      return out.add(method({}));
    case Symbol::field_definition:
      return out.add(field());
    case Symbol::decorator:
      return out.add(decorator());
    case Symbol::pair:
      return out.add(pair());
    case Symbol::catch_clause:
      return out.add(handler());
    case Symbol::switch_case:
    case Symbol::switch_default:
      return out.add(switch_case());
    case Symbol::arguments:
    case Symbol::class_body:
    case Symbol::class_static_block:
    case Symbol::else_clause:
    case Symbol::finally_clause:
    case Symbol::switch_body:
    case Symbol::template_substitution:
    case Symbol::jsx_expression:
      return parts(out);
    default:
      return;  // names, types and other fragments say nothing alone
  }
}

void Lowering::parts(ChildList& out) {
  cursor_.each_child([&](Symbol) { part(out); });
}

NodeId Lowering::unread() {
  if (depth_ >= max_depth) return cut();
  const Nesting nesting(depth_);
  const NodeId id = add_here(NodeKind::other);
  ChildList children(tree_, id);
  parts(children);
  return id;
}

NodeId Lowering::if_statement() {
  const NodeId id = add_here(NodeKind::branch);
  NodeId condition = no_node;
  NodeId consequence = no_node;
  NodeId alternative = no_node;
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::else_clause) {
      if (!cursor_.enter_operand()) return;
      if (cursor_.symbol() != Symbol::if_statement) {
        alternative = block();
      } else if (depth_ >= max_depth) {
        alternative = cut();
      } else {
        const Nesting nesting(depth_);
        alternative = if_statement();
      }
      cursor_.leave();
    } else if (is_statement(symbol)) {
      consequence = block();
    } else if (is_expression(symbol) && condition == no_node) {
      condition = expression();
    }
  });
  ChildList children(tree_, id);
  children.add(or_empty(condition));
  children.add(or_empty(consequence));
  children.add(or_empty(alternative));
  return id;
}

NodeId Lowering::switch_statement() {
  const NodeId id = add_here(NodeKind::choice);
  ChildList children(tree_, id);
  bool has_subject = false;
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::switch_body) {
      if (!has_subject) children.add(add_empty());
      cursor_.each_child([&](Symbol child) {
        if (child == Symbol::switch_case || child == Symbol::switch_default) children.add(switch_case());
        if (child == Symbol::error) children.add(unread());
      });
    } else if (is_expression(symbol) && !has_subject) {
      has_subject = true;
      children.add(expression());
    }
  });
  return id;
}

NodeId Lowering::switch_case() {
  const NodeId id = add_here(NodeKind::case_);
  ChildList children(tree_, id);
  children.add(add_empty());
  bool labelled = cursor_.symbol() == Symbol::switch_default;
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::ignored || symbol == Symbol::token_default) return;
    if (!labelled) {
      labelled = true;
      tree_[id].text = shortened(text(cursor_.node()), longest_label);
    } else {
      statement(children);
    }
  });
  return id;
}

NodeId Lowering::try_statement() {
  const NodeId id = add_here(NodeKind::attempt);
  ChildList children(tree_, id);
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::statement_block) children.add(block());
    if (symbol == Symbol::catch_clause) children.add(handler());
    if (symbol == Symbol::finally_clause && cursor_.enter_operand()) {
      children.add(block());
      cursor_.leave();
    }
  });
  return id;
}

NodeId Lowering::handler() {
  const NodeId id = add(NodeKind::block, cursor_.node(), {}, flag::handler);
  ChildList children(tree_, id);
  NodeId caught = no_node;
  NodeId type = no_node;
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::statement_block) {
      if (caught != no_node) {
        const NodeId variable = tree_.add(tree_[caught]);
        tree_[variable].kind = NodeKind::variable;
        tree_[variable].text = {};
        tree_[variable].flags = flag::mutable_;
        tree_[variable].first_child = no_node;
        ChildList parts_of_variable(tree_, variable);
        parts_of_variable.add(caught);
        parts_of_variable.add(or_empty(type));
        parts_of_variable.add(add_empty());
        children.add(variable);
      }
      statements(children);
    } else if (symbol == Symbol::type_annotation) {
      type = type_node(cursor_.node(), cursor_.node());
    } else if (is_expression(symbol)) {
      caught = target();
    }
  });
  return id;
}

}  // namespace detoy::syntax::script

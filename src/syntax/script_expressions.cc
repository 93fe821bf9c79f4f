// Expressions.
#include "syntax/front_end.h"
#include "syntax/script_lowering.h"

namespace detoy::syntax::script {

NodeId Lowering::expression(bool called) {
  // Parentheses may be nested deeper than the stack allows.
  int wrappers = 0;
  Symbol symbol = cursor_.symbol();
  while (symbol == Symbol::transparent && cursor_.enter_operand()) {
    symbol = cursor_.symbol();
    if (symbol == Symbol::type_arguments && cursor_.next_operand()) symbol = cursor_.symbol();  // `<Type>value`
    ++wrappers;
  }
  const NodeId id = bare_expression(symbol, called);
  for (; wrappers > 0; --wrappers) cursor_.leave();
  return id;
}

NodeId Lowering::bare_expression(Symbol symbol, bool called) {
  const TSNode node = cursor_.node();
  switch (symbol) {
    case Symbol::identifier:
    case Symbol::property_identifier:
    case Symbol::private_property_identifier:
    case Symbol::shorthand_property_identifier: {
      const std::string_view name = text(node);
      return add(name.empty() ? NodeKind::empty : NodeKind::name, node,
                 name);  // the parser fills gaps with empty names
    }
    case Symbol::super:
    case Symbol::import:
      return add(NodeKind::name, node, text(node));
    case Symbol::this_:
      return add(NodeKind::self, node);
    case Symbol::string:
      return string_node(node);
    case Symbol::number:
      return add(NodeKind::number, node, text(node));
    case Symbol::boolean:
      return add(NodeKind::boolean, node, text(node));
    case Symbol::null:
      return add(NodeKind::null, node);
    case Symbol::regex:
      return regex();
    case Symbol::meta_property:
      return meta_property();
    default:
      break;
  }
  if (depth_ >= max_depth) return cut();
  const Nesting nesting(depth_);
  switch (symbol) {
    case Symbol::call_expression:
      return call();
    case Symbol::member_expression:
      return member(called);
    case Symbol::new_expression:
      return new_expression();
    case Symbol::subscript_expression:
      return operands(NodeKind::index, 2);
    case Symbol::assignment_expression:
    case Symbol::augmented_assignment_expression:
      return assignment();
    case Symbol::update_expression:
      return update();
    case Symbol::unary_expression:
      return unary();
    case Symbol::binary_expression:
      return binary();
    case Symbol::ternary_expression:
      return operands(NodeKind::conditional, 3);
    case Symbol::await_expression:
      return operands(NodeKind::await, 1);
    case Symbol::spread_element:
      return operands(NodeKind::spread, 1);
    case Symbol::grouping:
      return operands(NodeKind::other, 0);
    case Symbol::array:
      return operands(NodeKind::array, 0);
    case Symbol::object:
      return object();
    case Symbol::template_string:
      return template_string();
    case Symbol::function_expression:
    case Symbol::arrow_function:
      return function(called ? flag::immediately : flag::none, {});
    case Symbol::class_expression:
      return class_(flag::none, {});
    case Symbol::object_pattern:
    case Symbol::array_pattern:
      return pattern();
    case Symbol::jsx_element:
      return jsx();
    case Symbol::namespace_declaration:
      return namespace_declaration(flag::none);
    case Symbol::error:
      return unread();
    default:
      return no_node;
  }
}

NodeId Lowering::operands(NodeKind kind, unsigned count) {
  const NodeId id = add_here(kind);
  ChildList children(tree_, id);
  unsigned found = 0;
  cursor_.each_child([&](Symbol symbol) {
    if (!is_operand(symbol)) return;
    const NodeId child = expression();
    if (child != no_node) ++found;
    children.add(child);
  });
  for (; found < count; ++found) children.add(add_empty());
  return id;
}

void Lowering::arguments(ChildList& out) {
  cursor_.each_child([&](Symbol symbol) {
    if (is_operand(symbol)) out.add(expression());
  });
}

NodeId Lowering::call() {
  const NodeId id = add_here(NodeKind::call);
  ChildList children(tree_, id);
  bool has_callee = false;
  cursor_.each_child([&](Symbol symbol) {
    if (!has_callee && is_expression(symbol)) {
      has_callee = true;
      children.add(or_empty(expression(true)));
    } else if (symbol == Symbol::arguments) {
      arguments(children);
    } else if (symbol == Symbol::template_string) {
      children.add(expression());
    } else if (symbol == Symbol::error) {
      children.add(unread());
    }
  });
  return awaits_tagged_template(id) ? await_outside(id) : id;
}

// The grammar has no rule for a tagged template with type arguments, as query builders use them. It takes
// await tag<Type>`text` for (await tag)`text`, which nobody writes without the parentheses.
bool Lowering::awaits_tagged_template(NodeId call) const {
  const NodeId callee = tree_[call].first_child;
  if (callee == no_node || tree_[callee].kind != NodeKind::await) return false;
  const NodeId argument = tree_[callee].next;
  return argument != no_node && tree_[argument].kind == NodeKind::string_template &&
         text(cursor_.node()).starts_with("await");
}

// Makes call(await(tag), template) await(call(tag, template)).
NodeId Lowering::await_outside(NodeId call) {
  const NodeId await = tree_[call].first_child;
  const NodeId tag = tree_[await].first_child;
  tree_[tag].next = tree_[await].next;
  tree_[call].first_child = tag;
  tree_[call].line = tree_[tag].line;
  tree_[call].column = tree_[tag].column;
  tree_[await].first_child = call;
  tree_[await].next = no_node;
  tree_[await].end_line = tree_[call].end_line;
  return await;
}

NodeId Lowering::new_expression() {
  const NodeId id = add_here(NodeKind::construct);
  ChildList children(tree_, id);
  std::string_view made;
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::arguments) {
      arguments(children);
    } else if (symbol == Symbol::type_arguments && made.data() != nullptr) {
      const std::string_view given = text(cursor_.node());
      tree_[id].text = {made.data(), static_cast<std::size_t>(given.data() + given.size() - made.data())};
    } else if (is_expression(symbol)) {
      made = text(cursor_.node());
      children.add(expression());
    }
  });
  return id;
}

NodeId Lowering::member(bool called) {
  const NodeId id = add_here(NodeKind::member);
  ChildList children(tree_, id);
  // `(function () {...}).call(this)` runs the function on the spot as well.
  const std::string_view whole = called ? text(cursor_.node()) : std::string_view();
  const bool calls_object = whole.ends_with(".call") || whole.ends_with(".apply");
  bool has_object = false;
  cursor_.each_child([&](Symbol symbol) {
    if (!has_object && is_expression(symbol)) {
      has_object = true;
      children.add(or_empty(expression(calls_object)));
    } else if (symbol == Symbol::property_identifier || symbol == Symbol::private_property_identifier ||
               symbol == Symbol::identifier) {
      tree_[id].text = text(cursor_.node());
    }
  });
  return id;
}

// `import.meta` and `new.target`
NodeId Lowering::meta_property() {
  const TSNode node = cursor_.node();
  const std::string_view whole = text(node);
  const bool is_import = whole.starts_with("import");
  const NodeId id = add(NodeKind::member, node, is_import ? "meta" : "target");
  ChildList(tree_, id).add(add(NodeKind::name, node, whole.substr(0, is_import ? 6 : 3)));
  return id;
}

std::string_view Lowering::operator_text() {
  std::string_view found;
  cursor_.each_child([&](Symbol) {
    const TSNode node = cursor_.node();
    if (found.empty() && !ts_node_is_named(node)) found = text(node);
  });
  return found;
}

NodeId Lowering::assignment() {
  const bool augmented = cursor_.symbol() == Symbol::augmented_assignment_expression;
  const NodeId id = add(NodeKind::assign, cursor_.node(), augmented ? operator_text() : "=");
  ChildList children(tree_, id);
  unsigned found = 0;
  cursor_.each_child([&](Symbol symbol) {
    if (!is_expression(symbol)) return;
    children.add(or_empty(found++ == 0 ? target() : expression()));
  });
  for (; found < 2; ++found) children.add(add_empty());
  return id;
}

NodeId Lowering::update() {
  const NodeId id = add(NodeKind::assign, cursor_.node(), operator_text() == "--" ? "-=" : "+=");
  ChildList children(tree_, id);
  arguments(children);
  if (tree_[id].first_child == no_node) children.add(add_empty());
  children.add(add(NodeKind::number, cursor_.node(), "1"));
  return id;
}

NodeId Lowering::unary() {
  const std::string_view name = operator_text();
  if (name == "delete") return operands(NodeKind::remove, 1);
  if (name == "void") return operands(NodeKind::other, 1);
  const NodeId id = operands(NodeKind::unary, 1);
  tree_[id].text = name;
  return id;
}

NodeId Lowering::binary() {
  const NodeId id = add_here(NodeKind::binary);
  ChildList children(tree_, id);
  unsigned found = 0;
  cursor_.each_child([&](Symbol symbol) {
    if (is_operand(symbol)) {
      ++found;
      return children.add(or_empty(expression()));
    }
    const TSNode node = cursor_.node();
    if (!ts_node_is_named(node)) tree_[id].text = text(node);
  });
  for (; found < 2; ++found) children.add(add_empty());
  Node& node = tree_[id];
  if (node.text == "&&" || node.text == "||" || node.text == "??") {
    node.kind = NodeKind::logical;
    if (node.text != "??") node.text = node.text == "&&" ? "and" : "or";
  }
  // Without `await` the grammar takes tag<Type>`text` for two comparisons.
  const NodeId left = node.first_child;
  if (node.text == ">" && tree_[left].text == "<" && tree_[left].kind == NodeKind::binary &&
      tree_[tree_[left].next].kind == NodeKind::string_template) {
    const NodeId tag = tree_[left].first_child;
    tree_[tag].next = tree_[left].next;
    node.kind = NodeKind::call;
    node.text = {};
    node.first_child = tag;
  }
  return id;
}

}  // namespace detoy::syntax::script

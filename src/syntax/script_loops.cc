// Loops.
#include "syntax/script_lowering.h"

namespace detoy::syntax::script {
namespace {

bool is_always_true(const Node& condition) {
  return (condition.kind == NodeKind::boolean && condition.text == "true") ||
         (condition.kind == NodeKind::number && condition.text == "1");
}

}  // namespace

NodeId Lowering::for_statement() {
  const NodeId id = add_here(NodeKind::loop);
  ChildList children(tree_, id);
  const Fields& fields = symbols_.fields();
  NodeId body = no_node;
  bool infinite = true;
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::ignored) return;
    const TSFieldId field = cursor_.field();
    if (field == fields.body) {
      body = block();
    } else if (field == fields.condition) {
      const NodeId condition = expression();
      infinite = condition == no_node || is_always_true(tree_[condition]);
      children.add(condition);
    } else if (is_statement(symbol)) {
      statement(children);
    } else if (is_expression(symbol)) {
      children.add(expression());
    }
  });
  if (infinite) set_flag(id, flag::infinite);
  children.add(or_empty(body));
  return id;
}

NodeId Lowering::for_in_statement() {
  const NodeId id = add_here(NodeKind::loop);
  const Fields& fields = symbols_.fields();
  NodeId bound = no_node;
  NodeId iterable = no_node;
  NodeId body = no_node;
  bool declares = false;
  std::uint32_t flags = flag::none;
  cursor_.each_child([&](Symbol symbol) {
    switch (symbol) {
      case Symbol::ignored:
        return;
      case Symbol::token_const:
      case Symbol::token_using:
        declares = true;
        flags = flag::constant;
        return;
      case Symbol::token_let:
      case Symbol::token_var:
        declares = true;
        flags = flag::mutable_;
        return;
      default:
        break;
    }
    const TSFieldId field = cursor_.field();
    if (field == fields.left) {
      bound = target();
    } else if (field == fields.right) {
      const NodeId element = add_here(NodeKind::index);
      ChildList parts_of_element(tree_, element);
      parts_of_element.add(expression());
      parts_of_element.add(add_empty());
      iterable = element;
    } else if (field == fields.body) {
      body = block();
    }
  });
  bound = or_empty(bound);
  const NodeId header = tree_.add(tree_[bound]);  // it stands where the name stands
  tree_[header].kind = declares ? NodeKind::variable : NodeKind::assign;
  tree_[header].text = declares ? std::string_view() : "=";
  tree_[header].flags = flags;
  tree_[header].first_child = no_node;
  ChildList header_children(tree_, header);
  header_children.add(bound);
  if (declares) header_children.add(add_empty());
  header_children.add(or_empty(iterable));
  ChildList children(tree_, id);
  children.add(header);
  children.add(or_empty(body));
  return id;
}

NodeId Lowering::while_statement() {
  const NodeId id = add_here(NodeKind::loop);
  NodeId condition = no_node;
  NodeId body = no_node;
  cursor_.each_child([&](Symbol symbol) {
    if (is_statement(symbol)) {
      body = block();
    } else if (is_expression(symbol) && condition == no_node) {
      condition = expression();
    }
  });
  ChildList children(tree_, id);
  condition = or_empty(condition);
  if (is_always_true(tree_[condition])) set_flag(id, flag::infinite);
  children.add(condition);
  children.add(or_empty(body));
  return id;
}

}  // namespace detoy::syntax::script

// Functions of all kinds, their parameters, and decorators.
#include "syntax/front_end.h"
#include "syntax/script_lowering.h"

namespace detoy::syntax::script {
namespace {

std::uint32_t function_flag(Symbol symbol) {
  switch (symbol) {
    case Symbol::token_abstract:
      return flag::abstract;
    case Symbol::token_async:
      return flag::async;
    case Symbol::token_get:
      return flag::getter;
    case Symbol::token_set:
      return flag::setter;
    case Symbol::token_star:
      return flag::generator;
    case Symbol::token_static:
      return flag::static_;
    case Symbol::token_static_get:
      return flag::static_ | flag::getter;
    default:
      return flag::none;
  }
}

}  // namespace

NodeId Lowering::function(std::uint32_t flags, const Decorators& decorators, std::string_view default_name) {
  const NodeId id = add(NodeKind::function, cursor_.node(), default_name, flags);
  const Symbol form = cursor_.symbol();
  const bool is_arrow = form == Symbol::arrow_function;
  const bool is_method = form == Symbol::method_definition || form == Symbol::method_signature;
  const bool runs_later = (flags & flag::immediately) == 0;
  if (runs_later) ++later_functions_;
  ChildList children(tree_, id);
  Decorators own_decorators;
  bool before_body = true;
  bool has_parameters = false;
  const auto end_of_parameters = [&] {
    if (has_parameters) return;
    has_parameters = true;
    for (const NodeId each : decorators) children.add(each);
    for (const NodeId each : own_decorators) children.add(each);
  };
  cursor_.each_child([&](Symbol symbol) {
    if (is_arrow && !before_body) return arrow_body(children);
    if (const std::uint32_t modifier = function_flag(symbol); modifier != 0) return set_flag(id, modifier);
    switch (symbol) {
      case Symbol::ignored:
      case Symbol::override_modifier:
        return;
      case Symbol::accessibility_modifier:
        if (text(cursor_.node()) == "private") set_flag(id, flag::private_);
        return;
      case Symbol::decorator:
        return own_decorators.push_back(decorator());
      case Symbol::formal_parameters:
        parameters(children);
        return end_of_parameters();
      case Symbol::type_annotation:
        return children.add(type_node(cursor_.node(), cursor_.node()));
      case Symbol::token_arrow:
        before_body = false;
        return end_of_parameters();
      case Symbol::statement_block:
        end_of_parameters();
        return children.add(block());
      default:
        break;
    }
    if (has_parameters) return;
    if (is_arrow) return parameter(children);
    const std::string_view name = property_name(symbol);
    if (name.empty()) return;
    tree_[id].text = name;
    if (is_method) set_position(id, cursor_.node());
    if (symbol == Symbol::private_property_identifier) set_flag(id, flag::private_);
  });
  end_of_parameters();
  if (runs_later) --later_functions_;
  return id;
}

void Lowering::arrow_body(ChildList& out) {
  const Symbol symbol = cursor_.symbol();
  if (symbol == Symbol::statement_block) return out.add(block());
  if (!is_expression(symbol)) return;
  const NodeId body = add_here(NodeKind::block);
  const NodeId result = add_here(NodeKind::give_back);
  ChildList(tree_, result).add(expression());
  ChildList(tree_, body).add(result);
  out.add(body);
}

void Lowering::parameters(ChildList& out) {
  cursor_.each_child([&](Symbol symbol) {
    if (symbol != Symbol::ignored && symbol != Symbol::error) parameter(out);
  });
}

// The parts in the order in which the source has them; the plain tree has another.
struct Lowering::ParameterParts {
  NodeId target = no_node;  // name or pattern
  NodeId type = no_node;
  NodeId value = no_node;
  Decorators decorators;
  std::uint32_t flags = flag::none;
};

void Lowering::parameter_part(ParameterParts& parts) {
  const Symbol symbol = cursor_.symbol();
  switch (symbol) {
    case Symbol::parameter:
    case Symbol::assignment_pattern:
      return cursor_.each_child([&](Symbol) { parameter_part(parts); });
    case Symbol::decorator:
      return parts.decorators.push_back(decorator());
    case Symbol::accessibility_modifier:
      if (text(cursor_.node()) == "private") parts.flags |= flag::private_;
      parts.flags |= flag::field_parameter;
      return;
    case Symbol::override_modifier:
      parts.flags |= flag::field_parameter;
      return;
    case Symbol::token_readonly:
      parts.flags |= flag::readonly | flag::field_parameter;
      return;
    case Symbol::type_annotation:
      parts.type = type_node(cursor_.node(), cursor_.node());
      return;
    default:
      break;
  }
  if (parts.target == no_node) {
    if (is_expression(symbol) || symbol == Symbol::rest_pattern) parts.target = target(&parts.flags);
  } else if (is_expression(symbol)) {
    parts.value = expression();
  }
}

void Lowering::parameter(ChildList& out) {
  const NodeId id = add_here(NodeKind::parameter);
  ParameterParts parts;
  parameter_part(parts);
  if (parts.target == no_node || tree_[parts.target].kind == NodeKind::self) return;  // `this: Type` declares nothing
  const Node& named = tree_[parts.target];
  tree_[id].line = named.line;
  tree_[id].column = named.column;
  tree_[id].flags = parts.flags;
  if (named.kind == NodeKind::name) tree_[id].text = named.text;
  ChildList children(tree_, id);
  children.add(or_empty(parts.type));
  children.add(or_empty(parts.value));
  for (const NodeId each : parts.decorators) children.add(each);
  if (tree_[parts.target].kind == NodeKind::pattern) children.add(parts.target);
  out.add(id);
}

NodeId Lowering::decorator() {
  const NodeId id = add_here(NodeKind::decorator);
  ChildList children(tree_, id);
  arguments(children);
  return id;
}

}  // namespace detoy::syntax::script

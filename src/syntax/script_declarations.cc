// Declarations other than functions and classes: variables, destructuring, namespaces.
#include "syntax/front_end.h"
#include "syntax/script_lowering.h"

namespace detoy::syntax::script {

std::string_view Lowering::declaration(Symbol symbol, ChildList& out, std::uint32_t flags,
                                       const Decorators& decorators) {
  NodeId id = no_node;
  switch (symbol) {
    case Symbol::variable_declaration:
      variables(out, flags);
      return {};
    case Symbol::function_declaration:
      id = function(flags, decorators);
      break;
    case Symbol::function_signature:
      id = function(flags | flag::abstract, decorators);
      break;
    case Symbol::class_declaration:
      id = class_(flags, decorators);
      break;
    case Symbol::interface_declaration:
      id = interface(flags);
      break;
    case Symbol::type_alias_declaration:
      id = type_alias(flags);
      break;
    case Symbol::enum_declaration:
      id = enumeration(flags);
      break;
    case Symbol::namespace_declaration:
      id = namespace_declaration(flags);
      break;
    case Symbol::import_alias:
      id = import_alias(flags);
      break;
    default:
      return {};  // ambient ones declare what exists elsewhere
  }
  out.add(id);
  return id == no_node ? std::string_view() : tree_[id].text;
}

void Lowering::variables(ChildList& out, std::uint32_t flags) {
  cursor_.each_child([&](Symbol symbol) {
    switch (symbol) {
      case Symbol::token_const:
      case Symbol::token_using:
        flags |= flag::constant;
        break;
      case Symbol::token_let:
      case Symbol::token_var:
        flags |= flag::mutable_;
        break;
      case Symbol::variable_declarator:
        declarator(out, flags);
        break;
      case Symbol::error:
        out.add(unread());
        break;
      default:
        break;
    }
  });
}

void Lowering::declarator(ChildList& out, std::uint32_t flags) {
  if (const auto module = required_by_declarator(cursor_.node())) return import_required(out, *module);
  const NodeId id = add(NodeKind::variable, cursor_.node(), {}, flags);
  NodeId name = no_node;
  NodeId type = no_node;
  NodeId init = no_node;
  std::vector<std::string_view> exported;
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::type_annotation) {
      type = type_node(cursor_.node(), cursor_.node());
    } else if (!is_expression(symbol)) {
      return;
    } else if (name == no_node) {
      name = target();
    } else {
      int levels = symbol == Symbol::assignment_expression && at_module_level() ? follow_exports(exported) : 0;
      init = expression();
      for (; levels > 0; --levels) cursor_.leave();
    }
  });
  ChildList children(tree_, id);
  children.add(or_empty(name));
  children.add(or_empty(type));
  children.add(or_empty(init));
  out.add(id);
  // `const app = module.exports = create()`
  for (const std::string_view each : exported) out.add(add_export(cursor_.node(), each, tree_[name].text));
}

NodeId Lowering::target(std::uint32_t* flags) {
  switch (cursor_.symbol()) {
    case Symbol::identifier:
      return add(NodeKind::name, cursor_.node(), text(cursor_.node()));
    case Symbol::object_pattern:
    case Symbol::array_pattern:
      return pattern();
    case Symbol::rest_pattern: {
      if (flags != nullptr) *flags |= flag::rest;
      if (!cursor_.enter_operand()) return no_node;
      const NodeId id = target(flags);
      cursor_.leave();
      return id;
    }
    default:
      return expression();
  }
}

NodeId Lowering::pattern() {
  const NodeId id = add_here(NodeKind::pattern);
  ChildList children(tree_, id);
  bindings(children, {}, false);
  return id;
}

void Lowering::bindings(ChildList& out, std::string_view key, bool nested) {
  if (depth_ >= max_depth) {
    tree_.too_deep = true;
    return;
  }
  const Nesting nesting(depth_);
  const bool by_name = cursor_.symbol() == Symbol::object_pattern;
  cursor_.each_child([&](Symbol symbol) {
    const auto key_of = [&](std::string_view own) { return nested ? key : own; };
    switch (symbol) {
      case Symbol::ignored:
        return;
      case Symbol::shorthand_property_identifier_pattern:
        return binding_target(out, key_of(text(cursor_.node())));
      case Symbol::pair_pattern: {
        if (!cursor_.enter_operand()) return;
        const Symbol key_symbol = cursor_.symbol();
        const std::string_view own =
            key_symbol == Symbol::computed_property_name ? std::string_view() : property_name(key_symbol);
        if (cursor_.next_operand()) binding_target(out, key_of(own));
        return cursor_.leave();
      }
      case Symbol::assignment_pattern: {
        std::string_view own;
        if (by_name && cursor_.enter_operand()) {
          if (cursor_.symbol() == Symbol::shorthand_property_identifier_pattern) own = text(cursor_.node());
          cursor_.leave();
        }
        return binding_with_default(out, key_of(own));
      }
      default:
        return binding_target(out, key_of({}));
    }
  });
}

void Lowering::binding_target(ChildList& out, std::string_view key) {
  const Symbol symbol = cursor_.symbol();
  switch (symbol) {
    case Symbol::identifier:
    case Symbol::shorthand_property_identifier_pattern: {
      const NodeId id = add(NodeKind::binding, cursor_.node(), text(cursor_.node()));
      tree_[id].text2 = key;
      return out.add(id);
    }
    case Symbol::object_pattern:
    case Symbol::array_pattern:
      return bindings(out, key, true);
    case Symbol::assignment_pattern:
      return binding_with_default(out, key);
    case Symbol::rest_pattern:
      if (!cursor_.enter_operand()) return;
      if (is_expression(cursor_.symbol())) binding_target(out, key);
      return cursor_.leave();
    default:
      if (is_expression(symbol)) out.add(expression());
  }
}

void Lowering::binding_with_default(ChildList& out, std::string_view key) {
  const TSNode whole = cursor_.node();
  if (!cursor_.enter_operand()) return;
  const NodeId id = add_here(NodeKind::binding);
  const Symbol symbol = cursor_.symbol();
  const bool named = symbol == Symbol::identifier || symbol == Symbol::shorthand_property_identifier_pattern;
  tree_[id].end_line = ts_node_end_point(whole).row + 1;
  if (named) {
    tree_[id].text = text(cursor_.node());
    tree_[id].text2 = key;
    out.add(id);
  } else {
    binding_target(out, key);
    tree_[id].kind = NodeKind::other;
  }
  bool is_default = false;
  while (cursor_.next()) {
    if (cursor_.symbol() == Symbol::token_equals) is_default = true;
    if (!is_default || !is_expression(cursor_.symbol())) continue;
    ChildList children(tree_, id);
    children.add(expression());
    if (!named) out.add(id);
    break;
  }
  cursor_.leave();
}

// `import x = a.b`
NodeId Lowering::import_alias(std::uint32_t flags) {
  const NodeId id = add(NodeKind::variable, cursor_.node(), {}, flags | flag::constant);
  ChildList children(tree_, id);
  bool named = false;
  cursor_.each_child([&](Symbol symbol) {
    if (!is_expression(symbol)) return;
    children.add(expression());
    if (!named) children.add(add_empty());
    named = true;
  });
  return id;
}

NodeId Lowering::namespace_declaration(std::uint32_t flags) {
  const NodeId id = add(NodeKind::module, cursor_.node(), {}, flags);
  ChildList children(tree_, id);
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::statement_block) return statements(children);
    if (symbol == Symbol::string) tree_[id].text = string_contents(cursor_.node());
    if (symbol == Symbol::identifier || symbol == Symbol::member_expression) tree_[id].text = text(cursor_.node());
  });
  return id;
}

}  // namespace detoy::syntax::script

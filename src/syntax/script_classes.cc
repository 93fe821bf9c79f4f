// Classes, interfaces, object types and enums.
#include "syntax/front_end.h"
#include "syntax/script_lowering.h"

namespace detoy::syntax::script {

std::string_view Lowering::property_name(Symbol symbol) const {
  switch (symbol) {
    case Symbol::identifier:
    case Symbol::type_identifier:
    case Symbol::property_identifier:
    case Symbol::private_property_identifier:
    case Symbol::number:
    case Symbol::computed_property_name:
      return text(cursor_.node());
    case Symbol::string:
      return string_contents(cursor_.node());
    default:
      return {};
  }
}

NodeId Lowering::class_(std::uint32_t flags, const Decorators& decorators, std::string_view default_name) {
  const NodeId id = add(NodeKind::class_, cursor_.node(), default_name, flags);
  ChildList children(tree_, id);
  Decorators own_decorators;
  bool positioned = false;
  cursor_.each_child([&](Symbol symbol) {
    switch (symbol) {
      case Symbol::decorator:
        own_decorators.push_back(decorator());
        break;
      case Symbol::token_abstract:
        set_flag(id, flag::abstract);
        [[fallthrough]];
      case Symbol::token_class:
        if (!positioned) set_position(id, cursor_.node());
        positioned = true;
        break;
      case Symbol::identifier:
      case Symbol::type_identifier:
        tree_[id].text = text(cursor_.node());
        break;
      case Symbol::class_heritage:
        heritage(children);
        break;
      case Symbol::class_body:
        for (const NodeId each : decorators) children.add(each);
        for (const NodeId each : own_decorators) children.add(each);
        class_body(children);
        break;
      default:
        break;
    }
  });
  return id;
}

// TypeScript has clauses below the heritage, JavaScript the one expression.
void Lowering::heritage(ChildList& out) {
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::implements_clause) {
      implemented_types(out);
    } else if (is_expression(symbol)) {
      out.add(type_node(cursor_.node(), cursor_.node()));
    } else if (symbol == Symbol::extends_clause && cursor_.enter_operand()) {
      const TSNode base = cursor_.node();
      const bool has_arguments = cursor_.next_operand() && cursor_.symbol() == Symbol::type_arguments;
      out.add(type_node(base, has_arguments ? cursor_.node() : base));
      cursor_.leave();
    }
  });
}

void Lowering::implemented_types(ChildList& out) {
  cursor_.each_child([&](Symbol) {
    const TSNode node = cursor_.node();
    if (ts_node_is_named(node) && !ts_node_is_extra(node)) out.add(type_node(node, node));
  });
}

void Lowering::class_body(ChildList& out) {
  Decorators pending;  // the grammar has the decorators of a method before it
  cursor_.each_child([&](Symbol symbol) {
    switch (symbol) {
      case Symbol::decorator:
        pending.push_back(decorator());
        break;
      case Symbol::method_definition:
      case Symbol::method_signature:
        out.add(method(pending));
        pending.clear();
        break;
      case Symbol::field_definition:
        out.add(field());
        break;
      case Symbol::class_static_block:
        cursor_.each_child([&](Symbol child) {
          if (child == Symbol::statement_block) out.add(block(flag::static_));
        });
        break;
      case Symbol::error:
        out.add(unread());
        break;
      default:
        break;
    }
  });
}

NodeId Lowering::method(const Decorators& decorators) {
  const NodeId id = function(cursor_.symbol() == Symbol::method_signature ? flag::abstract : flag::none, decorators);
  const Node& method = tree_[id];
  if (method.text == "constructor" && (method.flags & flag::static_) == 0) set_flag(id, flag::constructor);
  return id;
}

NodeId Lowering::field() {
  const NodeId id = add_here(NodeKind::field);
  NodeId type = no_node;
  NodeId init = no_node;
  Decorators decorators;
  bool named = false;
  cursor_.each_child([&](Symbol symbol) {
    switch (symbol) {
      case Symbol::token_static:
      case Symbol::token_static_get:
        set_flag(id, flag::static_);
        break;
      case Symbol::token_readonly:
        set_flag(id, flag::readonly);
        break;
      case Symbol::token_abstract:
        set_flag(id, flag::abstract);
        break;
      case Symbol::accessibility_modifier:
        if (text(cursor_.node()) == "private") set_flag(id, flag::private_);
        break;
      case Symbol::decorator:
        decorators.push_back(decorator());
        break;
      case Symbol::type_annotation:
        type = type_node(cursor_.node(), cursor_.node());
        break;
      default:
        if (named) {
          if (is_expression(symbol)) init = expression();
        } else if (const std::string_view name = property_name(symbol); !name.empty()) {
          named = true;
          tree_[id].text = name;
          set_position(id, cursor_.node());
          if (symbol == Symbol::private_property_identifier) set_flag(id, flag::private_);
        }
    }
  });
  ChildList children(tree_, id);
  children.add(or_empty(type));
  children.add(or_empty(init));
  for (const NodeId each : decorators) children.add(each);
  return id;
}

NodeId Lowering::interface(std::uint32_t flags) {
  const NodeId id = add(NodeKind::class_, cursor_.node(), {}, flags | flag::interface);
  ChildList children(tree_, id);
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::type_identifier) tree_[id].text = text(cursor_.node());
    if (symbol == Symbol::implements_clause) implemented_types(children);
    if (symbol == Symbol::object_type) object_type(children);
  });
  return id;
}

// The alias of an object type is an interface by another name. Other aliases have no members to look at.
NodeId Lowering::type_alias(std::uint32_t flags) {
  NodeId id = no_node;
  std::string_view name;
  const TSNode whole = cursor_.node();
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::type_identifier && name.empty()) name = text(cursor_.node());
    if (symbol != Symbol::object_type) return;
    id = add(NodeKind::class_, whole, name, flags | flag::interface);
    ChildList children(tree_, id);
    object_type(children);
  });
  return id;
}

void Lowering::object_type(ChildList& out) {
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::field_definition) out.add(field());
    if (symbol == Symbol::method_signature) out.add(function(flag::abstract, {}));
  });
}

NodeId Lowering::enumeration(std::uint32_t flags) {
  const NodeId id = add(NodeKind::class_, cursor_.node(), {}, flags | flag::enum_);
  ChildList children(tree_, id);
  cursor_.each_child([&](Symbol symbol) {
    if (symbol == Symbol::identifier) tree_[id].text = text(cursor_.node());
    if (symbol != Symbol::enum_body) return;
    cursor_.each_child([&](Symbol member) {
      if (member != Symbol::enum_assignment && property_name(member).empty()) return;
      const NodeId value = member == Symbol::enum_assignment ? field() : add_empty_field();
      set_flag(value, flag::static_ | flag::readonly);
      children.add(value);
    });
  });
  return id;
}

// An enum's member without a value: nothing but its name.
NodeId Lowering::add_empty_field() {
  const NodeId id = add(NodeKind::field, cursor_.node(), property_name(cursor_.symbol()));
  ChildList children(tree_, id);
  children.add(add_empty());
  children.add(add_empty());
  return id;
}

}  // namespace detoy::syntax::script

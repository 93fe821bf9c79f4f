// Functions, types and constants of Rust.
#include "syntax/rust_lowering.h"

namespace detoy::syntax::rust {

NodeId Lowering::function(const Attributes& attributes, Place place) {
  const NodeId id = make(NodeKind::function);
  ChildList out(tree_, id);
  std::uint32_t flags = attributes.test ? flag::test : flag::none;
  std::string_view name;
  bool has_self = false;
  bool has_body = false;
  children([&](Syntax child) {
    if (child == Syntax::visibility_modifier) flags |= flag::exported;
    if (child == Syntax::function_modifiers && text().find("async") != std::string_view::npos) flags |= flag::async;
    if (child == Syntax::parameters) {
      named_children([&](Syntax part) {
        if (part == Syntax::self_parameter) has_self = true;
        if (part == Syntax::parameter) out.add(parameter(has_self));
      });
      add_all(out, attributes.decorators);
    }
    if (child == Syntax::block) {
      out.add(block(Body::function));
      has_body = true;
    }
    const TSFieldId role = field();
    if (role == grammar_.name) name = text();
    if (role == grammar_.return_type) out.add(type());
  });
  if (!has_body) flags |= flag::abstract;
  if (place == Place::associated && !has_self) flags |= flag::static_;
  tree_[id].text = name;
  tree_[id].flags = flags;
  return id;
}

// type Shared = Arc<Mutex<HashMap<String, Order>>>;
NodeId Lowering::type_alias(Place place) {
  if (place == Place::associated) return no_node;
  const NodeId id = make(NodeKind::alias);
  ChildList out(tree_, id);
  std::string_view name;
  children([&](Syntax child) {
    const TSFieldId role = field();
    if (role == grammar_.name) name = text();
    if (child == Syntax::type_parameters) tree_[id].text2 = text();
    if (role == grammar_.type) out.add(type());
  });
  tree_[id].text = name;
  return id;
}

// Of a function or closure; null for a `self` with a type. The cursor stands on a parameter, or on a closure's pattern.
NodeId Lowering::parameter(bool& is_self) {
  Pattern bound;
  NodeId type_node = no_node;
  bool is_mutable = false;
  bool self_here = false;
  std::string_view name;
  const auto take_pattern = [&](Syntax at) {
    if (at == Syntax::self) self_here = true;
    if (at == Syntax::token_underscore) name = "_";
    bound = pattern();
  };
  if (syntax() == Syntax::parameter) {
    children([&](Syntax child) {
      if (child == Syntax::mutable_specifier) is_mutable = true;
      const TSFieldId role = field();
      if (role == grammar_.type) {
        type_node = type();
      } else if (role == grammar_.pattern) {
        take_pattern(child);
      } else if (child == Syntax::token_underscore) {
        name = "_";
      }
    });
  } else {
    take_pattern(syntax());
  }
  if (self_here) {
    is_self = true;
    return no_node;
  }
  const bool plain = bound.single && tree_[bound.target].kind == NodeKind::name;
  if (plain) name = tree_[bound.target].text;
  const NodeId id = make(NodeKind::parameter, name, is_mutable || bound.is_mutable ? flag::mutable_ : flag::none);
  ChildList out(tree_, id);
  out.add(type_node != no_node ? type_node : empty_like(id));
  out.add(empty_like(id));
  if (!plain) out.add(bound.target);
  return id;
}

NodeId Lowering::structure(const Attributes& attributes, std::uint32_t flags) {
  const NodeId id = make(NodeKind::class_);
  ChildList out(tree_, id);
  add_all(out, attributes.decorators);
  if (attributes.test) flags |= flag::test;
  std::string_view name;
  named_children([&](Syntax child) {
    switch (child) {
      case Syntax::visibility_modifier:
        flags |= flag::exported;
        break;
      case Syntax::type_identifier:
        name = text();
        break;
      case Syntax::field_declaration_list:
        fields(out);
        break;
      case Syntax::ordered_field_declaration_list:
        tuple_fields(out);
        break;
      case Syntax::enum_variant_list:
        variants(out);
        break;
      default:
        break;
    }
  });
  tree_[id].text = name;
  tree_[id].flags = flags;
  return id;
}

void Lowering::fields(ChildList& out) {
  Attributes attributes;
  named_children([&](Syntax child) {
    if (child == Syntax::attribute_item) attribute(attributes);
    if (child != Syntax::field_declaration) return;
    const NodeId id = make(NodeKind::field, {}, flag::private_);
    ChildList parts(tree_, id);
    named_children([&](Syntax part) {
      if (part == Syntax::visibility_modifier) tree_[id].flags &= ~flag::private_;
      if (part == Syntax::field_identifier) tree_[id].text = text();
      if (field() == grammar_.type) parts.add(type());
    });
    parts.add(empty_like(id));
    add_all(parts, attributes.decorators);
    attributes = {};
    out.add(id);
  });
}

void Lowering::tuple_fields(ChildList& out) {
  static constexpr std::string_view digits = "0123456789";
  Attributes attributes;
  std::size_t position = 0;
  std::uint32_t flags = flag::private_;
  named_children([&](Syntax child) {
    if (child == Syntax::attribute_item) attribute(attributes);
    if (child == Syntax::visibility_modifier) flags = flag::none;
    if (field() != grammar_.type) return;
    const std::string_view name =
        position < digits.size() ? digits.substr(position, 1) : tree_.keep(std::to_string(position));
    const NodeId id = make(NodeKind::field, name, flags);
    ChildList parts(tree_, id);
    parts.add(type());
    parts.add(empty_like(id));
    add_all(parts, attributes.decorators);
    attributes = {};
    flags = flag::private_;
    ++position;
    out.add(id);
  });
}

void Lowering::variants(ChildList& out) {
  Attributes attributes;
  named_children([&](Syntax child) {
    if (child == Syntax::attribute_item) attribute(attributes);
    if (child != Syntax::enum_variant) return;
    const NodeId id = make(NodeKind::field, {}, flag::static_);
    NodeId type_node = no_node;
    NodeId init = no_node;
    named_children([&](Syntax) {
      const TSFieldId role = field();
      if (role == grammar_.name) tree_[id].text = text();
      if (role == grammar_.body) type_node = type();
      if (role == grammar_.value) init = value();
    });
    ChildList parts(tree_, id);
    parts.add(type_node != no_node ? type_node : empty_like(id));
    parts.add(init != no_node ? init : empty_like(id));
    add_all(parts, attributes.decorators);
    attributes = {};
    out.add(id);
  });
}

NodeId Lowering::trait(const Attributes& attributes) {
  const NodeId id = make(NodeKind::class_);
  ChildList out(tree_, id);
  std::uint32_t flags = flag::trait | (attributes.test ? flag::test : flag::none);
  std::string_view name;
  named_children([&](Syntax child) {
    if (child == Syntax::visibility_modifier) flags |= flag::exported;
    if (field() == grammar_.name) name = text();
    if (child == Syntax::trait_bounds) {
      named_children([&](Syntax bound) {
        if (bound != Syntax::lifetime) out.add(type());
      });
    }
    if (child == Syntax::declaration_list) {
      add_all(out, attributes.decorators);
      statements(out, Body::plain, Place::associated);
    }
  });
  tree_[id].text = name;
  tree_[id].flags = flags;
  return id;
}

NodeId Lowering::implementation(const Attributes& attributes) {
  const NodeId id = make(NodeKind::class_);
  ChildList out(tree_, id);
  std::string_view name;
  named_children([&](Syntax child) {
    const TSFieldId role = field();
    if (role == grammar_.trait) out.add(type());
    if (role == grammar_.type) {
      name = bare_type_name();
      add_all(out, attributes.decorators);
    }
    if (child == Syntax::declaration_list) statements(out, Body::plain, Place::associated);
  });
  tree_[id].text = name;
  tree_[id].flags = flag::implementation | (attributes.test ? flag::test : flag::none);
  return id;
}

NodeId Lowering::module(const Attributes& attributes) {
  std::uint32_t flags = attributes.test ? flag::test : flag::none;
  const NodeId id = make(NodeKind::import);
  ChildList out(tree_, id);
  std::uint32_t begin = 0;
  std::string_view name;
  children([&](Syntax child) {
    if (child == Syntax::visibility_modifier) flags |= flag::exported;
    if (is_token(child) && text() == "mod") begin = ts_node_start_byte(node());
    if (field() == grammar_.name) {
      name = text();
      tree_[id].text = source_.substr(begin, ts_node_end_byte(node()) - begin);
    }
    if (child == Syntax::declaration_list) {
      tree_[id].kind = NodeKind::module;
      tree_[id].text = name;
      Attributes inner;
      // What only tests have says nothing of the program.
      if (!attributes.test) statements(out, Body::plain, Place::free, &inner);
      if (inner.test) flags |= flag::test;
    }
  });
  tree_[id].flags = flags;
  return id;
}

// `const` and `static`. In an `impl` or a trait a constant belongs to the type.
NodeId Lowering::constant(const Attributes& attributes, Place place, std::uint32_t flags) {
  const bool is_member = place == Place::associated;
  const NodeId id = make(is_member ? NodeKind::field : NodeKind::variable);
  NodeId name = no_node;
  NodeId type_node = no_node;
  NodeId init = no_node;
  if (is_member) flags = flag::static_ | flag::readonly;
  if (attributes.test) flags |= flag::test;
  children([&](Syntax child) {
    if (child == Syntax::visibility_modifier) flags |= flag::exported;
    if (child == Syntax::mutable_specifier) flags |= flag::mutable_;
    const TSFieldId role = field();
    if (role == grammar_.name) {
      if (is_member) {
        tree_[id].text = text();
      } else {
        name = make(NodeKind::name, text());
      }
    }
    if (role == grammar_.type) type_node = type();
    if (role == grammar_.value) init = value();
  });
  tree_[id].flags = flags;
  ChildList out(tree_, id);
  out.add(name);
  out.add(type_node != no_node ? type_node : empty_like(id));
  out.add(init != no_node ? init : empty_like(id));
  if (is_member) add_all(out, attributes.decorators);
  return id;
}

NodeId Lowering::type() {
  return make(NodeKind::type, at_most(text(), 200));
}

// `a::b::Foo<T>`, `&mut Foo`, `dyn Foo`: Foo.
std::string_view Lowering::bare_type_name() {
  if (!go_deeper()) return {};
  std::string_view name;
  const auto from_child = [&](TSFieldId role) {
    named_children([&](Syntax) {
      if (field() == role) name = bare_type_name();
    });
  };
  switch (syntax()) {
    case Syntax::generic_type:
    case Syntax::generic_type_with_turbofish:
    case Syntax::reference_type:
    case Syntax::pointer_type:
    case Syntax::qualified_type:
      from_child(grammar_.type);
      break;
    case Syntax::dynamic_type:
      from_child(grammar_.trait);
      break;
    case Syntax::scoped_type_identifier:
    case Syntax::scoped_identifier:
      from_child(grammar_.name);
      break;
    case Syntax::bracketed_type:
      in_first_named_child([&](Syntax) { name = bare_type_name(); });
      break;
    default:
      name = at_most(text(), 200);
      break;
  }
  --depth_;
  return name;
}

std::string_view Lowering::at_most(std::string_view text, std::size_t limit) const {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0u) == 0x80u) --limit;  // keep characters whole
  return text.substr(0, limit);
}

}  // namespace detoy::syntax::rust

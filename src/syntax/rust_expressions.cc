// Expressions of Rust.
#include "syntax/rust_lowering.h"

namespace detoy::syntax::rust {

NodeId Lowering::expression() {
  if (!go_deeper()) return make(NodeKind::empty);
  const NodeId id = known_expression(syntax());
  --depth_;
  return id;
}

NodeId Lowering::value() {
  const NodeId id = expression();
  return id != no_node ? id : make(NodeKind::empty);
}

NodeId Lowering::known_expression(Syntax syntax) {
  switch (syntax) {
    case Syntax::identifier:
    case Syntax::metavariable:
    case Syntax::super:
    case Syntax::crate:
    case Syntax::scoped_identifier:
      return path(syntax);
    case Syntax::self:
      return make(NodeKind::self, text());
    case Syntax::field_expression:
      return member();
    case Syntax::call_expression:
      return call();
    case Syntax::index_expression:
      return parts(NodeKind::index);
    case Syntax::macro_invocation:
      return macro();
    case Syntax::struct_expression:
      return construct();
    case Syntax::closure_expression:
      return closure();
    case Syntax::await_expression:
      return await();
    case Syntax::async_block:
      return async_block(flag::async);
    case Syntax::gen_block:
      return async_block(flag::generator);

    // References, casts and `?` change nothing about which state is meant.
    case Syntax::parenthesized_expression:
    case Syntax::reference_expression:
    case Syntax::try_expression:
    case Syntax::type_cast_expression:
    case Syntax::generic_function:
      return inner_value();
    case Syntax::unary_expression: {
      const std::string_view sign = text().substr(0, 1);
      return sign == "*" ? inner_value() : parts(NodeKind::unary, sign);
    }
    case Syntax::binary_expression:
      return operation();
    case Syntax::assignment_expression:
    case Syntax::compound_assignment_expr:
      return assignment();
    case Syntax::range_expression:
    case Syntax::break_expression:
    case Syntax::continue_expression:
    case Syntax::yield_expression:
    case Syntax::error:
      return parts(NodeKind::other);
    case Syntax::return_expression:
      return parts(NodeKind::give_back);
    case Syntax::array_expression:
    case Syntax::tuple_expression:
      return parts(NodeKind::array);

    case Syntax::string_literal:
    case Syntax::raw_string_literal:
    case Syntax::char_literal:
      return string();
    case Syntax::boolean_literal:
      return make(NodeKind::boolean, text());
    case Syntax::integer_literal:
    case Syntax::float_literal:
      return make(NodeKind::number, text());
    case Syntax::unit_expression:
      return make(NodeKind::null);

    case Syntax::block:
      return block(Body::plain);
    case Syntax::unsafe_block:
    case Syntax::try_block:
      return inner_value();
    case Syntax::const_block: {
      const NodeId inner = inner_value();
      const NodeId only = tree_[inner].first_child;
      return only != no_node && tree_[only].next == no_node ? only : inner;
    }
    case Syntax::if_expression:
      return if_expression();
    case Syntax::match_expression:
      return match_expression();
    case Syntax::for_expression:
      return for_expression();
    case Syntax::while_expression:
      return while_expression();
    case Syntax::loop_expression:
      return loop_expression();
    default:
      return no_node;
  }
}

NodeId Lowering::inner_value() {
  NodeId found = no_node;
  named_children([&](Syntax child) {
    if (found == no_node && child != Syntax::mutable_specifier) found = expression();
  });
  return found != no_node ? found : make(NodeKind::empty);
}

// A node whose children are the expressions below. The length of `[x; n]` is no element.
NodeId Lowering::parts(NodeKind kind, std::string_view text) {
  const NodeId id = make(kind, text);
  ChildList out(tree_, id);
  named_children([&](Syntax) {
    if (kind != NodeKind::array || field() != grammar_.length) out.add(expression());
  });
  return id;
}

// Names, and paths written with `::`. Type arguments are dropped; those of a name are kept beside it.
NodeId Lowering::path(Syntax syntax) {
  if (!go_deeper()) return make(NodeKind::empty);
  NodeId id = no_node;
  switch (syntax) {
    case Syntax::scoped_identifier:
    case Syntax::scoped_type_identifier: {
      id = make(NodeKind::member, {}, flag::scoped);
      ChildList out(tree_, id);
      bool has_object = false;
      named_children([&](Syntax child) {
        const TSFieldId role = field();
        if (role == grammar_.path) {
          out.add(path(child));
          has_object = true;
        }
        if (role == grammar_.name) tree_[id].text = text();
      });
      if (!has_object) {  // `::a`
        tree_[id].kind = NodeKind::name;
        tree_[id].flags = 0;
      }
      break;
    }
    case Syntax::generic_type:
    case Syntax::generic_type_with_turbofish:
      named_children([&](Syntax child) {
        const TSFieldId role = field();
        if (role == grammar_.type) id = path(child);
        if (role == grammar_.type_arguments && id != no_node && text().size() > 2) {
          tree_[id].text2 = at_most(text().substr(1, text().size() - 2), 200);
        }
      });
      break;
    case Syntax::bracketed_type:
      id = make(NodeKind::name, bare_type_name());
      break;
    default: {
      const std::string_view name = text();
      id = name == "None" ? make(NodeKind::null) : make(NodeKind::name, name);
      break;
    }
  }
  --depth_;
  return id != no_node ? id : make(NodeKind::empty);
}

NodeId Lowering::member() {
  const NodeId id = make(NodeKind::member);
  ChildList out(tree_, id);
  named_children([&](Syntax) {
    const TSFieldId role = field();
    if (role == grammar_.value) out.add(value());
    if (role == grammar_.field) tree_[id].text = text();
  });
  return id;
}

NodeId Lowering::call() {
  const NodeId id = make(NodeKind::call);
  ChildList out(tree_, id);
  named_children([&](Syntax child) {
    if (child == Syntax::arguments) {
      named_children([&](Syntax) { out.add(expression()); });
    } else {
      out.add(value());
    }
  });
  return id;
}

NodeId Lowering::operation() {
  const NodeId id = make(NodeKind::binary);
  ChildList out(tree_, id);
  children([&](Syntax child) {
    if (!is_token(child)) {
      out.add(value());
      return;
    }
    const std::string_view sign = text();
    tree_[id].text = sign;
    if (sign == "&&" || sign == "||" || sign == "if") {  // `if`: a guard in matches!, read as `&&`
      tree_[id].kind = NodeKind::logical;
      tree_[id].text = sign == "||" ? "or" : "and";
    }
  });
  return id;
}

NodeId Lowering::assignment() {
  NodeId target = no_node;
  NodeId assigned = no_node;
  std::string_view sign;
  bool is_dropped = false;
  const NodeId id = make(NodeKind::assign);
  children([&](Syntax child) {
    if (is_token(child)) {
      sign = text();
    } else if (child == Syntax::error) {
      return;
    } else if (sign.empty()) {
      is_dropped = text() == "_";
      target = value();
    } else {
      assigned = value();
    }
  });
  tree_[id].text = sign;
  ChildList out(tree_, id);
  if (is_dropped) {  // `_ = f()` stores nothing
    tree_[id].kind = NodeKind::other;
    tree_[id].text = {};
  } else {
    out.add(target != no_node ? target : empty_like(id));
  }
  out.add(assigned != no_node ? assigned : empty_like(id));
  return id;
}

}  // namespace detoy::syntax::rust

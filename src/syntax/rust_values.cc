// Struct literals, closures, async blocks and strings of Rust.
#include "syntax/rust_lowering.h"

namespace detoy::syntax::rust {

// `X { a, b: c, ..d }`
NodeId Lowering::construct() {
  const NodeId id = make(NodeKind::construct);
  ChildList out(tree_, id);
  named_children([&](Syntax child) {
    if (child != Syntax::field_initializer_list) {
      out.add(path(child));
      return;
    }
    const NodeId object = make(NodeKind::object);
    out.add(object);
    ChildList pairs(tree_, object);
    named_children([&](Syntax part) {
      if (part == Syntax::base_field_initializer) {
        pairs.add(parts(NodeKind::spread));
      } else if (part == Syntax::field_initializer || part == Syntax::shorthand_field_initializer) {
        const NodeId pair = make(NodeKind::pair);
        ChildList values(tree_, pair);
        named_children([&](Syntax inner) {
          const TSFieldId role = field();
          if (role == grammar_.field || inner == Syntax::identifier) {
            if (tree_[pair].text.empty()) tree_[pair].text = text();
          }
          if (role == grammar_.value || (role == 0 && inner == Syntax::identifier)) values.add(value());
        });
        pairs.add(pair);
      }
    });
  });
  return id;
}

NodeId Lowering::closure() {
  const NodeId id = make(NodeKind::function);
  ChildList out(tree_, id);
  children([&](Syntax child) {
    const TSFieldId role = field();
    if (child == Syntax::token_async) {
      tree_[id].flags |= flag::async;
    } else if (child == Syntax::closure_parameters) {
      children([&](Syntax part) {
        bool is_self = false;
        if (!is_token(part) || part == Syntax::token_underscore) out.add(parameter(is_self));
      });
    } else if (role == grammar_.return_type) {
      out.add(type());
    } else if (role == grammar_.body && child == Syntax::block) {
      out.add(block(Body::function));
    } else if (role == grammar_.body) {
      const NodeId result = value();
      const NodeKind kind = tree_[result].kind;
      const bool is_plain = kind == NodeKind::loop || kind == NodeKind::give_back;
      out.add(wrap(is_plain ? result : wrap(result, NodeKind::give_back), NodeKind::block));
    }
  });
  return id;
}

// `async { }` and `gen { }` run later, like closures.
NodeId Lowering::async_block(std::uint32_t flags) {
  const NodeId id = make(NodeKind::function, {}, flags);
  ChildList out(tree_, id);
  named_children([&](Syntax child) {
    if (child == Syntax::block) out.add(block(Body::function));
  });
  return id;
}

NodeId Lowering::await() {
  const NodeId id = make(NodeKind::await);
  NodeId awaited = no_node;
  in_first_named_child([&](Syntax child) {
    awaited = child == Syntax::async_block ? async_block(flag::async | flag::immediately) : value();
  });
  tree_[id].first_child = awaited;
  return id;
}

// The contents between the quotes, whatever comes before the first (b, c, r#).
NodeId Lowering::string() {
  std::string_view written = text();
  const char quote = syntax() == Syntax::char_literal ? '\'' : '"';
  const auto first = written.find(quote);
  const auto last = written.rfind(quote);
  if (first != std::string_view::npos && last > first) written = written.substr(first + 1, last - first - 1);
  return make(NodeKind::string, written);
}

}  // namespace detoy::syntax::rust

// Branches and loops of Rust, and the variables that their patterns bind.
#include "syntax/rust_lowering.h"

namespace detoy::syntax::rust {

NodeId Lowering::if_expression() {
  const NodeId id = make(NodeKind::branch);
  Condition test;
  NodeId then = no_node;
  NodeId otherwise = no_node;
  named_children([&](Syntax child) {
    if (field() == grammar_.condition) {
      test = condition();
    } else if (child == Syntax::block) {
      then = block(Body::plain, test.variables);
    } else if (child == Syntax::else_clause) {
      in_first_named_child([&](Syntax) { otherwise = value(); });
    }
  });
  ChildList out(tree_, id);
  out.add(test.expression != no_node ? test.expression : empty_like(id));
  out.add(then != no_node ? then : empty_like(id));
  out.add(otherwise != no_node ? otherwise : empty_like(id));
  return id;
}

Condition Lowering::condition() {
  Condition result;
  const Syntax here = syntax();
  if (here == Syntax::let_condition) {
    Pattern bound;
    children([&](Syntax) {
      const TSFieldId role = field();
      if (role == grammar_.pattern) bound = pattern();
      if (role == grammar_.value) result.expression = value();
    });
    if (bound.target != no_node) append(result.variables, bind(bound, no_node, alias_of(bound, result.expression)));
    return result;
  }
  if (here != Syntax::let_chain) {
    result.expression = value();
    return result;
  }
  if (!go_deeper()) return result;
  named_children([&](Syntax) {
    const Condition part = condition();
    if (result.expression == no_node) {
      result.expression = part.expression;
    } else {
      const NodeId both = make_like(result.expression, NodeKind::logical, "and");
      ChildList out(tree_, both);
      out.add(result.expression);
      out.add(part.expression);
      result.expression = both;
    }
    add_chain(result.variables, part.variables);
  });
  --depth_;
  return result;
}

NodeId Lowering::match_expression() {
  const NodeId id = make(NodeKind::choice);
  ChildList out(tree_, id);
  NodeId subject = no_node;
  bool taken = false;
  named_children([&](Syntax child) {
    if (field() == grammar_.value) {
      subject = value();
      out.add(subject);
    } else if (child == Syntax::match_block) {
      named_children([&](Syntax arm) {
        if (arm == Syntax::match_arm) out.add(match_arm(subject, taken));
      });
    }
  });
  return id;
}

// `taken`: an arm has bound its name to a subject that is more than a path, which must not be repeated in every arm.
NodeId Lowering::match_arm(NodeId subject, bool& taken) {
  const NodeId id = make(NodeKind::case_);
  Pattern bound;
  Condition guard;
  NodeId body = no_node;
  named_children([&](Syntax child) {
    if (child == Syntax::match_pattern) {
      bool is_first = true;
      children([&](Syntax) {
        if (is_first) {
          const std::string_view label = at_most(text(), 60);
          if (label != "_") tree_[id].text = label;
          bound = pattern();
        } else if (field() == grammar_.condition) {
          guard = condition();
        }
        is_first = false;
      });
    } else if (field() == grammar_.value) {
      body = value();
    }
  });
  ChildList out(tree_, id);
  out.add(guard.expression != no_node ? guard.expression : empty_like(id));
  if (bound.target != no_node) {
    const bool repeats = subject != no_node && !is_path(subject);
    const NodeId init = repeats && taken ? empty_like(bound.target) : alias_of(bound, subject);
    taken |= repeats && tree_[init].kind != NodeKind::empty;
    out.add(bind(bound, no_node, init));
  }
  add_all(out, guard.variables);
  out.add(body);
  return id;
}

NodeId Lowering::for_expression() {
  const NodeId id = make(NodeKind::loop);
  ChildList out(tree_, id);
  Pattern bound;
  children([&](Syntax child) {
    const TSFieldId role = field();
    if (role == grammar_.pattern) {
      bound = pattern();
    } else if (role == grammar_.value) {
      const NodeId element = make(NodeKind::index);
      ChildList parts(tree_, element);
      parts.add(value());
      parts.add(empty_like(element));
      out.add(bind(bound, no_node, element));
    } else if (child == Syntax::block) {
      out.add(block(Body::plain));
    }
  });
  return id;
}

NodeId Lowering::while_expression() {
  const NodeId id = make(NodeKind::loop);
  ChildList out(tree_, id);
  Condition test;
  named_children([&](Syntax child) {
    if (field() == grammar_.condition) {
      test = condition();
      const Node& tested = tree_[test.expression];
      if (tested.kind == NodeKind::boolean && tested.text == "true") tree_[id].flags |= flag::infinite;
      out.add(test.expression);
    } else if (child == Syntax::block) {
      out.add(block(Body::plain, test.variables));
    }
  });
  return id;
}

NodeId Lowering::loop_expression() {
  const NodeId id = make(NodeKind::loop, {}, flag::infinite);
  ChildList out(tree_, id);
  named_children([&](Syntax child) {
    if (child == Syntax::block) out.add(block(Body::plain));
  });
  return id;
}

NodeId Lowering::bind(const Pattern& pattern, NodeId type, NodeId init) {
  const NodeId id = make(NodeKind::variable, {}, pattern.is_mutable ? flag::mutable_ : flag::constant);
  ChildList out(tree_, id);
  out.add(pattern.target != no_node ? pattern.target : make(NodeKind::name, "_"));
  out.add(type != no_node ? type : empty_like(id));
  out.add(init != no_node ? init : empty_like(id));
  return id;
}

// What a name bound by `if let`, `while let` or `match` stands for: the subject again, so that a change through the
// name is a change of the subject. An error is no part of it, and a pattern that takes it apart needs a subject with a
// path.
NodeId Lowering::alias_of(const Pattern& pattern, NodeId subject) {
  if (subject == no_node || pattern.failure || (!pattern.single && !is_path(subject))) return no_node;
  int budget = 64;
  return copy(subject, budget);
}

bool Lowering::is_path(NodeId id) const {
  while (tree_[id].kind == NodeKind::member) id = tree_[id].first_child;
  return tree_[id].kind == NodeKind::name || tree_[id].kind == NodeKind::self;
}

// Closures, blocks and what exceeds the budget become `empty`.
NodeId Lowering::copy(NodeId original, int& budget) {
  Node copied = tree_[original];
  const NodeId first = copied.first_child;
  copied.first_child = no_node;
  copied.next = no_node;
  bool is_copied = --budget >= 0;
  switch (copied.kind) {
    case NodeKind::name:
    case NodeKind::self:
    case NodeKind::member:
    case NodeKind::index:
    case NodeKind::call:
    case NodeKind::await:
    case NodeKind::unary:
    case NodeKind::binary:
    case NodeKind::array:
    case NodeKind::string:
    case NodeKind::number:
    case NodeKind::boolean:
    case NodeKind::null:
      break;
    default:
      is_copied = false;
      break;
  }
  if (!is_copied) {
    copied.kind = NodeKind::empty;
    copied.flags = 0;
    copied.text = {};
    copied.text2 = {};
    return tree_.add(copied);
  }
  const NodeId id = tree_.add(copied);
  ChildList out(tree_, id);
  for (NodeId child = first; child != no_node; child = tree_[child].next) out.add(copy(child, budget));
  return id;
}

}  // namespace detoy::syntax::rust

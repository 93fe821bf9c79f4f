#include "syntax/builder.h"

namespace detoy::syntax {

using facts::DeclarationKind;
using facts::Index;

namespace {

std::uint32_t declaration_flags(const Node& node) {
  std::uint32_t flags = 0;
  if (node.flags & flag::constant) flags |= facts::declared::constant;
  if (node.flags & flag::exported) flags |= facts::declared::exported;
  if (node.flags & flag::static_) flags |= facts::declared::static_;
  if (node.flags & flag::readonly) flags |= facts::declared::readonly;
  if (node.flags & flag::private_) flags |= facts::declared::private_;
  if (node.flags & flag::test) flags |= facts::declared::test;
  if (node.flags & flag::type_only) flags |= facts::declared::type_only;
  if (node.flags & flag::thread_local_) flags |= facts::declared::thread_local_;
  if (node.flags & flag::rest) flags |= facts::declared::rest;
  return flags;
}

}  // namespace

NodeId Builder::child(NodeId id, unsigned n) const {
  NodeId found = tree_[id].first_child;
  while (n > 0 && found != no_node) {
    found = tree_[found].next;
    --n;
  }
  return found;
}

void Builder::bind(facts::StringId name, Index declaration) {
  if (name == 0) return;
  if (name >= binding_.size()) binding_.resize(name * 2 + 64, 0);
  undo_.emplace_back(name, binding_[name]);
  binding_[name] = declaration;
}

void Builder::close_scope(std::size_t mark) {
  while (undo_.size() > mark) {
    binding_[undo_.back().first] = undo_.back().second;
    undo_.pop_back();
  }
}

Index Builder::resolve(facts::StringId name) const {
  return name < binding_.size() ? binding_[name] : 0;
}

// The first segment of a `::` path is never a variable, even if one has the same name.
Index Builder::resolve_scoped(facts::StringId name) const {
  const auto is_item = [&](Index index) {
    const DeclarationKind kind = facts_.declarations[index].kind;
    return kind != DeclarationKind::variable && kind != DeclarationKind::parameter;
  };
  const Index found = resolve(name);
  if (found == 0 || is_item(found)) return found;
  for (std::size_t i = undo_.size(); i-- > 0;) {
    if (undo_[i].first == name && undo_[i].second != 0 && is_item(undo_[i].second)) return undo_[i].second;
  }
  return 0;
}

Index Builder::declaration_of(NodeId node) const {
  const Index* found = declarations_.find(node);
  return found == nullptr ? 0 : *found;
}

Index Builder::add_declaration(DeclarationKind kind, NodeId node, std::string_view name) {
  facts::Declaration declaration;
  declaration.name = intern(name);
  declaration.kind = kind;
  declaration.flags = declaration_flags(at(node));
  if (context_.test) declaration.flags |= facts::declared::test;
  declaration.function = context_.function;
  declaration.line = at(node).line;
  declaration.column = at(node).column;
  declaration.branch = context_.branch;
  facts_.declarations.push_back(declaration);
  const auto index = static_cast<Index>(facts_.declarations.size() - 1);
  declarations_.set(node, index);
  return index;
}

void Builder::declare_target(NodeId target, NodeId variable) {
  const Node& node = at(target);
  if (node.kind == NodeKind::name) {
    if (declaration_of(target) != 0) return;
    const Index declaration = add_declaration(DeclarationKind::variable, target, node.text);
    facts_.declarations[declaration].flags |= declaration_flags(at(variable));
    bind(facts_.declarations[declaration].name, declaration);
  } else if (node.kind == NodeKind::pattern) {
    for (NodeId part = node.first_child; part != no_node; part = at(part).next) {
      if (at(part).kind == NodeKind::pattern || at(part).text.empty() || declaration_of(part) != 0) continue;
      const Index declaration = add_declaration(DeclarationKind::variable, part, at(part).text);
      facts_.declarations[declaration].flags |= declaration_flags(at(variable));
      facts_.declarations[declaration].element = intern(at(part).text2);
      bind(facts_.declarations[declaration].name, declaration);
    }
  }
}

void Builder::declare_import(NodeId node) {
  const facts::StringId module = intern(at(node).text);
  for (NodeId part = at(node).first_child; part != no_node; part = at(part).next) {
    if (at(part).kind != NodeKind::imported) continue;
    const Index declaration = add_declaration(DeclarationKind::import, part, at(part).text);
    facts::Declaration& record = facts_.declarations[declaration];
    record.module = module;
    record.imported = intern(at(part).text2);
    if (at(node).flags & flag::type_only) record.flags |= facts::declared::type_only;
    if (at(part).text2 == "*" || at(part).text2.empty()) record.flags |= facts::declared::namespace_import;
    bind(record.name, declaration);
  }
  if (at(node).first_child == no_node) {  // imported for its effect: still an edge of the import graph
    // Rust's `mod x;` also names the module.
    const std::string_view text = at(node).text;
    const std::string_view name = text.starts_with("mod ") ? text.substr(4) : std::string_view{};
    const Index declaration = add_declaration(DeclarationKind::import, node, name);
    facts_.declarations[declaration].module = module;
    facts_.declarations[declaration].flags |= facts::declared::namespace_import;
    bind(facts_.declarations[declaration].name, declaration);
  }
}

// Rust's `let` names something from its end on: the value in `let x = x.clone()` is still the old x.
bool Builder::shadows(NodeId variable) const {
  return language_ == Language::rust && context_.function != 0 && (at(variable).flags & flag::static_) == 0;
}

void Builder::declare_block(NodeId block) {
  for (NodeId node = at(block).first_child; node != no_node; node = at(node).next) {
    switch (at(node).kind) {
      case NodeKind::variable:
        if (at(node).first_child != no_node && !shadows(node)) declare_target(at(node).first_child, node);
        break;
      case NodeKind::function:
        // The signatures of an overloaded function say nothing that its body does not.
        if (!at(node).text.empty() && (at(node).flags & flag::abstract) == 0) {
          const Index function = add_declaration(DeclarationKind::function, node, at(node).text);
          bind(facts_.declarations[function].name, function);
        }
        break;
      case NodeKind::class_:
        if (!at(node).text.empty() && (at(node).flags & flag::implementation) == 0) {
          const Index type = add_declaration(DeclarationKind::type, node, at(node).text);
          bind(facts_.declarations[type].name, type);
        }
        break;
      case NodeKind::alias: {
        const Index alias = add_declaration(DeclarationKind::alias, node, at(node).text);
        const NodeId type = at(node).first_child;
        if (type != no_node) facts_.declarations[alias].type_text = intern(type_text(type));
        facts_.declarations[alias].imported = intern(at(node).text2);
        break;
      }
      case NodeKind::import:
        declare_import(node);
        break;
      case NodeKind::assign:
        if (python() && context_.function == 0) declare_function_names(node);
        break;
      case NodeKind::branch:
      case NodeKind::attempt:
      case NodeKind::block:
        // Python's `if`, `try` and `with` open no scope, so imports and definitions inside belong to the surrounding
        // one.
        if (python()) {
          for (NodeId part = at(node).first_child; part != no_node; part = at(part).next) {
            if (at(part).kind == NodeKind::block || at(part).kind == NodeKind::branch) declare_block(part);
          }
          if (at(node).kind == NodeKind::block) declare_block(node);
          if (context_.function == 0) declare_function_names(node);
        }
        break;
      default:
        if (python() && context_.function == 0) declare_function_names(node);
        break;
    }
  }
}

// In Python a function owns every name that it assigns, unless it says `global` or `nonlocal`.
void Builder::declare_function_names(NodeId node) {
  const Node& here = at(node);
  switch (here.kind) {
    case NodeKind::function:
    case NodeKind::class_:
      return;
    case NodeKind::global:
      outer_names_.insert(intern(here.text));
      return;
    case NodeKind::assign: {
      const NodeId target = here.first_child;
      if (target != no_node && here.text == "=") {
        const auto declare_name = [&](NodeId name, std::string_view element) {
          const facts::StringId id = intern(at(name).text);
          const Index known = resolve(id);
          if (known != 0 && facts_.declarations[known].function == context_.function &&
              facts_.declarations[known].kind != DeclarationKind::import) {
            return;
          }
          if (outer_names_.contains(id)) return;
          const Index declaration = add_declaration(DeclarationKind::variable, name, at(name).text);
          facts_.declarations[declaration].element = intern(element);
          bind(id, declaration);
        };
        if (at(target).kind == NodeKind::name) declare_name(target, {});
        if (at(target).kind == NodeKind::pattern) {
          for (NodeId part = at(target).first_child; part != no_node; part = at(part).next) {
            if (at(part).kind == NodeKind::binding && !at(part).text.empty()) declare_name(part, at(part).text2);
          }
        }
      }
      break;
    }
    default:
      break;
  }
  for (NodeId part = here.first_child; part != no_node; part = at(part).next) declare_function_names(part);
}

}  // namespace detoy::syntax

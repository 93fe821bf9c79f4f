#include "syntax/builder.h"
#include "syntax/facts_builder.h"

namespace detoy::syntax {

using facts::DeclarationKind;
using facts::Index;

namespace {

std::uint32_t function_flags(std::uint32_t flags) {
  std::uint32_t result = 0;
  if (flags & flag::async) result |= facts::function_flag::async;
  if (flags & flag::generator) result |= facts::function_flag::generator;
  if (flags & flag::static_) result |= facts::function_flag::static_;
  if (flags & flag::constructor) result |= facts::function_flag::constructor;
  if (flags & flag::getter) result |= facts::function_flag::getter;
  if (flags & flag::setter) result |= facts::function_flag::setter;
  if (flags & flag::abstract) result |= facts::function_flag::abstract;
  if (flags & flag::exported) result |= facts::function_flag::exported;
  if (flags & flag::private_) result |= facts::function_flag::private_;
  if (flags & flag::test) result |= facts::function_flag::test;
  if (flags & flag::immediately) result |= facts::function_flag::immediate;
  return result;
}

facts::TypeKind type_kind(std::uint32_t flags) {
  if (flags & flag::implementation) return facts::TypeKind::implementation;
  if (flags & flag::interface) return facts::TypeKind::interface;
  if (flags & flag::trait) return facts::TypeKind::trait;
  if (flags & flag::struct_) return facts::TypeKind::struct_;
  if (flags & flag::enum_) return facts::TypeKind::enum_;
  return facts::TypeKind::class_;
}

std::uint64_t field_key(Index type, facts::StringId name) {
  return (static_cast<std::uint64_t>(type) << 32) | name;
}

}  // namespace

Builder::Builder(const Tree& tree, Language language) : tree_(tree), language_(language) {
  facts_.language = language;
  facts_.declarations.emplace_back();
  facts_.functions.emplace_back();
  facts_.types.emplace_back();
  facts_.steps.emplace_back();
  facts_.paths.emplace_back();
  facts_.values.emplace_back();
  facts_.calls.emplace_back();
  facts_.branches.emplace_back();
  declarations_.reserve(tree.size() / 12);
}

facts::FileFacts Builder::build() {
  facts_.errors = tree_.errors;
  facts_.first_error_line = tree_.first_error_line;
  facts_.too_deep = tree_.too_deep;
  if (tree_.root != no_node) {
    facts_.functions[0].line = 1;
    facts_.functions[0].end_line = at(tree_.root).end_line;
    facts_.lines = at(tree_.root).end_line;
    context_.test = (at(tree_.root).flags & flag::test) != 0;
    declare_block(tree_.root);
    statements(tree_.root);
  }
  facts_.jsx = false;
  for (const facts::Call& call : facts_.calls) {
    if ((call.flags & facts::call_flag::macro) == 0 || call.path == 0) continue;
    const facts::Path& path = facts_.paths[call.path];
    if (path.root_kind == facts::RootKind::name && strings_.at(path.root) == "jsx") facts_.jsx = true;
  }
  strings_.release(facts_.characters, facts_.ends);
  return std::move(facts_);
}

std::string_view Builder::type_text(NodeId node) const {
  return at(node).text.substr(0, 200);
}

// new Map<string, Order>() says as much as a type beside the name.
bool Builder::constructs_generic(NodeId node) const {
  return node != no_node && at(node).kind == NodeKind::construct && !at(node).text.empty();
}

void Builder::function_parameters(NodeId id, Index function) {
  facts_.functions[function].first_parameter = static_cast<Index>(facts_.declarations.size());
  std::uint32_t count = 0;
  std::vector<std::pair<NodeId, Index>> declared;
  for (NodeId part = at(id).first_child; part != no_node; part = at(part).next) {
    if (at(part).kind != NodeKind::parameter) continue;
    const Index declaration = add_declaration(DeclarationKind::parameter, part, at(part).text);
    bind(facts_.declarations[declaration].name, declaration);
    declared.emplace_back(part, declaration);
    ++count;
  }
  facts_.functions[function].parameters = count;
  for (const auto& [part, declaration] : declared) {
    for (NodeId detail = at(part).first_child; detail != no_node; detail = at(detail).next) {
      switch (at(detail).kind) {
        case NodeKind::type:
          facts_.declarations[declaration].type_text = intern(type_text(detail));
          break;
        case NodeKind::pattern:
          declare_target(detail, part);
          for (NodeId name = at(detail).first_child; name != no_node; name = at(name).next) {
            const Index taken = declaration_of(name);
            if (taken == 0) continue;
            facts::Path path;
            path.root_kind = facts::RootKind::declaration;
            path.root = declaration;
            facts_.paths.push_back(path);
            const Index value = add_value(facts::ValueKind::path, name);
            facts_.values[value].ref = static_cast<Index>(facts_.paths.size() - 1);
            facts_.declarations[taken].initial = value;
          }
          break;
        case NodeKind::empty:
        case NodeKind::decorator:
          break;
        default: {
          const Index value = expression(detail);
          facts_.declarations[declaration].initial = value;
        }
      }
    }
    decorate(part, facts::DecoratedKind::declaration, declaration);
    if (at(part).flags & flag::field_parameter) {
      const NodeId node = part;
      facts::Declaration field = facts_.declarations[declaration];
      field.kind = DeclarationKind::field;
      field.function = 0;
      field.type = context_.type;
      field.flags |= facts::declared::from_parameter;
      field.line = at(node).line;
      facts::Path path;
      path.root_kind = facts::RootKind::declaration;
      path.root = declaration;
      facts_.paths.push_back(path);
      field.initial = add_value(facts::ValueKind::path, node);
      facts_.values[field.initial].ref = static_cast<Index>(facts_.paths.size() - 1);
      facts_.declarations.push_back(field);
      fields_.set(field_key(field.type, field.name), static_cast<Index>(facts_.declarations.size() - 1));
    }
  }
}

Index Builder::function(NodeId id, Index declaration) {
  const Node& node = at(id);
  facts::Function record;
  record.name = intern(node.text);
  record.flags = function_flags(node.flags);
  if (context_.test) record.flags |= facts::function_flag::test;
  record.type = context_.type;
  record.parent = context_.function;
  record.declaration = declaration;
  record.line = node.line;
  record.end_line = node.end_line;
  record.branch = context_.branch;
  if (node.flags & flag::immediately) record.use = facts::ClosureUse::immediate;
  facts_.functions.push_back(record);
  const auto index = static_cast<Index>(facts_.functions.size() - 1);
  if (declaration != 0) facts_.declarations[declaration].target = index;
  decorate(id, facts::DecoratedKind::function, index);

  const Context outer = context_;
  std::unordered_set<facts::StringId> outer_names;
  outer_names.swap(outer_names_);
  const bool outer_condition = in_condition_;
  in_condition_ = false;
  const std::size_t mark = open_scope();
  context_.function = index;
  context_.branch = 0;
  context_.test = context_.test || (node.flags & flag::test) != 0;
  function_parameters(id, index);
  for (NodeId part = node.first_child; part != no_node; part = at(part).next) {
    if (at(part).kind == NodeKind::type) facts_.functions[index].return_type = intern(type_text(part));
    if (at(part).kind != NodeKind::block) continue;
    declare_block(part);
    if (python()) declare_function_names(part);
    statements(part);
  }
  close_scope(mark);
  context_ = outer;
  in_condition_ = outer_condition;
  outer_names_.swap(outer_names);
  return index;
}

void Builder::decorate(NodeId owner, facts::DecoratedKind kind, Index target) {
  for (NodeId part = at(owner).first_child; part != no_node; part = at(part).next) {
    if (at(part).kind != NodeKind::decorator || at(part).first_child == no_node) continue;
    const NodeId inner = at(part).first_child;
    const Index value = expression(inner, facts::call_flag::decorator);
    if (value == 0) continue;
    Index call = 0;
    if (facts_.values[value].kind == facts::ValueKind::call) {
      call = facts_.values[value].ref;
      facts_.calls[call].flags |= facts::call_flag::decorator;
    } else if (facts_.values[value].kind == facts::ValueKind::path) {
      facts::Call plain;
      plain.path = facts_.values[value].ref;
      plain.flags = facts::call_flag::decorator | facts::call_flag::without_call;
      plain.function = context_.function;
      plain.branch = context_.branch;
      plain.line = at(part).line;
      plain.column = at(part).column;
      facts_.calls.push_back(plain);
      call = static_cast<Index>(facts_.calls.size() - 1);
    }
    if (call != 0) facts_.decorators.push_back({call, kind, target});
  }
}

void Builder::class_declaration(NodeId id) {
  const Node& node = at(id);
  facts::Type record;
  record.name = intern(node.text);
  record.kind = type_kind(node.flags);
  record.abstract = (node.flags & flag::abstract) != 0;
  record.exported = (node.flags & flag::exported) != 0;
  record.test = context_.test || (node.flags & flag::test) != 0;
  record.function = context_.function;
  record.declaration = declaration_of(id);
  record.line = node.line;
  record.end_line = node.end_line;
  record.first_base = static_cast<Index>(facts_.bases.size());
  for (NodeId part = node.first_child; part != no_node; part = at(part).next) {
    if (at(part).kind == NodeKind::type) {
      facts_.bases.push_back({intern(type_text(part))});
      ++record.bases;
    }
  }
  facts_.types.push_back(record);
  const auto type = static_cast<Index>(facts_.types.size() - 1);
  if (record.declaration != 0) {
    facts_.declarations[record.declaration].type = type;
    facts_.declarations[record.declaration].target = type;
  }
  decorate(id, facts::DecoratedKind::type, type);

  const Context outer = context_;
  context_.type = type;
  context_.test = record.test;
  // Fields first: the methods refer to them, wherever they stand.
  for (NodeId part = node.first_child; part != no_node; part = at(part).next) {
    if (at(part).kind == NodeKind::field) field(part, type);
  }
  // The constructor next: what it gives a field is the field's initial value.
  for (const bool constructors : {true, false}) {
    for (NodeId part = node.first_child; part != no_node; part = at(part).next) {
      if (at(part).kind == NodeKind::function && ((at(part).flags & flag::constructor) != 0) == constructors) {
        const Index method = add_declaration(DeclarationKind::function, part, at(part).text);
        facts_.declarations[method].type = type;
        function(part, method);
      }
    }
  }
  for (NodeId part = node.first_child; part != no_node; part = at(part).next) {
    switch (at(part).kind) {
      case NodeKind::type:
      case NodeKind::field:
      case NodeKind::function:
      case NodeKind::decorator:
        break;
      default:
        statement(part);
    }
  }
  context_ = outer;
}

void Builder::field(NodeId id, Index type) {
  const Index declaration = add_declaration(DeclarationKind::field, id, at(id).text);
  facts_.declarations[declaration].type = type;
  fields_.set(field_key(type, facts_.declarations[declaration].name), declaration);
  unsigned position = 0;
  for (NodeId part = at(id).first_child; part != no_node; part = at(part).next, ++position) {
    if (at(part).kind == NodeKind::type && position == 0) {
      facts_.declarations[declaration].type_text = intern(type_text(part));
    } else if (at(part).kind != NodeKind::empty && at(part).kind != NodeKind::decorator &&
               at(part).kind != NodeKind::type) {
      const Index value = expression(part);
      facts_.declarations[declaration].initial = value;
      if (facts_.declarations[declaration].type_text == 0 && constructs_generic(part))
        facts_.declarations[declaration].type_text = intern(type_text(part));
      if (value == 0) continue;
      const facts::Value& record = facts_.values[value];
      if (record.kind == facts::ValueKind::function) {
        facts::Function& method = facts_.functions[record.ref];  // `handle = (req) => ...` is a method in all but name
        method.use = facts::ClosureUse::assigned;
        method.declaration = declaration;
        if (method.name == 0) method.name = facts_.declarations[declaration].name;
        facts_.declarations[declaration].target = record.ref;
      } else if (record.kind == facts::ValueKind::call || record.kind == facts::ValueKind::construct) {
        facts_.calls[record.ref].assigned_to = declaration;
      }
    }
  }
  decorate(id, facts::DecoratedKind::declaration, declaration);
}

// `self.x = ...` declares x where the class does not, and gives a declared field its first value.
void Builder::implicit_field(Index path_index, Index value, NodeId node) {
  const facts::Path path = facts_.paths[path_index];
  if (path.root_kind != facts::RootKind::self || path.steps != 1 || context_.type == 0) return;
  const facts::Step& step = facts_.steps[path.first_step];
  if (step.call != 0 || step.index || step.name == 0) return;
  const bool constructing = (facts_.functions[context_.function].flags & facts::function_flag::constructor) != 0;
  const std::uint64_t key = field_key(context_.type, step.name);
  const Index* found = fields_.find(key);
  Index field = found == nullptr ? 0 : *found;
  if (field == 0) {
    facts::Declaration declaration;
    declaration.name = step.name;
    declaration.kind = DeclarationKind::field;
    declaration.flags = facts::declared::implicit;
    declaration.type = context_.type;
    declaration.line = at(node).line;
    declaration.column = at(node).column;
    declaration.initial = constructing ? value : 0;
    declaration.branch = constructing ? context_.branch : 0;
    facts_.declarations.push_back(declaration);
    field = static_cast<Index>(facts_.declarations.size() - 1);
    fields_.set(key, field);
  } else if (constructing && facts_.declarations[field].initial == 0) {
    facts_.declarations[field].initial = value;
  }
  if (constructing && value != 0) {
    const facts::Value& record = facts_.values[value];
    if (record.kind == facts::ValueKind::call || record.kind == facts::ValueKind::construct) {
      facts_.calls[record.ref].assigned_to = field;
    }
  }
}

void Builder::export_statement(NodeId id) {
  facts::Export record;
  record.name = intern(at(id).text);
  record.local = intern(at(id).text2);
  if (at(id).text.empty() && at(id).text2 == "*") record.name = record.local;  // export * from './orders'
  const NodeId inner = at(id).first_child;
  if (inner != no_node) {
    if (at(inner).kind == NodeKind::string && !at(id).text2.empty()) {
      record.module = intern(at(inner).text);
    } else if (at(inner).kind == NodeKind::class_ || at(inner).kind == NodeKind::function) {
      const bool is_class = at(inner).kind == NodeKind::class_;
      const Index declaration = declaration_of(inner) != 0
                                    ? declaration_of(inner)
                                    : add_declaration(is_class ? DeclarationKind::type : DeclarationKind::function,
                                                      inner, at(inner).text.empty() ? at(id).text : at(inner).text);
      bind(facts_.declarations[declaration].name, declaration);
      facts_.declarations[declaration].flags |= facts::declared::exported;
      record.local = facts_.declarations[declaration].name;
      if (is_class) {
        class_declaration(inner);
      } else {
        function(inner, declaration);
      }
    } else {
      record.value = expression(inner);
    }
  }
  facts_.exports.push_back(record);
}

facts::FileFacts build_facts(const Tree& tree, Language language) {
  return Builder(tree, language).build();
}

}  // namespace detoy::syntax

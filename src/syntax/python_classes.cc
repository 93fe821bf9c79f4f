// Python's classes and their fields.
#include <algorithm>
#include <array>

#include "syntax/python_lowering.h"

namespace detoy::syntax {
namespace {

// Bases that make assignments in the class body declare what each instance has.
constexpr auto record_bases = std::to_array<std::string_view>(
    {"BaseModel", "RootModel", "GenericModel", "BaseSettings", "SQLModel", "TypedDict", "NamedTuple", "Struct"});
constexpr auto enum_bases = std::to_array<std::string_view>({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"});

bool is_one_of(std::string_view name, const auto& names) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

NodeId PythonLowering::lower_class(const Part& part, const Decorators& decorators) {
  const NodeId id = add(NodeKind::class_, part);
  ChildList children(tree_, id);
  Scope body{.kind = Scope::Kind::class_, .self_name = scope_.self_name};
  body.static_fields = !decorators.dataclass;
  body.dataclass = decorators.dataclass;
  bool decorated = false;
  const auto add_decorators = [&] {
    if (decorated) return;
    for (const NodeId decorator : decorators.nodes) children.add(decorator);
    decorated = true;
  };
  for (Part inner = first_operand(); inner; inner = next_operand()) {
    if (inner.syntax == Syntax::identifier) {
      const std::string_view name = text(inner);
      tree_[id].text = name;
      if (is_public_module_name(name)) tree_[id].flags |= flag::exported;
    } else if (inner.syntax == Syntax::argument_list) {
      const std::uint32_t flags = lower_bases(body, tree_[id].text, children);
      tree_[id].flags |= flags;
    } else if (inner.syntax == Syntax::block) {
      add_decorators();
      const Scope outer = scope_;
      scope_ = body;
      lower_members(children);
      scope_ = outer;
    }
  }
  add_decorators();
  return id;
}

// Adds the bases and gives the class's flags. Keyword arguments (metaclass=...) are not kept.
std::uint32_t PythonLowering::lower_bases(Scope& body, std::string_view name, ChildList& out) {
  std::uint32_t flags = flag::none;
  for (Part base = first_operand(); base; base = next_operand()) {
    if (base.syntax == Syntax::keyword_argument) {
      const std::string_view written = text(base);
      if (written.starts_with("metaclass") && written.ends_with("ABCMeta")) flags |= flag::abstract;
      continue;
    }
    if (base.syntax == Syntax::list_splat || base.syntax == Syntax::dictionary_splat) continue;
    const std::string_view written = type_text(base);
    out.add(add(NodeKind::type, base, written));
    const std::string_view bare = bare_name(written);
    if (bare == "Protocol") {
      flags |= flag::interface;
      body.interface = true;
    } else if (bare == "ABC") {
      flags |= flag::abstract;
    } else if (is_one_of(bare, enum_bases)) {
      flags |= flag::enum_;
      body.static_fields = false;
    } else if (is_one_of(bare, record_bases) || instance_field_classes_.contains(written)) {
      body.static_fields = false;
      instance_field_classes_.insert(name);
    }
  }
  return flags;
}

void PythonLowering::lower_members(ChildList& out) {
  for (Part part = first_part(); part; part = next_part()) {
    const Level level(*this);
    if (level) lower_member_statement(part, out);
  }
}

// `if`, `try` and the like only choose among members, so their contents belong to the class; the rest of a body's
// statements are code that runs when the class is made.
void PythonLowering::lower_member_statement(const Part& part, ChildList& out) {
  const auto in_block = [&](const Part& at, auto&& lower) {
    const NodeId block = add(NodeKind::block, at);
    ChildList statements(tree_, block);
    lower(statements);
    if (tree_[block].first_child != no_node) out.add(block);
  };
  switch (part.syntax) {
    case Syntax::function_definition:
    case Syntax::class_definition:
    case Syntax::decorated_definition:
      lower_statement(part, out);
      break;
    case Syntax::with_statement:
      lower_with(part, out);
      break;
    case Syntax::expression_statement: {
      const Part inner = first_operand();
      if (!inner) break;
      if (inner.syntax == Syntax::assignment) {
        lower_field_statement(inner, out);
        leave();
      } else {
        leave();
        in_block(part, [&](ChildList& statements) { lower_expression_statement(statements); });
      }
      break;
    }
    case Syntax::if_statement:
    case Syntax::elif_clause:
    case Syntax::else_clause:
    case Syntax::try_statement:
    case Syntax::except_clause:
    case Syntax::finally_clause:
      for (Part inner = first_operand(); inner; inner = next_operand()) {
        if (inner.syntax == Syntax::block) {
          lower_members(out);
        } else if (inner.syntax == Syntax::elif_clause || inner.syntax == Syntax::else_clause ||
                   inner.syntax == Syntax::except_clause || inner.syntax == Syntax::finally_clause) {
          lower_member_statement(inner, out);
        } else if (part.syntax != Syntax::except_clause) {
          in_block(inner, [&](ChildList& statements) { statements.add(lower_expression(inner)); });
        }
      }
      break;
    default:
      in_block(part, [&](ChildList& statements) { lower_statement(part, statements); });
      break;
  }
}

// The cursor is on the assignment.
std::string_view PythonLowering::lower_field_statement(const Part& part, ChildList& out) {
  const Level level(*this);
  if (!level) return {};
  const Part left = first_operand();
  if (!left) return {};
  if (left.syntax != Syntax::identifier) {
    const bool destructures = left.syntax == Syntax::pattern_list || left.syntax == Syntax::tuple_pattern;
    const NodeId pattern = destructures ? lower_target(left) : no_node;
    leave();
    if (pattern != no_node) {
      for (NodeId binding = tree_[pattern].first_child; binding != no_node; binding = tree_[binding].next) {
        if (tree_[binding].kind == NodeKind::binding) {
          out.add(lower_field(left, tree_[binding].text, no_node, no_node, scope_.static_fields));
        }
      }
    }
    out.add(single(NodeKind::block, part, {}, lower_assignment(part)));
    return {};
  }
  const std::string_view name = text(left);
  NodeId type = no_node;
  NodeId init = no_node;
  for (Part side = next_operand(); side; side = next_operand()) {
    if (side.syntax == Syntax::type) {
      type = add(NodeKind::type, side, type_text(side));
    } else if (side.syntax == Syntax::assignment) {  // `a = b = c`: a gets what b got
      const std::string_view next_name = lower_field_statement(side, out);
      init = next_name.empty() ? no_node : add(NodeKind::name, side, next_name);
    } else {
      init = lower_expression(side);
    }
  }
  const bool declared_only = init == no_node && type != no_node;
  const bool unannotated = scope_.dataclass && type == no_node;
  out.add(lower_field(part, name, type, init, !declared_only && (scope_.static_fields || unannotated)));
  return name;
}

NodeId PythonLowering::lower_field(const Part& at, std::string_view name, NodeId type, NodeId init, bool is_static) {
  const NodeId id = add(NodeKind::field, at, name);
  std::uint32_t flags = flag::none;
  if (type != no_node) {
    const std::string_view bare = bare_name(tree_[type].text);
    is_static = is_static || bare == "ClassVar";
    if (bare == "Final") flags |= flag::readonly;
  }
  if (is_static) flags |= flag::static_;
  if (is_private(name)) flags |= flag::private_;
  tree_[id].flags = flags;
  ChildList children(tree_, id);
  children.add(or_empty(type, at));
  children.add(or_empty(init, at));
  return id;
}

}  // namespace detoy::syntax

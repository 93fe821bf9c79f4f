// Members that code puts on objects which others made: the application, the global object, a function.
#include "syntax/builder.h"

namespace detoy::syntax {

using facts::DeclarationKind;
using facts::Index;
using facts::RootKind;
using facts::ValueKind;

namespace {

bool may_hold_state(ValueKind kind) {
  return kind == ValueKind::object || kind == ValueKind::array || kind == ValueKind::construct ||
         kind == ValueKind::call || kind == ValueKind::number || kind == ValueKind::boolean ||
         kind == ValueKind::either;
}

bool is_name(std::string_view text) {
  if (text.empty() || (text.front() >= '0' && text.front() <= '9')) return false;
  for (const char c : text) {
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
    if (!letter) return false;
  }
  return true;
}

}  // namespace

// {} or {count: 0}: something that is filled later. An object of functions or of given values is code or configuration.
bool Builder::starts_empty(Index value) const {
  for (Index part = facts_.values[value].first_child; part != 0; part = facts_.values[part].next) {
    const facts::Value& record = facts_.values[part];
    const bool plain = record.kind == ValueKind::number || record.kind == ValueKind::boolean ||
                       record.kind == ValueKind::null || record.kind == ValueKind::construct;
    const bool empty = (record.kind == ValueKind::object || record.kind == ValueKind::array) && record.first_child == 0;
    if (!plain && !empty) return false;
  }
  return true;
}

void Builder::add_attached(facts::StringId name, facts::StringId holder, Index owner, Index value, NodeId node) {
  facts::Declaration declaration;
  declaration.name = name;
  declaration.kind = DeclarationKind::attached;
  declaration.function = context_.function;
  declaration.target = owner;
  declaration.module = holder;
  declaration.line = at(node).line;
  declaration.column = at(node).column;
  declaration.initial = value;
  declaration.branch = context_.branch;
  if (context_.test) declaration.flags |= facts::declared::test;
  facts_.declarations.push_back(declaration);
  const facts::Value& record = facts_.values[value];
  if (record.kind == ValueKind::call || record.kind == ValueKind::construct) {
    facts::Call& call = facts_.calls[record.ref];
    if (call.assigned_to == 0) call.assigned_to = static_cast<Index>(facts_.declarations.size() - 1);
  }
}

// The name that the file does not declare and that a variable is another word for; 0 if it is none.
facts::StringId Builder::undeclared(Index variable) const {
  const facts::Declaration& declaration = facts_.declarations[variable];
  if (declaration.kind != DeclarationKind::variable || declaration.initial == 0) return 0;
  const facts::Value& initial = facts_.values[declaration.initial];
  if (initial.kind != ValueKind::path) return 0;
  const facts::Path& path = facts_.paths[initial.ref];
  return path.root_kind == RootKind::name && path.steps == 0 ? path.root : 0;
}

// app.state.jobs = {}; globalThis.jobs = new Map(); handler.calls = 0
void Builder::attach_assigned(Index path_index, Index value, NodeId node) {
  if (value == 0 || !may_hold_state(facts_.values[value].kind)) return;
  const bool literal = facts_.values[value].kind == ValueKind::object || facts_.values[value].kind == ValueKind::array;
  if (literal && !starts_empty(value)) return;
  const facts::Path path = facts_.paths[path_index];
  if (path.steps == 0 || path.steps > 4) return;
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    const facts::Step& step = facts_.steps[path.first_step + i];
    if (step.call != 0 || step.index || step.name == 0) return;
  }
  const facts::StringId name = facts_.steps[path.first_step + path.steps - 1].name;
  if (path.steps > 1) {
    if (path.root_kind != RootKind::declaration && path.root_kind != RootKind::name && path.root_kind != RootKind::self)
      return;
    add_attached(name, facts_.steps[path.first_step + path.steps - 2].name, 0, value, node);
  } else if (path.root_kind == RootKind::name) {
    add_attached(name, path.root, 0, value, node);
  } else if (path.root_kind == RootKind::declaration) {
    const facts::StringId stands_for = undeclared(path.root);
    // const kept = globalThis as Kept; kept.jobs ??= new Map()
    if (stands_for != 0) add_attached(name, stands_for, 0, value, node);
    if (facts_.declarations[path.root].kind == DeclarationKind::function) add_attached(name, 0, path.root, value, node);
  }
}

// server.decorate("jobs", new Map()): a name and something that holds nothing yet
void Builder::attach_given(Index call_index, NodeId node) {
  const facts::Call call = facts_.calls[call_index];
  if (call.arguments != 2 || call.path == 0) return;
  const facts::Value& name = facts_.values[call.first_argument];
  if (name.kind != ValueKind::string || !is_name(strings_.at(name.text)) || name.next == 0) return;
  const facts::Value& given = facts_.values[name.next];
  const bool holds = given.kind == ValueKind::construct ||
                     ((given.kind == ValueKind::object || given.kind == ValueKind::array) && given.first_child == 0) ||
                     (given.kind == ValueKind::path && facts_.paths[given.ref].root_kind == RootKind::declaration &&
                      facts_.paths[given.ref].steps == 0);
  const facts::Path& path = facts_.paths[call.path];
  if (!holds || path.steps == 0 || facts_.steps[path.first_step + path.steps - 1].name == 0) return;
  const Index owner = given.kind == ValueKind::path ? facts_.paths[given.ref].root : Index{0};
  add_attached(name.text, facts_.steps[path.first_step + path.steps - 1].name, owner, name.next, node);
}

}  // namespace detoy::syntax

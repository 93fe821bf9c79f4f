#include "syntax/builder.h"

namespace detoy::syntax {

using facts::Index;
using facts::RootKind;
using facts::ValueKind;

void Builder::assign(NodeId target, NodeId node, facts::Effect effect, Index value) {
  if (at(target).kind == NodeKind::pattern) {
    for (NodeId part = at(target).first_child; part != no_node; part = at(part).next) {
      if (at(part).kind == NodeKind::binding) {
        const Index declaration = resolve(intern(at(part).text));
        if (declaration == 0) continue;
        facts::Path path;
        path.root_kind = RootKind::declaration;
        path.root = declaration;
        facts_.paths.push_back(path);
        mark_captured(declaration);
        facts_.assignments.push_back({static_cast<Index>(facts_.paths.size() - 1), effect, value, context_.function,
                                      context_.branch, at(node).line});
      } else {
        assign(part, node, effect, value);
      }
    }
    return;
  }
  if (at(target).kind == NodeKind::array) {
    for (NodeId part = at(target).first_child; part != no_node; part = at(part).next) assign(part, node, effect, value);
    return;
  }
  const Index path = path_of_target(target);
  if (path == 0) return;
  if (effect == facts::Effect::assign) {
    const facts::Path& record = facts_.paths[path];
    // Python declares a variable by its first assignment.
    if (python() && record.root_kind == RootKind::declaration && record.steps == 0) {
      facts::Declaration& declaration = facts_.declarations[record.root];
      if (declaration.initial == 0 && declaration.kind == facts::DeclarationKind::variable &&
          declaration.function == context_.function && declaration.line == at(target).line) {
        declaration.initial = value;
        declaration.branch = context_.branch;
        if (value != 0 &&
            (facts_.values[value].kind == ValueKind::call || facts_.values[value].kind == ValueKind::construct)) {
          facts_.calls[facts_.values[value].ref].assigned_to = record.root;
        }
        if (value != 0 && facts_.values[value].kind == ValueKind::function) {
          declaration.target = facts_.values[value].ref;
        }
        return;
      }
    }
    implicit_field(path, value, target);
    attach_assigned(path, value, target);
  }
  facts_.assignments.push_back({path, effect, value, context_.function, context_.branch, at(node).line});
}

Index Builder::assignment(NodeId id) {
  const NodeId target = child(id, 0);
  const NodeId value_node = child(id, 1);
  const bool plain = at(id).text == "=";
  // `x ??= make()` assigns on one branch only; as facts it is the same as an assignment under a condition.
  const bool lazily = at(id).text == "?\?=" || at(id).text == "||=" || at(id).text == "&&=";
  Index value = 0;
  if (lazily && target != no_node && value_node != no_node) {
    const Index condition = expression(target);
    const Index outer = context_.branch;
    context_.branch = open_branch(facts::BranchKind::otherwise, condition, id);
    value = expression(value_node);
    assign(target, id, facts::Effect::assign, value);
    context_.branch = outer;
    return value;
  }
  value = value_node == no_node ? 0 : expression(value_node);
  if (value != 0 && facts_.values[value].kind == ValueKind::function) {
    facts_.functions[facts_.values[value].ref].use = facts::ClosureUse::assigned;
  }
  const facts::Effect sum = at(id).text == "-=" ? facts::Effect::diminish : facts::Effect::augment;
  if (target != no_node) assign(target, id, plain ? facts::Effect::assign : sum, value);
  // Python's annotated assignment: the type follows the value.
  const NodeId type = child(id, 2);
  if (type != no_node && at(type).kind == NodeKind::type && target != no_node) {
    const Index declaration = at(target).kind == NodeKind::name ? resolve(intern(at(target).text)) : Index{0};
    if (declaration != 0) facts_.declarations[declaration].type_text = intern(type_text(type));
    if (at(target).kind == NodeKind::member) {
      const Index* found = fields_.find((static_cast<std::uint64_t>(context_.type) << 32) | intern(at(target).text));
      if (found != nullptr) facts_.declarations[*found].type_text = intern(type_text(type));
    }
  }
  // A value that has been stored may not become a sibling elsewhere as well: hand out a fresh reference.
  return value == 0 ? 0 : add_value(ValueKind::unknown, id);
}

}  // namespace detoy::syntax

#include <array>

#include "syntax/builder.h"

namespace detoy::syntax {

using facts::Index;
using facts::RootKind;
using facts::ValueKind;

namespace {

constexpr std::size_t longest_text = 400;
constexpr std::size_t longest_statement = 4000;  // SQL says at its end whether it locks

bool is_chain(NodeKind kind) {
  return kind == NodeKind::name || kind == NodeKind::self || kind == NodeKind::member || kind == NodeKind::index ||
         kind == NodeKind::call || kind == NodeKind::construct || kind == NodeKind::await;
}

bool contains_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  for (std::size_t i = 0; i + lower.size() <= text.size(); ++i) {
    std::size_t k = 0;
    while (k < lower.size() && static_cast<char>(text[i + k] | 0x20) == lower[k]) ++k;
    if (k == lower.size()) return true;
  }
  return false;
}

// Whether a literal may tell how data is shared: SQL, and the names of locks.
bool speaks(std::string_view text) {
  static constexpr std::array words = {std::string_view("lock"),   std::string_view("select"),
                                       std::string_view("update"), std::string_view("insert"),
                                       std::string_view("delete"), std::string_view("conflict")};
  if (text.size() < 6) return false;
  for (const std::string_view word : words) {
    if (contains_ignoring_case(text, word)) return true;
  }
  return false;
}

}  // namespace

Index Builder::add_value(ValueKind kind, NodeId node) {
  facts::Value value;
  value.kind = kind;
  value.line = at(node).line;
  facts_.values.push_back(value);
  return static_cast<Index>(facts_.values.size() - 1);
}

void Builder::note_literal(std::string_view text, NodeId node) {
  text = text.substr(0, longest_statement);
  if (speaks(text)) facts_.literals.push_back({intern(text), context_.function, at(node).line});
}

Index Builder::text_value(ValueKind kind, NodeId node) {
  const std::string_view text = at(node).text.substr(0, longest_text);
  const facts::StringId id = intern(text);
  if (kind == ValueKind::string || kind == ValueKind::text_template) note_literal(at(node).text, node);
  const Index value = add_value(kind, node);
  facts_.values[value].text = id;
  return value;
}

void Builder::mark_captured(Index declaration) {
  facts::Declaration& record = facts_.declarations[declaration];
  if (record.function != context_.function && record.function != 0) record.flags |= facts::declared::captured;
}

// Lowers children as siblings below a new value.
Index Builder::combined(ValueKind kind, NodeId node, NodeId first) {
  Index head = 0;
  Index last = 0;
  for (NodeId part = first; part != no_node; part = at(part).next) {
    const Index value = expression(part);
    if (value == 0) continue;
    if (facts_.values[value].next != 0 || value == last) continue;
    if (last == 0) {
      head = value;
    } else {
      facts_.values[last].next = value;
    }
    last = value;
  }
  const Index result = add_value(kind, node);
  facts_.values[result].first_child = head;
  return result;
}

void Builder::expressions_below(NodeId node) {
  for (NodeId part = at(node).first_child; part != no_node; part = at(part).next) statement(part);
}

Index Builder::expression(NodeId id, std::uint32_t call_flags) {
  if (id == no_node) return 0;
  const Node& node = at(id);
  switch (node.kind) {
    case NodeKind::empty:
    case NodeKind::type:
      return 0;
    case NodeKind::name:
    case NodeKind::self:
    case NodeKind::member:
    case NodeKind::index:
    case NodeKind::call:
    case NodeKind::construct:
    case NodeKind::await:
      return chain(id, call_flags);
    case NodeKind::string:
      return text_value(ValueKind::string, id);
    case NodeKind::number:
      return text_value(ValueKind::number, id);
    case NodeKind::boolean:
      return text_value(ValueKind::boolean, id);
    case NodeKind::null:
      return add_value(ValueKind::null, id);
    case NodeKind::string_template: {
      const Index parts = combined(ValueKind::text_template, id, node.first_child);
      const std::string_view text = node.text.substr(0, longest_text);
      facts_.values[parts].text = intern(text);
      note_literal(node.text, id);
      return parts;
    }
    case NodeKind::array:
      return combined(ValueKind::array, id, node.first_child);
    case NodeKind::object:
      return object(id);
    case NodeKind::function:
      return closure(id);
    case NodeKind::assign:
      return assignment(id);
    case NodeKind::remove: {
      if (node.first_child != no_node) assign(node.first_child, id, facts::Effect::remove, 0);
      return 0;
    }
    case NodeKind::conditional: {
      const bool outer = in_condition_;
      in_condition_ = true;
      const Index condition = expression(child(id, 0));
      in_condition_ = outer;
      const Index first = conditional_part(child(id, 1), facts::BranchKind::then, condition);
      const Index second = conditional_part(child(id, 2), facts::BranchKind::otherwise, condition);
      const Index value = add_value(ValueKind::either, id);
      facts_.values[value].first_child = first != 0 ? first : second;
      if (first != 0 && first != second) facts_.values[first].next = second;
      return value;
    }
    case NodeKind::logical: {
      const Index first = expression(child(id, 0));
      const bool choice = node.text != "and";
      const Index second =
          conditional_part(child(id, 1), choice ? facts::BranchKind::otherwise : facts::BranchKind::then, first);
      const Index value = add_value(choice ? ValueKind::either : ValueKind::unknown, id);
      facts_.values[value].first_child = first != 0 ? first : second;
      if (first != 0 && first != second) facts_.values[first].next = second;
      return value;
    }
    case NodeKind::class_: {
      class_declaration(id);
      return add_value(ValueKind::unknown, id);
    }
    case NodeKind::binary:
    case NodeKind::unary: {
      const Index value = combined(ValueKind::unknown, id, node.first_child);
      facts_.values[value].text = intern(node.text);
      return value;
    }
    case NodeKind::spread:
    case NodeKind::pair:
      return combined(ValueKind::unknown, id, node.first_child);
    case NodeKind::block:
      return block_value(id);
    case NodeKind::branch:
    case NodeKind::loop:
    case NodeKind::choice:
    case NodeKind::attempt: {  // statements as values: Rust
      statement(id);
      return add_value(ValueKind::unknown, id);
    }
    case NodeKind::variable:
    case NodeKind::give_back:
    case NodeKind::raise: {
      statement(id);
      return add_value(ValueKind::unknown, id);
    }
    default:
      return combined(ValueKind::unknown, id, node.first_child);
  }
}

Index Builder::conditional_part(NodeId node, facts::BranchKind kind, Index condition) {
  if (node == no_node) return 0;
  const Index outer = context_.branch;
  context_.branch = open_branch(kind, condition, node);
  const Index value = expression(node);
  context_.branch = outer;
  return value;
}

Index Builder::object(NodeId id) {
  Index head = 0;
  Index last = 0;
  for (NodeId part = at(id).first_child; part != no_node; part = at(part).next) {
    const NodeId inner = at(part).first_child;
    Index value = inner == no_node ? 0 : expression(inner);
    if (at(part).kind == NodeKind::pair) {
      if (value == 0 || facts_.values[value].key != 0) value = add_value(ValueKind::unknown, part);
      facts_.values[value].key = intern(at(part).text);
      if (facts_.values[value].kind == ValueKind::function) {
        facts::Function& function = facts_.functions[facts_.values[value].ref];
        function.use = facts::ClosureUse::property;
        function.use_key = facts_.values[value].key;
        if (function.name == 0) function.name = facts_.values[value].key;
      }
    }
    if (value == 0 || value == last) continue;
    if (last == 0) {
      head = value;
    } else {
      facts_.values[last].next = value;
    }
    last = value;
  }
  const Index result = add_value(ValueKind::object, id);
  facts_.values[result].first_child = head;
  return result;
}

// A path with its calls: a.b(x).c[d]. Steps of one chain are consecutive, so every call's path is a prefix of the
// whole.
Index Builder::chain(NodeId id, std::uint32_t call_flags) {
  std::vector<NodeId> links;  // from the outermost inwards
  NodeId root = id;
  bool awaited = false;
  while (true) {
    const Node& node = at(root);
    if (node.kind == NodeKind::await) {
      if (node.first_child == no_node) break;
      awaited = awaited || links.empty();
      if (!links.empty()) links.push_back(root);
      root = node.first_child;
      continue;
    }
    if ((node.kind == NodeKind::member || node.kind == NodeKind::index || node.kind == NodeKind::call) &&
        node.first_child != no_node) {
      links.push_back(root);
      root = node.first_child;
      continue;
    }
    break;
  }

  facts::Path path;
  Index construct_call = 0;
  const Node& start = at(root);
  if (start.kind == NodeKind::name) {
    const facts::StringId name = intern(start.text);
    const bool scoped = !links.empty() && (at(links.back()).flags & flag::scoped) != 0;
    const Index declaration = scoped ? resolve_scoped(name) : resolve(name);
    if (declaration == 0 && context_.type != 0 && start.text == "Self") {
      path.root_kind = RootKind::self;
      path.root = context_.type;
    } else if (declaration != 0) {
      path.root_kind = RootKind::declaration;
      path.root = declaration;
      mark_captured(declaration);
    } else {
      path.root_kind = RootKind::name;
      path.root = name;
    }
  } else if (start.kind == NodeKind::self) {
    path.root_kind = RootKind::self;
    path.root = context_.type;
  } else if (start.kind == NodeKind::construct) {
    path.root_kind = RootKind::value;
    const NodeId callee = start.first_child;
    const Index callee_value = callee == no_node ? 0 : chain(callee, 0);
    facts::Call call;
    call.flags = facts::call_flag::construct;
    call.function = context_.function;
    call.branch = context_.branch;
    call.line = start.line;
    call.column = start.column;
    if (callee_value != 0 && facts_.values[callee_value].kind == ValueKind::path) {
      call.path = facts_.values[callee_value].ref;
    }
    const Index arguments = combined(ValueKind::unknown, root, callee == no_node ? no_node : at(callee).next);
    call.first_argument = facts_.values[arguments].first_child;
    for (Index a = call.first_argument; a != 0; a = facts_.values[a].next) ++call.arguments;
    if (links.empty()) call.flags |= call_flags | (awaited ? std::uint32_t{facts::call_flag::awaited} : 0u);
    if (!links.empty()) call.flags |= facts::call_flag::chained;
    facts_.calls.push_back(call);
    construct_call = static_cast<Index>(facts_.calls.size() - 1);
    const Index value = add_value(ValueKind::construct, root);
    facts_.values[value].ref = construct_call;
    std::uint32_t position = 0;
    for (Index a = call.first_argument; a != 0; a = facts_.values[a].next, ++position) {
      if (facts_.values[a].kind == ValueKind::function) {
        facts::Function& function = facts_.functions[facts_.values[a].ref];
        function.use = facts::ClosureUse::argument;
        function.use_call = construct_call;
        function.use_argument = position;
      }
    }
    if (links.empty()) return value;
    path.root = value;
  } else {
    path.root_kind = RootKind::value;
    path.root = root == id ? combined(ValueKind::unknown, root, start.first_child) : expression(root);
    if (path.root == 0) path.root_kind = RootKind::none;
  }

  // Steps are gathered here first: the arguments of calls make chains of their own.
  std::vector<facts::Step> steps;
  std::vector<std::pair<Index, std::uint32_t>> called;  // call, number of steps up to it
  for (std::size_t i = links.size(); i-- > 0;) {
    const NodeId link = links[i];
    const Node& node = at(link);
    if (node.kind == NodeKind::await) {
      if (!steps.empty() && steps.back().call != 0) facts_.calls[steps.back().call].flags |= facts::call_flag::awaited;
      continue;
    }
    if (node.kind == NodeKind::member) {
      facts::Step step;
      step.name = intern(node.text);
      steps.push_back(step);
    } else if (node.kind == NodeKind::index) {
      const NodeId key = at(node.first_child).next;
      facts::Step step;
      step.index = true;
      if (key != no_node && at(key).kind == NodeKind::string) step.name = intern(at(key).text);
      if (key != no_node && at(key).kind != NodeKind::empty) expression(key);
      steps.push_back(step);
    } else {
      facts::Call call;
      call.function = context_.function;
      call.branch = context_.branch;
      call.line = node.line;
      call.column = node.column;
      if (node.flags & flag::macro) call.flags |= facts::call_flag::macro;
      if (i == 0) call.flags |= call_flags | (awaited ? std::uint32_t{facts::call_flag::awaited} : 0u);
      if (i > 0 && at(links[i - 1]).kind != NodeKind::await) call.flags |= facts::call_flag::chained;
      facts_.calls.push_back(call);
      const auto index = static_cast<Index>(facts_.calls.size() - 1);
      const Index arguments = combined(ValueKind::unknown, link, at(node.first_child).next);
      facts::Call& stored = facts_.calls[index];
      stored.first_argument = facts_.values[arguments].first_child;
      std::uint32_t position = 0;
      for (Index a = stored.first_argument; a != 0; a = facts_.values[a].next, ++position) {
        if (facts_.values[a].kind != ValueKind::function) continue;
        facts::Function& function = facts_.functions[facts_.values[a].ref];
        function.use = facts::ClosureUse::argument;
        function.use_call = index;
        function.use_argument = position;
      }
      stored.arguments = position;
      if (!steps.empty() && steps.back().call == 0 && !steps.back().index) {
        steps.back().call = index;
      } else {
        facts::Step step;
        step.call = index;
        steps.push_back(step);
      }
      called.emplace_back(index, static_cast<std::uint32_t>(steps.size()));
    }
  }
  path.first_step = static_cast<Index>(facts_.steps.size());
  path.steps = static_cast<std::uint32_t>(steps.size());
  facts_.steps.insert(facts_.steps.end(), steps.begin(), steps.end());
  for (const auto& [call, count] : called) {
    facts::Path prefix = path;
    prefix.steps = count;
    facts_.paths.push_back(prefix);
    facts_.calls[call].path = static_cast<Index>(facts_.paths.size() - 1);
  }

  if (!steps.empty() && steps.back().call != 0) {
    const Index value = add_value(ValueKind::call, id);
    facts_.values[value].ref = steps.back().call;
    return value;
  }
  facts_.paths.push_back(path);
  const Index value = add_value(ValueKind::path, id);
  facts_.values[value].ref = static_cast<Index>(facts_.paths.size() - 1);
  note_read(facts_.values[value].ref, id);
  return value;
}

void Builder::note_read(Index index, NodeId node) {
  const facts::Path& path = facts_.paths[index];
  const bool field = path.root_kind == RootKind::self && path.steps > 0;
  const bool outer = path.root_kind == RootKind::declaration &&
                     (facts_.declarations[path.root].function != context_.function || context_.function == 0);
  if (!field && !outer) return;
  const facts::StringId step = path.steps > 0 ? facts_.steps[path.first_step].name : 0;
  std::uint64_t key = (static_cast<std::uint64_t>(context_.function) << 40) ^ (static_cast<std::uint64_t>(step) << 20) ^
                      (static_cast<std::uint64_t>(path.root) << 2) ^ (in_condition_ ? 1u : 0u) ^ (field ? 2u : 0u);
  if (!seen_reads_.insert(key).second) return;
  facts_.reads.push_back({index, context_.function, context_.branch, at(node).line, in_condition_});
}

Index Builder::path_of_target(NodeId target) {
  if (!is_chain(at(target).kind)) {
    expression(target);
    return 0;
  }
  const std::size_t reads = facts_.reads.size();
  const Index value = chain(target, 0);
  if (facts_.reads.size() > reads) facts_.reads.pop_back();  // a target is written, not read
  if (value == 0) return 0;
  if (facts_.values[value].kind == ValueKind::path) return facts_.values[value].ref;
  if (facts_.values[value].kind == ValueKind::call) return facts_.calls[facts_.values[value].ref].path;
  return 0;
}

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
  if (target != no_node) assign(target, id, plain ? facts::Effect::assign : facts::Effect::augment, value);
  // Python's annotated assignment: the type follows the value.
  const NodeId type = child(id, 2);
  if (type != no_node && at(type).kind == NodeKind::type && target != no_node) {
    const Index declaration = at(target).kind == NodeKind::name ? resolve(intern(at(target).text)) : Index{0};
    if (declaration != 0) facts_.declarations[declaration].type_text = intern(type_text(type));
    if (at(target).kind == NodeKind::member) {
      const auto found = fields_.find((static_cast<std::uint64_t>(context_.type) << 32) | intern(at(target).text));
      if (found != fields_.end()) facts_.declarations[found->second].type_text = intern(type_text(type));
    }
  }
  // A value that has been stored may not become a sibling elsewhere as well: hand out a fresh reference.
  return value == 0 ? 0 : add_value(ValueKind::unknown, id);
}

// Rust: a block is worth its last expression.
Index Builder::block_value(NodeId id) {
  const std::size_t mark = open_scope();
  declare_block(id);
  Index value = 0;
  for (NodeId part = at(id).first_child; part != no_node; part = at(part).next) {
    const NodeKind kind = at(part).kind;
    const bool closure = kind == NodeKind::function && at(part).text.empty();
    if (at(part).next == no_node && (is_chain(kind) || closure || kind == NodeKind::block)) {
      value = expression(part);
    } else {
      statement(part);
    }
  }
  if (!python()) close_scope(mark);
  return value != 0 ? value : add_value(ValueKind::unknown, id);
}

Index Builder::closure(NodeId id) {
  const Index function_index = function(id, 0);
  const Index value = add_value(ValueKind::function, id);
  facts_.values[value].ref = function_index;
  return value;
}

}  // namespace detoy::syntax

#include "syntax/builder.h"

namespace detoy::syntax {

using facts::Index;
using facts::RootKind;
using facts::ValueKind;

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
      if (key != no_node && at(key).kind != NodeKind::empty) step.key = expression(key);
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
    attach_given(call, id);
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

}  // namespace detoy::syntax

#include "syntax/builder.h"

namespace detoy::syntax {

using facts::Index;
using facts::RootKind;
using facts::ValueKind;

// A path with its calls: a.b(x).c[d]. Steps of one chain are consecutive, so every call's path is a prefix of the
// whole.
Index Builder::chain(NodeId id, std::uint32_t call_flags) {
  // From the outermost inwards, on a stack that the chains within share.
  const std::size_t first_link = links_.size();
  NodeId root = id;
  bool awaited = false;
  while (true) {
    const Node& node = at(root);
    if (node.kind == NodeKind::await) {
      if (node.first_child == no_node) break;
      awaited = awaited || links_.size() == first_link;
      if (links_.size() > first_link) links_.push_back(root);
      root = node.first_child;
      continue;
    }
    if ((node.kind == NodeKind::member || node.kind == NodeKind::index || node.kind == NodeKind::call) &&
        node.first_child != no_node) {
      links_.push_back(root);
      root = node.first_child;
      continue;
    }
    break;
  }
  const std::size_t last_link = links_.size();
  const bool plain = last_link == first_link;

  facts::Path path;
  Index construct_call = 0;
  const Node& start = at(root);
  if (start.kind == NodeKind::name) {
    const facts::StringId name = intern(start.text);
    const bool scoped = !plain && (at(links_.back()).flags & flag::scoped) != 0;
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
  } else if (start.kind == NodeKind::self && context_.type == 0 && context_.object != 0) {
    path.root_kind = RootKind::declaration;
    path.root = context_.object;
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
    if (plain) call.flags |= call_flags | (awaited ? std::uint32_t{facts::call_flag::awaited} : 0u);
    if (!plain) call.flags |= facts::call_flag::chained;
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
    if (plain) return value;
    path.root = value;
  } else {
    path.root_kind = RootKind::value;
    path.root = root == id ? combined(ValueKind::unknown, root, start.first_child) : expression(root);
    if (path.root == 0) path.root_kind = RootKind::none;
  }

  // Steps are gathered here first: the arguments of calls make chains of their own.
  const std::size_t first_step = steps_.size();
  const std::size_t first_called = called_.size();
  for (std::size_t i = last_link; i-- > first_link;) {
    const NodeId link = links_[i];
    const Node& node = at(link);
    if (node.kind == NodeKind::await) {
      if (steps_.size() > first_step && steps_.back().call != 0)
        facts_.calls[steps_.back().call].flags |= facts::call_flag::awaited;
      continue;
    }
    if (node.kind == NodeKind::member) {
      facts::Step step;
      step.name = intern(node.text);
      steps_.push_back(step);
    } else if (node.kind == NodeKind::index) {
      const NodeId key = at(node.first_child).next;
      facts::Step step;
      step.index = true;
      if (key != no_node && at(key).kind == NodeKind::string) step.name = intern(at(key).text);
      if (key != no_node && at(key).kind != NodeKind::empty) step.key = expression(key);
      steps_.push_back(step);
    } else {
      facts::Call call;
      call.function = context_.function;
      call.branch = context_.branch;
      call.line = node.line;
      call.column = node.column;
      if (node.flags & flag::macro) call.flags |= facts::call_flag::macro;
      if (i == first_link) call.flags |= call_flags | (awaited ? std::uint32_t{facts::call_flag::awaited} : 0u);
      if (i > first_link && at(links_[i - 1]).kind != NodeKind::await) call.flags |= facts::call_flag::chained;
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
      if (steps_.size() > first_step && steps_.back().call == 0 && !steps_.back().index) {
        steps_.back().call = index;
      } else {
        facts::Step step;
        step.call = index;
        steps_.push_back(step);
      }
      called_.emplace_back(index, static_cast<std::uint32_t>(steps_.size() - first_step));
    }
  }
  path.first_step = static_cast<Index>(facts_.steps.size());
  path.steps = static_cast<std::uint32_t>(steps_.size() - first_step);
  facts_.steps.insert(facts_.steps.end(), steps_.begin() + static_cast<std::ptrdiff_t>(first_step), steps_.end());
  const Index last_call = path.steps == 0 ? 0 : steps_.back().call;
  links_.resize(first_link);
  steps_.resize(first_step);
  for (std::size_t i = first_called; i < called_.size(); ++i) {
    const auto [call, count] = called_[i];
    facts::Path prefix = path;
    prefix.steps = count;
    facts_.paths.push_back(prefix);
    facts_.calls[call].path = static_cast<Index>(facts_.paths.size() - 1);
    attach_given(call, id);
  }
  called_.resize(first_called);

  if (last_call != 0) {
    const Index value = add_value(ValueKind::call, id);
    facts_.values[value].ref = last_call;
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
  if (!seen_reads_.insert(key, true).second) return;
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

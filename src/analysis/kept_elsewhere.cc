#include "analysis/kept_elsewhere.h"

#include <vector>

namespace detoy::analysis {
namespace {

using facts::ValueKind;

// The locals and parameters that an expression names.
void gather_roots(const facts::FileFacts& facts, facts::Index index, std::vector<facts::Index>& roots, int depth) {
  if (index == 0 || depth > 6) return;
  const facts::Value& value = facts.values[index];
  facts::Index path = 0;
  if (value.kind == ValueKind::path) path = value.ref;
  if (value.kind == ValueKind::call || value.kind == ValueKind::construct) {
    path = facts.calls[value.ref].path;
    for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next)
      gather_roots(facts, a, roots, depth + 1);
  }
  if (path != 0 && facts.paths[path].root_kind == facts::RootKind::declaration) roots.push_back(facts.paths[path].root);
  for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next)
    gather_roots(facts, child, roots, depth + 1);
}

std::vector<facts::Index> roots_of_arguments(const facts::FileFacts& facts, facts::Index call) {
  std::vector<facts::Index> roots;
  for (facts::Index a = facts.calls[call].first_argument; a != 0; a = facts.values[a].next)
    gather_roots(facts, a, roots, 0);
  return roots;
}

bool writes_durably(const Context& context, CallId call) {
  if (context.effects.of_call(call) & effect::durable_write) return true;
  for (const FunctionId callee : context.graph.callees(call)) {
    if (context.effects.reached(callee) & effect::durable_write) return true;
  }
  return false;
}

}  // namespace

bool writes_other_data(const Context& context, const Operation& fill) {
  if (fill.call == 0) return false;
  const Place place = context.program.calls.place(fill.call);
  const facts::FileFacts& facts = context.program.facts(place.file);
  const facts::Index key = facts.calls[place.index].first_argument;
  if (key == 0 || facts.values[key].kind != ValueKind::path) return false;
  const facts::Path& path = facts.paths[facts.values[key].ref];
  if (path.root_kind != facts::RootKind::declaration) return false;
  bool writes = false;
  for (const CallId call : context.graph.calls_in(fill.function)) {
    if (!writes_durably(context, call)) continue;
    writes = true;
    const auto roots = roots_of_arguments(facts, context.program.calls.place(call).index);
    for (const facts::Index root : roots) {
      if (root == path.root) return false;
    }
  }
  return writes;
}

}  // namespace detoy::analysis

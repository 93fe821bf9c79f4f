#include "analysis/value_parents.h"

#include <unordered_map>

namespace detoy::analysis {

using facts::Index;
using facts::ValueKind;

ValueParents::ValueParents(const facts::FileFacts& facts) : values_(facts.values.size()), calls_(facts.calls.size()) {
  std::unordered_map<Index, Index> closures;  // function: the value that it is
  for (Index i = 1; i < facts.values.size(); ++i) {
    const facts::Value& value = facts.values[i];
    for (Index child = value.first_child; child != 0; child = facts.values[child].next)
      values_[child] = {Parent::Kind::value, i};
    if (value.kind == ValueKind::function) closures[value.ref] = i;
    if (value.kind == ValueKind::call || value.kind == ValueKind::construct)
      calls_[value.ref] = {Parent::Kind::value, i};
  }
  for (Index i = 1; i < facts.calls.size(); ++i) {
    const facts::Call& call = facts.calls[i];
    for (Index a = call.first_argument; a != 0; a = facts.values[a].next) values_[a] = {Parent::Kind::call, i};
    const facts::Path& path = facts.paths[call.path];
    if (path.root_kind == facts::RootKind::value) values_[path.root] = {Parent::Kind::call, i};
    for (std::uint32_t s = 0; s < path.steps; ++s) {
      const Index earlier = facts.steps[path.first_step + s].call;
      if (earlier != 0 && earlier != i && calls_[earlier].kind == Parent::Kind::none)
        calls_[earlier] = {Parent::Kind::call, i};
    }
  }
  for (const facts::Return& result : facts.returns) {
    const auto closure = closures.find(result.function);
    if (result.value != 0 && closure != closures.end()) values_[result.value] = {Parent::Kind::value, closure->second};
  }
  for (Index i = 1; i < facts.assignments.size(); ++i) {
    if (facts.assignments[i].value != 0) values_[facts.assignments[i].value] = {Parent::Kind::assignment, i};
  }
  for (Index i = 1; i < facts.declarations.size(); ++i) {
    if (facts.declarations[i].initial != 0) values_[facts.declarations[i].initial] = {Parent::Kind::declaration, i};
  }
}

}  // namespace detoy::analysis

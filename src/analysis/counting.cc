#include "analysis/counting.h"

#include <algorithm>

#include "base/words.h"

namespace detoy::analysis {
namespace {

using facts::ValueKind;

// What an expression is made of, as far as counting goes.
struct Parts {
  bool number = false;
  bool sum = false;
  bool state = false;  // (an element of) the state
  bool order = false;  // more or less than something
};

class Expressions {
 public:
  Expressions(const Context& context, const State& state, FileId file)
      : context_(context),
        state_(state),
        file_(file),
        facts_(context.program.facts(file)),
        sizes_(context.catalog.words("size_members")),
        comparisons_(context.catalog.words("limit_comparisons")) {}

  Parts parts(facts::Index index) const {
    Parts found;
    int budget = 40;  // conditions and counts are short
    collect(index, found, budget, 0);
    return found;
  }

 private:
  void collect(facts::Index index, Parts& found, int& budget, int hops) const {
    if (index == 0 || --budget < 0) return;
    const facts::Value& value = facts_.values[index];
    facts::Index path = 0;
    switch (value.kind) {
      case ValueKind::number:
        found.number = true;
        return;
      case ValueKind::path:
        path = value.ref;
        break;
      case ValueKind::call:
        path = facts_.calls[value.ref].path;
        for (facts::Index a = facts_.calls[value.ref].first_argument; a != 0; a = facts_.values[a].next) {
          // len(times), Math.max(0, left)
          if (facts_.paths[path].steps <= 1) collect(a, found, budget, hops);
        }
        break;
      default:
        break;
    }
    if (value.kind == ValueKind::unknown) {
      const std::string_view sign = facts_.string(value.text);
      found.sum = found.sum || sign == "+";
      found.order = found.order || is_one_of(comparisons_, sign);
    }
    if (path != 0) mention(facts_.paths[path], found, budget, hops);
    for (facts::Index child = value.first_child; child != 0; child = facts_.values[child].next) {
      collect(child, found, budget, hops);
    }
  }

  void mention(const facts::Path& path, Parts& found, int& budget, int hops) const {
    for (const States::Hit& hit : context_.states.trace(file_, path)) {
      if (hit.declaration != state_.declaration) continue;
      // How many entries a table has limits the table, not a caller.
      const bool whole = !hit.element && path.steps <= hit.steps;
      const bool size = !hit.element && path.steps == hit.steps + 1 &&
                        is_one_of(sizes_, facts_.string(facts_.steps[path.first_step + hit.steps].name));
      found.state = found.state || state_.shape == Shape::counter || (!whole && !size);
    }
    if (found.state || path.root_kind != facts::RootKind::declaration || hops >= 2) return;
    const facts::Declaration& root = facts_.declarations[path.root];
    if (root.kind == facts::DeclarationKind::variable && root.function != 0) {
      collect(root.initial, found, budget, hops + 1);
    }
  }

  const Context& context_;
  const State& state_;
  FileId file_;
  const facts::FileFacts& facts_;
  const std::vector<std::string>& sizes_;
  const std::vector<std::string>& comparisons_;
};

// Whether those on one side of a condition are not served: the code leaves, waits, or goes another way for them.
bool turns_away(const facts::FileFacts& facts, const facts::Branch& branch) {
  if (branch.kind != facts::BranchKind::then || branch.exits) return true;
  return std::any_of(facts.branches.begin(), facts.branches.end(), [&](const facts::Branch& other) {
    return other.kind == facts::BranchKind::otherwise && other.condition == branch.condition &&
           other.function == branch.function;
  });
}

// Whether a call under the branch, or under one within it, changes something that others see.
bool works_under(const Context& context, FileId file, facts::Index branch) {
  constexpr std::uint32_t acts = effect::durable_write | effect::changes_outside | effect::publishes;
  const facts::FileFacts& facts = context.program.facts(file);
  for (facts::Index i = 1; i < facts.calls.size(); ++i) {
    facts::Index around = facts.calls[i].branch;
    while (around != 0 && around != branch) around = facts.branches[around].parent;
    if (around != branch) continue;
    const CallId call = context.program.calls.id(file, i);
    if (context.effects.of_call(call) & acts) return true;
    for (const FunctionId callee : context.graph.callees(call)) {
      if (context.effects.reached(callee) & acts) return true;
    }
  }
  return false;
}

// Whether `function` is `outer` or a closure in it: a count that a future captured is asked about there.
bool stands_in(const facts::FileFacts& facts, facts::Index function, facts::Index outer) {
  while (function != outer && function != 0 && outer != 0) function = facts.functions[function].parent;
  return function == outer;
}

}  // namespace

Counting counting_in(const Context& context, const State& state, FunctionId function) {
  const Place place = context.program.functions.place(function);
  const facts::FileFacts& facts = context.program.facts(place.file);
  const Expressions expressions(context, state, place.file);
  Counting result;
  for (const Operation& operation : state.operations) {
    if (operation.function != function) continue;
    facts::Index value = 0;
    if (operation.kind == Operation::Kind::store || operation.kind == Operation::Kind::replace) value = operation.value;
    if (operation.kind == Operation::Kind::add && operation.call != 0) {
      // The last argument is what is put in: set(key, count).
      value = facts.calls[context.program.calls.place(operation.call).index].first_argument;
      while (value != 0 && facts.values[value].next != 0) value = facts.values[value].next;
    }
    if (value == 0) continue;
    const Parts parts = expressions.parts(value);
    result.counts = result.counts || (parts.sum && parts.number && parts.state);
  }
  for (const facts::Branch& branch : facts.branches) {
    if (branch.condition == 0 || !stands_in(facts, branch.function, place.index)) continue;
    const Parts parts = expressions.parts(branch.condition);
    result.asks = result.asks || parts.state;
    result.decides = result.decides || (parts.state && parts.order && turns_away(facts, branch));
    const auto index = static_cast<facts::Index>(&branch - facts.branches.data());
    result.acts = result.acts || (parts.state && parts.order && works_under(context, place.file, index));
  }
  for (const facts::Return& given : facts.returns) {
    if (given.function != place.index || given.value == 0) continue;
    const facts::Value& value = facts.values[given.value];
    // A comparison: neither the count itself nor something made of it.
    if (value.kind != ValueKind::unknown) continue;
    const Parts parts = expressions.parts(given.value);
    result.asks = result.asks || parts.state;
    result.decides = result.decides || (parts.state && parts.order);
  }
  return result;
}

}  // namespace detoy::analysis

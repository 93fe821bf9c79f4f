#include "analysis/wiring.h"

#include <algorithm>

namespace detoy::analysis {

using inventory::Wiring;

namespace {

// Made on both branches of one condition: made in any case.
bool on_both_branches(const WiringOf& a, const WiringOf& b) {
  return a.wired == Wiring::conditional && b.wired == Wiring::conditional && a.setting.name == b.setting.name &&
         a.opposite != b.opposite;
}

}  // namespace

WiringAnalysis::WiringAnalysis(const CallGraph& graph, const States& states, const Liveness& liveness,
                               const Settings& settings)
    : graph_(graph), states_(states), liveness_(liveness), settings_(settings), program_(graph.program()) {}

// Python: a module's object that is written nowhere else, neither in this file nor where others import or ask for it.
bool WiringAnalysis::nobody_names(DeclarationId variable) const {
  const Place place = program_.declarations.place(variable);
  if (program_.file(place.file).language != Language::python) return false;
  const facts::FileFacts& facts = program_.facts(place.file);
  const auto here = std::count_if(facts.paths.begin(), facts.paths.end(), [&](const facts::Path& path) {
    return path.root_kind == facts::RootKind::declaration && path.root == place.index;
  });
  if (here > 1) return false;  // its own assignment is one
  if (named_.empty()) gather_names();
  return !named_.contains(program_.name(place.file, facts.declarations[place.index].name));
}

// Whether the call makes the module's object that nobody names.
bool WiringAnalysis::makes_forgotten(CallId call) const {
  const Place place = program_.calls.place(call);
  const facts::Call& record = program_.call(call);
  return record.function == 0 && record.assigned_to != 0 &&
         nobody_names(program_.declarations.id(place.file, record.assigned_to));
}

// What is imported, asked of a module or an object, exported, or the end of a string: "service.main:api".
void WiringAnalysis::gather_names() const {
  for (FileId file = 0; file < program_.files().size(); ++file) {
    if (program_.file(file).language != Language::python) continue;
    const facts::FileFacts& facts = program_.facts(file);
    for (const facts::Declaration& declaration : facts.declarations) {
      if (declaration.kind == facts::DeclarationKind::import) named_.insert(program_.name(file, declaration.imported));
    }
    for (const facts::Step& step : facts.steps) named_.insert(program_.name(file, step.name));
    for (const facts::Value& value : facts.values) {
      if (value.kind != facts::ValueKind::string) continue;
      const std::string_view text = facts.string(value.text);
      named_.insert(program_.name(text.substr(text.find_last_of(".:") + 1)));
    }
  }
  named_.insert(0);
}

// A variable that holds an object is as conditional as the places that use it.
WiringOf WiringAnalysis::of_variable(DeclarationId variable) const {
  const State* state = states_.of(variable);
  if (state == nullptr) return {.wired = nobody_names(variable) ? Wiring::unused : Wiring::production};
  WiringOf result{.wired = Wiring::unused};
  bool all_conditional = true;
  for (const Operation& use : state->operations) {
    if (!liveness_.function(use.function)) continue;
    facts::Index branch = 0;
    const Setting setting = settings_.of_branch(use.file, use.branch, &branch);
    if (!setting) {
      all_conditional = false;
    } else if (!result.setting) {
      result.setting = setting;
      result.file = use.file;
      result.line = program_.facts(use.file).branches[branch].line;
    }
    result.wired = Wiring::production;
  }
  if (result.wired == Wiring::unused && nobody_names(variable)) return result;
  if (result.wired == Wiring::unused) return {.wired = Wiring::production};  // used in a way that is not followed
  if (!all_conditional || !result.setting) return {.wired = Wiring::production};
  result.wired = Wiring::conditional;
  return result;
}

WiringOf WiringAnalysis::of_call(CallId call, int depth) const {
  const Place place = program_.calls.place(call);
  const facts::FileFacts& facts = program_.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  const FunctionId function = graph_.function_of(call);
  if (!liveness_.function(function)) return {.wired = Wiring::unused};
  facts::Index branch = 0;
  const Setting setting = settings_.of_branch(place.file, record.branch, &branch);
  const auto conditional = [&](const Setting& by) {
    return WiringOf{Wiring::conditional, by, place.file, facts.branches[branch].line,
                    facts.branches[branch].kind == facts::BranchKind::otherwise};
  };
  if (setting) return conditional(setting);
  if (graph_.target(call).choice != 0) {
    const Setting choice = settings_.of_value(place.file, graph_.target(call).choice);
    if (choice) return {Wiring::conditional, choice, place.file, record.line, false};
  }
  if (record.function == 0) {
    if (record.assigned_to != 0 && facts.declarations[record.assigned_to].kind == facts::DeclarationKind::variable) {
      return of_variable(program_.declarations.id(place.file, record.assigned_to));
    }
    return {.wired = Wiring::production};
  }
  if (depth > 4) return {.wired = Wiring::production};
  // Inside a factory or constructor: as its callers say. Inside a closure: where the closure stands.
  const facts::Function& home = facts.functions[record.function];
  const bool makes_itself = (home.flags & facts::function_flag::constructor) != 0;
  if (makes_itself) return of_type(graph_.symbols().owner(function), depth + 1);
  if (home.branch != 0) {
    const Setting outer = settings_.of_branch(place.file, home.branch, &branch);
    if (outer) return conditional(outer);
  }
  const auto callers = graph_.callers(function);
  if (callers.empty() && liveness_.phases(function) == 0 && !liveness_.handler(function))
    return {.wired = Wiring::unused};
  if (callers.empty() || (liveness_.phases(function) & phase::runtime)) return {.wired = Wiring::production};
  WiringOf result{.wired = Wiring::unused};
  for (const CallId caller : callers) {
    WiringOf one = of_call(caller, depth + 1);
    if (one.wired == Wiring::production) return one;
    if (one.wired != Wiring::conditional) continue;
    if (on_both_branches(result, one)) return {.wired = Wiring::production};
    result = one;
  }
  return result.wired == Wiring::unused ? WiringOf{.wired = Wiring::production} : result;
}

WiringOf WiringAnalysis::of_type(TypeId type, int depth) const {
  if (type == 0 || depth > 5) return {.wired = Wiring::production};
  if (!liveness_.type(type)) return {.wired = Wiring::unused};
  if (liveness_.offered(program_.types.place(type).file)) return {.wired = Wiring::unknown};
  if (liveness_.is_static(type)) return {.wired = Wiring::production};
  WiringOf result{.wired = Wiring::unused};
  for (const CallId call : graph_.passed_in(type)) {
    if (!liveness_.function(graph_.function_of(call))) continue;
    const Place place = program_.calls.place(call);
    facts::Index branch = 0;
    const Setting setting = settings_.of_branch(place.file, program_.call(call).branch, &branch);
    if (!setting) {
      // A class that is listed as a provider beside the factory that chooses it counts by the factory.
      if (graph_.constructions(type).empty()) return {.wired = Wiring::production};
      continue;
    }
    result = {Wiring::conditional, setting, place.file, program_.facts(place.file).branches[branch].line, false};
  }
  bool forgotten = !graph_.constructions(type).empty() && graph_.passed_in(type).empty();
  for (const CallId call : graph_.constructions(type)) {
    const WiringOf one = of_call(call, depth + 1);
    forgotten = forgotten && one.wired == Wiring::unused && makes_forgotten(call);
    if (one.wired == Wiring::production || one.wired == Wiring::unknown) return {.wired = Wiring::production};
    if (one.wired != Wiring::conditional) continue;
    if (on_both_branches(result, one)) return {.wired = Wiring::production};
    result = one;
  }
  for (const TypeId sub : graph_.symbols().subtypes(type)) {
    if (!liveness_.type(sub)) continue;
    WiringOf one = of_type(sub, depth + 1);
    if (one.wired == Wiring::production) return one;
    if (one.wired == Wiring::conditional && result.wired == Wiring::unused) result = one;
    forgotten = false;
  }
  if (forgotten) return {.wired = Wiring::unused};
  return result.wired == Wiring::unused ? WiringOf{.wired = Wiring::production} : result;
}

WiringOf WiringAnalysis::of_function(FunctionId function) const {
  if (liveness_.offered(program_.functions.place(function).file)) return {.wired = Wiring::unknown};
  return {.wired = liveness_.function(function) ? Wiring::production : Wiring::unused};
}

WiringOf WiringAnalysis::of_state(const State& state) const {
  const FileId file = program_.declarations.place(state.declaration).file;
  if (liveness_.offered(file)) return {.wired = Wiring::unknown};
  switch (state.scope) {
    case State::Scope::field:
      return of_type(state.type);
    case State::Scope::local:
      return of_function(state.function);
    case State::Scope::module:
    case State::Scope::static_:
      break;
  }
  if (!liveness_.file(file)) return {.wired = Wiring::unused};
  return {.wired = Wiring::production};
}

}  // namespace detoy::analysis

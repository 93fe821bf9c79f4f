#include "analysis/lifetimes.h"

#include <algorithm>

#include "base/words.h"

namespace detoy::analysis {

using catalog::Library;
using facts::ClosureUse;
using facts::RootKind;
using facts::ValueKind;

Lifetimes::Lifetimes(const CallGraph& graph, const States& states, const Liveness& liveness, const Libraries& libraries,
                     const catalog::Catalog& catalog)
    : graph_(graph),
      states_(states),
      liveness_(liveness),
      libraries_(libraries),
      catalog_(catalog),
      program_(graph.program()),
      rows_(graph.symbols(), catalog),
      known_(program_.types.size(), 0),
      types_(program_.types.size()) {}

LifeOf Lifetimes::of_type(TypeId type) const {
  if (type == 0) return {};
  if (known_[type] == 2) return types_[type];
  if (known_[type] == 1) return {};  // asks for itself through a cycle: the other paths decide
  known_[type] = 1;
  types_[type] = of_type_uncached(type);
  known_[type] = 2;
  return types_[type];
}

// A class that a framework constructs once: a provider listed in a module, a decorated component, a passed class.
// `per_request`: the class says that each request gets its own.
bool Lifetimes::component(TypeId type, CallId& witness, bool& per_request) const {
  const Place place = program_.types.place(type);
  const facts::FileFacts& facts = program_.facts(place.file);
  const Language language = program_.file(place.file).language;
  bool decorated = false;
  for (const facts::Decorator& decorator : facts.decorators) {
    if (decorator.on != facts::DecoratedKind::type || decorator.target != place.index) continue;
    const CallId call = program_.calls.id(place.file, decorator.call);
    LibraryList list = libraries_.of(graph_.target(call).external, language);
    if (list.empty()) list = libraries_.of_decorator(graph_.called_name(call), language);
    const facts::Path& path = facts.paths[facts.calls[decorator.call].path];
    if (list.empty() && path.root_kind == RootKind::declaration) {
      list = libraries_.of_decorator(facts.string(facts.declarations[path.root].name), language);
    }
    for (const Library* library : list) {
      if (library->effect == Library::Effect::injectable || library->effect == Library::Effect::endpoint) {
        decorated = true;
        // @Injectable({ scope: Scope.REQUEST })
        for (facts::Index a = facts.calls[decorator.call].first_argument; a != 0; a = facts.values[a].next) {
          for (facts::Index k = facts.values[a].first_child; k != 0; k = facts.values[k].next) {
            if (facts.string(facts.values[k].key) != "scope" || facts.values[k].kind != ValueKind::path) continue;
            const facts::Path& scope = facts.paths[facts.values[k].ref];
            if (scope.steps > 0 && facts.string(facts.steps[scope.first_step + scope.steps - 1].name) != "DEFAULT") {
              per_request = true;
              return false;
            }
          }
        }
        if (witness == 0) witness = call;
      }
    }
  }
  for (const CallId call : graph_.passed_in(type)) {
    if (!liveness_.function(graph_.function_of(call))) continue;
    const bool decorator = (program_.call(call).flags & facts::call_flag::decorator) != 0;
    // asClass(Repository), container.registerSingleton(Repository): a container is told to make it.
    const bool container =
        libraries_.with_effect(graph_.target(call).external, language, Library::Effect::injectable) != nullptr;
    // app.add_middleware(Limits, per_minute=10): the framework makes one and asks it about each request.
    if (decorator || decorated || container || liveness_.registers_middleware(call)) {
      witness = call;
      return true;
    }
  }
  return decorated && liveness_.type(type);
}

LifeOf Lifetimes::of_type_uncached(TypeId type) const {
  LifeOf best;
  const auto better = [&](Life life, CallId witness) {
    if (life > best.life) best = {life, witness};
  };
  // Instances that a framework makes per request keep nothing.
  if (rows_.has(type)) return {Life::request, 0};
  CallId witness = 0;
  bool own_per_request = false;
  if (component(type, witness, own_per_request)) better(Life::process, witness);
  if (own_per_request) return {Life::request, 0};
  if (liveness_.is_static(type)) better(Life::process, 0);
  for (const CallId call : graph_.constructions(type)) {
    if (best.life == Life::process) break;
    const FileId file = program_.calls.place(call).file;
    if (program_.file(file).role != source::Role::production) continue;
    if (program_.function(graph_.function_of(call)).flags & facts::function_flag::test) continue;
    better(of_result(call), call);
  }
  if (best.life != Life::process) {
    for (const TypeId sub : graph_.symbols().subtypes(type)) {
      const LifeOf life = of_type(sub);
      better(life.life, life.witness);
    }
  }
  const auto methods = graph_.symbols().methods(type);
  const Language language = program_.file(program_.types.place(type).file).language;
  if (best.life == Life::none && language == Language::python &&
      std::any_of(methods.begin(), methods.end(), [&](FunctionId method) { return liveness_.handler(method); })) {
    better(Life::request, 0);  // class-based views: the framework makes one for each request
  }
  if (best.life == Life::none && !graph_.passed_in(type).empty()) {
    // Handed on as a class: something that is not followed makes objects of it, as many as it likes.
    better(Life::request, graph_.passed_in(type).front());
  }
  return best;
}

bool Lifetimes::factory_of(FunctionId function, TypeId owner) const {
  if (owner == 0) return false;
  const facts::Function& record = program_.function(function);
  if (record.flags & facts::function_flag::constructor) return true;
  if ((record.flags & facts::function_flag::static_) == 0) return false;
  const Object result = graph_.symbols().returned(function);
  return result.kind == Object::Kind::instance && result.type == owner;
}

Life Lifetimes::of_holder(DeclarationId id) const {
  const facts::Declaration& declaration = program_.declaration(id);
  if (declaration.kind == facts::DeclarationKind::field) {
    if (declaration.flags & facts::declared::static_) return Life::process;
    const Place place = program_.declarations.place(id);
    return of_type(graph_.symbols().canonical(program_.types.id(place.file, declaration.type))).life;
  }
  if (declaration.kind == facts::DeclarationKind::attached) {
    return states_.of(id) == nullptr ? Life::none : Life::process;
  }
  if (declaration.function == 0 || (declaration.flags & facts::declared::static_)) return Life::process;
  return Life::none;
}

// static instances = new Map<string, Chain>(), in Chain: one object for each name that the code knows.
bool Lifetimes::keeps_its_own(DeclarationId holder, CallId call) const {
  const facts::Declaration& field = program_.declaration(holder);
  const TypeId made = graph_.target(call).constructed;
  if (made == 0 || field.kind != facts::DeclarationKind::field || (field.flags & facts::declared::static_) == 0)
    return false;
  const Place place = program_.declarations.place(holder);
  return graph_.symbols().canonical(program_.types.id(place.file, field.type)) == graph_.symbols().canonical(made);
}

// Whether the result of `call`, or the local variable that receives it, is put into something that lives on.
bool Lifetimes::stored(CallId call, facts::Index local, Life& life) const {
  const Place place = program_.calls.place(call);
  const facts::FileFacts& facts = program_.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  const auto is_it = [&](facts::Index index, auto& self, int depth) -> bool {
    if (index == 0 || depth > 4) return false;
    const facts::Value& value = facts.values[index];
    if ((value.kind == ValueKind::call || value.kind == ValueKind::construct) && value.ref == place.index) return true;
    if (value.kind == ValueKind::path && local != 0) {
      const facts::Path& path = facts.paths[value.ref];
      return path.root_kind == RootKind::declaration && path.root == local && path.steps == 0;
    }
    if (value.kind == ValueKind::either || value.kind == ValueKind::unknown || value.kind == ValueKind::object ||
        value.kind == ValueKind::array) {
      for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
        if (self(child, self, depth + 1)) return true;
      }
    }
    // Wrapped: Arc::new(x), Some(x)
    if (value.kind == ValueKind::call) {
      const facts::Call& wrapping = facts.calls[value.ref];
      for (facts::Index a = wrapping.first_argument; a != 0; a = facts.values[a].next) {
        if (self(a, self, depth + 1)) return true;
      }
    }
    return false;
  };
  for (const facts::Assignment& assignment : facts.assignments) {
    if (assignment.function != record.function || !is_it(assignment.value, is_it, 0)) continue;
    const auto hits = states_.trace(place.file, facts.paths[assignment.path]);
    if (hits.empty()) continue;
    const Life holder = of_holder(hits.back().declaration);
    if (holder == Life::process || holder == Life::element) {
      const bool whole =
          hits.back().steps == facts.paths[assignment.path].steps || keeps_its_own(hits.back().declaration, call);
      life = std::max(life, whole ? Life::process : Life::element);
      return true;
    }
  }
  const auto& adding = catalog_.words("adding_methods");
  for (const CallId other : graph_.calls_in(graph_.function_of(call))) {
    if (other == call || !is_one_of(adding, graph_.called_name(other))) continue;
    const Place there = program_.calls.place(other);
    const facts::Call& adder = facts.calls[there.index];
    bool passes = false;
    for (facts::Index a = adder.first_argument; a != 0; a = facts.values[a].next) passes = passes || is_it(a, is_it, 0);
    if (!passes) continue;
    const auto hits = states_.trace(place.file, facts.paths[adder.path]);
    if (hits.empty()) continue;
    const Life holder = of_holder(hits.back().declaration);
    if (holder == Life::process || holder == Life::element) {
      life = std::max(life, keeps_its_own(hits.back().declaration, call) ? Life::process : Life::element);
      return true;
    }
  }
  return false;
}

Life Lifetimes::of_result(CallId call, int depth) const {
  if (depth > 5) return Life::none;
  const Place place = program_.calls.place(call);
  const facts::FileFacts& facts = program_.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  const FunctionId function = graph_.function_of(call);
  const facts::Function& home = facts.functions[record.function];
  if (record.assigned_to != 0) {
    const Life holder = of_holder(program_.declarations.id(place.file, record.assigned_to));
    if (facts.declarations[record.assigned_to].kind == facts::DeclarationKind::field) return holder;
    if (holder == Life::process) return holder;
  }
  if (record.function == 0) {
    // In a field's initial value, it lives as its object.
    for (facts::Index i = 1; i < facts.types.size(); ++i) {
      const facts::Type& type = facts.types[i];
      if (type.kind == facts::TypeKind::class_ && type.line < record.line && record.line <= type.end_line &&
          (record.flags & facts::call_flag::decorator) == 0) {
        const LifeOf life = of_type(graph_.symbols().canonical(program_.types.id(place.file, i)));
        if (life.life != Life::none) return life.life;
      }
    }
    return Life::process;
  }
  const TypeId owner = home.type == 0 ? 0 : graph_.symbols().owner(function);
  if (factory_of(function, owner)) {
    // getInstance() keeps what it makes.
    Life kept = Life::none;
    // What a constructor puts into a list of its object stays there as long as the object: it is part of it.
    const bool part = (home.flags & facts::function_flag::constructor) != 0;
    if (stored(call, record.assigned_to, kept) && !(part && kept == Life::element)) return kept;
    return of_type(owner).life;
  }
  // The innermost function with a known moment decides; closures that run at once belong to what is around them.
  FunctionId moment = function;
  facts::Index branch = record.branch;
  while (graph_.runs_at_once(moment) && program_.function(moment).parent != 0) {
    branch = program_.function(moment).branch;
    moment = program_.functions.id(place.file, program_.function(moment).parent);
  }
  const std::uint8_t phases = liveness_.phases(moment);
  // What is made for each connection goes with it.
  const bool each_round = liveness_.in_serving_loop(place.file, branch);
  if (phases == phase::startup && !each_round) return Life::process;
  Life life = Life::none;
  if (stored(call, record.assigned_to, life)) return life;
  // What a factory makes lives as long as its callers keep it.
  bool returned = (record.flags & facts::call_flag::returned) != 0;
  for (const facts::Return& result : facts.returns) {
    if (returned || result.function != record.function || result.value == 0) continue;
    const facts::Value& value = facts.values[result.value];
    const auto mentions = [&](facts::Index index, auto& self, int level) -> bool {
      if (index == 0 || level > 4) return false;
      const facts::Value& part = facts.values[index];
      if ((part.kind == ValueKind::call || part.kind == ValueKind::construct) && part.ref == place.index) return true;
      if (part.kind == ValueKind::path && record.assigned_to != 0) {
        const facts::Path& path = facts.paths[part.ref];
        if (path.root_kind == RootKind::declaration && path.root == record.assigned_to && path.steps == 0) return true;
      }
      if (part.kind == ValueKind::call || part.kind == ValueKind::construct) {
        for (facts::Index a = facts.calls[part.ref].first_argument; a != 0; a = facts.values[a].next) {
          if (self(a, self, level + 1)) return true;
        }
      }
      for (facts::Index child = part.first_child; child != 0; child = facts.values[child].next) {
        if (self(child, self, level + 1)) return true;
      }
      return false;
    };
    static_cast<void>(value);
    returned = mentions(result.value, mentions, 0);
  }
  if (returned) {
    for (const CallId caller : graph_.callers(function)) {
      if (program_.file(program_.calls.place(caller).file).role != source::Role::production) continue;
      life = std::max(life, of_result(caller, depth + 1));
    }
    // A provider's factory (`useFactory: () => ...`), a dependency that is cached: the framework keeps the result.
    const facts::Function& maker = facts.functions[record.function];
    if (maker.use == ClosureUse::property && is_one_of(catalog_.words("factory_keys"), facts.string(maker.use_key))) {
      return Life::process;
    }
    for (const facts::Decorator& decorator : facts.decorators) {
      if (decorator.on != facts::DecoratedKind::function || decorator.target != record.function) continue;
      const CallId decorating = program_.calls.id(place.file, decorator.call);
      if (libraries_.with_effect(graph_.target(decorating).external, program_.file(place.file).language,
                                 Library::Effect::memo) != nullptr) {
        return Life::process;
      }
    }
    if (life != Life::none) return life;
  }
  // Kept by the closures that a factory returns: const breaker = makeBreaker(); return { call() { breaker.. } }
  if (record.assigned_to != 0 && (facts.declarations[record.assigned_to].flags & facts::declared::captured) != 0 &&
      returns_closures(function)) {
    for (const CallId caller : graph_.callers(function)) {
      if (program_.file(program_.calls.place(caller).file).role == source::Role::production)
        life = std::max(life, of_result(caller, depth + 1));
    }
    if (life != Life::none) return life;
  }
  // Passed into the constructor of something that lives on: it is kept there.
  for (const CallId other : graph_.calls_in(function)) {
    if (other == call || depth > 3) continue;
    const TypeId made = graph_.target(other).constructed;
    if (made == 0) continue;
    const Place there = program_.calls.place(other);
    const facts::Call& outer = facts.calls[there.index];
    for (facts::Index a = outer.first_argument; a != 0; a = facts.values[a].next) {
      const facts::Value& value = facts.values[a];
      const bool inner =
          (value.kind == ValueKind::construct || value.kind == ValueKind::call) && value.ref == place.index;
      const bool named = value.kind == ValueKind::path && record.assigned_to != 0 &&
                         facts.paths[value.ref].root_kind == RootKind::declaration &&
                         facts.paths[value.ref].root == record.assigned_to;
      if (inner || named) life = std::max(life, of_result(other, depth + 1));
    }
  }
  if (life != Life::none) return life;
  if (each_round || (phases & phase::runtime) != 0) return Life::request;
  if (phases & phase::startup) return Life::process;
  return dropped_by_its_maker(call) ? Life::request : Life::none;
}

// return { call() { .. } }, return call
bool Lifetimes::returns_closures(FunctionId function) const {
  const Place place = program_.functions.place(function);
  const facts::FileFacts& facts = program_.facts(place.file);
  const auto is_closure = [&](facts::Index index) {
    const facts::Value& value = facts.values[index];
    if (value.kind == ValueKind::function) return true;
    if (value.kind != ValueKind::path) return false;
    const facts::Path& path = facts.paths[value.ref];
    if (path.root_kind != RootKind::declaration || path.steps != 0) return false;
    const facts::Declaration& inner = facts.declarations[path.root];
    return inner.function == place.index && (inner.kind == facts::DeclarationKind::function || inner.target != 0);
  };
  return std::any_of(facts.returns.begin(), facts.returns.end(), [&](const facts::Return& result) {
    if (result.function != place.index || result.value == 0) return false;
    if (is_closure(result.value)) return true;
    if (facts.values[result.value].kind != ValueKind::object) return false;
    for (facts::Index child = facts.values[result.value].first_child; child != 0; child = facts.values[child].next) {
      if (is_closure(child)) return true;
    }
    return false;
  });
}

// Whether the function that makes the object is done with it when it returns, whoever calls the function: the object
// stays in a local variable that nothing captures and that is handed to nobody.
bool Lifetimes::dropped_by_its_maker(CallId call) const {
  const Place place = program_.calls.place(call);
  const facts::FileFacts& facts = program_.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  if (record.function == 0) return false;
  if (record.flags & facts::call_flag::chained) return true;
  if (record.assigned_to == 0) return false;
  const facts::Declaration& local = facts.declarations[record.assigned_to];
  if (local.kind != facts::DeclarationKind::variable || local.function != record.function) return false;
  if (local.flags & (facts::declared::captured | facts::declared::static_)) return false;
  for (const CallId other : graph_.calls_in(graph_.function_of(call))) {
    const facts::Call& user = facts.calls[program_.calls.place(other).index];
    for (facts::Index a = user.first_argument; a != 0; a = facts.values[a].next) {
      const facts::Value& value = facts.values[a];
      if (value.kind != ValueKind::path) continue;
      const facts::Path& path = facts.paths[value.ref];
      if (path.root_kind == RootKind::declaration && path.root == record.assigned_to && path.steps == 0) return false;
    }
  }
  return true;
}

// Whether what the call gives is put into something that lives on, by its function or by one that gets it from there.
bool Lifetimes::kept_by_caller(CallId call, int depth) const {
  constexpr int depth_limit = 3;
  const Place place = program_.calls.place(call);
  const facts::Call& record = program_.facts(place.file).calls[place.index];
  if (record.assigned_to != 0 && of_holder(program_.declarations.id(place.file, record.assigned_to)) == Life::process)
    return true;
  Life life = Life::none;
  if (stored(call, record.assigned_to, life)) return life == Life::process;
  if ((record.flags & facts::call_flag::returned) == 0 || depth >= depth_limit) return false;
  const auto callers = graph_.callers(graph_.function_of(call));
  return std::any_of(callers.begin(), callers.end(), [&](CallId next) { return kept_by_caller(next, depth + 1); });
}

// new Promise((resolve, reject) => { .. })
bool Lifetimes::makes_promise(FunctionId function) const {
  const Place place = program_.functions.place(function);
  const facts::FileFacts& facts = program_.facts(place.file);
  const facts::Function& record = facts.functions[place.index];
  if (record.use != ClosureUse::argument) return false;
  const facts::Call& call = facts.calls[record.use_call];
  const facts::Path& path = facts.paths[call.path];
  return (call.flags & facts::call_flag::construct) != 0 && path.root_kind == RootKind::name && path.steps == 0 &&
         facts.string(path.root) == "Promise";
}

LifeOf Lifetimes::of_state(const State& state) const {
  switch (state.scope) {
    case State::Scope::module:
    case State::Scope::static_:
      return {Life::process, 0};
    case State::Scope::field:
      return of_type(state.type);
    case State::Scope::local: {
      if (state.looped) {
        const std::uint8_t phases = liveness_.phases(state.function);
        return {(phases & phase::startup) != 0 ? Life::process : phases != 0 ? Life::request : Life::none, 0};
      }
      // A captured local lives as long as the closures that have it, which is for good if its function ran at start-up.
      FunctionId function = state.function;
      bool settles = false;
      while (graph_.runs_at_once(function) && program_.function(function).parent != 0) {
        settles = settles || makes_promise(function);
        function = program_.functions.id(program_.functions.place(function).file, program_.function(function).parent);
      }
      const std::uint8_t phases = liveness_.phases(function);
      if (phases == phase::startup) return {Life::process, 0};
      // What stands in a promise's function is done with when it settles.
      if (settles && phases != 0) return {Life::request, 0};
      // Work that requests do and that the start does as well: each time it is done, it has its own.
      const bool work =
          (phases & phase::runtime) != 0 && (program_.function(function).flags & facts::function_flag::async) != 0;
      Life life = Life::none;
      for (const CallId caller : graph_.callers(function)) {
        if (work && !kept_by_caller(caller, 0)) continue;
        life = std::max(life, of_result(caller));
        if (life == Life::process) return {life, caller};
      }
      return {life == Life::none && liveness_.phases(function) != 0 ? Life::request : life, 0};
    }
  }
  return {};
}

}  // namespace detoy::analysis

#include "analysis/variable_sites.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "analysis/connections.h"
#include "analysis/guarded_records.h"
#include "analysis/kept_elsewhere.h"
#include "analysis/operation_words.h"
#include "analysis/type_text.h"
#include "analysis/variable_finder.h"
#include "base/words.h"

namespace detoy::analysis {

using inventory::Wiring;

// When an operation happens: the innermost function with a known moment decides.
Moment VariableFinder::moment(const Operation& operation) const {
  const Program& program = context_.program;
  FunctionId id = operation.function;
  facts::Index branch = operation.branch;
  for (int depth = 0; depth < 8; ++depth) {
    const Place place = program.functions.place(id);
    if (place.index == 0) return Moment::initial;
    const facts::Function& function = program.facts(place.file).functions[place.index];
    if (state_.scope == State::Scope::local && id == state_.function) {
      return state_.looped && context_.liveness.in_serving_loop(place.file, branch) ? Moment::runtime : Moment::initial;
    }
    const bool of_object = state_.type != 0 && state_.scope == State::Scope::field;
    if (state_.type != 0 && context_.symbols.owner(id) == state_.type && context_.symbols.is_method(id)) {
      if (function.flags & facts::function_flag::constructor) {
        if (of_object || !changed_by_methods()) return Moment::initial;
      } else if (of_object && (function.flags & facts::function_flag::static_)) {
        const Object result = context_.symbols.returned(id);
        if (result.kind == Object::Kind::instance && result.type == state_.type) return Moment::initial;
      }
    }
    // A private helper of the constructor is part of construction.
    bool constructing = state_.type != 0 && !context_.graph.callers(id).empty();
    for (const CallId caller : context_.graph.callers(id)) {
      const FunctionId from = context_.graph.function_of(caller);
      constructing = constructing && (program.function(from).flags & facts::function_flag::constructor) != 0 &&
                     context_.symbols.owner(from) == context_.symbols.owner(id);
    }
    if (constructing) return Moment::initial;
    const std::uint8_t phases = context_.liveness.phases(id);
    if (phases & phase::runtime) return Moment::runtime;
    if (phases != 0 && context_.liveness.in_serving_loop(place.file, branch)) return Moment::runtime;
    if (phases & phase::startup) return Moment::startup;
    if (function.parent == 0 || context_.symbols.is_method(id)) return Moment::uncalled;
    id = program.functions.id(place.file, function.parent);
    branch = function.branch;
  }
  return Moment::uncalled;
}

// What belongs to the type, and not to each object, is no part of an object's construction: a table that constructors
// put objects into, and methods take them out of. One that nothing else changes is a memory of what was made.
bool VariableFinder::changed_by_methods() const {
  return std::any_of(state_.operations.begin(), state_.operations.end(), [&](const Operation& operation) {
    return operation.mutates() && context_.program.functions.place(operation.function).index != 0 &&
           !(context_.program.function(operation.function).flags & facts::function_flag::constructor);
  });
}

void VariableFinder::fill(Draft& draft, const LifeOf& life) {
  const Program& program = context_.program;
  draft.file = place_.file;
  draft.shape = state_.shape;
  draft.site.path = program.file(place_.file).path;
  draft.site.language = to_string(program.file(place_.file).language);
  draft.site.line = declaration_.line;
  draft.site.column = declaration_.column;
  draft.site.name = name_;
  draft.site.storage = state_.storage.empty() ? std::string(state_.shape == Shape::handle ? "variable" : "object")
                                              : std::string(state_.storage);
  if (state_.type != 0) draft.site.owner = program.name_of_type(state_.type);
  if (state_.scope == State::Scope::local) draft.site.owner = owner_of_function(context_, state_.function);
  draft.type_text = facts_.string(declaration_.type_text);
  add_evidence(draft, program, "declaration", place_.file, declaration_.line);
  for (const std::vector<const Operation*>* list : {&runtime_, &uncalled_, &startup_}) {
    std::size_t shown = 0;
    for (const Operation* operation : *list) {
      if (!operation->mutates() || shown++ >= 4) continue;
      std::string note = std::string(program.name_of_function(operation->function));
      if (!note.empty()) note += "()";
      if (list == &uncalled_) note += note.empty() ? "nothing calls this" : ", which nothing calls";
      if (list == &startup_) note += note.empty() ? "at start-up" : " at start-up";
      add_evidence(draft, program, "mutation", operation->file, operation->line, note);
    }
  }
  if (life.witness != 0) {
    const Place call = program.calls.place(life.witness);
    add_evidence(draft, program, "construction", call.file, program.facts(call.file).calls[call.index].line,
                 std::string(program.name_of_type(state_.type)) + " lives as long as the process");
  }
  WiringOf wiring = context_.wiring.of_state(state_);
  if (life.life == Life::none && wiring.wired == Wiring::production) wiring.wired = Wiring::unused;
  set_wiring(draft, context_, wiring);
  for (std::string word : operation_words(context_, state_)) draft.operations.insert(std::move(word));
  const bool scalar = state_.shape == Shape::counter || state_.shape == Shape::time || state_.shape == Shape::handle;
  if (scalar && only_shown()) draft.operations.insert("statistic");
  const bool others = std::any_of(runtime_.begin(), runtime_.end(), [&](const Operation* operation) {
    return operation->kind == Operation::Kind::add && writes_other_data(context_, *operation);
  });
  if (others) draft.operations.insert("beside_write");
  const bool from_callers = std::any_of(runtime_.begin(), runtime_.end(), [&](const Operation* operation) {
    return operation->kind == Operation::Kind::replace && operation->value != 0 && given(*operation);
  });
  if (from_callers) draft.operations.insert("given");
  if (is_collection() && holds_handles()) draft.operations.insert("handles");
  if (is_collection() && holds_numbers()) draft.operations.insert("numbers");
  if (holds_clients()) draft.operations.insert("client");
  if (holds_connections()) draft.operations.insert("connections");
  if (is_collection()) {
    const std::vector<std::string_view> names = type_names(facts_.string(declaration_.type_text));
    if (std::any_of(names.begin(), names.end(), [&](std::string_view name) { return is_live_end(name); }))
      draft.operations.insert("live_ends");
  }
  std::sort(draft.writers.begin(), draft.writers.end());
  draft.writers.erase(std::unique(draft.writers.begin(), draft.writers.end()), draft.writers.end());
}

// number[], deque[float], HashMap<String, Instant>: counts and times, but no work.
bool VariableFinder::holds_numbers() const {
  const std::string_view text = facts_.string(declaration_.type_text);
  if (text.ends_with("number[]")) return true;
  const TypeText type = unwrap_type(text, context_.catalog.words("cell_types"));
  const auto& times = context_.catalog.words("timestamp_types");
  const auto& numbers = context_.catalog.words("number_types");
  if (type.arguments.empty() || type.arguments.size() > 2) return false;
  return is_one_of(numbers, type.arguments.back()) || is_one_of(times, type.arguments.back());
}

// Rust: a table of a library's clients, by what they are for.
bool VariableFinder::holds_clients() const {
  if (state_.shape != Shape::map || context_.program.file(place_.file).language != Language::rust) return false;
  const std::string_view text = context_.symbols.expanded(place_.file, facts_.string(declaration_.type_text));
  const TypeText table = unwrap_type(text, context_.catalog.words("cell_types"));
  if (table.arguments.size() < 2) return false;
  const Object entry = context_.symbols.of_type_text(place_.file, table.arguments.back());
  return entry.kind == Object::Kind::external && entry.external.package != 0 &&
         context_.libraries.with_effect(entry.external, Language::rust, catalog::Library::Effect::durable) != nullptr;
}

// A collection of objects each of which has a socket or a running process of its own: {id, proc: ChildProcess}.
// Whatever else they know is worth nothing without it.
bool VariableFinder::is_live_end(std::string_view name) const {
  if (context_.symbols.type_named(place_.file, name) != 0) return false;
  const auto& ends = context_.catalog.words("live_end_types");
  const Object type = context_.symbols.of_type_text(place_.file, name);
  const std::string_view package = context_.program.text(type.external.package);
  return is_one_of(ends, name) || (!package.empty() && is_one_of(ends, fmt::format("{}.{}", package, name)));
}

bool VariableFinder::holds_live_objects() const {
  const auto& ends = context_.catalog.words("live_end_types");
  const auto& absent = context_.catalog.words("absent_types");
  const auto is_end = [&](DeclarationId field) {
    const Place place = context_.program.declarations.place(field);
    const facts::FileFacts& facts = context_.program.facts(place.file);
    const std::string_view text = facts.string(facts.declarations[place.index].type_text);
    std::vector<std::string_view> names = type_names(text);
    std::erase_if(names, [&](std::string_view name) { return is_one_of(absent, name); });
    if (names.empty() || !is_one_of(ends, names.back())) return false;
    // pty.IPty, but not Map<string, IPty>
    return text.find(fmt::format("{}", fmt::join(names, "."))) != std::string_view::npos;
  };
  for (const std::string_view name : type_names(facts_.string(declaration_.type_text))) {
    if (is_live_end(name)) return true;
    const TypeId type = context_.symbols.is_built_in(name) ? 0 : context_.symbols.type_named(place_.file, name);
    if (type == 0) continue;
    const auto fields = context_.symbols.fields(type);
    if (std::any_of(fields.begin(), fields.end(), is_end)) return true;
    if (is_connection(context_, type)) return true;
  }
  return false;
}

// Rust: a table whose entries are what messages to clients go into, and names for these, but no data of the program.
bool VariableFinder::holds_connections() const {
  if (context_.program.file(place_.file).language != Language::rust) return is_collection() && holds_live_objects();
  if (state_.shape != Shape::map) return false;
  const std::string_view text = context_.symbols.expanded(place_.file, facts_.string(declaration_.type_text));
  const TypeText table = unwrap_type(text, context_.catalog.words("cell_types"));
  if (table.arguments.size() < 2) return false;
  const auto& ends = context_.catalog.words("connection_ends");
  const auto& others = context_.catalog.words("other_channels");
  for (const std::string_view name : type_names(table.arguments.back())) {
    if (is_one_of(others, name)) return false;
    if (is_one_of(ends, name)) {
      const Object end = context_.symbols.of_type_text(place_.file, name);
      const std::string_view module = context_.program.text(end.external.package);
      return std::none_of(others.begin(), others.end(),
                          [&](const std::string& other) { return module.find(other) != std::string_view::npos; });
    }
    if (!context_.symbols.is_built_in(name) && context_.symbols.type_named(place_.file, name) != 0) return false;
  }
  return false;
}

// Objects that nothing is seen to make: a record that passes through is changed by others, a component by itself.
bool VariableFinder::changes_itself() const {
  const auto& incrementing = context_.catalog.words("incrementing_methods");
  return std::any_of(state_.operations.begin(), state_.operations.end(), [&](const Operation& operation) {
    const bool changes = operation.mutates() || is_one_of(incrementing, operation.word) || operation.word == "store";
    return changes && moment(operation) != Moment::initial && context_.symbols.owner(operation.function) == state_.type;
  });
}

// Made where production runs, but nobody sees for how long; or made by tools only. No ground to say anything.
bool VariableFinder::made_in_passing() const {
  const Program& program = context_.program;
  const bool rust = program.file(place_.file).language == Language::rust;
  const auto constructions = context_.graph.constructions(state_.type);
  const bool passing = std::any_of(constructions.begin(), constructions.end(), [&](CallId call) {
    const FunctionId maker = context_.graph.function_of(call);
    return context_.liveness.function(maker) && (!rust || context_.liveness.phases(maker) != 0);
  });
  const bool by_tools =
      !constructions.empty() && std::all_of(constructions.begin(), constructions.end(), [&](CallId call) {
        return program.file(program.calls.place(call).file).role == source::Role::tool;
      });
  return passing || by_tools;
}

// export function makeStore() { const rows = new Map(); return { add(row) { .. } } }, and nobody calls it.
bool VariableFinder::of_unused_factory() const {
  const facts::Function& factory = context_.program.function(state_.function);
  return factory.parent == 0 && (factory.flags & facts::function_flag::exported) != 0 &&
         context_.liveness.phases(state_.function) == 0 && context_.graph.callers(state_.function).empty() &&
         context_.lifetimes.returns_closures(state_.function);
}

bool VariableFinder::find(Draft& draft) {
  if (name_.empty()) return false;
  if (declaration_.flags & facts::declared::thread_local_) return false;
  if (is_data_type()) return false;
  // A class of fields alone describes a record; what is put into its lists may still be kept.
  if (state_.scope == State::Scope::field && !is_collection() &&
      same_family(context_.program.file(place_.file).language, Language::typescript) &&
      context_.symbols.methods(state_.type).empty()) {
    return false;
  }
  // A program that is run and done keeps nothing that anybody could miss.
  if (!context_.liveness.serves(context_.program.file(place_.file).package)) return false;
  const bool undeclared = (declaration_.flags & facts::declared::implicit) != 0 && declaration_.initial == 0 &&
                          context_.program.file(place_.file).language != Language::python &&
                          context_.program.file(place_.file).language != Language::javascript;
  const bool library = decide_metrics(draft) || decide_library(draft);
  if (!library && !can_change()) return false;
  if (undeclared) return false;  // TypeScript without the field: left over from a refactoring
  if (of_no_interest()) return false;
  const LifeOf life = context_.lifetimes.of_state(state_);
  if (life.life == Life::request) return false;
  if (life.life == Life::none && fluent()) return false;
  if (life.life == Life::none && state_.type != 0 && made_in_passing()) return false;
  if (state_.scope == State::Scope::local) {
    if (life.life != Life::process && !of_unused_factory()) return false;
    if (!state_.handed && !state_.looped && !escapes()) return false;
  }
  if (life.life == Life::element) {
    bool mechanism = false;
    const auto words = split_words(context_.program.name_of_type(state_.type));
    for (const std::string& word : context_.catalog.words("mechanism_words"))
      mechanism = mechanism || has_phrase(words, word);
    if (!mechanism) return false;
  }
  for (const Operation& operation : state_.operations) {
    switch (moment(operation)) {
      case Moment::initial:
        break;
      case Moment::startup:
        startup_.push_back(&operation);
        break;
      case Moment::uncalled:
        uncalled_.push_back(&operation);
        break;
      case Moment::runtime:
        runtime_.push_back(&operation);
        break;
    }
  }
  if (!library && life.life == Life::none && state_.scope == State::Scope::field && !changes_itself()) return false;
  if (copies_settings() || (is_collection() && begins_anew_with_each_run())) return false;
  draft.type_text = facts_.string(declaration_.type_text);
  draft.site.name = name_;
  bool found = false;
  if (library || decide_harmless(draft) || decide_guard(draft)) {
    found = true;
  } else if (is_collection()) {
    found = decide_collection(draft);
  } else if (state_.shape == Shape::counter || state_.shape == Shape::flag || state_.shape == Shape::text ||
             state_.shape == Shape::time) {
    found = decide_scalar(draft);
  } else {
    found = decide_handle(draft);
  }
  if (found) fill(draft, life);
  return found;
}

namespace {

// Types of the objects whose methods a call runs in a task of their own: tokio::spawn(hub.run()).
void add_types_of_tasks(const Context& context, CallId call, std::unordered_set<TypeId>& types) {
  const CallGraph& graph = context.graph;
  const Place place = context.program.calls.place(call);
  const facts::FileFacts& facts = context.program.facts(place.file);
  std::vector<CallId> inside;
  for (facts::Index a = facts.calls[place.index].first_argument; a != 0; a = facts.values[a].next) {
    const facts::Value& value = facts.values[a];
    if (value.kind == facts::ValueKind::call) inside.push_back(context.program.calls.id(place.file, value.ref));
    if (value.kind != facts::ValueKind::function) continue;
    const auto calls = graph.calls_in(context.program.functions.id(place.file, value.ref));
    inside.insert(inside.end(), calls.begin(), calls.end());
  }
  for (const CallId run : inside) {
    for (const FunctionId callee : graph.callees(run)) {
      const facts::Function& function = context.program.function(callee);
      if (context.symbols.is_method(callee) && (function.flags & facts::function_flag::static_) == 0)
        types.insert(context.symbols.owner(callee));
    }
  }
}

// The same for what a loop of start-up that waits for connections or messages has and calls: rooms.enter(stream)
void add_types_of_loops(const Context& context, FileId file, facts::Index index, std::unordered_set<TypeId>& types) {
  const facts::FileFacts& facts = context.program.facts(file);
  const facts::Call& call = facts.calls[index];
  const facts::Path& path = facts.paths[call.path];
  if (path.root_kind != facts::RootKind::declaration || !context.liveness.in_serving_loop(file, call.branch)) return;
  if (context.liveness.in_serving_loop(file, facts.declarations[path.root].branch)) return;  // made for one round
  if ((context.liveness.phases(context.program.functions.id(file, call.function)) & phase::startup) == 0) return;
  for (const FunctionId callee : context.graph.callees(context.program.calls.id(file, index))) {
    const facts::Function& function = context.program.function(callee);
    if (context.symbols.is_method(callee) && (function.flags & facts::function_flag::static_) == 0)
      types.insert(context.symbols.owner(callee));
  }
}

// Rust types whose objects change although nothing says so in the types of their fields: some field holds them behind a
// lock or cell, or they belong to one task or actor that everything else sends messages to.
std::unordered_set<TypeId> changing_types(const Context& context) {
  std::unordered_set<TypeId> types;
  for (FileId file = 0; file < context.program.files().size(); ++file) {
    if (context.program.file(file).language != Language::rust) continue;
    const facts::FileFacts& facts = context.program.facts(file);
    for (const facts::Declaration& declaration : facts.declarations) {
      if (declaration.type_text == 0) continue;
      const std::string_view text = context.symbols.expanded(file, facts.string(declaration.type_text));
      const TypeId type = type_under_lock(context.symbols, context.catalog, file, text);
      if (type != 0) types.insert(type);
    }
    for (facts::Index i = 1; i < facts.types.size(); ++i) {
      if (facts.types[i].kind == facts::TypeKind::implementation &&
          context.symbols.names_base(file, i, context.catalog.words("actor_traits"))) {
        types.insert(context.symbols.canonical(context.program.types.id(file, i)));
      }
    }
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      const CallId call = context.program.calls.id(file, i);
      if (context.effects.of_call(call) & effect::task) add_types_of_tasks(context, call, types);
      add_types_of_loops(context, file, i, types);
    }
  }
  return types;
}

}  // namespace

std::vector<Draft> variable_sites(const Context& context) {
  std::vector<Draft> drafts;
  const std::unordered_set<TypeId> changing = changing_types(context);
  for (const State& state : context.states.all()) {
    Draft draft;
    if (VariableFinder(context, state, changing).find(draft)) drafts.push_back(std::move(draft));
  }
  return drafts;
}

}  // namespace detoy::analysis

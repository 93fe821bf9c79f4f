// What a variable is, apart from what kind of state it holds.

#include <array>

#include "analysis/operation_words.h"
#include "analysis/type_text.h"
#include "analysis/variable_finder.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::DeclarationKind;
using facts::ValueKind;

bool VariableFinder::is_collection() const {
  return state_.shape == Shape::map || state_.shape == Shape::set || state_.shape == Shape::list ||
         state_.shape == Shape::queue || state_.shape == Shape::record;
}

// Types that describe data: their objects are records that come and go, not places where a process keeps things.
bool VariableFinder::is_data_type() const {
  if (state_.type == 0) return false;
  if (context_.lifetimes.is_row(state_.type)) return true;
  const FileId file = context_.program.types.place(state_.type).file;
  const facts::FileFacts& facts = context_.program.facts(file);
  const auto& packages = context_.catalog.words("data_base_packages");
  for (const External& base : context_.symbols.external_bases(state_.type)) {
    const std::string_view package = context_.program.text(base.package);
    if (std::any_of(packages.begin(), packages.end(),
                    [&](const std::string& prefix) { return package.starts_with(prefix); }))
      return true;
  }
  const auto& describing = context_.catalog.words("data_decorator_packages");
  for (const facts::Decorator& decorator : facts.decorators) {
    if (decorator.on == facts::DecoratedKind::declaration &&
        facts.declarations[decorator.target].kind == DeclarationKind::field &&
        facts.declarations[decorator.target].type == context_.program.types.place(state_.type).index) {
      const External& external = context_.graph.target(context_.program.calls.id(file, decorator.call)).external;
      if (is_one_of(describing, context_.program.text(external.package))) return true;
    }
    if (decorator.on != facts::DecoratedKind::type ||
        decorator.target != context_.program.types.place(state_.type).index) {
      continue;
    }
    const std::string_view name = context_.graph.called_name(context_.program.calls.id(file, decorator.call));
    const facts::Path& path = facts.paths[facts.calls[decorator.call].path];
    std::string_view root;
    if (path.root_kind == facts::RootKind::declaration) root = facts.string(facts.declarations[path.root].name);
    for (const std::string_view text : {name, root}) {
      if (text == "dataclass" || text == "Entity" || text == "Schema" || text == "ObjectType" || text == "InputType" ||
          text == "define" || text == "attrs" || text == "Table") {
        return true;
      }
    }
  }
  return false;
}

// Rust says in the type whether a shared object can change at all.
bool VariableFinder::can_change() const {
  if (context_.program.file(place_.file).language != Language::rust || state_.guarded) return true;
  if (declaration_.flags & facts::declared::static_) {
    if ((declaration_.flags & facts::declared::constant) == 0) return true;  // static mut
  }
  if (is_collection() && changing_.contains(state_.type)) return true;  // Mutex<Inner>, an actor's own table
  const auto& interior = context_.catalog.words("interior_mutability_types");
  const std::string_view type = context_.symbols.expanded(place_.file, facts_.string(declaration_.type_text));
  for (const std::string_view name : type_names(type)) {
    if (is_one_of(interior, name)) return true;
  }
  if (state_.scope == State::Scope::local && declaration_.initial != 0) {
    const std::string_view made_of = state_.storage;
    return is_one_of(interior, made_of) || made_of.starts_with("Atomic") || made_of == "Mutex" || made_of == "RwLock";
  }
  return false;
}

// static EMPTY: OnceLock<HashMap<..>>, get_or_init: once it is set, it stays as it is.
bool VariableFinder::is_set_once() const {
  if (context_.program.file(place_.file).language != Language::rust) return false;
  const auto names = type_names(context_.symbols.expanded(place_.file, facts_.string(declaration_.type_text)));
  const auto& once = context_.catalog.words("once_types");
  const auto& interior = context_.catalog.words("interior_mutability_types");
  const auto is_once = [&](std::string_view name) { return is_one_of(once, name); };
  if (std::none_of(names.begin(), names.end(), is_once)) return false;
  return std::none_of(names.begin(), names.end(),
                      [&](std::string_view name) { return is_one_of(interior, name) && !is_once(name); }) &&
         std::all_of(state_.operations.begin(), state_.operations.end(), [](const Operation& operation) {
           return !operation.mutates() || operation.word.starts_with("get_or") || operation.word == "set";
         });
}

bool VariableFinder::of_no_interest() const {
  if (is_collection() && is_set_once()) return true;
  const auto& guards = context_.catalog.words("guard_types");
  const auto& handles = context_.catalog.words("task_handle_types");
  const std::string_view text = facts_.string(declaration_.type_text);
  const TypeText type = unwrap_type(text, {"Optional", "Option", "Arc", "Promise", "Readonly"});
  // Rust's Mutex<T> is the wrapper of T; elsewhere a lock is a lock.
  if (context_.program.file(place_.file).language != Language::rust || type.arguments.empty()) {
    if (is_one_of(guards, type.head) || is_one_of(guards, state_.storage)) return true;
  }
  if (is_one_of(handles, type.head) || is_one_of(handles, state_.storage)) return true;
  for (const std::string_view name : type_names(text)) {
    if (name == "JoinHandle" || name == "AbortHandle" || name == "Timeout" || name == "Timer") return true;
  }
  // What has come of a stream, and goes on when there is enough of it.
  if (is_one_of(context_.catalog.words("byte_buffers"), state_.storage)) return true;
  // Handles of timers and tasks are reported with the timer or task.
  for (const Operation& operation : state_.operations) {
    if (operation.kind != Operation::Kind::replace || operation.value == 0) continue;
    const facts::FileFacts& facts = context_.program.facts(operation.file);
    const facts::Value& value = facts.values[operation.value];
    if (value.kind != ValueKind::call && value.kind != ValueKind::construct) continue;
    const CallId call = context_.program.calls.id(operation.file, value.ref);
    const std::uint32_t effects = context_.effects.of_call(call);
    if (effects & (effect::timer | effect::task)) return true;
  }
  return false;
}

bool VariableFinder::null_value(const Operation& operation) const {
  if (operation.value == 0) return true;
  const ValueKind kind = context_.program.facts(operation.file).values[operation.value].kind;
  return kind == ValueKind::null;
}

bool VariableFinder::written_by_setters_only(const std::vector<const Operation*>& writes) const {
  return std::all_of(writes.begin(), writes.end(), [&](const Operation* write) {
    const auto words = split_words(context_.program.name_of_function(write->function));
    if (words.empty()) return false;
    const std::string& verb = words.front();
    return verb == "set" || verb == "update" || verb == "reload" || verb == "reset" || verb == "configure" ||
           verb == "with" || verb == "use" || verb == "replace" || verb == "enable" || verb == "disable" ||
           verb == "init" || verb == "initialize";
  });
}

// An object that is put together step by step, each step returning the object: made, used and dropped by its caller.
bool VariableFinder::fluent() const {
  if (state_.type == 0) return false;
  std::size_t steps = 0;
  for (const FunctionId method : context_.symbols.methods(state_.type)) {
    const Place place = context_.program.functions.place(method);
    const facts::FileFacts& facts = context_.program.facts(place.file);
    for (const facts::Return& result : facts.returns) {
      if (result.function != place.index || result.value == 0) continue;
      const facts::Value& value = facts.values[result.value];
      if (value.kind != ValueKind::path) continue;
      const facts::Path& path = facts.paths[value.ref];
      if (path.root_kind == facts::RootKind::self && path.steps == 0) ++steps;
    }
  }
  return steps >= 2;
}

// Written and shown, but nothing is decided by it: read only by functions that report.
bool VariableFinder::only_shown() const {
  static constexpr std::array shows = {"get",    "stat",    "stats",   "status",  "metric", "snapshot", "info",
                                       "health", "summary", "report",  "to",      "is",     "dump",     "describe",
                                       "reset",  "log",     "collect", "average", "rate"};
  bool shown = false;
  for (const Operation& operation : state_.operations) {
    if (operation.kind != Operation::Kind::read) continue;
    if (operation.condition) return false;
    const auto words = split_words(context_.program.name_of_function(operation.function));
    const bool reports = std::any_of(words.begin(), words.end(), [](const std::string& word) {
      return std::find(shows.begin(), shows.end(), word) != shows.end();
    });
    // The function that writes it may look at it, too: total = total + 1.
    const bool writes = std::any_of(state_.operations.begin(), state_.operations.end(), [&](const Operation& other) {
      return other.mutates() && other.function == operation.function;
    });
    if (!reports && !writes) return false;
    shown = shown || reports;
  }
  return shown;
}

// A list or map of running tasks, threads and timers.
bool VariableFinder::holds_handles() const {
  const auto& handles = context_.catalog.words("task_handle_types");
  for (const std::string_view name : type_names(facts_.string(declaration_.type_text))) {
    if (is_one_of(handles, name)) return true;
  }
  for (const Operation& operation : state_.operations) {
    if (operation.kind != Operation::Kind::add || operation.call == 0) continue;
    const facts::FileFacts& facts = context_.program.facts(operation.file);
    const facts::Call& call = facts.calls[context_.program.calls.place(operation.call).index];
    for (facts::Index a = call.first_argument; a != 0; a = facts.values[a].next) {
      facts::Index made = 0;
      const facts::Value& value = facts.values[a];
      if (value.kind == ValueKind::call || value.kind == ValueKind::construct) made = value.ref;
      if (value.kind == ValueKind::path) {
        const facts::Path& path = facts.paths[value.ref];
        if (path.root_kind == facts::RootKind::declaration && path.steps == 0) {
          const facts::Value& initial = facts.values[facts.declarations[path.root].initial];
          if (initial.kind == ValueKind::call || initial.kind == ValueKind::construct) made = initial.ref;
        }
      }
      if (made == 0) continue;
      const std::uint32_t effects = context_.effects.of_call(context_.program.calls.id(operation.file, made));
      if (effects & (effect::task | effect::timer)) return true;
    }
  }
  return false;
}

// Whether a closure that changes it lives on. One that only reads has what was there when it was made.
bool VariableFinder::escapes() const {
  for (const Operation& operation : state_.operations) {
    const bool changes = operation.mutates() || operation.kind == Operation::Kind::call || operation.call != 0;
    if (!changes) continue;
    FunctionId id = operation.function;
    bool kept = false;
    for (int depth = 0; depth < 8 && id != state_.function; ++depth) {
      const Place place = context_.program.functions.place(id);
      const facts::Function& function = context_.program.facts(place.file).functions[place.index];
      if (place.index == 0) break;
      const bool named = function.use == facts::ClosureUse::none;
      kept = kept || (named ? context_.graph.handed_on(id) || context_.liveness.handler(id)
                            : !context_.graph.runs_at_once(id) && !context_.graph.settles(id));
      id = context_.program.functions.id(place.file, function.parent);
    }
    if (kept) return true;
  }
  return false;
}

std::string_view VariableFinder::bare_name() const {
  std::string_view name = name_;
  while (!name.empty() && (name.front() == '_' || name.front() == '#')) name.remove_prefix(1);
  return name;
}

// A flag that one function asks, sets and clears: it turns away who comes meanwhile.
bool VariableFinder::guards_itself() const {
  for (const Operation& asked : state_.operations) {
    if (!asked.condition) continue;
    bool sets = false;
    bool clears = false;
    for (const Operation& operation : state_.operations) {
      if (operation.function != asked.function || operation.kind != Operation::Kind::replace || operation.value == 0)
        continue;
      const facts::FileFacts& facts = context_.program.facts(operation.file);
      const facts::Value& value = facts.values[operation.value];
      if (value.kind != ValueKind::boolean) continue;
      const std::string_view text = facts.string(value.text);
      (text == "true" || text == "True" ? sets : clears) = true;
    }
    if (sets && clears) return true;
  }
  return false;
}

// while (running) { .. }
bool VariableFinder::is_loop_condition(const Operation& asked) const {
  const facts::FileFacts& facts = context_.program.facts(asked.file);
  const facts::Index function = context_.program.functions.place(asked.function).index;
  return std::any_of(facts.branches.begin(), facts.branches.end(), [&](const facts::Branch& branch) {
    return branch.function == function && branch.kind == facts::BranchKind::loop && branch.condition != 0 &&
           branch.line == asked.line;
  });
}

// Whether a value is made of what the function was given. What a closure is given while a list is gone through comes
// from the list.
bool VariableFinder::made_of_parameters(FileId file, facts::Index index, int depth) const {
  if (index == 0 || depth > 6) return false;
  const facts::FileFacts& facts = context_.program.facts(file);
  const facts::Value& value = facts.values[index];
  facts::Index path = 0;
  if (value.kind == ValueKind::path) path = value.ref;
  if (value.kind == ValueKind::call || value.kind == ValueKind::construct) {
    path = facts.calls[value.ref].path;
    for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
      if (made_of_parameters(file, a, depth + 1)) return true;
    }
  }
  if (path != 0 && path_of_parameter(file, path, depth)) return true;
  for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
    if (made_of_parameters(file, child, depth + 1)) return true;
  }
  return false;
}

// A closure that goes on with the work of the function around it: with each element, or with a promise's result.
bool VariableFinder::continues(FunctionId closure) const {
  const Place place = context_.program.functions.place(closure);
  const facts::Function& record = context_.program.facts(place.file).functions[place.index];
  if (record.use != facts::ClosureUse::argument || record.parent == 0) return false;
  const CallId call = context_.program.calls.id(place.file, record.use_call);
  return context_.graph.runs_at_once(closure) || context_.graph.called_name(call) == "then";
}

bool VariableFinder::path_of_parameter(FileId file, facts::Index path, int depth) const {
  const facts::FileFacts& facts = context_.program.facts(file);
  if (depth > 6 || facts.paths[path].root_kind != facts::RootKind::declaration) return false;
  const facts::Declaration& root = facts.declarations[facts.paths[path].root];
  if (root.kind == DeclarationKind::variable) {
    return root.function != 0 && made_of_parameters(file, root.initial, depth + 1);
  }
  if (root.kind != DeclarationKind::parameter) return false;
  const facts::Function& record = facts.functions[root.function];
  if (!continues(context_.program.functions.id(file, root.function))) return true;
  return path_of_parameter(file, facts.calls[record.use_call].path, depth + 1);
}

// Whether what is assigned comes from a parameter of the assigning function.
bool VariableFinder::from_parameter(const Operation& operation) const {
  return made_of_parameters(operation.file, operation.value, 0);
}

// Filled by functions that ask a store or a service and put in what these say: nothing that a caller brought.
bool VariableFinder::fetched(const std::vector<const Operation*>& fills) const {
  constexpr std::uint32_t sources = effect::durable_read | effect::external;
  return !fills.empty() && std::all_of(fills.begin(), fills.end(), [&](const Operation* fill) {
    FunctionId function = fill->function;
    if (context_.liveness.handler(function)) return false;
    while (continues(function)) {
      function = context_.program.functions.id(fill->file, context_.program.function(function).parent);
    }
    return (context_.effects.reached(function) & sources) != 0 && !given(*fill);
  });
}

// A collection that is only ever replaced, by functions that first look whether there is one: what they found out last
// time, kept so that they need not look again.
bool VariableFinder::keeps_findings(const std::vector<const Operation*>& fills) const {
  const auto changes_part = [](const Operation* operation) {
    return operation->mutates() && operation->kind != Operation::Kind::replace;
  };
  if (!is_collection() || fills.empty() || std::any_of(runtime_.begin(), runtime_.end(), changes_part)) return false;
  return std::all_of(fills.begin(), fills.end(), [&](const Operation* fill) {
    if (fill->kind != Operation::Kind::replace || given(*fill)) return false;
    const facts::Value& value = context_.program.facts(fill->file).values[fill->value];
    if (value.kind == ValueKind::object || value.kind == ValueKind::array) return false;
    return std::any_of(state_.operations.begin(), state_.operations.end(), [&](const Operation& look) {
      return look.kind == Operation::Kind::read && look.condition && look.function == fill->function &&
             look.line < fill->line;
    });
  });
}

// encoders[model] = encoding_for_model(model): a library works it out, from the key or from constants alone.
bool VariableFinder::memoizes(const std::vector<const Operation*>& fills) const {
  constexpr std::uint32_t outside = effect::durable_read | effect::durable_write | effect::external | effect::publishes;
  return !fills.empty() && std::all_of(fills.begin(), fills.end(), [&](const Operation* fill) {
    const facts::FileFacts& facts = context_.program.facts(fill->file);
    if (fill->kind != Operation::Kind::store || fill->nested || fill->value == 0) return false;
    const facts::Value& value = facts.values[fill->value];
    if (value.kind != ValueKind::call || facts.calls[value.ref].first_argument == 0) return false;
    const CallId call = context_.program.calls.id(fill->file, value.ref);
    const External& external = context_.graph.target(call).external;
    if (external.package == 0 || (context_.effects.of_call(call) & outside) != 0) return false;
    if (makes_client(context_, fill->file, fill->value) || asks_for_time(context_, fill->function)) return false;
    const facts::Function& function = context_.program.function(fill->function);
    for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
      const facts::Value& argument = facts.values[a];
      if (argument.kind != ValueKind::path) {
        if (argument.kind != ValueKind::string && argument.kind != ValueKind::number) return false;
        continue;
      }
      const facts::Path& path = facts.paths[argument.ref];
      const bool parameter = path.root_kind == facts::RootKind::declaration && path.steps == 0 &&
                             path.root >= function.first_parameter &&
                             path.root < function.first_parameter + function.parameters;
      if (!parameter) return false;
    }
    return true;
  });
}

// Whether an entry, or the key that it stands under, is made of what the function was given.
bool VariableFinder::given(const Operation& fill) const {
  if (fill.value != 0) return made_of_parameters(fill.file, fill.value, 0);
  if (fill.call == 0) return true;
  const Place place = context_.program.calls.place(fill.call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  for (facts::Index a = facts.calls[place.index].first_argument; a != 0; a = facts.values[a].next) {
    if (made_of_parameters(place.file, a, 0)) return true;
  }
  return false;
}

// A function in it was made here from what the caller gave, and is called here: compiled, not subscribed.
bool VariableFinder::compiles(const std::vector<const Operation*>& fills) const {
  return !fills.empty() && std::all_of(fills.begin(), fills.end(), [&](const Operation* fill) {
    facts::Index value = fill->value;
    const facts::FileFacts& facts = context_.program.facts(fill->file);
    if (fill->call != 0) {
      value = facts.calls[context_.program.calls.place(fill->call).index].first_argument;
      while (value != 0 && facts.values[value].next != 0) value = facts.values[value].next;
    }
    if (value == 0) return false;
    if (facts.values[value].kind == ValueKind::path) {
      const facts::Path& path = facts.paths[facts.values[value].ref];
      if (path.root_kind != facts::RootKind::declaration || path.steps != 0) return false;
      const facts::Declaration& local = facts.declarations[path.root];
      if (local.kind != DeclarationKind::variable || local.function == 0) return false;
      value = local.initial;
    }
    return value == 0 || facts.values[value].kind == ValueKind::call;
  });
}

}  // namespace detoy::analysis

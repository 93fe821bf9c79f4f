#include "analysis/variable_sites.h"

#include <algorithm>
#include <array>

#include "analysis/kinds.h"
#include "analysis/operation_words.h"
#include "analysis/type_text.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::DeclarationKind;
using facts::ValueKind;
using inventory::Wiring;

namespace {

bool is_one_of(const std::vector<std::string>& words, std::string_view text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

enum class Moment { initial, startup, uncalled, runtime };

class Finder {
 public:
  Finder(const Context& context, const State& state, const std::unordered_set<TypeId>& guarded)
      : context_(context),
        state_(state),
        guarded_(guarded),
        place_(context.program.declarations.place(state.declaration)),
        facts_(context.program.facts(place_.file)),
        declaration_(facts_.declarations[place_.index]),
        name_(facts_.string(declaration_.name)) {}

  bool find(Draft& draft);

 private:
  Moment moment(const Operation& operation) const;
  bool is_collection() const;
  bool is_data_type() const;
  bool can_change() const;
  bool of_no_interest() const;
  bool decide_collection(Draft& draft);
  bool decide_scalar(Draft& draft);
  bool decide_handle(Draft& draft);
  bool decide_metrics(Draft& draft) const;
  bool decide_library(Draft& draft) const;
  bool fluent() const;
  bool only_shown() const;
  bool holds_handles() const;
  bool guards_itself() const;
  bool from_parameter(const Operation& operation) const;
  bool escapes() const;
  std::string_view bare_name() const;
  void fill(Draft& draft, const LifeOf& life);
  bool null_value(const Operation& operation) const;
  bool written_by_setters_only(const std::vector<const Operation*>& writes) const;

  const Context& context_;
  const State& state_;
  const std::unordered_set<TypeId>& guarded_;
  Place place_;
  const facts::FileFacts& facts_;
  const facts::Declaration& declaration_;
  std::string_view name_;
  std::vector<const Operation*> runtime_, uncalled_, startup_;
};

bool Finder::is_collection() const {
  return state_.shape == Shape::map || state_.shape == Shape::set || state_.shape == Shape::list ||
         state_.shape == Shape::queue || state_.shape == Shape::record;
}

// When an operation happens: the innermost function with a known moment decides.
Moment Finder::moment(const Operation& operation) const {
  const Program& program = context_.program;
  FunctionId id = operation.function;
  for (int depth = 0; depth < 8; ++depth) {
    const Place place = program.functions.place(id);
    if (place.index == 0) return Moment::initial;
    const facts::Function& function = program.facts(place.file).functions[place.index];
    if (state_.scope == State::Scope::local && id == state_.function) return Moment::initial;
    if (state_.type != 0 && context_.symbols.owner(id) == state_.type && context_.symbols.is_method(id)) {
      if (function.flags & facts::function_flag::constructor) return Moment::initial;
      if (function.flags & facts::function_flag::static_) {
        const Object result = context_.symbols.returned(id);
        if (result.kind == Object::Kind::instance && result.type == state_.type &&
            state_.scope == State::Scope::field) {
          return Moment::initial;
        }
      }
    }
    const std::uint8_t phases = context_.liveness.phases(id);
    if (phases & phase::runtime) return Moment::runtime;
    // A private helper of the constructor is part of construction.
    bool constructing = state_.type != 0 && !context_.graph.callers(id).empty();
    for (const CallId caller : context_.graph.callers(id)) {
      const FunctionId from = context_.graph.function_of(caller);
      constructing = constructing && (program.function(from).flags & facts::function_flag::constructor) != 0;
    }
    if (constructing) return Moment::initial;
    if (phases & phase::startup) return Moment::startup;
    if (function.parent == 0 || context_.symbols.is_method(id)) return Moment::uncalled;
    id = program.functions.id(place.file, function.parent);
  }
  return Moment::uncalled;
}

// Types that describe data: their objects are records that come and go, not places where a process keeps things.
bool Finder::is_data_type() const {
  if (state_.type == 0) return false;
  const facts::Type& type = context_.program.type(state_.type);
  const FileId file = context_.program.types.place(state_.type).file;
  const facts::FileFacts& facts = context_.program.facts(file);
  const auto& per_request = context_.catalog.words("request_scoped_bases");
  for (std::uint32_t i = 0; i < type.bases; ++i) {
    std::string_view base = facts.string(facts.bases[type.first_base + i].text);
    base = base.substr(0, base.find_first_of("<[("));
    const auto dot = base.rfind('.');
    if (is_one_of(per_request, dot == std::string_view::npos ? base : base.substr(dot + 1))) return true;
  }
  for (const External& base : context_.symbols.external_bases(state_.type)) {
    const std::string_view package = context_.program.text(base.package);
    if (package.starts_with("pydantic") || package.starts_with("sqlalchemy") || package.starts_with("django.db"))
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
bool Finder::can_change() const {
  if (context_.program.file(place_.file).language != Language::rust) return true;
  if (declaration_.flags & facts::declared::static_) {
    if ((declaration_.flags & facts::declared::constant) == 0) return true;  // static mut
  }
  if (is_collection() && guarded_.contains(state_.type)) return true;  // Mutex<Inner>: its fields change under the lock
  const auto& interior = context_.catalog.words("interior_mutability_types");
  for (const std::string_view name : type_names(facts_.string(declaration_.type_text))) {
    if (is_one_of(interior, name)) return true;
  }
  if (state_.scope == State::Scope::local && declaration_.initial != 0) {
    const std::string_view made_of = state_.storage;
    return is_one_of(interior, made_of) || made_of.starts_with("Atomic") || made_of == "Mutex" || made_of == "RwLock";
  }
  return false;
}

bool Finder::of_no_interest() const {
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

bool Finder::null_value(const Operation& operation) const {
  if (operation.value == 0) return true;
  const ValueKind kind = context_.program.facts(operation.file).values[operation.value].kind;
  return kind == ValueKind::null;
}

bool Finder::written_by_setters_only(const std::vector<const Operation*>& writes) const {
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
bool Finder::fluent() const {
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
bool Finder::only_shown() const {
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
bool Finder::holds_handles() const {
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

// A field or variable that holds what a scraper reads, whether or not it is changed here.
bool Finder::decide_metrics(Draft& draft) const {
  if (state_.scope != State::Scope::module && state_.scope != State::Scope::field) return false;
  if (declaration_.flags & facts::declared::from_parameter) return false;
  const Object object = context_.symbols.of_declaration(state_.declaration);
  if (object.kind != Object::Kind::external || object.external.package == 0) return false;
  const Language language = context_.program.file(place_.file).language;
  const catalog::Library* library =
      context_.libraries.with_effect(object.external, language, catalog::Library::Effect::metrics);
  if (library == nullptr) return false;
  draft.site.kind = "metrics";
  draft.decided = draft.has_verdict = true;
  draft.site.verdict = inventory::Verdict::acceptable;
  draft.site.risk = inventory::Risk::low;
  draft.site.why = "Statistics of this process, made to be scraped from each instance.";
  return true;
}

// A field whose type is a library's in-process store. Only where the language says the type of every field.
bool Finder::decide_library(Draft& draft) const {
  if (state_.scope == State::Scope::local || context_.program.file(place_.file).language != Language::rust)
    return false;
  const Object object = context_.symbols.of_declaration(state_.declaration);
  if (object.kind != Object::Kind::external || object.external.package == 0) return false;
  const catalog::Library* library =
      context_.libraries.with_effect(object.external, Language::rust, catalog::Library::Effect::state);
  if (library == nullptr) return false;
  draft.site.kind = library->kind;
  draft.decided = true;
  draft.operations.insert("bounded");
  draft.site.storage = library->name;
  return true;
}

bool Finder::decide_collection(Draft& draft) {
  const auto fills = [](const Operation* operation) {
    return operation->kind == Operation::Kind::add || operation->kind == Operation::Kind::store ||
           operation->kind == Operation::Kind::augment;
  };
  const auto refills = [&](const Operation* operation) {
    if (fills(operation)) return true;
    if (operation->kind != Operation::Kind::replace || operation->value == 0) return false;
    const facts::Value& value = context_.program.facts(operation->file).values[operation->value];
    const bool empty = (value.kind == ValueKind::array || value.kind == ValueKind::object) && value.first_child == 0;
    return !empty && value.kind != ValueKind::null;
  };
  // An element that is changed where it lies was put in before: that was the start.
  const auto enters = [&](const Operation* operation) {
    return refills(operation) && !(operation->nested && operation->kind == Operation::Kind::store &&
                                   (state_.shape == Shape::list || state_.shape == Shape::set));
  };
  const bool at_runtime = std::any_of(runtime_.begin(), runtime_.end(), enters);
  std::vector<const Operation*> offered;
  for (const Operation* operation : uncalled_) {
    const facts::Function& function = context_.program.function(operation->function);
    const bool hidden = (function.flags & facts::function_flag::private_) != 0 ||
                        (context_.program.name_of_function(operation->function).starts_with("_") &&
                         !context_.program.name_of_function(operation->function).starts_with("__"));
    if (refills(operation) && (!hidden || !context_.graph.callers(operation->function).empty()))
      offered.push_back(operation);
  }
  if (at_runtime) {
    for (const Operation* operation : runtime_) {
      if (refills(operation)) draft.writers.push_back(operation->function);
    }
    for (const Operation* operation : offered) draft.writers.push_back(operation->function);
    return true;
  }
  if (!offered.empty()) {
    const bool whole = std::all_of(offered.begin(), offered.end(),
                                   [](const Operation* o) { return o->kind == Operation::Kind::replace; });
    for (const Operation* operation : offered) draft.writers.push_back(operation->function);
    draft.site.confidence = inventory::Confidence::medium;
    const bool registers = std::all_of(offered.begin(), offered.end(), [&](const Operation* operation) {
      const auto words = split_words(context_.program.name_of_function(operation->function));
      return !words.empty() && words.front() == "register";
    });
    if (registers) {
      draft.site.kind = "registry";
      draft.decided = draft.has_verdict = true;
      draft.site.verdict = inventory::Verdict::acceptable;
      draft.site.risk = inventory::Risk::low;
      draft.site.why = std::string(name_) + " holds what code registers, and nothing registers anything while serving.";
      return true;
    }
    if (whole && written_by_setters_only(offered)) {
      draft.site.kind = "config_store";
      draft.decided = draft.has_verdict = true;
      draft.site.verdict = inventory::Verdict::acceptable;
      draft.site.risk = inventory::Risk::low;
      draft.site.why = std::string(name_) + " could be replaced at run time, but nothing calls the setter.";
      return true;
    }
    return true;
  }
  // Filled through methods while starting: code that registers itself.
  const bool registered = std::any_of(startup_.begin(), startup_.end(), [&](const Operation* operation) {
    return fills(operation) && state_.type != 0 && context_.symbols.owner(operation->function) == state_.type;
  });
  if (!registered) return false;
  for (const Operation* operation : startup_) {
    if (fills(operation)) draft.writers.push_back(operation->function);
  }
  // A bus gets its handlers at start-up as well, but what goes through it is lost with the process.
  Draft bus = draft;
  fill(bus, {});
  const KindScore likely = classify(bus, context_);
  if (likely.kind != nullptr && likely.kind->name == "event_bus" && bus.operations.contains("emit")) return true;
  draft.site.kind = "registry";
  draft.decided = draft.has_verdict = true;
  draft.site.verdict = inventory::Verdict::acceptable;
  draft.site.risk = inventory::Risk::low;
  draft.site.why =
      std::string(name_) + " is filled by code while the process starts and is the same on every instance.";
  return true;
}

// Whether a closure that has the local outlives the call that made it.
bool Finder::escapes() const {
  for (const Operation& operation : state_.operations) {
    FunctionId id = operation.function;
    bool kept = false;
    for (int depth = 0; depth < 8 && id != state_.function; ++depth) {
      const Place place = context_.program.functions.place(id);
      const facts::Function& function = context_.program.facts(place.file).functions[place.index];
      if (place.index == 0) break;
      const bool named = function.use == facts::ClosureUse::none;
      kept = kept ||
             (named ? context_.graph.handed_on(id) || context_.liveness.handler(id) : !context_.graph.runs_at_once(id));
      id = context_.program.functions.id(place.file, function.parent);
    }
    if (kept) return true;
  }
  return false;
}

std::string_view Finder::bare_name() const {
  std::string_view name = name_;
  while (!name.empty() && (name.front() == '_' || name.front() == '#')) name.remove_prefix(1);
  return name;
}

// A flag that one function asks, sets and clears: it turns away who comes meanwhile.
bool Finder::guards_itself() const {
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

bool Finder::decide_scalar(Draft& draft) {
  std::vector<const Operation*> writes;
  std::vector<const Operation*> offered;
  for (const Operation* operation : runtime_) {
    if (operation->mutates()) writes.push_back(operation);
  }
  for (const Operation* operation : uncalled_) {
    if (operation->mutates()) offered.push_back(operation);
  }
  const auto& lifecycle = context_.catalog.words("lifecycle_flags");
  const auto& running = context_.catalog.words("running_flags");
  if (state_.shape == Shape::flag) {
    if (is_one_of(lifecycle, bare_name()) && !is_one_of(running, bare_name())) return false;
    if (is_one_of(running, bare_name()) || guards_itself()) {
      // A guard asks the flag and turns away; a flag that only tells the loops to go on is lifecycle.
      bool sets = false;
      bool asks = false;
      for (const Operation& operation : state_.operations) {
        sets = sets || operation.kind == Operation::Kind::replace;
        asks = asks || operation.condition;
      }
      if (!sets || !asks) return false;
      draft.site.kind = "lock";
      draft.decided = true;
      for (const Operation& operation : state_.operations) {
        if (operation.mutates() && moment(operation) != Moment::initial) draft.writers.push_back(operation.function);
      }
      return !draft.writers.empty();
    }
  }
  // An atomic counter is changed by its methods.
  if (state_.shape == Shape::counter || state_.shape == Shape::flag) {
    const auto& incrementing = context_.catalog.words("incrementing_methods");
    for (const std::vector<const Operation*>* list : {&runtime_, &uncalled_}) {
      for (const Operation* operation : *list) {
        if (operation->mutates()) continue;
        if (is_one_of(incrementing, operation->word) || operation->word == "store" || operation->word == "swap" ||
            operation->word == "compare_exchange") {
          (list == &runtime_ ? writes : offered).push_back(operation);
        }
      }
    }
  }
  if (writes.empty() && offered.empty()) return false;
  for (const Operation* operation : writes) draft.writers.push_back(operation->function);
  for (const Operation* operation : offered) draft.writers.push_back(operation->function);
  if (writes.empty() && written_by_setters_only(offered)) {
    draft.site.kind = "config_store";
    draft.decided = draft.has_verdict = true;
    draft.site.verdict = inventory::Verdict::acceptable;
    draft.site.risk = inventory::Risk::low;
    draft.site.why = std::string(name_) + " could be changed at run time, but nothing calls the setter.";
  }
  return true;
}

// Whether what is assigned comes from a parameter of the assigning function.
bool Finder::from_parameter(const Operation& operation) const {
  const facts::FileFacts& facts = context_.program.facts(operation.file);
  const auto comes = [&](facts::Index index, auto& self, int depth) -> bool {
    if (index == 0 || depth > 5) return false;
    const facts::Value& value = facts.values[index];
    facts::Index path = 0;
    if (value.kind == ValueKind::path) path = value.ref;
    if (value.kind == ValueKind::call || value.kind == ValueKind::construct) {
      path = facts.calls[value.ref].path;
      for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
        if (self(a, self, depth + 1)) return true;
      }
    }
    if (path != 0 && facts.paths[path].root_kind == facts::RootKind::declaration) {
      const facts::Declaration& root = facts.declarations[facts.paths[path].root];
      if (root.kind == DeclarationKind::parameter) return true;
      if (root.kind == DeclarationKind::variable && root.function != 0 && self(root.initial, self, depth + 1))
        return true;
    }
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
      if (self(child, self, depth + 1)) return true;
    }
    return false;
  };
  return comes(operation.value, comes, 0);
}

// null first, an object later: a handle that is built when it is first needed, or a remembered result.
bool Finder::decide_handle(Draft& draft) {
  std::vector<const Operation*> writes;
  bool in_hook_only = true;
  bool at_runtime = false;
  const auto& hooks = context_.catalog.words("startup_hooks");
  for (const std::vector<const Operation*>* list : {&runtime_, &uncalled_, &startup_}) {
    for (const Operation* operation : *list) {
      if (operation->kind != Operation::Kind::replace || null_value(*operation)) continue;
      writes.push_back(operation);
      const std::string_view function = context_.program.name_of_function(operation->function);
      in_hook_only = in_hook_only && (function.starts_with("on") || function == "lifespan" || function == "setup") &&
                     is_one_of(hooks, function);
      at_runtime = at_runtime || list == &runtime_;
    }
  }
  if (writes.empty() || in_hook_only) return false;
  const bool starts_null = declaration_.initial != 0 && facts_.values[declaration_.initial].kind == ValueKind::null;
  const std::string_view type_text = facts_.string(declaration_.type_text);
  const bool optional = starts_null || type_text.find("null") != std::string_view::npos ||
                        type_text.find("undefined") != std::string_view::npos ||
                        type_text.find("Option") != std::string_view::npos ||
                        type_text.find("OnceCell") != std::string_view::npos ||
                        (declaration_.initial == 0 && state_.scope == State::Scope::module);
  // Set once while starting and never null before: construction in two steps.
  if (!at_runtime && uncalled_.empty() && !optional) return false;
  if (!at_runtime && !optional && !written_by_setters_only(writes)) return false;
  for (const Operation* operation : writes) draft.writers.push_back(operation->function);
  bool client = false;
  bool plain = false;
  std::string client_kind;
  for (const Operation* operation : writes) {
    const Object value = context_.symbols.of_value(operation->file, operation->value);
    if (value.kind == Object::Kind::external) {
      client = true;
      const Language language = context_.program.file(operation->file).language;
      for (const catalog::Library* library : context_.libraries.of(value.external, language)) {
        if (library->effect == catalog::Library::Effect::durable) client_kind = "connection";
      }
    }
    if (value.kind == Object::Kind::instance) client = true;
    if (value.kind == Object::Kind::plain || value.kind == Object::Kind::collection) plain = true;
    // Taken from a parameter: a setter.
    const facts::FileFacts& facts = context_.program.facts(operation->file);
    const facts::Value& record = facts.values[operation->value];
    if (record.kind == ValueKind::path) {
      const facts::Path& path = facts.paths[record.ref];
      if (path.root_kind == facts::RootKind::declaration &&
          facts.declarations[path.root].kind == DeclarationKind::parameter && path.steps == 0) {
        client = client && false;
      }
    }
  }
  if (!at_runtime && written_by_setters_only(writes) && !starts_null) {
    const std::string_view verb = context_.program.name_of_function(writes.front()->function);
    const bool holder =
        !split_words(verb).empty() && split_words(verb).front() == "set" && state_.scope == State::Scope::module;
    draft.site.kind = holder ? "lazy_singleton" : "config_store";
    draft.decided = draft.has_verdict = true;
    draft.site.verdict = inventory::Verdict::acceptable;
    draft.site.risk = inventory::Risk::low;
    draft.site.why = std::string(name_) + " could be replaced at run time, but nothing calls the setter while serving.";
    return true;
  }
  if (plain && !client) {
    // Worked out from what every instance has, not taken from a caller: a result that is remembered.
    const bool given =
        std::any_of(writes.begin(), writes.end(), [&](const Operation* write) { return from_parameter(*write); });
    if (!given) {
      draft.site.kind = "cache";
      draft.decided = true;
    }
    return true;  // else the words decide
  }
  draft.operations.insert("client");
  draft.operations.insert("assign_once");
  if (client || !at_runtime) {
    const auto words = split_words(std::string(name_) + " " + std::string(draft.type_text));
    const bool connects = client_kind == "connection" || has_phrase(words, "client") ||
                          has_phrase(words, "connection") || has_phrase(words, "pool") || has_phrase(words, "socket") ||
                          has_phrase(words, "conn") || has_phrase(words, "db") || has_phrase(words, "database") ||
                          has_phrase(words, "store") || has_phrase(words, "collection") || has_phrase(words, "redis") ||
                          has_phrase(words, "engine");
    draft.site.kind = connects ? "connection" : "lazy_singleton";
    draft.decided = draft.has_verdict = true;
    draft.site.verdict = inventory::Verdict::acceptable;
    draft.site.risk = inventory::Risk::low;
    draft.site.why = connects
                         ? std::string(name_) + " is a handle that every instance opens for itself and can open again."
                         : std::string(name_) + " is built when first needed and can be built again on any instance.";
  }
  return true;
}

void Finder::fill(Draft& draft, const LifeOf& life) {
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
  if (is_collection() && holds_handles()) draft.operations.insert("handles");
  std::sort(draft.writers.begin(), draft.writers.end());
  draft.writers.erase(std::unique(draft.writers.begin(), draft.writers.end()), draft.writers.end());
}

bool Finder::find(Draft& draft) {
  if (name_.empty()) return false;
  if (declaration_.flags & facts::declared::thread_local_) return false;
  if (is_data_type()) return false;
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
  if (life.life == Life::none && context_.program.file(place_.file).language == Language::rust) {
    // Made where production runs, but nobody sees for how long: no ground to say anything.
    for (const CallId call : context_.graph.constructions(state_.type)) {
      const FunctionId maker = context_.graph.function_of(call);
      if (context_.liveness.function(maker) && context_.liveness.phases(maker) != 0) return false;
    }
  }
  if (state_.scope == State::Scope::local && (life.life != Life::process || !escapes())) return false;
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
  draft.type_text = facts_.string(declaration_.type_text);
  draft.site.name = name_;
  bool found = false;
  if (library) {
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

// Rust types that some field holds behind a lock or cell.
std::unordered_set<TypeId> guarded_types(const Context& context) {
  std::unordered_set<TypeId> types;
  const auto& interior = context.catalog.words("interior_mutability_types");
  for (FileId file = 0; file < context.program.files().size(); ++file) {
    if (context.program.file(file).language != Language::rust) continue;
    const facts::FileFacts& facts = context.program.facts(file);
    for (const facts::Declaration& declaration : facts.declarations) {
      if (declaration.type_text == 0 || declaration.kind == DeclarationKind::parameter) continue;
      bool inside = false;
      for (const std::string_view name : type_names(facts.string(declaration.type_text))) {
        if (inside) {
          // Directly under the lock: what a collection under it holds are records.
          if (is_one_of(context.catalog.words("cell_types"), name)) continue;
          const TypeId type = context.symbols.type_named(file, name);
          if (type != 0) types.insert(type);
          break;
        }
        inside = inside || is_one_of(interior, name);
      }
    }
  }
  return types;
}

}  // namespace

std::vector<Draft> variable_sites(const Context& context) {
  std::vector<Draft> drafts;
  const std::unordered_set<TypeId> guarded = guarded_types(context);
  for (const State& state : context.states.all()) {
    Draft draft;
    if (Finder(context, state, guarded).find(draft)) drafts.push_back(std::move(draft));
  }
  return drafts;
}

}  // namespace detoy::analysis

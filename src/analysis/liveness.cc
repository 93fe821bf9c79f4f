#include "analysis/liveness.h"

#include <algorithm>
#include <deque>

#include "base/words.h"

namespace detoy::analysis {

using catalog::Library;
using facts::ClosureUse;
using facts::DeclarationKind;

Liveness::Liveness(const CallGraph& graph, const Libraries& libraries, const catalog::Catalog& catalog,
                   const source::Tree& tree)
    : graph_(graph),
      program_(graph.program()),
      libraries_(libraries),
      catalog_(catalog),
      tree_(tree),
      loops_(graph.program(), catalog) {
  files_.resize(program_.files().size());
  entries_.resize(program_.files().size());
  offered_.resize(program_.files().size());
  by_place_.resize(program_.files().size());
  functions_.resize(program_.functions.size());
  types_.resize(program_.types.size());
  statics_.resize(program_.types.size());
  handlers_.resize(program_.functions.size());
  started_.resize(program_.functions.size());
  phases_.resize(program_.functions.size());
  find_entries();
  load_files();
  find_statics();
  find_handlers();
  find_serving();
  reach();
  spread_phases();
}

bool Liveness::production(FileId id) const {
  return program_.file(id).role == source::Role::production;
}

// However such an object is made, by a closure, the name of a function or a macro: there is one, for as long as the
// process runs.
void Liveness::find_statics() {
  for (FileId file = 0; file < program_.files().size(); ++file) {
    if (program_.file(file).language != Language::rust || !production(file) || !files_[file]) continue;
    const facts::FileFacts& facts = program_.facts(file);
    for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
      const facts::Declaration& declaration = facts.declarations[i];
      const bool is_static = (declaration.flags & facts::declared::static_) != 0;
      if (declaration.kind != DeclarationKind::variable || !is_static || declaration.type_text == 0) continue;
      const Object object = graph_.symbols().of_declaration(program_.declarations.id(file, i));
      if (object.kind == Object::Kind::instance && object.type != 0)
        statics_[graph_.symbols().canonical(object.type)] = true;
    }
  }
}

void Liveness::find_handlers() {
  const auto& hooks = catalog_.words("startup_hooks");
  for (FileId file = 0; file < program_.files().size(); ++file) {
    const facts::FileFacts& facts = program_.facts(file);
    const Language language = program_.file(file).language;
    // What such a file exports is what the framework calls: for each request, or once at start.
    for (facts::Index i = 1; by_place_[file] && language != Language::python && i < facts.functions.size(); ++i) {
      const facts::Function& function = facts.functions[i];
      // export const POST = withSession(async (request) => ..): what is wrapped is the handler.
      const bool wrapped =
          function.use == ClosureUse::argument && facts.calls[function.use_call].assigned_to != 0 &&
          (facts.declarations[facts.calls[function.use_call].assigned_to].flags & facts::declared::exported) != 0;
      const bool offered = (function.flags & facts::function_flag::exported) != 0 || wrapped;
      if (function.parent != 0 || function.type != 0 || !offered) continue;
      handlers_[program_.functions.id(file, i)] = true;
      started_[program_.functions.id(file, i)] = is_one_of(hooks, facts.string(function.name));
    }
    // impl Handler<Joined> for Dealer: actors and middleware are called through traits of their framework.
    for (facts::Index i = 1; language == Language::rust && i < facts.functions.size(); ++i) {
      const facts::Type& type = facts.types[facts.functions[i].type];
      if (type.kind != facts::TypeKind::implementation || type.bases == 0) continue;
      const FunctionId method = program_.functions.id(file, i);
      const auto names = [&](const char* traits) {
        return graph_.symbols().names_base(file, facts.functions[i].type, catalog_.words(traits));
      };
      started_[method] = names("assembled_traits");
      handlers_[method] = started_[method] || names("served_traits");
    }
    for (const facts::Decorator& decorator : facts.decorators) {
      const bool implementation = language == Language::rust && decorator.on == facts::DecoratedKind::type &&
                                  facts.types[decorator.target].kind == facts::TypeKind::implementation;
      if (decorator.on != facts::DecoratedKind::function && !implementation) continue;
      const facts::Path& path = facts.paths[facts.calls[decorator.call].path];
      std::string name;
      if (path.root_kind == facts::RootKind::declaration) name = facts.string(facts.declarations[path.root].name);
      if (path.root_kind == facts::RootKind::name) name = facts.string(path.root);
      for (std::uint32_t i = 0; i < path.steps; ++i) {
        const facts::Step& step = facts.steps[path.first_step + i];
        if (step.name != 0) name += "." + std::string(facts.string(step.name));
      }
      const CallId call = program_.calls.id(file, decorator.call);
      LibraryList list = libraries_.of_decorator(name, language);
      const LibraryList& by_import = libraries_.of(graph_.target(call).external, language);
      list.insert(list.end(), by_import.begin(), by_import.end());
      for (const Library* library : list) {
        // #[tonic::async_trait] impl Greeter for Service: clients call its methods.
        for (facts::Index i = 1; implementation && i < facts.functions.size(); ++i) {
          if (facts.functions[i].type == decorator.target && library->effect == Library::Effect::endpoint)
            handlers_[program_.functions.id(file, i)] = true;
        }
        if (implementation) continue;
        if (library->effect == Library::Effect::endpoint || library->effect == Library::Effect::timer ||
            library->effect == Library::Effect::task || library->effect == Library::Effect::event_bus ||
            library->effect == Library::Effect::startup) {
          if (library->effect == Library::Effect::startup)
            started_[program_.functions.id(file, decorator.target)] = true;
          handlers_[program_.functions.id(file, decorator.target)] = true;
        }
      }
    }
  }
}

bool Liveness::serves(std::uint32_t package) const {
  return serving_[package == source::File::no_package ? tree_.packages.size() : package];
}

void Liveness::find_serving() {
  serving_.assign(tree_.packages.size() + 1, false);
  const auto mark = [&](FileId file) {
    const std::uint32_t package = program_.file(file).package;
    serving_[package == source::File::no_package ? tree_.packages.size() : package] = true;
  };
  bool any = false;
  for (FileId file = 0; file < program_.files().size(); ++file) {
    if (!production(file)) continue;
    const facts::FileFacts& facts = program_.facts(file);
    bool here = loops_.listens(file);
    for (facts::Index i = 1; i < facts.functions.size() && !here; ++i) here = handlers_[program_.functions.id(file, i)];
    here = here || (entries_[file] && program_.file(file).language != Language::rust && starts_a_server(file));
    for (facts::Index i = 1; i < facts.calls.size() && !here; ++i) {
      const External& external = graph_.target(program_.calls.id(file, i)).external;
      if (external.package == 0) continue;
      for (const Library* library : libraries_.of(external, program_.file(file).language)) {
        here = here || library->effect == Library::Effect::endpoint || library->effect == Library::Effect::timer ||
               library->effect == Library::Effect::task || library->effect == Library::Effect::event_bus;
      }
    }
    if (here) mark(file);
    any = any || here;
  }
  // Nothing that is known to serve: then nothing can be told apart. And a library serves whoever uses it.
  for (std::size_t i = 0; i < serving_.size(); ++i) {
    const bool library =
        i < tree_.packages.size() && !tree_.packages[i].has_start_script && !tree_.packages[i].has_container &&
        std::none_of(
            program_.files().begin(), program_.files().end(),
            [&](const SourceFile& file) {
              return file.package == i && entries_[static_cast<FileId>(&file - program_.files().data())];
            });
    if (!any || library) serving_[i] = true;
  }
}

// Rapid type analysis: functions reached from loaded top-level code, and the types that they bring to life.
void Liveness::reach() {
  std::deque<FunctionId> open;
  const auto enter = [&](FunctionId id) {
    if (functions_[id]) return;
    if (!production(program_.functions.place(id).file)) return;
    if (program_.function(id).flags & facts::function_flag::test) return;
    functions_[id] = true;
    open.push_back(id);
  };
  const auto instantiate = [&](TypeId id) {
    if (types_[id]) return;
    std::vector<TypeId> chain = {id};
    while (!chain.empty()) {
      const TypeId type = chain.back();
      chain.pop_back();
      if (type == 0 || types_[type]) continue;
      types_[type] = true;
      for (const FunctionId method : graph_.symbols().methods(type)) enter(method);
      for (const TypeId base : graph_.symbols().supertypes(type)) chain.push_back(base);
    }
  };
  for (const FunctionId function : taken_unseen_) enter(function);
  for (const TypeId type : types_taken_unseen_) instantiate(type);
  for (TypeId type = 0; type < statics_.size(); ++type) {
    if (statics_[type]) instantiate(type);
  }
  const auto& mains = catalog_.words("main_functions");
  for (FileId file = 0; file < program_.files().size(); ++file) {
    if (!files_[file]) continue;
    enter(program_.top_level(file));
    const facts::FileFacts& facts = program_.facts(file);
    for (facts::Index i = 1; i < facts.functions.size(); ++i) {
      const facts::Function& function = facts.functions[i];
      const FunctionId id = program_.functions.id(file, i);
      const bool main =
          entries_[file] && function.parent == 0 && function.type == 0 && is_one_of(mains, facts.string(function.name));
      const bool offered = entries_[file] && (function.flags & facts::function_flag::exported) &&
                           (offered_[file] || program_.file(file).language != Language::rust);
      if (main || offered || (handlers_[id] && function.type == 0)) enter(id);
      // Class-based views: the routes stand on the methods, and the framework makes the object.
      if (handlers_[id] && function.type != 0 && program_.file(file).language == Language::python) {
        instantiate(graph_.symbols().owner(id));
      }
    }
    if (offered_[file]) {
      for (facts::Index i = 1; i < facts.types.size(); ++i) {
        instantiate(graph_.symbols().canonical(program_.types.id(file, i)));
      }
    }
    // Decorators that make a component of the class: the framework constructs it when a module lists it, or by itself.
    for (const facts::Decorator& decorator : facts.decorators) {
      if (decorator.on != facts::DecoratedKind::type) continue;
      const Language language = program_.file(file).language;
      const LibraryList& list =
          libraries_.of(graph_.target(program_.calls.id(file, decorator.call)).external, language);
      const bool model = std::any_of(list.begin(), list.end(), [](const Library* library) {
        return library->effect == Library::Effect::endpoint || library->effect == Library::Effect::startup;
      });
      if (model) instantiate(graph_.symbols().canonical(program_.types.id(file, decorator.target)));
    }
    // Django, Flask-RESTful, Celery and the like construct classes that extend theirs.
    const auto& framework_bases = catalog_.words("framework_bases");
    for (facts::Index i = 1; i < facts.types.size(); ++i) {
      const TypeId type = graph_.symbols().canonical(program_.types.id(file, i));
      if (graph_.symbols().extends_one_of(type, framework_bases)) instantiate(type);
    }
  }
  while (!open.empty()) {
    const FunctionId id = open.front();
    open.pop_front();
    for (const FunctionId closure : graph_.closures_in(id)) {
      // Named inner functions run when called; closures are handed on or called.
      enter(closure);
    }
    for (const CallId call : graph_.calls_in(id)) {
      for (const FunctionId callee : graph_.callees(call)) {
        const TypeId owner = graph_.symbols().is_method(callee) ? graph_.symbols().owner(callee) : 0;
        const bool static_ = (program_.function(callee).flags & facts::function_flag::static_) != 0;
        // Rust: a type that a macro declares is made by code that the macro writes.
        const bool unseen = owner != 0 && program_.type(owner).kind == facts::TypeKind::implementation;
        // A virtual call reaches the methods of types that are alive; a static one reaches its own.
        if (owner == 0 || static_ || unseen || types_[owner] || graph_.target(call).constructed == owner) enter(callee);
      }
      instantiate(graph_.target(call).constructed);
      for (const TypeId chosen : graph_.types_to_choose(call)) instantiate(chosen);
      for (const FunctionId passed : graph_.functions_passed(call)) enter(passed);
      for (const TypeId passed : graph_.types_passed(call)) instantiate(passed);
    }
  }
}

// Whether a call runs the functions that it is given once, while the process starts: plugins, set-up functions.
bool Liveness::registers_setup(CallId call) const {
  const Place place = program_.calls.place(call);
  const facts::FileFacts& facts = program_.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  if (libraries_.with_effect(graph_.target(call).external, program_.file(place.file).language,
                             Library::Effect::startup) != nullptr) {
    return true;
  }
  // app.register(plugin): what it hands to the function is the application.
  if (!is_one_of(catalog_.words("registering_methods"), graph_.called_name(call))) return false;
  std::vector<FunctionId> given(graph_.functions_passed(call).begin(), graph_.functions_passed(call).end());
  const facts::Value& first = facts.values[record.first_argument];
  if (first.kind == facts::ValueKind::function) given = {program_.functions.id(place.file, first.ref)};
  return std::any_of(given.begin(), given.end(), [&](FunctionId function) { return takes_application(function); });
}

// app.add_middleware(Limits), Middleware(Limits)
bool Liveness::registers_middleware(CallId call) const {
  std::string_view name = graph_.called_name(call);
  if (name.empty()) name = program_.text(graph_.target(call).external.symbol);
  return is_one_of(catalog_.words("middleware_registrations"), name);
}

// FastAPI(lifespan=lifespan, on_startup=[connect]): what is handed over under such a name is called once.
bool Liveness::hands_over_hook(CallId call) const {
  const FileId file = program_.calls.place(call).file;
  const facts::FileFacts& facts = program_.facts(file);
  const auto& hooks = catalog_.words("startup_hooks");
  bool others = false;
  bool hook = false;
  const auto look_at = [&](facts::Index index, auto& self) -> void {
    const facts::Value& value = facts.values[index];
    if (value.key != 0 && is_one_of(hooks, facts.string(value.key))) {
      hook = true;
    } else if (value.kind == facts::ValueKind::object) {
      for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) self(child, self);
    } else if (value.kind == facts::ValueKind::path) {
      const facts::Path& path = facts.paths[value.ref];
      others = others || graph_.symbols().of_path(file, path, path.steps).kind == Object::Kind::function;
    }
  };
  for (facts::Index a = program_.call(call).first_argument; a != 0; a = facts.values[a].next) look_at(a, look_at);
  return hook && !others;
}

bool Liveness::takes_application(FunctionId function) const {
  const facts::FileFacts& home = program_.facts(program_.functions.place(function).file);
  const facts::Function& setup = program_.function(function);
  if (setup.parameters == 0) return false;
  const facts::Declaration& application = home.declarations[setup.first_parameter];
  if (is_one_of(catalog_.words("application_names"), home.string(application.name))) return true;
  const auto& types = catalog_.words("application_parameter_types");
  return std::any_of(types.begin(), types.end(), [&](const std::string& type) {
    return home.string(application.type_text).find(type) != std::string_view::npos;
  });
}

// registerWorkers, handed on by name: what needs nothing and is called so runs once, whoever calls it.
bool Liveness::sets_up(FunctionId function) const {
  if (program_.function(function).parameters != 0) return false;
  const auto words = split_words(program_.name_of_function(function));
  return words.size() > 1 && is_one_of(catalog_.words("setup_verbs"), words.front());
}

// let work = async { .. }: what makes such a future awaits, joins or selects it, unless it hands it on.
bool Liveness::waits_in_variable(FunctionId block) const {
  const Place place = program_.functions.place(block);
  const facts::Function& function = program_.facts(place.file).functions[place.index];
  return program_.file(place.file).language == Language::rust && function.use == ClosureUse::assigned &&
         (function.flags & facts::function_flag::async) != 0 && function.parameters == 0;
}

bool Liveness::goes_round(FunctionId function) const {
  const Place place = program_.functions.place(function);
  const auto& branches = program_.facts(place.file).branches;
  return std::any_of(branches.begin(), branches.end(), [&](const facts::Branch& branch) {
    return branch.function == place.index && branch.kind == facts::BranchKind::loop &&
           (branch.infinite || branch.condition != 0);
  });
}

// Calls whose work is left to itself: create_task(poll()), or spawn(poll()) where spawn hands it to create_task.
void Liveness::find_what_runs_apart() {
  runs_apart_.resize(program_.calls.size());
  std::vector<std::pair<FunctionId, facts::Index>> helpers;  // and the parameter that they leave to itself
  const auto note = [&](FileId file, facts::Index argument, std::vector<std::pair<FunctionId, facts::Index>>* found) {
    const facts::FileFacts& facts = program_.facts(file);
    const facts::Value& value = facts.values[argument];
    if (value.kind == facts::ValueKind::call) runs_apart_[program_.calls.id(file, value.ref)] = true;
    if (value.kind != facts::ValueKind::path || found == nullptr) return;
    const facts::Path& path = facts.paths[value.ref];
    if (path.root_kind != facts::RootKind::declaration || path.steps != 0) return;
    const facts::Declaration& parameter = facts.declarations[path.root];
    if (parameter.kind == DeclarationKind::parameter)
      found->emplace_back(program_.functions.id(file, parameter.function), path.root);
  };
  for (FileId file = 0; file < program_.files().size(); ++file) {
    const Language language = program_.file(file).language;
    if (!production(file) || (language != Language::python && language != Language::rust)) continue;
    const facts::FileFacts& facts = program_.facts(file);
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      const External& external = graph_.target(program_.calls.id(file, i)).external;
      if (external.symbol == 0 || facts.calls[i].first_argument == 0) continue;
      if (libraries_.with_effect(external, language, Library::Effect::task) != nullptr)
        note(file, facts.calls[i].first_argument, &helpers);
    }
  }
  for (const auto& [helper, parameter] : helpers) {
    const Place place = program_.functions.place(helper);
    const facts::Function& record = program_.facts(place.file).functions[place.index];
    if (parameter < record.first_parameter) continue;
    for (const CallId call : graph_.callers(helper)) {
      facts::Index argument = program_.call(call).first_argument;
      const FileId file = program_.calls.place(call).file;
      for (facts::Index i = record.first_parameter; i < parameter && argument != 0; ++i)
        argument = program_.facts(file).values[argument].next;
      if (argument != 0) note(file, argument, nullptr);
    }
  }
}

void Liveness::spread_phases() {
  find_what_runs_apart();
  std::deque<FunctionId> open;
  const auto give = [&](FunctionId id, std::uint8_t mask) {
    if ((phases_[id] | mask) == phases_[id]) return;
    phases_[id] |= mask;
    open.push_back(id);
  };
  for (const FunctionId function : taken_unseen_) {
    const auto words = split_words(program_.name_of_function(function));
    const bool setup =
        takes_application(function) || (!words.empty() && is_one_of(catalog_.words("setup_verbs"), words.front()));
    give(function, setup ? phase::startup : phase::runtime);
  }
  const auto& mains = catalog_.words("main_functions");
  const auto& hooks = catalog_.words("startup_hooks");
  const auto& framework_bases = catalog_.words("framework_bases");
  for (FileId file = 0; file < program_.files().size(); ++file) {
    if (!production(file)) continue;
    give(program_.top_level(file), phase::startup);
    const facts::FileFacts& facts = program_.facts(file);
    // def post(self), def destroy(self, request): a view's methods are called for requests, whoever declared them
    // first.
    for (facts::Index i = 1; i < facts.types.size(); ++i) {
      const TypeId type = graph_.symbols().canonical(program_.types.id(file, i));
      if (!graph_.symbols().extends_one_of(type, framework_bases)) continue;
      for (const FunctionId method : graph_.symbols().methods(type)) {
        const std::string_view name = program_.name_of_function(method);
        if (!name.starts_with('_') && name != "constructor" && !is_one_of(hooks, name)) give(method, phase::runtime);
      }
    }
    for (facts::Index i = 1; i < facts.functions.size(); ++i) {
      const facts::Function& function = facts.functions[i];
      const FunctionId id = program_.functions.id(file, i);
      const std::string_view name = facts.string(function.name);
      if (function.flags & facts::function_flag::test) continue;
      if (function.parent == 0 && function.type == 0 && is_one_of(mains, name)) give(id, phase::startup);
      if (is_one_of(hooks, name)) give(id, phase::startup);
      if (handlers_[id]) give(id, started_[id] ? phase::startup : phase::runtime);
      // A provider's factory runs while the container is built; other functions in objects are handed on.
      const bool factory = function.use == ClosureUse::property &&
                           is_one_of(catalog_.words("factory_keys"), facts.string(function.use_key));
      if (factory) give(id, phase::startup);
      if (function.use == ClosureUse::returned || (function.use == ClosureUse::property && !factory)) {
        give(id, phase::runtime);
      }
      if (function.use == ClosureUse::argument && !graph_.runs_at_once(id)) {
        const bool setup = registers_setup(program_.calls.id(file, function.use_call));
        give(id, setup ? phase::startup : phase::runtime);
      }
    }
    // An inner function that is returned by its name is a closure like any other.
    for (const facts::Return& result : facts.returns) {
      const facts::Value& value = facts.values[result.value];
      if (value.kind != facts::ValueKind::path || facts.paths[value.ref].steps != 0) continue;
      const facts::Path& path = facts.paths[value.ref];
      if (path.root_kind != facts::RootKind::declaration) continue;
      const facts::Declaration& inner = facts.declarations[path.root];
      if (is_one_of(hooks, facts.string(inner.name))) continue;  // def make_lifespan(settings): .. return lifespan
      if (inner.kind == DeclarationKind::function && inner.function == result.function && inner.function != 0)
        give(program_.functions.id(file, inner.target), phase::runtime);
    }
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      const CallId call = program_.calls.id(file, i);
      if (!graph_.types_passed(call).empty() && registers_middleware(call)) {
        for (const TypeId type : graph_.types_passed(call)) {
          for (const FunctionId method : graph_.symbols().methods(type)) {
            if (is_one_of(catalog_.words("middleware_methods"), program_.name_of_function(method)))
              give(method, phase::runtime);
          }
        }
      }
      if (graph_.functions_passed(call).empty() || graph_.target(call).runs != 0) continue;
      const bool setup = registers_setup(call) || hands_over_hook(call);
      for (const FunctionId passed : graph_.functions_passed(call)) {
        const Place place = program_.functions.place(passed);
        if (graph_.goes_on_after(call)) continue;  // in its caller's time: below
        const ClosureUse use = program_.facts(place.file).functions[place.index].use;
        // A literal closure was dealt with above; here are names of functions that are handed on.
        if (use == ClosureUse::none || use == ClosureUse::assigned || graph_.symbols().is_method(passed)) {
          give(passed, setup || sets_up(passed) ? phase::startup : phase::runtime);
        }
      }
    }
  }
  while (!open.empty()) {
    const FunctionId id = open.front();
    open.pop_front();
    const std::uint8_t mask = phases_[id];
    const FileId home = program_.functions.place(id).file;
    for (const CallId call : graph_.calls_in(id)) {
      const facts::Call& record = graph_.program().call(call);
      if (record.flags & facts::call_flag::decorator) continue;
      const std::uint8_t when = in_serving_loop(home, record.branch) ? std::uint8_t{phase::runtime} : mask;
      const bool apart = runs_apart_[call];
      // connect().then(start)
      if (graph_.goes_on_after(call)) {
        for (const FunctionId passed : graph_.functions_passed(call)) give(passed, when);
      }
      for (const FunctionId callee : graph_.callees(call)) {
        give(callee, when);
        // create_task(self.push_forever()): begun while the process starts, it goes on while it serves.
        if (apart && goes_round(callee)) give(callee, phase::runtime);
      }
    }
    for (const FunctionId closure : graph_.closures_in(id)) {
      if (!graph_.runs_at_once(closure) && !waits_in_variable(closure)) continue;
      const bool serving = in_serving_loop(home, program_.function(closure).branch);
      give(closure, serving ? std::uint8_t{phase::runtime} : mask);
    }
  }
}

}  // namespace detoy::analysis

#include "analysis/library_sites.h"

#include <algorithm>
#include <unordered_map>

#include "analysis/library_options.h"
#include "analysis/memo_sites.h"
#include "analysis/opened_databases.h"
#include "analysis/operation_words.h"
#include "analysis/optional_stores.h"
#include "analysis/setting_values.h"
#include "base/words.h"

namespace detoy::analysis {

using catalog::Library;
using facts::ValueKind;
using inventory::Risk;
using inventory::Verdict;
using inventory::Wiring;

namespace {

inventory::Risk risk_of(catalog::Risk risk) {
  return static_cast<inventory::Risk>(risk);
}

class Finder {
 public:
  explicit Finder(const Context& context)
      : context_(context),
        plugin_methods_(context.catalog.words("plugin_methods")),
        given_(settings_given(context)),
        databases_(context) {}
  std::vector<Draft> find();

 private:
  void look_at(CallId call);
  facts::Index lazily_made(FileId file, facts::Index made) const;
  bool used_elsewhere(CallId call) const;
  bool wraps_what_is_known(CallId call) const;
  bool chosen_by_setting(const Library& library) const;
  void look_at_subclass(CallId call, TypeId type);
  bool follows_a_call(FileId file, const facts::Call& call) const;
  void state(CallId call, const Library& library);
  void metrics(CallId call, const Library& library);
  void plugin(CallId call);
  void decorated_field(FileId file, const facts::Decorator& decorator);
  bool kept_elsewhere(const Library& library);
  void module_store(CallId call, const Library& library);
  std::string_view type_called(CallId call) const;
  Draft library_draft(CallId call, const Library& library) const;
  bool takes_over(const Draft& draft, const facts::Call& call);
  bool seen_here(const Draft& draft) const;

  const Context& context_;
  const std::vector<std::string>& plugin_methods_;
  std::unordered_set<std::string_view> given_;  // settings that the code gives values to
  OpenedDatabases databases_;
  std::vector<Draft> drafts_;
  std::unordered_map<const Library*, bool> elsewhere_;
};

std::vector<Draft> Finder::find() {
  const Program& program = context_.program;
  for (FileId file = 0; file < program.files().size(); ++file) {
    if (program.file(file).role != source::Role::production) continue;
    const facts::FileFacts& facts = program.facts(file);
    for (const facts::Decorator& decorator : facts.decorators) {
      if (decorator.on == facts::DecoratedKind::function) {
        if (std::optional<Draft> memo = memo_site(context_, file, decorator)) drafts_.push_back(std::move(*memo));
      }
      if (decorator.on == facts::DecoratedKind::declaration) decorated_field(file, decorator);
    }
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      if (facts.functions[facts.calls[i].function].flags & facts::function_flag::test) continue;
      look_at(program.calls.id(file, i));
    }
  }
  return std::move(drafts_);
}

bool Finder::seen_here(const Draft& draft) const {
  return std::any_of(drafts_.begin(), drafts_.end(), [&](const Draft& other) {
    return other.file == draft.file && (other.site.line == draft.site.line ||
                                        (other.site.name == draft.site.name && other.site.owner == draft.site.owner &&
                                         other.site.kind == draft.site.kind));
  });
}

// connect(path).execute(sql): the second call is made on what the first one gave.
bool Finder::follows_a_call(FileId file, const facts::Call& call) const {
  const facts::FileFacts& facts = context_.program.facts(file);
  const facts::Path& path = facts.paths[call.path];
  for (std::uint32_t i = 0; i + 1 < path.steps; ++i) {
    if (facts.steps[path.first_step + i].call != 0) return true;
  }
  return false;
}

bool Finder::chosen_by_setting(const Library& library) const {
  return std::any_of(library.settings.begin(), library.settings.end(),
                     [&](const std::string& setting) { return given_.contains(setting); });
}

// A use of an object that the library made somewhere else is no site of its own.
bool Finder::used_elsewhere(CallId call) const {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  if (path.root_kind == facts::RootKind::self || path.root_kind == facts::RootKind::value) return true;
  if (path.root_kind != facts::RootKind::declaration) return false;
  const facts::Declaration& root = facts.declarations[path.root];
  if (root.kind != facts::DeclarationKind::import) return true;
  return context_.symbols.modules().resolve(place.file, facts.string(root.module)) != no_file;
}

// What every site of a library says, whatever it was found by.
Draft Finder::library_draft(CallId call, const Library& library) const {
  Draft draft;
  place_at_call(draft, context_, call);
  draft.site.kind = library.kind;
  draft.site.storage = library.name;
  draft.decided = true;
  draft.writers.push_back(context_.graph.function_of(call));
  draft.site.confidence = inventory::Confidence::medium;
  if (library.toy.has_value()) {
    draft.has_verdict = true;
    draft.site.verdict = *library.toy ? Verdict::toy : Verdict::acceptable;
    draft.site.risk = library.risk.has_value() ? risk_of(*library.risk) : *library.toy ? Risk::high : Risk::low;
  } else if (library.risk.has_value()) {
    draft.site.risk = risk_of(*library.risk);
  }
  draft.site.why = library.why;
  if (!library.durable_by.empty()) draft.site.action = "To make it durable, " + library.durable_by + ".";
  return draft;
}

// MemoryStore of MemoryStore::default(), FastAPICache of cache.FastAPICache.init(): the type that a call belongs to.
std::string_view Finder::type_called(CallId call) const {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  const auto capital = [](std::string_view name) {
    return !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
  };
  for (std::uint32_t i = path.steps; i-- > 0;) {
    const std::string_view name = facts.string(facts.steps[path.first_step + i].name);
    if (capital(name)) return name;
  }
  if (path.root_kind != facts::RootKind::declaration) return {};
  const std::string_view root = facts.string(facts.declarations[path.root].name);
  return capital(root) ? root : std::string_view();
}

// new Limiter(new MemoryStore()): one state, which the variable that has the outer object names.
bool Finder::takes_over(const Draft& draft, const facts::Call& call) {
  if (call.assigned_to == 0) return false;
  for (Draft& other : drafts_) {
    if (other.file != draft.file || other.site.line != draft.site.line || other.site.kind != draft.site.kind) continue;
    other.site.name = draft.site.name;
    other.site.owner = draft.site.owner;
    other.site.column = draft.site.column;
    return true;
  }
  return false;
}

// Whether other parts of the program take the state out of the process.
bool Finder::kept_elsewhere(const Library& library) {
  const auto known = elsewhere_.find(&library);
  if (known != elsewhere_.end()) return known->second;
  const bool result = shared_by_import(context_, library) || overridden(context_, library);
  elsewhere_.emplace(&library, result);
  return result;
}

// @WebSocketServer() server: the framework puts the library's object into the field.
void Finder::decorated_field(FileId file, const facts::Decorator& decorator) {
  const facts::FileFacts& facts = context_.program.facts(file);
  const facts::Declaration& field = facts.declarations[decorator.target];
  if (field.kind != facts::DeclarationKind::field) return;
  const facts::Path& path = facts.paths[facts.calls[decorator.call].path];
  if (path.root_kind != facts::RootKind::declaration) return;
  const CallId call = context_.program.calls.id(file, decorator.call);
  for (const Library* library : context_.libraries.of_decorator(facts.string(facts.declarations[path.root].name),
                                                                context_.program.file(file).language)) {
    if (library->effect != Library::Effect::state || kept_elsewhere(*library)) continue;
    Draft draft = library_draft(call, *library);
    const TypeId owner = context_.symbols.canonical(context_.program.types.id(file, field.type));
    draft.site.name = facts.string(field.name);
    draft.site.owner = context_.program.name_of_type(owner);
    draft.site.line = field.line;
    draft.site.column = field.column;
    if (seen_here(draft)) return;
    add_evidence(draft, context_.program, "declaration", file, field.line, library->name);
    set_wiring(draft, context_, context_.wiring.of_type(owner));
    drafts_.push_back(std::move(draft));
    return;
  }
}

// app.register(rateLimit, { max: 100 }): the plugin is called by the framework, with the options that follow.
void Finder::plugin(CallId call) {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  if (record.first_argument == 0 || facts.values[record.first_argument].kind != ValueKind::path) return;
  const facts::Path& path = facts.paths[facts.values[record.first_argument].ref];
  if (path.root_kind != facts::RootKind::declaration || path.steps != 0) return;
  const facts::Declaration& plugin = facts.declarations[path.root];
  const Object object = context_.symbols.of_declaration(context_.program.declarations.id(place.file, path.root));
  if (plugin.kind != facts::DeclarationKind::import || object.kind != Object::Kind::external) return;
  const Library* library = context_.libraries.with_effect(object.external, context_.program.file(place.file).language,
                                                          Library::Effect::state);
  if (library == nullptr) return;
  const std::optional<WiringOf> fallback = memory_unless_set(context_, place.file, record, *library);
  if (!fallback && shared_by_arguments(context_, place.file, record, *library)) return;
  Draft draft = library_draft(call, *library);
  draft.site.name = facts.string(plugin.name);
  if (seen_here(draft)) return;
  add_evidence(draft, context_.program, "declaration", place.file, record.line, library->name);
  set_wiring(draft, context_, fallback ? *fallback : context_.wiring.of_call(call));
  drafts_.push_back(std::move(draft));
}

// import cache from "memory-cache"; cache.put(...): the module itself is the store.
void Finder::module_store(CallId call, const Library& library) {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  if (!library.symbols.empty() || path.steps != 1 || path.root_kind != facts::RootKind::declaration) return;
  const facts::Declaration& import = facts.declarations[path.root];
  if (import.kind != facts::DeclarationKind::import) return;
  if (context_.symbols.modules().resolve(place.file, facts.string(import.module)) != no_file) return;
  if (!is_one_of(context_.catalog.words("adding_methods"), context_.graph.called_name(call))) return;
  const FunctionId function = context_.graph.function_of(call);
  if (!context_.liveness.function(function) || context_.liveness.only_at_startup(function)) return;
  Draft draft = library_draft(call, library);
  draft.site.name = facts.string(import.name);
  draft.site.owner.clear();
  draft.site.line = import.line;
  draft.site.column = import.column;
  if (seen_here(draft)) return;
  add_evidence(draft, context_.program, "declaration", place.file, import.line, library.name);
  add_evidence(draft, context_.program, "mutation", place.file, facts.calls[place.index].line);
  set_wiring(draft, context_, context_.wiring.of_function(function));
  drafts_.push_back(std::move(draft));
}

// Mutex::new(receiver): what is wrapped was made before.
bool Finder::wraps_what_is_known(CallId call) const {
  const FileId file = context_.program.calls.place(call).file;
  const facts::FileFacts& facts = context_.program.facts(file);
  const facts::Index argument = context_.program.call(call).first_argument;
  if (context_.program.file(file).language != Language::rust || argument == 0) return false;
  if (facts.values[argument].kind != ValueKind::path) return false;
  const facts::Path& path = facts.paths[facts.values[argument].ref];
  return context_.symbols.of_path(file, path, path.steps).kind == Object::Kind::external;
}

void Finder::state(CallId call, const Library& library) {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  const bool decorator = (record.flags & facts::call_flag::decorator) != 0;
  if (context_.graph.target(call).constructed == 0 && used_elsewhere(call)) return;
  if (record.function != 0) module_store(call, library);
  // A channel between the tasks of one function is plumbing; a static one is a queue that anybody may fill.
  if (library.kind == "queue" && record.function != 0 && context_.program.file(place.file).language == Language::rust &&
      context_.graph.called_name(call).find("channel") != std::string_view::npos) {
    return;
  }
  if (library.kind == "queue" && wraps_what_is_known(call)) return;
  // Of a builder's chain, the last call has what was built; a file is opened by the first.
  if ((record.flags & facts::call_flag::chained) && !library.on_disk) return;
  if (library.on_disk && follows_a_call(place.file, record)) return;
  const std::optional<WiringOf> fallback = memory_unless_set(context_, place.file, record, library);
  if (!fallback && (shared_by_arguments(context_, place.file, record, library) || kept_elsewhere(library))) return;
  if (chosen_by_setting(library)) return;  // reported where the setting is given, if at all
  if (!decorator && record.function != 0) {
    const Life life = context_.lifetimes.of_result(call);
    const bool component =
        record.assigned_to == 0 && life == Life::none &&
        (facts.functions[record.function].flags & (facts::function_flag::constructor | facts::function_flag::static_));
    const bool kept = life == Life::process || life == Life::element || component;
    if (library.on_disk) {
      if (!context_.liveness.serves(context_.program.file(place.file).package)) return;
      if (!databases_.another(call, kept)) return;
    } else if (!kept) {
      return;
    }
  }
  Draft draft = library_draft(call, library);
  if (only_a_fallback(context_, place.file, place.index, library)) {
    draft.has_verdict = true;
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = "It helps out while the shared store is gone, and is not asked otherwise.";
    draft.site.action.clear();
  }
  // A builder or factory is known by what it belongs to: FastAPICache.init(), MemoryStore::default().
  if (record.assigned_to == 0 && draft.site.name == context_.graph.called_name(call)) {
    const std::string_view type = type_called(call);
    if (!type.empty()) draft.site.name = type;
  }
  if (const facts::Index holder = lazily_made(place.file, place.index); holder != 0) {
    const facts::Declaration& declaration = facts.declarations[holder];
    draft.site.name = facts.string(declaration.name);
    draft.site.line = declaration.line;
    draft.site.column = declaration.column;
    draft.site.owner.clear();
  }
  if (takes_over(draft, record)) return;
  if (seen_here(draft)) return;
  add_evidence(draft, context_.program, "declaration", place.file, record.line, library.name);
  const WiringOf wiring = context_.wiring.of_call(call);
  set_wiring(draft, context_, fallback && wiring.wired == Wiring::production ? *fallback : wiring);
  drafts_.push_back(std::move(draft));
}

// One site for the statistics that a scraper reads: the variable that holds them, or the object of several.
void Finder::metrics(CallId call, const Library& library) {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  if (used_elsewhere(call)) return;
  std::string_view symbol = context_.program.text(context_.graph.target(call).external.symbol);
  const auto dot = symbol.rfind('.');
  if (dot != std::string_view::npos) symbol = symbol.substr(dot + 1);
  // Constructed or registered, that is: an upper-case name or a register_ function.
  if (symbol.empty() || !((symbol.front() >= 'A' && symbol.front() <= 'Z') || symbol.starts_with("register_"))) return;
  facts::Index holder = record.assigned_to;
  for (facts::Index i = 1; holder == 0 && i < facts.declarations.size(); ++i) {
    const facts::Declaration& declaration = facts.declarations[i];
    if (declaration.kind != facts::DeclarationKind::variable || declaration.initial == 0) continue;
    const auto contains = [&](facts::Index index, auto& self, int depth) -> bool {
      if (index == 0 || depth > 4) return false;
      const facts::Value& value = facts.values[index];
      if ((value.kind == ValueKind::call || value.kind == ValueKind::construct)) {
        if (value.ref == place.index) return true;
        for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
          if (self(a, self, depth + 1)) return true;
        }
      }
      for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
        if (self(child, self, depth + 1)) return true;
      }
      return false;
    };
    if (contains(declaration.initial, contains, 0)) holder = i;
  }
  if (holder == 0) return;
  const facts::Declaration& declaration = facts.declarations[holder];
  if (declaration.kind == facts::DeclarationKind::variable && declaration.function != 0) return;
  Draft draft;
  place_at_call(draft, context_, call);
  draft.site.name = facts.string(declaration.name);
  draft.site.line = declaration.line;
  draft.site.column = declaration.column;
  draft.site.kind = "metrics";
  draft.site.storage = library.name;
  draft.decided = draft.has_verdict = true;
  draft.site.verdict = Verdict::acceptable;
  draft.site.risk = Risk::low;
  draft.site.confidence = inventory::Confidence::high;
  draft.site.why = "Statistics of this process, made to be scraped from each instance.";
  if (seen_here(draft)) return;
  add_evidence(draft, context_.program, "declaration", place.file, declaration.line, library.name);
  set_wiring(draft, context_, context_.wiring.of_call(call));
  drafts_.push_back(std::move(draft));
}

// The static that the closure with this call makes: LazyLock::new(|| RateLimiter::keyed(..)); 0 if there is none.
facts::Index Finder::lazily_made(FileId file, facts::Index made) const {
  const facts::FileFacts& facts = context_.program.facts(file);
  const facts::Call& call = facts.calls[made];
  if (call.function == 0) return 0;
  // global queue; queue = Queue()
  for (const facts::Assignment& assignment : facts.assignments) {
    const facts::Value& value = facts.values[assignment.value];
    if (value.ref != made || (value.kind != ValueKind::call && value.kind != ValueKind::construct)) continue;
    const facts::Path& path = facts.paths[assignment.path];
    if (path.root_kind != facts::RootKind::declaration || path.steps != 0) continue;
    if (facts.declarations[path.root].function == 0) return path.root;
  }
  if (context_.program.file(file).language != Language::rust) return 0;
  const facts::Function& closure = facts.functions[call.function];
  if (closure.use != facts::ClosureUse::argument) return 0;
  for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
    const facts::Declaration& declaration = facts.declarations[i];
    if (declaration.function != 0 || declaration.initial == 0) continue;
    const facts::Value& initial = facts.values[declaration.initial];
    if (initial.kind == ValueKind::call && initial.ref == closure.use_call) return i;
  }
  return 0;
}

// An object of a project's class that extends the library's: class AppCache(Cache).
void Finder::look_at_subclass(CallId call, TypeId type) {
  const Place place = context_.program.calls.place(call);
  if (context_.program.file(place.file).language != Language::python) return;
  for (const External& base : context_.symbols.external_bases(type)) {
    for (const Library* library : context_.libraries.of(base, Language::python)) {
      if (library->effect == Library::Effect::state && !library->on_disk) return state(call, *library);
    }
  }
}

void Finder::look_at(CallId call) {
  if (is_one_of(plugin_methods_, context_.graph.called_name(call))) plugin(call);
  const TypeId made = context_.graph.target(call).constructed;
  if (made != 0) return look_at_subclass(call, made);
  const External& external = context_.graph.target(call).external;
  if (external.package == 0 && external.symbol == 0) return;
  const Language language = context_.program.file(context_.program.calls.place(call).file).language;
  for (const Library* library : context_.libraries.of(external, language)) {
    if (library->effect == Library::Effect::state) {
      const Place place = context_.program.calls.place(call);
      if (!has_needed_options(context_, place.file, context_.program.call(call), *library)) continue;
      return state(call, *library);
    }
    if (library->effect == Library::Effect::metrics) return metrics(call, *library);
  }
}

}  // namespace

std::vector<Draft> library_sites(const Context& context) {
  return Finder(context).find();
}

}  // namespace detoy::analysis

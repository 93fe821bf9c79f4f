#include "analysis/library_sites.h"

#include <algorithm>

#include "analysis/opened_databases.h"
#include "analysis/operation_words.h"
#include "analysis/setting_values.h"
#include "base/words.h"

namespace detoy::analysis {

using catalog::Library;
using facts::ValueKind;
using inventory::Risk;
using inventory::Verdict;

namespace {

inventory::Risk risk_of(catalog::Risk risk) {
  return static_cast<inventory::Risk>(risk);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

class Finder {
 public:
  explicit Finder(const Context& context) : context_(context), given_(settings_given(context)), databases_(context) {}
  std::vector<Draft> find();

 private:
  void look_at(CallId call);
  void look_at_decorator(FileId file, const facts::Decorator& decorator);
  bool shared_by_arguments(FileId file, const facts::Call& call, const Library& library) const;
  bool used_elsewhere(CallId call) const;
  bool chosen_by_setting(const Library& library) const;
  bool gives_client(FileId file, facts::Index function) const;
  void look_at_subclass(CallId call, TypeId type);
  bool follows_a_call(FileId file, const facts::Call& call) const;
  void state(CallId call, const Library& library);
  void metrics(CallId call, const Library& library);
  bool seen_here(const Draft& draft) const;

  const Context& context_;
  std::unordered_set<std::string_view> given_;  // settings that the code gives values to
  OpenedDatabases databases_;
  std::vector<Draft> drafts_;
};

std::vector<Draft> Finder::find() {
  const Program& program = context_.program;
  for (FileId file = 0; file < program.files().size(); ++file) {
    if (program.file(file).role != source::Role::production) continue;
    const facts::FileFacts& facts = program.facts(file);
    for (const facts::Decorator& decorator : facts.decorators) {
      if (decorator.on == facts::DecoratedKind::function) look_at_decorator(file, decorator);
    }
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      if (facts.functions[facts.calls[i].function].flags & facts::function_flag::test) continue;
      look_at(program.calls.id(file, i));
    }
  }
  return std::move(drafts_);
}

// Whether an option such as `store` or a word such as "redis" in the arguments says that the state is shared.
bool Finder::shared_by_arguments(FileId file, const facts::Call& call, const Library& library) const {
  const facts::FileFacts& facts = context_.program.facts(file);
  const auto mentions = [&](std::string_view text) {
    const std::string small = lower(text);
    return std::any_of(library.durable_values.begin(), library.durable_values.end(),
                       [&](const std::string& value) { return small.find(value) != std::string::npos; });
  };
  const auto visit = [&](facts::Index index, auto& self, int depth) -> bool {
    if (index == 0 || depth > 6) return false;
    const facts::Value& value = facts.values[index];
    if (value.key != 0 && value.kind != ValueKind::null) {
      const std::string_view key = facts.string(value.key);
      if (std::find(library.durable_options.begin(), library.durable_options.end(), key) !=
          library.durable_options.end()) {
        return true;
      }
      if (mentions(key)) return true;
    }
    if (value.kind == ValueKind::string && mentions(facts.string(value.text))) return true;
    facts::Index path = 0;
    if (value.kind == ValueKind::path) path = value.ref;
    if (value.kind == ValueKind::call || value.kind == ValueKind::construct) path = facts.calls[value.ref].path;
    if (path != 0) {
      const facts::Path& record = facts.paths[path];
      if (record.root_kind == facts::RootKind::name && mentions(facts.string(record.root))) return true;
      if (record.root_kind == facts::RootKind::declaration) {
        const facts::Declaration& root = facts.declarations[record.root];
        if (mentions(facts.string(root.name))) return true;
        // Options that were put together above.
        if (record.steps == 0 && root.kind == facts::DeclarationKind::variable && root.initial != 0 && depth < 3 &&
            self(root.initial, self, depth + 1)) {
          return true;
        }
      }
      for (std::uint32_t i = 0; i < record.steps; ++i) {
        if (mentions(facts.string(facts.steps[record.first_step + i].name))) return true;
      }
    }
    if (value.kind == ValueKind::call || value.kind == ValueKind::construct) {
      for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
        if (self(a, self, depth + 1)) return true;
      }
    }
    if (value.kind == ValueKind::function) {
      // useFactory: () => ({ store: redisStore })
      for (const facts::Return& result : facts.returns) {
        if (result.function == value.ref && self(result.value, self, depth + 1)) return true;
      }
    }
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
      if (self(child, self, depth + 1)) return true;
    }
    return false;
  };
  for (facts::Index a = call.first_argument; a != 0; a = facts.values[a].next) {
    if (visit(a, visit, 0)) return true;
  }
  // Builder calls further along the chain: .with_store(redis)
  const facts::Path& path = facts.paths[call.path];
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    if (mentions(facts.string(facts.steps[path.first_step + i].name))) return true;
  }
  return false;
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

void Finder::state(CallId call, const Library& library) {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  const FunctionId function = context_.graph.function_of(call);
  const bool decorator = (record.flags & facts::call_flag::decorator) != 0;
  if (context_.graph.target(call).constructed == 0 && used_elsewhere(call)) return;
  // A channel between the tasks of one function is plumbing; a static one is a queue that anybody may fill.
  if (library.kind == "queue" && record.function != 0 && context_.program.file(place.file).language == Language::rust &&
      context_.graph.called_name(call).find("channel") != std::string_view::npos) {
    return;
  }
  // Of a builder's chain, the last call has what was built; a file is opened by the first.
  if ((record.flags & facts::call_flag::chained) && !library.on_disk) return;
  if (library.on_disk && follows_a_call(place.file, record)) return;
  if (shared_by_arguments(place.file, record, library)) return;
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
  Draft draft;
  place_at_call(draft, context_, call);
  draft.site.kind = library.kind;
  draft.site.storage = library.name;
  draft.decided = true;
  draft.writers.push_back(function);
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
  if (seen_here(draft)) return;
  add_evidence(draft, context_.program, "declaration", place.file, record.line, library.name);
  set_wiring(draft, context_, context_.wiring.of_call(call));
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

// def client(host): return Client(host)
bool Finder::gives_client(FileId file, facts::Index function) const {
  const facts::FileFacts& facts = context_.program.facts(file);
  bool gives = false;
  for (const facts::Return& result : facts.returns) {
    if (result.function != function || result.value == 0) continue;
    if (!makes_client(context_, file, result.value)) return false;
    gives = true;
  }
  return gives;
}

void Finder::look_at_decorator(FileId file, const facts::Decorator& decorator) {
  const Program& program = context_.program;
  const CallId call = program.calls.id(file, decorator.call);
  const facts::FileFacts& facts = program.facts(file);
  const Language language = program.file(file).language;
  const FunctionId function = program.functions.id(file, decorator.target);
  const facts::Path& path = facts.paths[facts.calls[decorator.call].path];
  std::string name;
  if (path.root_kind == facts::RootKind::declaration) name = facts.string(facts.declarations[path.root].name);
  if (path.root_kind == facts::RootKind::name) name = facts.string(path.root);
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    if (facts.steps[path.first_step + i].name != 0)
      name += "." + std::string(facts.string(facts.steps[path.first_step + i].name));
  }
  const Library* memo =
      context_.libraries.with_effect(context_.graph.target(call).external, language, Library::Effect::memo);
  if (memo == nullptr && context_.graph.target(call).external.package == 0) {
    for (const Library* candidate : context_.libraries.of_decorator(name, language)) {
      if (candidate->effect == Library::Effect::memo) memo = candidate;
    }
  }
  if (memo == nullptr) return;
  const facts::Function& record = facts.functions[decorator.target];
  Draft draft;
  place_at_call(draft, context_, call);
  draft.site.name = facts.string(record.name);
  draft.site.line = record.line;
  draft.site.owner =
      context_.symbols.is_method(function) ? std::string(program.name_of_type(context_.symbols.owner(function))) : "";
  draft.site.storage = memo->name;
  draft.decided = draft.has_verdict = true;
  draft.site.verdict = Verdict::acceptable;
  draft.site.risk = Risk::low;
  add_evidence(draft, program, "declaration", file, facts.calls[decorator.call].line, memo->name);
  const std::uint32_t effects = context_.effects.reached(function);
  if (record.parameters == 0 || gives_client(file, decorator.target)) {
    draft.site.kind = "lazy_singleton";
    draft.site.why = draft.site.name + "() is computed once per process and can be computed again.";
    if (record.parameters != 0)
      draft.site.why = draft.site.name + "() keeps the clients that it made; they can be made again.";
  } else if (effects & (effect::durable_read | effect::external)) {
    draft.site.kind = "cache";
    draft.site.verdict = Verdict::toy;
    draft.site.risk = Risk::medium;
    draft.site.confidence = inventory::Confidence::medium;
    draft.site.why =
        draft.site.name +
        "() remembers what the shared store said, with no expiry: each instance goes on serving what it read first.";
  } else {
    draft.site.kind = "cache";
    draft.site.why = "Results of " + draft.site.name + "() are remembered per process and can be computed again.";
  }
  const TypeId owner = context_.symbols.is_method(function) ? context_.symbols.owner(function) : 0;
  set_wiring(draft, context_, owner != 0 ? context_.wiring.of_type(owner) : context_.wiring.of_function(function));
  drafts_.push_back(std::move(draft));
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
  const TypeId made = context_.graph.target(call).constructed;
  if (made != 0) return look_at_subclass(call, made);
  const External& external = context_.graph.target(call).external;
  if (external.package == 0 && external.symbol == 0) return;
  const Language language = context_.program.file(context_.program.calls.place(call).file).language;
  for (const Library* library : context_.libraries.of(external, language)) {
    if (library->effect == Library::Effect::state) return state(call, *library);
    if (library->effect == Library::Effect::event_bus && !library->kind.empty()) return state(call, *library);
    if (library->effect == Library::Effect::metrics) return metrics(call, *library);
  }
}

}  // namespace

std::vector<Draft> library_sites(const Context& context) {
  return Finder(context).find();
}

std::vector<Draft> file_sites(const Context& context) {
  std::vector<Draft> drafts;
  const Program& program = context.program;
  std::unordered_set<std::string> seen;
  for (FileId file = 0; file < program.files().size(); ++file) {
    if (program.file(file).role != source::Role::production) continue;
    const facts::FileFacts& facts = program.facts(file);
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      const CallId call = program.calls.id(file, i);
      if ((context.effects.of_call(call) & effect::local_file) == 0) continue;
      const facts::Call& record = facts.calls[i];
      const FunctionId function = context.graph.function_of(call);
      if (record.function == 0 || (facts.functions[record.function].flags & facts::function_flag::test)) continue;
      if (context.liveness.only_at_startup(function)) continue;
      const TypeId holder_type = context.symbols.owner(function);
      if (holder_type != 0 && context.symbols.is_method(function) &&
          context.lifetimes.of_type(holder_type).life == Life::request) {
        continue;  // a spool of one request
      }
      if (!context.liveness.serves(program.file(file).package)) continue;  // a command that writes files does its job
      // open(path) without a mode reads.
      const std::string_view name = context.graph.called_name(call);
      const facts::Path& path = facts.paths[record.path];
      // What is done through an open handle belongs to the call that opened it.
      bool through_handle = path.root_kind == facts::RootKind::self || path.root_kind == facts::RootKind::value;
      if (path.root_kind == facts::RootKind::declaration) {
        through_handle = facts.declarations[path.root].kind != facts::DeclarationKind::import;
      }
      for (std::uint32_t s = 0; s + 1 < path.steps; ++s) {
        through_handle = through_handle || facts.steps[path.first_step + s].call != 0;
      }
      if (through_handle) continue;
      std::string_view callee = name;
      if (callee.empty() && path.root_kind == facts::RootKind::name) callee = facts.string(path.root);
      bool writes = callee != "open";
      bool temporary = false;
      bool cached = false;
      facts::Index holder = 0;
      for (facts::Index a = record.first_argument; a != 0; a = facts.values[a].next) {
        const facts::Value& value = facts.values[a];
        if (callee == "open" && a != record.first_argument && value.kind == ValueKind::string) {
          const std::string_view mode = facts.string(value.text);
          writes = writes || mode.find_first_of("wax+") != std::string_view::npos;
        }
        const auto visit = [&](facts::Index index, auto& self, int depth) -> void {
          if (index == 0 || depth > 4) return;
          const facts::Value& part = facts.values[index];
          facts::Index inner = part.kind == ValueKind::path ? part.ref
                               : part.kind == ValueKind::call || part.kind == ValueKind::construct
                                   ? facts.calls[part.ref].path
                                   : 0;
          const auto tells = [&](std::string_view text) {
            const auto words = split_words(text);
            cached = cached || has_phrase(words, "cache") || has_phrase(words, "cached");
            temporary = temporary || has_phrase(words, "tmp") || has_phrase(words, "temp") ||
                        has_phrase(words, "tmpdir") || has_phrase(words, "tempfile") ||
                        has_phrase(words, "temporary") || has_phrase(words, "mkdtemp") ||
                        has_phrase(words, "tempdir") || text.ends_with(".log") || has_phrase(words, "bytesio") ||
                        has_phrase(words, "stringio") || has_phrase(words, "devnull");
          };
          if (part.kind == ValueKind::string) tells(facts.string(part.text));
          if (inner != 0) {
            const facts::Path& p = facts.paths[inner];
            if (p.root_kind == facts::RootKind::declaration) {
              tells(facts.string(facts.declarations[p.root].name));
              if (p.steps == 0 && facts.declarations[p.root].initial != 0)
                self(facts.declarations[p.root].initial, self, depth + 1);
              if (facts.declarations[p.root].function == 0 &&
                  facts.declarations[p.root].kind == facts::DeclarationKind::variable)
                holder = p.root;
            }
            for (std::uint32_t s = 0; s < p.steps; ++s) tells(facts.string(facts.steps[p.first_step + s].name));
            if (p.root_kind == facts::RootKind::self && p.steps > 0 && p.root != 0) {
              const DeclarationId field =
                  context.symbols.field(context.symbols.canonical(program.types.id(file, p.root)),
                                        program.name(file, facts.steps[p.first_step].name));
              if (field != 0 && program.declarations.place(field).file == file)
                holder = program.declarations.place(field).index;
            }
          }
          if (part.kind == ValueKind::call || part.kind == ValueKind::construct) {
            for (facts::Index b = facts.calls[part.ref].first_argument; b != 0; b = facts.values[b].next)
              self(b, self, depth + 1);
          }
          for (facts::Index child = part.first_child; child != 0; child = facts.values[child].next)
            self(child, self, depth + 1);
        };
        if (a == record.first_argument) visit(a, visit, 0);
      }
      if (!writes || temporary) continue;
      // A probe or a scratch file that the same function removes.
      bool removed = false;
      for (const CallId other : context.graph.calls_in(function)) {
        const std::string_view what = context.graph.called_name(other);
        removed = removed || what == "unlink" || what == "unlinkSync" || what == "rm" || what == "rmSync" ||
                  what == "remove" || what == "remove_file" || what == "rmtree";
      }
      if (removed) continue;
      Draft draft;
      place_at_call(draft, context, call);
      draft.site.name = callee;
      if (holder != 0) {
        draft.site.name = facts.string(facts.declarations[holder].name);
        draft.site.line = facts.declarations[holder].line;
        draft.site.column = facts.declarations[holder].column;
      }
      const std::string key = draft.site.path + "|" + (draft.site.owner.empty() ? std::string("-") : draft.site.owner);
      if (!seen.insert(key).second) continue;  // one place per component: where it first writes
      draft.site.kind = "file_store";
      if (cached) {
        draft.site.kind = "cache";
        draft.has_verdict = true;
        draft.site.verdict = Verdict::acceptable;
        draft.site.risk = Risk::low;
      }
      draft.site.storage = "local disk";
      draft.decided = true;
      draft.writers.push_back(function);
      draft.site.why =
          cached ? draft.site.name + " leads to files on this machine's disk that can be fetched or computed again."
                 : draft.site.name +
                       " leads to files on this machine's disk, written while serving: another instance does not see "
                       "them, and a new container starts without them.";
      add_evidence(draft, program, "declaration", file, draft.site.line);
      add_evidence(draft, program, "mutation", file, record.line, std::string(callee));
      const TypeId owner = context.symbols.owner(function);
      set_wiring(draft, context,
                 owner != 0 && context.symbols.is_method(function) ? context.wiring.of_type(owner)
                                                                   : context.wiring.of_call(call));
      drafts.push_back(std::move(draft));
    }
  }
  return drafts;
}

}  // namespace detoy::analysis

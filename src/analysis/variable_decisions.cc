// Whether what a variable holds is state, by its shape.

#include "analysis/counting.h"
#include "analysis/kinds.h"
#include "analysis/operation_words.h"
#include "analysis/type_text.h"
#include "analysis/variable_finder.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::DeclarationKind;
using facts::ValueKind;

// A field or variable that holds what a scraper reads, whether or not it is changed here.
bool VariableFinder::decide_metrics(Draft& draft) const {
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
bool VariableFinder::decide_library(Draft& draft) const {
  if (state_.scope == State::Scope::local || context_.program.file(place_.file).language != Language::rust)
    return false;
  const Object object = context_.symbols.of_declaration(state_.declaration);
  if (object.kind != Object::Kind::external || object.external.package == 0) return false;
  const catalog::Library* library =
      context_.libraries.with_effect(object.external, Language::rust, catalog::Library::Effect::state);
  if (library == nullptr) return false;
  // The end of a channel that takes out: what waits is reported where it is put in.
  if (facts_.string(declaration_.type_text).find("Receiver") != std::string_view::npos) return false;
  draft.site.kind = library->kind;
  draft.decided = true;
  draft.operations.insert("bounded");
  draft.site.storage = library->name;
  return true;
}

bool VariableFinder::decide_collection(Draft& draft) {
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
  std::vector<const Operation*> filling = offered;
  std::copy_if(runtime_.begin(), runtime_.end(), std::back_inserter(filling), refills);
  if (fetched(filling) || keeps_findings(filling)) draft.operations.insert("fetched");
  if (memoizes(filling)) draft.operations.insert("memoizes");
  if (compiles(filling)) draft.operations.insert("compiles");
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
    bool registers = false;
    for (const Operation* operation : offered) {
      const auto words = split_words(context_.program.name_of_function(operation->function));
      const bool empties = !words.empty() && is_one_of(context_.catalog.words("emptying_verbs"), words.front());
      if (empties) continue;
      registers = !words.empty() && words.front() == "register";
      if (!registers) break;
    }
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
  const bool one_record =
      state_.shape == Shape::record && context_.program.file(place_.file).language == Language::rust;
  if (!registered || one_record) return false;
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

// LIMIT.store(limit) in one function, a look at it before others decide: a setting, whatever its number counts.
bool VariableFinder::set_like_a_setting() const {
  const auto& incrementing = context_.catalog.words("incrementing_methods");
  std::vector<FunctionId> setters;
  for (const std::vector<const Operation*>* list : {&runtime_, &uncalled_, &startup_}) {
    for (const Operation* operation : *list) {
      const bool counts = is_one_of(incrementing, operation->word) || operation->word.starts_with("fetch_") ||
                          operation->word.starts_with("compare_") || operation->word == "swap";
      if (operation->mutates() || counts) return false;
      if (operation->word != "store" || list == &startup_) continue;
      if (list == &uncalled_ || !given(*operation)) return false;
      setters.push_back(operation->function);
    }
  }
  const auto sets = [&](FunctionId function) {
    return std::find(setters.begin(), setters.end(), function) != setters.end();
  };
  // What sets a mark if it is higher than the last one remembers how far it has come.
  bool asked = false;
  for (const Operation* operation : runtime_) {
    if (operation->word == "store") continue;
    const bool asks = operation->condition || counting_in(context_, state_, operation->function).asks;
    if (asks && sets(operation->function)) return false;
    asked = asked || asks;
  }
  return asked && !setters.empty();
}

bool VariableFinder::decide_scalar(Draft& draft) {
  std::vector<const Operation*> writes;
  std::vector<const Operation*> offered;
  for (const Operation* operation : runtime_) {
    if (operation->mutates()) writes.push_back(operation);
  }
  for (const Operation* operation : uncalled_) {
    if (operation->mutates()) offered.push_back(operation);
  }
  // reconnectAttempts++: how often this process has tried by itself
  const auto& retrying = context_.catalog.words("retry_words");
  const auto said = split_words(name_);
  if (state_.shape == Shape::counter &&
      std::any_of(retrying.begin(), retrying.end(), [&](const std::string& word) { return has_phrase(said, word); })) {
    return false;
  }
  // attempts = 0, and nothing but 0 ever after
  if (state_.shape != Shape::time && declaration_.initial != 0 && !writes.empty() &&
      context_.program.file(place_.file).language != Language::rust &&
      std::all_of(state_.operations.begin(), state_.operations.end(), [&](const Operation& operation) {
        if (!operation.mutates()) return !is_one_of(context_.catalog.words("incrementing_methods"), operation.word);
        if (operation.kind != Operation::Kind::replace || operation.value == 0) return false;
        const facts::FileFacts& facts = context_.program.facts(operation.file);
        const facts::Value& value = facts.values[operation.value];
        const facts::Value& first = facts_.values[declaration_.initial];
        return value.kind == first.kind && value.text != 0 && facts.string(value.text) == facts_.string(first.text);
      })) {
    return false;
  }
  const auto& lifecycle = context_.catalog.words("lifecycle_flags");
  const auto& running = context_.catalog.words("running_flags");
  if (state_.shape == Shape::flag) {
    if (is_one_of(lifecycle, bare_name()) && !is_one_of(running, bare_name())) return false;
    const auto words = split_words(name_);
    const auto& ending = context_.catalog.words("ending_phrases");
    if (std::any_of(ending.begin(), ending.end(), [&](const std::string& word) { return has_phrase(words, word); }))
      return false;
    if (is_one_of(running, bare_name()) || guards_itself()) {
      // A guard asks the flag and turns away; a flag that only tells the loops to go on is lifecycle.
      bool sets = false;
      bool asks = false;
      for (const Operation& operation : state_.operations) {
        sets = sets || operation.kind == Operation::Kind::replace;
        asks = asks || (operation.condition && !is_loop_condition(operation));
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
  if (set_like_a_setting()) {
    draft.site.kind = "config_store";
    draft.decided = true;
  }
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

// null first, an object later: a handle that is built when it is first needed, or a remembered result.
bool VariableFinder::decide_handle(Draft& draft) {
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
  if (writes.empty()) return false;
  // redis = None; in lifespan: redis = await connect(). A handle of the module, opened late.
  const bool module_handle = state_.scope == State::Scope::module &&
                             context_.program.file(place_.file).language == Language::python &&
                             declaration_.initial != 0 && facts_.values[declaration_.initial].kind == ValueKind::null;
  if (in_hook_only && !module_handle) return false;
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
    if (uncalled_.empty()) return false;  // what the start sets is as it was made
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

}  // namespace detoy::analysis

// Variables that change while the process serves and that nobody would miss: what they hold goes with the objects or
// the calls it belongs to, can be had again from the code, or only keeps a log short.

#include "analysis/operation_words.h"
#include "analysis/type_text.h"
#include "analysis/variable_finder.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::ValueKind;

namespace {

bool names_state(const Context& context, FileId file, facts::Index index, DeclarationId state, int depth) {
  constexpr int depth_limit = 6;
  if (index == 0 || depth > depth_limit) return false;
  const facts::FileFacts& facts = context.program.facts(file);
  const facts::Value& value = facts.values[index];
  facts::Index path = 0;
  if (value.kind == ValueKind::path) path = value.ref;
  if (value.kind == ValueKind::call) {
    path = facts.calls[value.ref].path;
    for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
      if (names_state(context, file, a, state, depth + 1)) return true;
    }
  }
  if (path != 0) {
    for (const States::Hit& hit : context.states.trace(file, facts.paths[path])) {
      if (hit.declaration == state && !hit.element) return true;
    }
  }
  for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
    if (names_state(context, file, child, state, depth + 1)) return true;
  }
  return false;
}

// When an entry of a table of calls under way is taken out.
enum class Settling : std::uint8_t { no, some_time, when_settled };

}  // namespace

// What one count goes up or down by: 1, -1, or 0 for anything else.
int VariableFinder::step_of(const Operation& operation) const {
  const auto is_one = [&](FileId file, facts::Index index) {
    const facts::FileFacts& facts = context_.program.facts(file);
    return index != 0 && facts.values[index].kind == ValueKind::number && facts.string(facts.values[index].text) == "1";
  };
  if (operation.kind == Operation::Kind::augment) {
    if (!is_one(operation.file, operation.value)) return 0;
    return operation.word == "-=" ? -1 : 1;
  }
  if (operation.kind == Operation::Kind::add && operation.word == "set") return step_of_entry(operation);
  if (operation.word != "fetch_add" && operation.word != "fetch_sub") return 0;
  if (operation.call == 0) return 0;
  const Place call = context_.program.calls.place(operation.call);
  if (!is_one(call.file, context_.program.facts(call.file).calls[call.index].first_argument)) return 0;
  return operation.word == "fetch_add" ? 1 : -1;
}

// open.set(key, (open.get(key) ?? 0) + 1), and what a variable has of that
int VariableFinder::step_of_entry(const Operation& operation) const {
  const Place place = context_.program.calls.place(operation.call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  facts::Index value = facts.calls[place.index].first_argument;
  while (value != 0 && facts.values[value].next != 0) value = facts.values[value].next;
  if (value != 0 && facts.values[value].kind == ValueKind::path) {
    const facts::Path& path = facts.paths[facts.values[value].ref];
    if (path.root_kind != facts::RootKind::declaration || path.steps != 0) return 0;
    value = facts.declarations[path.root].initial;
  }
  if (value == 0 || facts.values[value].kind != ValueKind::unknown) return 0;
  const std::string_view sign = facts.string(facts.values[value].text);
  facts::Index last = facts.values[value].first_child;
  while (last != 0 && facts.values[last].next != 0) last = facts.values[last].next;
  if (last == 0 || facts.values[last].kind != ValueKind::number || facts.string(facts.values[last].text) != "1")
    return 0;
  return sign == "+" ? 1 : sign == "-" ? -1 : 0;
}

// open[key] = 1
bool VariableFinder::begins_at_one(const Operation& operation) const {
  if (operation.kind != Operation::Kind::store || operation.value == 0) return false;
  const facts::FileFacts& facts = context_.program.facts(operation.file);
  const facts::Value& value = facts.values[operation.value];
  if (value.kind != ValueKind::number) return false;
  const std::string_view text = facts.string(value.text);
  return text == "0" || text == "1";
}

// active++ before, active-- after: how much goes on in this process at the moment.
bool VariableFinder::counts_what_goes_on() const {
  // A table has such a number for each key; entries come and go with it.
  const bool table = state_.shape == Shape::map || state_.shape == Shape::record;
  if (state_.shape != Shape::counter && !table) return false;
  const auto words = split_words(name_);
  const auto& telling = context_.catalog.words("ongoing_words");
  bool named = false;
  for (const std::string& word : telling) named = named || has_phrase(words, word);
  std::unordered_set<FunctionId> up;
  std::unordered_set<FunctionId> down;
  for (const std::vector<const Operation*>* list : {&runtime_, &uncalled_}) {
    for (const Operation* operation : *list) {
      const int step = step_of(*operation);
      if (table && (operation->kind == Operation::Kind::take || begins_at_one(*operation))) continue;
      if (operation->mutates() && step == 0) return false;
      if (step > 0) up.insert(operation->function);
      if (step < 0) down.insert(operation->function);
    }
  }
  if (up.empty() || down.empty()) return false;
  if (table) return named;
  return named || std::any_of(up.begin(), up.end(), [&](FunctionId function) { return down.contains(function); });
}

// if not NAMES: NAMES.append(..), with nothing in it that a caller gave.
bool VariableFinder::fills_itself_once() const {
  constexpr std::uint32_t outside = effect::durable_read | effect::durable_write | effect::external |
                                    effect::publishes | effect::local_file | effect::local_store;
  bool fills = false;
  for (const std::vector<const Operation*>* list : {&runtime_, &uncalled_}) {
    for (const Operation* operation : *list) {
      const bool adds = operation->kind == Operation::Kind::add || operation->kind == Operation::Kind::store;
      if (!adds) {
        if (operation->mutates()) return false;
        continue;
      }
      fills = fills || list == &runtime_;
      if (given(*operation) || asks_for_time(context_, operation->function)) return false;
      if ((context_.effects.reached(operation->function) & outside) != 0) return false;
      const facts::FileFacts& facts = context_.program.facts(operation->file);
      bool guarded = false;
      for (facts::Index i = operation->branch; i != 0 && !guarded; i = facts.branches[i].parent) {
        const facts::BranchKind kind = facts.branches[i].kind;
        guarded = (kind == facts::BranchKind::then || kind == facts::BranchKind::otherwise) &&
                  facts.branches[i].condition != 0 &&
                  names_state(context_, operation->file, facts.branches[i].condition, state_.declaration, 0);
      }
      if (!guarded) return false;
    }
  }
  return fills;
}

// this.rows = [] or this.rows = rows first thing in run(), and all else that is done to it, in run() or what only run()
// calls: it carries nothing from one run to the next, and nobody else looks at it.
bool VariableFinder::begins_anew_with_each_run() const {
  if (state_.scope != State::Scope::field) return false;
  const auto replaces = [&](const Operation& operation) {
    if (operation.kind != Operation::Kind::replace || operation.branch != 0) return false;
    return !null_value(operation);
  };
  for (const Operation& reset : state_.operations) {
    if (moment(reset) == Moment::initial || !replaces(reset)) continue;
    const facts::Function& run = context_.program.function(reset.function);
    if (run.flags & facts::function_flag::constructor) continue;
    // What it calls, and nobody else does.
    std::unordered_set<FunctionId> inside = {reset.function};
    std::vector<FunctionId> open = {reset.function};
    while (!open.empty()) {
      const FunctionId function = open.back();
      open.pop_back();
      std::vector<FunctionId> next(context_.graph.closures_in(function).begin(),
                                   context_.graph.closures_in(function).end());
      for (const CallId call : context_.graph.calls_in(function)) {
        const auto callees = context_.graph.callees(call);
        next.insert(next.end(), callees.begin(), callees.end());
      }
      for (const FunctionId callee : next) {
        if (inside.size() < 64 && inside.insert(callee).second) open.push_back(callee);
      }
    }
    const bool all = std::all_of(state_.operations.begin(), state_.operations.end(), [&](const Operation& operation) {
      if (moment(operation) == Moment::initial) return true;
      if (operation.function == reset.function) return operation.line >= reset.line;
      if (!inside.contains(operation.function)) return false;
      const auto callers = context_.graph.callers(operation.function);
      return std::all_of(callers.begin(), callers.end(),
                         [&](CallId call) { return inside.contains(context_.graph.function_of(call)); });
    });
    if (all) return true;
  }
  return false;
}

// if (!warned.has(text)) { log.warn(text); warned.add(text); }
bool VariableFinder::only_keeps_logs_short() const {
  bool fills = false;
  for (const Operation* operation : runtime_) {
    if (operation->kind != Operation::Kind::add && operation->kind != Operation::Kind::store) continue;
    fills = true;
    if (context_.liveness.handler(operation->function)) return false;
    bool logs = false;
    bool asks = false;
    for (const Operation& other : state_.operations) {
      asks = asks || (other.function == operation->function && other.condition);
    }
    for (const CallId call : context_.graph.calls_in(operation->function)) {
      const Place place = context_.program.calls.place(call);
      const facts::FileFacts& facts = context_.program.facts(place.file);
      const facts::Path& path = facts.paths[facts.calls[place.index].path];
      const auto hits = context_.states.trace(place.file, path);
      const bool own = std::any_of(hits.begin(), hits.end(),
                                   [&](const States::Hit& hit) { return hit.declaration == state_.declaration; });
      if (own) continue;
      if (!is_log_call(call)) return false;
      logs = true;
    }
    if (!logs || !asks) return false;
  }
  return fills;
}

// Objects of a library, each of which somebody puts in when a client comes and takes out when it disconnects.
bool VariableFinder::leaves_with_client() const {
  const std::string_view text = facts_.string(declaration_.type_text);
  const TypeText table = unwrap_type(text, context_.catalog.words("cell_types"));
  if (table.arguments.empty()) return false;
  const Object entry = context_.symbols.of_type_text(place_.file, table.arguments.back());
  if (entry.kind != Object::Kind::external || entry.external.package == 0) return false;
  return std::any_of(state_.operations.begin(), state_.operations.end(), [&](const Operation& operation) {
    return operation.kind == Operation::Kind::take &&
           has_phrase(split_words(context_.program.name_of_function(operation.function)), "disconnect");
  });
}

// Map<string, { tail: Promise<void>, bytes }>: each entry is bound to a promise of this process. One that tells how far
// work has come is asked by others.
bool VariableFinder::holds_work_under_way() const {
  const auto& telling = context_.catalog.words("progress_words");
  for (const std::string_view name : type_names(facts_.string(declaration_.type_text))) {
    const TypeId type = context_.symbols.is_built_in(name) ? 0 : context_.symbols.type_named(place_.file, name);
    if (type == 0) continue;
    bool promises = false;
    for (const DeclarationId field : context_.symbols.fields(type)) {
      const Place home = context_.program.declarations.place(field);
      const facts::FileFacts& facts = context_.program.facts(home.file);
      const std::string_view text = facts.string(facts.declarations[home.index].type_text);
      promises = promises || text.starts_with("Promise<");
      const auto words = split_words(context_.program.name_of_declaration(field));
      if (std::any_of(telling.begin(), telling.end(), [&](const std::string& word) { return has_phrase(words, word); }))
        return false;
    }
    if (promises) return true;
  }
  return false;
}

bool VariableFinder::drops_entries() const {
  return std::any_of(state_.operations.begin(), state_.operations.end(),
                     [](const Operation& operation) { return operation.kind == Operation::Kind::take; });
}

// inFlight.set(id, load(id).finally(() => inFlight.delete(id))): who asks meanwhile gets the same promise.
bool VariableFinder::shares_calls_under_way() const {
  const auto ends_with_call = [&](const Operation& operation) {
    const bool drops = operation.kind == Operation::Kind::take ||
                       (operation.kind == Operation::Kind::replace && null_value(operation));
    if (!drops) return Settling::no;
    const Place place = context_.program.functions.place(operation.function);
    const facts::Function& function = context_.program.facts(place.file).functions[place.index];
    const bool settles =
        function.use == facts::ClosureUse::argument &&
        context_.graph.called_name(context_.program.calls.id(place.file, function.use_call)) == "finally";
    return settles ? Settling::when_settled : Settling::some_time;
  };
  const std::string_view text = facts_.string(declaration_.type_text);
  const TypeText type = unwrap_type(text, context_.catalog.words("absent_types"));
  const std::string_view entry = is_collection() && !type.arguments.empty() ? type.arguments.back() : text;
  const auto names = type_names(entry);
  const bool promises =
      entry.find("=>") == std::string_view::npos && std::find(names.begin(), names.end(), "Promise") != names.end();
  const bool untyped = text.empty();
  if (!promises && !untyped) return is_collection() && holds_work_under_way() && drops_entries();
  return std::any_of(state_.operations.begin(), state_.operations.end(), [&](const Operation& operation) {
    const Settling settling = ends_with_call(operation);
    return settling == Settling::when_settled || (promises && settling == Settling::some_time);
  });
}

// A class whose objects are made in a file that would rather use the browser's localStorage.
bool VariableFinder::stands_in_for_browser() const {
  if (state_.type == 0 || state_.scope != State::Scope::field) return false;
  const auto& stores = context_.catalog.words("browser_stores");
  const auto prefers_browser = [&](CallId call) {
    const facts::FileFacts& facts = context_.program.facts(context_.program.calls.place(call).file);
    return std::any_of(facts.paths.begin(), facts.paths.end(), [&](const facts::Path& path) {
      return path.root_kind == facts::RootKind::name && is_one_of(stores, facts.string(path.root));
    });
  };
  const auto constructions = context_.graph.constructions(state_.type);
  return !constructions.empty() && std::all_of(constructions.begin(), constructions.end(), prefers_browser);
}

// warned = warnOnce(text, warned), where warnOnce does no more than to log
bool VariableFinder::told_by_helper(const Operation& operation) const {
  if (operation.kind != Operation::Kind::replace || operation.value == 0) return false;
  const facts::FileFacts& facts = context_.program.facts(operation.file);
  const facts::Value& value = facts.values[operation.value];
  if (value.kind != ValueKind::call) return false;
  const auto callees = context_.graph.callees(context_.program.calls.id(operation.file, value.ref));
  bool itself = false;
  for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next)
    itself = itself || names_state(context_, operation.file, a, state_.declaration, 0);
  return itself && !callees.empty() && std::all_of(callees.begin(), callees.end(), [&](FunctionId callee) {
           return context_.effects.reached(callee) == 0;
         });
}

// if not warned: warned = True; log.warning(text); if (now - lastWarned > 30_000) { lastWarned = now; log.warn(text) }
bool VariableFinder::only_guards_a_log_line() const {
  if (state_.shape != Shape::flag && state_.shape != Shape::time && state_.shape != Shape::counter) return false;
  bool set = false;
  for (const std::vector<const Operation*>* list : {&runtime_, &uncalled_}) {
    for (const Operation* operation : *list) {
      if (!operation->mutates()) continue;
      if (told_by_helper(*operation)) {
        set = true;
        continue;
      }
      if (operation->kind != Operation::Kind::replace || operation->branch == 0) return false;
      const facts::FileFacts& facts = context_.program.facts(operation->file);
      const facts::Branch& branch = facts.branches[operation->branch];
      if (branch.kind != facts::BranchKind::then || branch.condition == 0 ||
          !names_state(context_, operation->file, branch.condition, state_.declaration, 0)) {
        return false;
      }
      bool logs = false;
      for (const CallId call : context_.graph.calls_in(operation->function)) {
        const facts::Call& record = context_.program.call(call);
        if (record.branch != operation->branch) continue;
        // What the line says may be worked out.
        const auto callees = context_.graph.callees(call);
        const bool plain = context_.effects.of_call(call) == 0 &&
                           std::all_of(callees.begin(), callees.end(),
                                       [&](FunctionId callee) { return context_.effects.reached(callee) == 0; });
        if (!is_log_call(call) && !plain) return false;
        logs = logs || is_log_call(call);
      }
      // error.message || error, as part of the line, does nothing else.
      const auto does_something = [&](facts::Index inner) {
        const auto here = [&](const auto& record) { return record.branch == inner; };
        return facts.branches[inner].exits || std::any_of(facts.calls.begin(), facts.calls.end(), here) ||
               std::any_of(facts.assignments.begin(), facts.assignments.end(), here) ||
               std::any_of(facts.branches.begin(), facts.branches.end(),
                           [&](const facts::Branch& other) { return other.parent == inner; });
      };
      bool nested = false;
      for (facts::Index i = 1; i < facts.branches.size() && !nested; ++i)
        nested = facts.branches[i].parent == operation->branch && does_something(i);
      const bool changes_more =
          std::any_of(facts.assignments.begin(), facts.assignments.end(), [&](const facts::Assignment& other) {
            return other.branch == operation->branch && other.line != operation->line;
          });
      if (!logs || nested || changes_more) return false;
      set = true;
    }
  }
  return set;
}

// if len(self.hits) >= LIMIT: log.warning(text), and on it goes
bool VariableFinder::only_logged_when_many() const {
  if (state_.shape != Shape::list && state_.shape != Shape::queue) return false;
  bool logged = false;
  std::unordered_set<FunctionId> users;
  for (const Operation& operation : state_.operations) users.insert(operation.function);
  for (const FunctionId user : users) {
    const Place place = context_.program.functions.place(user);
    const facts::FileFacts& facts = context_.program.facts(place.file);
    for (const facts::Return& result : facts.returns) {
      if (result.function == place.index && names_state(context_, place.file, result.value, state_.declaration, 0))
        return false;
    }
    for (facts::Index i = 1; i < facts.branches.size(); ++i) {
      const facts::Branch& branch = facts.branches[i];
      if (branch.function != place.index || branch.condition == 0 || branch.kind == facts::BranchKind::loop) continue;
      if (!names_state(context_, place.file, branch.condition, state_.declaration, 0)) continue;
      if (branch.kind != facts::BranchKind::then || branch.exits) return false;
      const bool more = std::any_of(facts.branches.begin(), facts.branches.end(), [&](const facts::Branch& other) {
        return other.parent == i || (other.kind == facts::BranchKind::otherwise && other.condition == branch.condition);
      });
      const bool assigns = std::any_of(facts.assignments.begin(), facts.assignments.end(),
                                       [&](const facts::Assignment& assignment) { return assignment.branch == i; });
      if (more || assigns) return false;
      for (const CallId call : context_.graph.calls_in(user)) {
        if (context_.program.call(call).branch == i && !is_log_call(call)) return false;
      }
      logged = true;
    }
  }
  return logged;
}

bool VariableFinder::is_log_call(CallId call) const {
  const auto& receivers = context_.catalog.words("logging_receivers");
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  if (path.root_kind == facts::RootKind::name && is_one_of(receivers, facts.string(path.root))) return true;
  if (path.root_kind == facts::RootKind::declaration &&
      is_one_of(receivers, facts.string(facts.declarations[path.root].name))) {
    return true;
  }
  for (std::uint32_t i = 0; i + 1 < path.steps; ++i) {
    if (is_one_of(receivers, facts.string(facts.steps[path.first_step + i].name))) return true;
  }
  return false;
}

bool VariableFinder::decide_harmless(Draft& draft) {
  const auto accept = [&](const char* kind, const std::string& why) {
    for (const std::vector<const Operation*>* list : {&runtime_, &uncalled_}) {
      for (const Operation* operation : *list) {
        if (operation->mutates() || step_of(*operation) != 0) draft.writers.push_back(operation->function);
      }
    }
    draft.site.kind = kind;
    draft.decided = draft.has_verdict = true;
    draft.site.verdict = inventory::Verdict::acceptable;
    draft.site.risk = inventory::Risk::low;
    draft.site.why = std::string(name_) + why;
    return true;
  };
  if (counts_what_goes_on()) {
    const bool limits = std::any_of(state_.operations.begin(), state_.operations.end(),
                                    [](const Operation& operation) { return operation.condition; });
    return accept(limits ? "lock" : "metrics", " counts what goes on in this process at the moment, and ends with it.");
  }
  if (only_guards_a_log_line()) return accept("cache", " only keeps this process from logging the same twice.");
  if (shares_calls_under_way())
    return accept("lock", " lets callers share a call that is under way, and forgets it when it settles.");
  if (!is_collection()) return false;
  const auto mutates = [](const Operation* operation) { return operation->mutates(); };
  const bool changes = std::any_of(runtime_.begin(), runtime_.end(), mutates) ||
                       std::any_of(uncalled_.begin(), uncalled_.end(), mutates);
  if (changes && is_one_of(context_.catalog.words("weak_types"), state_.storage))
    return accept("cache", " holds notes on objects of this process; each goes with its object.");
  if (leaves_with_client())
    return accept("connection", " holds what belongs to clients of this process, each until it disconnects.");
  if (changes && only_logged_when_many())
    return accept("metrics", " is only counted: when there are many, a line is logged and nobody is turned away.");
  if (stands_in_for_browser()) return accept("cache", " stands in for the browser's storage where there is none.");
  if (fills_itself_once())
    return accept("lazy_singleton", " is filled when first needed, from what every instance has.");
  if (only_keeps_logs_short()) return accept("cache", " only keeps this process from logging the same twice.");
  return false;
}

}  // namespace detoy::analysis

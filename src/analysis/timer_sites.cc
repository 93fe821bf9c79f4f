#include "analysis/timer_sites.h"

#include <algorithm>

#include "analysis/scheduler.h"
#include "base/words.h"

namespace detoy::analysis {

using catalog::Library;
using facts::ValueKind;

void Scheduler::find_timed_work() {
  const Program& program = context_.program;
  for (CallId call = 0; call < program.calls.size(); ++call) {
    const std::uint32_t effects = context_.effects.of_call(call);
    if ((effects & (effect::timer | effect::task)) == 0) continue;
    for (const FunctionId callback : callbacks_of(call)) {
      // A loop that is left to itself is a timer in all but name.
      if ((effects & effect::timer) == 0 && !loops(callback)) continue;
      timed_.insert(callback);
      for (const CallId inner : context_.graph.calls_in(callback)) {
        const auto callees = context_.graph.callees(inner);
        timed_.insert(callees.begin(), callees.end());
      }
    }
  }
}

std::vector<Draft> Scheduler::find() {
  find_timed_work();
  find_registered_calls();
  find_detaching_helpers();
  find_timing_helpers();
  const Program& program = context_.program;
  for (FileId file = 0; file < program.files().size(); ++file) {
    if (program.file(file).role != source::Role::production) continue;
    const facts::FileFacts& facts = program.facts(file);
    for (const facts::Decorator& decorator : facts.decorators) {
      if (decorator.on == facts::DecoratedKind::function) look_at_decorator(file, decorator);
    }
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      if (facts.calls[i].flags & facts::call_flag::decorator) continue;
      if (facts.functions[facts.calls[i].function].flags & facts::function_flag::test) continue;
      look_at(program.calls.id(file, i));
    }
  }
  merge_tasks();
  return std::move(drafts_);
}

void Scheduler::finish(Draft draft, CallId call) {
  // scheduler.add(new Job(work)): one timer, however many calls it takes.
  const bool known =
      draft.site.kind == "timer" && std::any_of(drafts_.begin(), drafts_.end(), [&](const Draft& other) {
        return other.file == draft.file && other.site.line == draft.site.line && other.site.kind == "timer";
      });
  if (known) return;
  wire(draft, call);
  drafts_.push_back(std::move(draft));
}

void Scheduler::wire(Draft& draft, CallId call) const {
  set_wiring(draft, context_, context_.wiring.of_call(call));
  const FunctionId function = context_.graph.function_of(call);
  if (draft.site.wired == inventory::Wiring::production && context_.liveness.has_entries() &&
      context_.liveness.phases(function) == 0 && !context_.program.is_top_level(function)) {
    // Nothing calls the function that starts it.
    FunctionId outer = function;
    while (context_.program.function(outer).parent != 0 && context_.liveness.phases(outer) == 0) {
      outer = context_.program.functions.id(context_.program.functions.place(outer).file,
                                            context_.program.function(outer).parent);
    }
    if (context_.liveness.phases(outer) == 0 && context_.graph.callers(outer).empty()) {
      draft.site.wired = inventory::Wiring::unused;
    }
  }
}

void Scheduler::look_at_decorator(FileId file, const facts::Decorator& decorator) {
  const Program& program = context_.program;
  const CallId call = program.calls.id(file, decorator.call);
  const facts::FileFacts& facts = program.facts(file);
  const facts::Path& path = facts.paths[facts.calls[decorator.call].path];
  std::string name;
  if (path.root_kind == facts::RootKind::declaration) name = facts.string(facts.declarations[path.root].name);
  if (path.root_kind == facts::RootKind::name) name = facts.string(path.root);
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    if (facts.steps[path.first_step + i].name != 0)
      name += "." + std::string(facts.string(facts.steps[path.first_step + i].name));
  }
  const Language language = program.file(file).language;
  const Library* library =
      context_.libraries.with_effect(context_.graph.target(call).external, language, Library::Effect::timer);
  if (library == nullptr) {
    for (const Library* candidate : context_.libraries.of_decorator(name, language)) {
      if (candidate->effect == Library::Effect::timer) library = candidate;
    }
  }
  if (library == nullptr) return;
  const FunctionId function = program.functions.id(file, decorator.target);
  Draft draft;
  place_at_call(draft, context_, call);
  const auto dot = name.rfind('.');
  draft.site.name = dot == std::string::npos ? name : name.substr(dot + 1);
  draft.site.owner = owner_of_function(context_, function);
  draft.site.storage = draft.site.name;
  add_evidence(draft, program, "declaration", file, facts.calls[decorator.call].line);
  judge(draft, work_of({function}), {function});
  const TypeId owner = context_.symbols.owner(function);
  set_wiring(draft, context_, owner != 0 ? context_.wiring.of_type(owner) : context_.wiring.of_function(function));
  drafts_.push_back(std::move(draft));
}

// new Promise(resolve => setTimeout(resolve, ms)): waiting, not work.
bool Scheduler::delay_of_promise(CallId call) const {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  // new Promise((resolve) => setTimeout(async () => { await send(); resolve(); }, ms)): whoever awaits it waits for
  // both.
  for (facts::Index a = record.first_argument; a != 0; a = facts.values[a].next) {
    if (facts.values[a].kind != ValueKind::function) continue;
    for (const CallId inner : context_.graph.calls_in(context_.program.functions.id(place.file, facts.values[a].ref))) {
      const facts::Path& called = facts.paths[facts.calls[context_.program.calls.place(inner).index].path];
      if (called.root_kind != facts::RootKind::declaration || called.steps != 1 ||
          facts.steps[called.first_step].name != 0)
        continue;
      const facts::Declaration& root = facts.declarations[called.root];
      if (root.kind == facts::DeclarationKind::parameter && root.function == record.function) return true;
    }
  }
  for (facts::Index a = record.first_argument; a != 0; a = facts.values[a].next) {
    const facts::Value& value = facts.values[a];
    if (value.kind != ValueKind::path) continue;
    const facts::Path& path = facts.paths[value.ref];
    if (path.root_kind == facts::RootKind::declaration && path.steps == 0 &&
        facts.declarations[path.root].kind == facts::DeclarationKind::parameter) {
      return true;
    }
  }
  return false;
}

bool Scheduler::cleared_here(CallId call) const {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  if (record.assigned_to == 0 || facts.declarations[record.assigned_to].kind == facts::DeclarationKind::field)
    return false;
  for (facts::Index i = 1; i < facts.calls.size(); ++i) {
    const facts::Path& path = facts.paths[facts.calls[i].path];
    if (path.root_kind != facts::RootKind::name || !facts.string(path.root).starts_with("clear")) continue;
    const facts::Index argument = facts.calls[i].first_argument;
    if (argument == 0 || facts.values[argument].kind != ValueKind::path) continue;
    const facts::Path& cleared = facts.paths[facts.values[argument].ref];
    if (cleared.root_kind == facts::RootKind::declaration && cleared.root == record.assigned_to) return true;
  }
  return false;
}

// What a delay comes to, however its callback is written: `flush`, `() => flush()`.
FunctionId Scheduler::delayed_work(const std::vector<FunctionId>& callbacks) const {
  if (callbacks.size() != 1) return 0;
  const FunctionId callback = callbacks.front();
  if (!context_.program.name_of_function(callback).empty()) return callback;
  const auto calls = context_.graph.calls_in(callback);
  if (calls.size() != 1) return callback;
  const auto callees = context_.graph.callees(calls.front());
  return callees.size() == 1 ? callees.front() : callback;
}

// `new Cron(pattern, () => {}).stop()` only asks whether the pattern is right.
bool Scheduler::does_nothing(const std::vector<FunctionId>& callbacks) const {
  return std::all_of(callbacks.begin(), callbacks.end(), [&](FunctionId callback) {
    if (!context_.graph.calls_in(callback).empty() || !context_.graph.closures_in(callback).empty()) return false;
    const Place place = context_.program.functions.place(callback);
    const auto& assignments = context_.program.facts(place.file).assignments;
    return std::none_of(assignments.begin(), assignments.end(),
                        [&](const facts::Assignment& assignment) { return assignment.function == place.index; });
  });
}

// Functions that stand under the name in this file: `j.run` of `{ every: '* * * * *', run: sendDigests }`.
std::vector<FunctionId> Scheduler::functions_under(FileId file, std::string_view key) const {
  const facts::FileFacts& facts = context_.program.facts(file);
  std::vector<FunctionId> found;
  for (const facts::Value& value : facts.values) {
    if (value.key == 0 || facts.string(value.key) != key) continue;
    if (value.kind == ValueKind::function) found.push_back(context_.program.functions.id(file, value.ref));
    if (value.kind != ValueKind::path) continue;
    const facts::Path& path = facts.paths[value.ref];
    const Object object = context_.symbols.of_path(file, path, path.steps);
    if (object.kind == Object::Kind::function) found.push_back(object.function);
  }
  return found;
}

// The argument that must be the callback although it leads to no function that is known; 0 if there is none.
facts::Index Scheduler::unknown_callback(CallId call, std::string_view name) const {
  const FileId file = context_.program.calls.place(call).file;
  const facts::FileFacts& facts = context_.program.facts(file);
  const facts::Call& record = context_.program.call(call);
  facts::Index argument = record.first_argument;
  if (argument == 0) return 0;
  if (name != "setInterval") {
    if (facts.values[argument].next == 0) return 0;
    while (facts.values[argument].next != 0) argument = facts.values[argument].next;
  }
  if (facts.values[argument].kind != ValueKind::path) return 0;
  const facts::Path& path = facts.paths[facts.values[argument].ref];
  std::string_view last;
  if (path.steps > 0) {
    last = facts.string(facts.steps[path.first_step + path.steps - 1].name);
  } else {
    // A helper's parameter says nothing of what its callers pass.
    if (path.root_kind != facts::RootKind::declaration ||
        facts.declarations[path.root].kind != facts::DeclarationKind::variable) {
      return 0;
    }
    last = facts.string(facts.declarations[path.root].name);
  }
  if (says(split_words(last), "schedule_options")) return 0;
  const Object object = context_.symbols.of_path(file, path, path.steps);
  const bool unknown = object.kind == Object::Kind::external
                           ? context_.libraries.of(object.external, context_.program.file(file).language).empty()
                           : object.kind == Object::Kind::unknown || object.kind == Object::Kind::function;
  return unknown ? argument : 0;
}

void Scheduler::timer_of_unknown_work(CallId call, std::string_view name) {
  const Place place = context_.program.calls.place(call);
  Draft draft;
  place_at_call(draft, context_, call);
  draft.site.storage = name;
  draft.site.kind = "timer";
  draft.decided = draft.has_verdict = true;
  draft.site.verdict = inventory::Verdict::toy;
  draft.site.confidence = inventory::Confidence::low;
  draft.site.risk = risk_of_timer(draft, {}, {});
  draft.site.why = draft.site.name +
                   " runs work that cannot be followed from here: unless it is claimed, each instance runs it, and a "
                   "restart skips or repeats it.";
  add_evidence(draft, context_.program, "declaration", place.file, context_.program.call(call).line);
  finish(std::move(draft), call);
}

// ticker.tick(), ticker.reset(): the interval is reported where it is made.
bool Scheduler::of_local_interval(CallId call) const {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  return path.root_kind == facts::RootKind::declaration &&
         facts.declarations[path.root].kind == facts::DeclarationKind::variable;
}

void Scheduler::timer(CallId call, std::vector<FunctionId> callbacks) {
  std::string name(context_.graph.called_name(call));
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  if (name.empty() && path.root_kind == facts::RootKind::name) name = facts.string(path.root);
  if (name.empty() && path.root_kind == facts::RootKind::declaration)
    name = facts.string(facts.declarations[path.root].name);
  if (inside_timing_helper(context_.graph.function_of(call))) return;
  const bool once =
      name == "setTimeout" || name == "setImmediate" || name == "call_later" || name == "Timer" || name == "sleep";
  const FunctionId function = context_.graph.function_of(call);
  const bool script = same_family(context_.program.file(place.file).language, Language::typescript);
  if (callbacks.empty() && script && !once) {
    const facts::Index unknown = unknown_callback(call, name);
    if (unknown == 0) return;
    const facts::Path& passed = facts.paths[facts.values[unknown].ref];
    if (passed.steps > 0)
      callbacks = functions_under(place.file, facts.string(facts.steps[passed.first_step + passed.steps - 1].name));
    if (callbacks.empty()) return timer_of_unknown_work(call, name);
  }
  if (callbacks.empty()) {
    // tokio::time::interval: the function that awaits its ticks is the work.
    // A scheduler's jobs are reported where they are given to it.
    const std::string_view symbol = context_.program.text(context_.graph.target(call).external.symbol);
    if (once || !loops(function) || of_local_interval(call) || says(split_words(symbol), "scheduler_words")) return;
    callbacks.push_back(function);
  }
  if (does_nothing(callbacks)) return;
  // A heartbeat of an object that lives as long as a request ends with it.
  const TypeId holder = context_.symbols.owner(function);
  if (holder != 0 && context_.lifetimes.of_type(holder).life == Life::request) return;
  const Work work = work_of(callbacks);
  if (once) {
    if (delay_of_promise(call) || cleared_here(call)) return;
    // A delay carries work only if the work reaches beyond the process.
    if ((work.effects & (effect::durable_write | effect::changes_outside | effect::publishes)) == 0) return;
    if (work.loops) return;
    const auto [known, added] = delays_.emplace(std::pair(place.file, delayed_work(callbacks)), drafts_.size());
    if (!added) {
      Draft& first = drafts_[known->second];
      // One that sets itself again lives as soon as somebody starts it.
      if (first.site.wired == inventory::Wiring::unused) wire(first, call);
      add_evidence(first, context_.program, "declaration", place.file, facts.calls[place.index].line,
                   "started here as well");
      return;
    }
  }
  Draft draft;
  place_at_call(draft, context_, call);
  draft.site.storage = name.empty() ? "timer" : name;
  draft.type_text = names_in_arguments(call);
  add_evidence(draft, context_.program, "declaration", place.file, facts.calls[place.index].line);
  judge(draft, work, callbacks, once);
  finish(std::move(draft), call);
}

// new Cron(SCHEDULES.checkDeadlines, ..): the names say what it is for.
std::string Scheduler::names_in_arguments(CallId call) const {
  const facts::FileFacts& facts = context_.program.facts(context_.program.calls.place(call).file);
  std::string names;
  for (facts::Index a = context_.program.call(call).first_argument; a != 0; a = facts.values[a].next) {
    if (facts.values[a].kind != ValueKind::path) continue;
    const facts::Path& path = facts.paths[facts.values[a].ref];
    if (path.root_kind == facts::RootKind::declaration)
      names += " " + std::string(facts.string(facts.declarations[path.root].name));
    for (std::uint32_t i = 0; i < path.steps; ++i)
      names += " " + std::string(facts.string(facts.steps[path.first_step + i].name));
  }
  return names;
}

// A library's setTimeout and setInterval are taken for what they are named after.
bool Scheduler::named_like_a_timer(const External& external, Language language) const {
  if (external.package == 0 || !same_family(language, Language::typescript)) return false;
  std::string_view symbol = context_.program.text(external.symbol);
  if (symbol.starts_with("default.")) symbol.remove_prefix(std::string_view("default.").size());
  return symbol == "setTimeout" || symbol == "setInterval";
}

// self.background_tasks.add_task(save, order), with an object from a constructor's parameter.
bool Scheduler::detaches_by_name(CallId call) const {
  const Place place = context_.program.calls.place(call);
  if (context_.program.file(place.file).language != Language::python || !context_.graph.callees(call).empty() ||
      !is_one_of(context_.catalog.words("detaching_methods"), context_.graph.called_name(call))) {
    return false;
  }
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  std::string_view receiver;
  if (path.root_kind == facts::RootKind::declaration) receiver = facts.string(facts.declarations[path.root].name);
  if (path.steps > 1) receiver = facts.string(facts.steps[path.first_step + path.steps - 2].name);
  const auto words = split_words(receiver);
  return has_phrase(words, "background") || has_phrase(words, "task");
}

void Scheduler::look_at(CallId call) {
  const External& external = context_.graph.target(call).external;
  const Language language = context_.program.file(context_.program.calls.place(call).file).language;
  if (external.package != 0 || external.symbol != 0) {
    for (const Library* library : context_.libraries.of(external, language)) {
      if (library->effect == Library::Effect::timer) return timer(call, callbacks_of(call));
      if (library->effect == Library::Effect::task) return task(call, callbacks_of(call));
      if (library->effect == Library::Effect::state && library->kind == "queue") return work_channel(call);
    }
    if (named_like_a_timer(external, language)) return timer(call, callbacks_of(call));
  }
  if (external.package == 0 && detaches_by_name(call)) return task(call, callbacks_of(call));
  const std::vector<FunctionId> repeated = handed_to_helper(call, timed_parameters_);
  if (!repeated.empty()) return timer(call, repeated);
  const std::vector<FunctionId> handed = handed_to_helper(call, detached_parameters_);
  if (!handed.empty()) return task(call, handed);
  unawaited(call);
}

std::vector<Draft> timer_sites(const Context& context) {
  return Scheduler(context).find();
}

}  // namespace detoy::analysis

#include "analysis/timer_sites.h"

#include "analysis/scheduler.h"
#include "base/words.h"

namespace detoy::analysis {

using catalog::Library;
using facts::ValueKind;

void Scheduler::find_timed_work() {
  const Program& program = context_.program;
  for (CallId call = 0; call < program.calls.size(); ++call) {
    if ((context_.effects.of_call(call) & effect::timer) == 0) continue;
    for (const FunctionId callback : callbacks_of(call)) {
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
  drafts_.push_back(std::move(draft));
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
  judge(draft, work_of({function}), {function}, *library);
  const TypeId owner = context_.symbols.owner(function);
  set_wiring(draft, context_, owner != 0 ? context_.wiring.of_type(owner) : context_.wiring.of_function(function));
  drafts_.push_back(std::move(draft));
}

// new Promise(resolve => setTimeout(resolve, ms)): waiting, not work.
bool Scheduler::delay_of_promise(CallId call) const {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
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

void Scheduler::timer(CallId call, const Library& library, const std::vector<FunctionId>& callbacks) {
  std::string name(context_.graph.called_name(call));
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  if (name.empty() && path.root_kind == facts::RootKind::name) name = facts.string(path.root);
  const bool once =
      name == "setTimeout" || name == "setImmediate" || name == "call_later" || name == "Timer" || name == "sleep";
  const FunctionId function = context_.graph.function_of(call);
  std::vector<FunctionId> work_functions = callbacks;
  if (work_functions.empty()) {
    // tokio::time::interval: the function that awaits its ticks is the work.
    if (once || !loops(function)) return;
    work_functions.push_back(function);
  }
  const Work work = work_of(work_functions);
  if (once) {
    if (delay_of_promise(call) || cleared_here(call)) return;
    // A delay carries work only if the work reaches beyond the process.
    if ((work.effects & (effect::durable_write | effect::external | effect::publishes)) == 0) return;
    if (work.loops) return;
  }
  // A heartbeat of an object that lives as long as a request ends with it.
  const TypeId holder = context_.symbols.owner(function);
  if (holder != 0 && context_.lifetimes.of_type(holder).life == Life::request) return;
  Draft draft;
  place_at_call(draft, context_, call);
  draft.site.storage = name.empty() ? "timer" : name;
  add_evidence(draft, context_.program, "declaration", place.file, facts.calls[place.index].line);
  judge(draft, work, work_functions, library);
  finish(std::move(draft), call);
}

void Scheduler::look_at(CallId call) {
  const External& external = context_.graph.target(call).external;
  const Language language = context_.program.file(context_.program.calls.place(call).file).language;
  if (external.package != 0 || external.symbol != 0) {
    for (const Library* library : context_.libraries.of(external, language)) {
      if (library->effect == Library::Effect::timer) return timer(call, *library, callbacks_of(call));
      if (library->effect == Library::Effect::task) return task(call, library, callbacks_of(call));
    }
  }
  unawaited(call);
}

std::vector<Draft> timer_sites(const Context& context) {
  return Scheduler(context).find();
}

}  // namespace detoy::analysis

// Helpers that leave to itself what they are given: spawn_logged(async move { .. }), inBackground(() => send()).

#include "analysis/scheduler.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::ValueKind;
namespace call_flag = facts::call_flag;

void Scheduler::note_parameter(FileId file, facts::Index index, Parameters& found) const {
  const facts::FileFacts& facts = context_.program.facts(file);
  const facts::Declaration& parameter = facts.declarations[index];
  if (parameter.kind != facts::DeclarationKind::parameter || parameter.function == 0) return;
  const facts::Function& helper = facts.functions[parameter.function];
  if (index < helper.first_parameter || index >= helper.first_parameter + helper.parameters) return;
  found[context_.program.functions.id(file, parameter.function)].insert(index - helper.first_parameter);
}

void Scheduler::note_detached_parameter(FileId file, const facts::Path& path) {
  if (path.root_kind == facts::RootKind::declaration) note_parameter(file, path.root, detached_parameters_);
}

// What a task gets: the parameter itself, or a closure that awaits or calls it.
void Scheduler::note_detached_argument(FileId file, const facts::Value& argument, int depth) {
  const facts::FileFacts& facts = context_.program.facts(file);
  constexpr int depth_limit = 3;
  if (depth > depth_limit) return;
  if (argument.kind == ValueKind::path && facts.paths[argument.ref].steps == 0)
    note_detached_parameter(file, facts.paths[argument.ref]);
  if (argument.kind == ValueKind::function) {
    for (const facts::Read& read : facts.reads) {
      if (read.function != argument.ref) continue;
      const facts::Path& path = facts.paths[read.path];
      if (is_future(path, facts)) note_detached_parameter(file, path);
    }
    for (const CallId inner : context_.graph.calls_in(context_.program.functions.id(file, argument.ref))) {
      const facts::Path& path = facts.paths[facts.calls[context_.program.calls.place(inner).index].path];
      if (path.steps == 1 && facts.steps[path.first_step].name == 0) note_detached_parameter(file, path);
    }
  }
  if (argument.kind == ValueKind::call) {
    // Box::pin(async move { .. }), guarded(work)
    for (facts::Index a = facts.calls[argument.ref].first_argument; a != 0; a = facts.values[a].next)
      note_detached_argument(file, facts.values[a], depth + 1);
  }
}

// Rust: a parameter of a type that is a bare type parameter or boxed future, which the closure awaits.
bool Scheduler::is_future(const facts::Path& path, const facts::FileFacts& facts) const {
  if (path.root_kind != facts::RootKind::declaration) return false;
  const facts::Declaration& parameter = facts.declarations[path.root];
  if (parameter.kind != facts::DeclarationKind::parameter) return false;
  if (path.steps == 1 && facts.string(facts.steps[path.first_step].name) == "await") return true;
  const auto words = split_words(facts.string(parameter.type_text));
  const auto name = split_words(facts.string(parameter.name));
  return says(words, "future_words") || says(name, "future_words");
}

// Whether the work that a variable stands for is waited for: work.result(), work.join()
bool Scheduler::waits_for(const facts::FileFacts& facts, facts::Index variable) const {
  if (facts.declarations[variable].kind != facts::DeclarationKind::variable) return false;
  const auto& waiting = context_.catalog.words("task_awaiting_methods");
  return std::any_of(facts.calls.begin(), facts.calls.end(), [&](const facts::Call& call) {
    const facts::Path& path = facts.paths[call.path];
    return path.root_kind == facts::RootKind::declaration && path.root == variable && path.steps > 0 &&
           is_one_of(waiting, facts.string(facts.steps[path.first_step + path.steps - 1].name));
  });
}

void Scheduler::find_detaching_helpers() {
  const Program& program = context_.program;
  for (CallId call = 0; call < program.calls.size(); ++call) {
    const Place place = program.calls.place(call);
    if (place.index == 0 || program.file(place.file).role != source::Role::production) continue;
    const facts::FileFacts& facts = program.facts(place.file);
    const facts::Call& record = facts.calls[place.index];
    if (record.function == 0 || record.path == 0 || (record.flags & (call_flag::awaited | call_flag::returned)))
      continue;
    if (context_.effects.of_call(call) & effect::task) {
      // future = run_coroutine_threadsafe(work, loop); return future.result()
      if (record.assigned_to != 0 && waits_for(facts, record.assigned_to)) continue;
      for (facts::Index a = record.first_argument; a != 0; a = facts.values[a].next)
        note_detached_argument(place.file, facts.values[a], 0);
      continue;
    }
    // work().catch(log): called, and not waited for.
    if (!same_family(program.file(place.file).language, Language::typescript)) continue;
    const facts::Path& path = facts.paths[record.path];
    if (path.root_kind != facts::RootKind::declaration || path.steps != 1 || facts.steps[path.first_step].name != 0 ||
        (record.flags & call_flag::chained) == 0 ||
        facts.declarations[path.root].kind != facts::DeclarationKind::parameter) {
      continue;
    }
    const Chain chain = chain_of(call);
    if (chain.handled && chain.dropped && !chain.waited && !handed_on(call, chain))
      note_detached_parameter(place.file, path);
  }
}

// The work that a call hands to such a helper.
std::vector<FunctionId> Scheduler::handed_to_helper(CallId call, const Parameters& helpers) const {
  std::vector<FunctionId> found;
  const FileId file = context_.program.calls.place(call).file;
  const facts::FileFacts& facts = context_.program.facts(file);
  const auto callees = context_.graph.callees(call);
  if (callees.size() != 1 || context_.graph.target(call).guessed) return found;
  const auto helper = helpers.find(callees.front());
  if (helper == helpers.end()) return found;
  std::uint32_t position = 0;
  for (facts::Index a = context_.program.call(call).first_argument; a != 0; a = facts.values[a].next, ++position) {
    if (!helper->second.contains(position)) continue;
    const facts::Value& value = facts.values[a];
    if (value.kind == ValueKind::path) {
      const facts::Path& path = facts.paths[value.ref];
      const Object object = context_.symbols.of_path(file, path, path.steps);
      if (object.kind == Object::Kind::function) found.push_back(object.function);
      continue;
    }
    // run(request): an argument that is worked out before the call is data.
    const bool data = value.kind == ValueKind::call &&
                      !context_.graph.callees(context_.program.calls.id(file, value.ref)).empty() &&
                      !makes_future(context_.program.calls.id(file, value.ref));
    if (!data) {
      work_in(file, a, found, 0);
    }
  }
  return found;
}

}  // namespace detoy::analysis

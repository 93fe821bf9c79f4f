// Helpers that run what they are given again and again: ticker.every(HOUR, || pay_out()), every(HOUR, payOut).

#include "analysis/scheduler.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::ValueKind;

namespace {

bool in_loop(const facts::FileFacts& facts, facts::Index branch) {
  for (facts::Index i = branch; i != 0; i = facts.branches[i].parent) {
    if (facts.branches[i].kind == facts::BranchKind::loop) return true;
  }
  return false;
}

bool calls_root(const facts::FileFacts& facts, const facts::Path& path) {
  return path.root_kind == facts::RootKind::declaration && path.steps > 0 && facts.steps[path.first_step].name == 0 &&
         facts.steps[path.first_step].call != 0 &&
         facts.declarations[path.root].kind == facts::DeclarationKind::parameter;
}

}  // namespace

// One that leaves its loop as soon as the work is done only tries again.
bool Scheduler::repeats_forever(CallId call) const {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  if (!in_loop(facts, record.branch)) return false;
  const bool leaves = std::any_of(facts.returns.begin(), facts.returns.end(), [&](const facts::Return& result) {
    return result.function == record.function && in_loop(facts, result.branch);
  });
  if (leaves) return false;
  const auto calls = context_.graph.calls_in(context_.program.functions.id(place.file, record.function));
  return std::any_of(calls.begin(), calls.end(), [&](CallId other) {
    return is_one_of(context_.catalog.words("pacing_methods"), context_.graph.called_name(other)) &&
           paces(facts, context_.program.call(other).branch);
  });
}

void Scheduler::find_timing_helpers() {
  const Program& program = context_.program;
  for (CallId call = 0; call < program.calls.size(); ++call) {
    const Place place = program.calls.place(call);
    if (place.index == 0 || program.file(place.file).role != source::Role::production) continue;
    const facts::FileFacts& facts = program.facts(place.file);
    const facts::Call& record = facts.calls[place.index];
    if (record.function == 0 || record.path == 0) continue;
    const facts::Path& path = facts.paths[record.path];
    if (calls_root(facts, path)) {
      if (repeats_forever(call)) note_parameter(place.file, path.root, timed_parameters_);
      continue;
    }
    if ((context_.effects.of_call(call) & effect::timer) == 0 || !repeats(call)) continue;
    for (facts::Index a = record.first_argument; a != 0; a = facts.values[a].next) {
      const facts::Value& argument = facts.values[a];
      if (a == work_argument(call) && argument.kind == ValueKind::path && facts.paths[argument.ref].steps == 0 &&
          facts.paths[argument.ref].root_kind == facts::RootKind::declaration) {
        note_parameter(place.file, facts.paths[argument.ref].root, timed_parameters_);
      }
      if (argument.kind != ValueKind::function) continue;
      for (const CallId inner : context_.graph.calls_in(program.functions.id(place.file, argument.ref))) {
        const facts::Path& called = facts.paths[program.call(inner).path];
        if (calls_root(facts, called)) note_parameter(place.file, called.root, timed_parameters_);
      }
    }
  }
}

// Where a timer takes its work, rather than how often it runs: first in setInterval(), last in others. 0 in Rust, where
// work is a closure.
facts::Index Scheduler::work_argument(CallId call) const {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  facts::Index argument = facts.calls[place.index].first_argument;
  if (context_.program.file(place.file).language == Language::rust) return 0;
  if (!same_family(context_.program.file(place.file).language, Language::typescript)) return argument;
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  if (path.root_kind == facts::RootKind::name && facts.string(path.root) == "setInterval") return argument;
  while (argument != 0 && facts.values[argument].next != 0) argument = facts.values[argument].next;
  return argument;
}

// An interval, not a delay.
bool Scheduler::repeats(CallId call) const {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  std::string_view name = context_.graph.called_name(call);
  if (name.empty() && path.root_kind == facts::RootKind::name) name = facts.string(path.root);
  if (name.empty() && path.root_kind == facts::RootKind::declaration)
    name = facts.string(facts.declarations[path.root].name);
  return !is_one_of(context_.catalog.words("delaying_functions"), name);
}

// Whether the code belongs to such a helper: what it runs is judged where it is given.
bool Scheduler::inside_timing_helper(FunctionId function) const {
  for (;;) {
    if (timed_parameters_.contains(function)) return true;
    const facts::Index parent = context_.program.function(function).parent;
    if (parent == 0) return false;
    function = context_.program.functions.id(context_.program.functions.place(function).file, parent);
  }
}

}  // namespace detoy::analysis

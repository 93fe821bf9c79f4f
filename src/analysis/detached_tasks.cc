// Work that is started and not waited for.

#include <fmt/format.h>

#include <deque>

#include "analysis/scheduler.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::ValueKind;
using inventory::Risk;
using inventory::Verdict;

namespace {

bool goes_to(const facts::FileFacts& facts, facts::Index value, facts::Index declaration) {
  if (facts.values[value].kind != ValueKind::path) return false;
  const facts::Path& path = facts.paths[facts.values[value].ref];
  return path.root_kind == facts::RootKind::declaration && path.root == declaration;
}

// results = await searching: the variable is named by itself, neither to set it nor to put it somewhere.
bool asked_for(const facts::FileFacts& facts, facts::Index variable) {
  for (facts::Index i = 1; i < facts.values.size(); ++i) {
    if (!goes_to(facts, i, variable) || facts.paths[facts.values[i].ref].steps != 0) continue;
    if (facts.values[i].line == facts.declarations[variable].line) continue;  // its declaration
    const bool assigns =
        std::any_of(facts.assignments.begin(), facts.assignments.end(), [&](const facts::Assignment& assignment) {
          return assignment.path == facts.values[i].ref || assignment.value == i;
        });
    if (!assigns) return true;
  }
  return false;
}

// The set that `task.add_done_callback(tasks.discard)` takes a finished task out of, unless somebody gets the whole set
// and may wait for it.
facts::Index kept_until_done(const Context& context, const facts::FileFacts& facts, facts::Index task) {
  facts::Index keeper = 0;
  for (facts::Index i = 1; i < facts.calls.size() && keeper == 0; ++i) {
    const facts::Path& path = facts.paths[facts.calls[i].path];
    if (path.root_kind != facts::RootKind::declaration || path.root != task || path.steps != 1) continue;
    if (!is_one_of(context.catalog.words("task_done_methods"), facts.string(facts.steps[path.first_step].name)))
      continue;
    const facts::Index argument = facts.calls[i].first_argument;
    if (argument == 0 || facts.values[argument].kind != ValueKind::path) continue;
    const facts::Path& done = facts.paths[facts.values[argument].ref];
    if (done.root_kind != facts::RootKind::declaration || done.steps != 1) continue;
    if (is_one_of(context.catalog.words("removing_methods"), facts.string(facts.steps[done.first_step].name))) {
      keeper = done.root;
    }
  }
  if (keeper == 0) return 0;
  for (facts::Index i = 1; i < facts.calls.size(); ++i) {
    const facts::Path& path = facts.paths[facts.calls[i].path];
    if (path.root_kind == facts::RootKind::declaration && path.root == task) continue;
    for (facts::Index a = facts.calls[i].first_argument; a != 0; a = facts.values[a].next) {
      if (goes_to(facts, a, keeper)) return 0;
    }
  }
  return keeper;
}

}  // namespace

// Started from another file, the work is where its loop is.
void Scheduler::place_at_loop(Draft& draft, FunctionId work, FileId started) const {
  const Place place = context_.program.functions.place(work);
  if (place.file == started) return;
  const facts::FileFacts& facts = context_.program.facts(place.file);
  for (const facts::Branch& branch : facts.branches) {
    if (branch.function != place.index || branch.kind != facts::BranchKind::loop) continue;
    if (!branch.infinite && branch.condition == 0) continue;
    draft.file = place.file;
    draft.site.path = context_.program.file(place.file).path;
    draft.site.line = branch.line;
    draft.site.column = 1;
    draft.site.owner = context_.program.name_of_type(context_.symbols.owner(work));
    add_evidence(draft, context_.program, "declaration", place.file, branch.line);
    return;
  }
}

// A loop in the background is a timer in all but name, unless it follows a stream or has an interval that is reported
// itself.
void Scheduler::background_loop(CallId call, const Work& work, const std::vector<FunctionId>& callbacks) {
  const Program& program = context_.program;
  if (inside_timing_helper(context_.graph.function_of(call))) return;
  // create_task(every(HOUR, pay_out)): reported where the helper gets its work.
  if (std::any_of(callbacks.begin(), callbacks.end(), [&](FunctionId id) { return timed_parameters_.contains(id); }))
    return;
  std::vector<FunctionId> near;
  for (const FunctionId callback : callbacks) {
    near.push_back(callback);
    for (const FunctionId closure : context_.graph.closures_in(callback)) near.push_back(closure);
    for (const CallId inner : context_.graph.calls_in(callback)) {
      const auto callees = context_.graph.callees(inner);
      near.insert(near.end(), callees.begin(), callees.end());
    }
  }
  bool sleeps = false;
  for (const FunctionId one : near) {
    sleeps = sleeps || waits_between_rounds(one);
    for (const CallId inner : context_.graph.calls_in(one)) {
      const std::string_view name = context_.graph.called_name(inner);
      if ((context_.effects.of_call(inner) & effect::timer) && name != "sleep") return;
      const Place there = program.calls.place(inner);
      const facts::FileFacts& facts = program.facts(there.file);
      const facts::Call& record = facts.calls[there.index];
      const bool awaits_next =
          (record.flags & facts::call_flag::awaited) && (name == "next" || name == "try_next" || name == "accept");
      if (awaits_next && paces(facts, record.branch)) return;
      sleeps = sleeps || (pauses(inner) && paces(facts, record.branch));
    }
  }
  if (!sleeps) return;  // reads a channel or a socket until it closes
  Draft draft;
  place_at_call(draft, context_, call);
  draft.site.storage = "background loop";
  // create_task(sync_forever()): the loop's name says more than what starts it.
  const bool unnamed = draft.site.name == context_.graph.called_name(call) && !work.name.empty();
  const Place place = program.calls.place(call);
  if (unnamed) {
    draft.site.name = work.name;
    place_at_loop(draft, callbacks.front(), place.file);
  }
  add_evidence(draft, program, "declaration", place.file, program.call(call).line);
  judge(draft, work, callbacks);
  if (draft.site.verdict == Verdict::toy && cancelled_here(program.facts(place.file), place.index)) return;
  finish(std::move(draft), call);
}

// delivery.ack(): what came from a broker is given back to it when it fails or the process ends.
bool Scheduler::acknowledges(const std::vector<FunctionId>& callbacks) const {
  const auto& methods = context_.catalog.words("acknowledging_methods");
  return std::any_of(callbacks.begin(), callbacks.end(), [&](FunctionId callback) {
    const auto calls = context_.graph.calls_in(callback);
    return std::any_of(calls.begin(), calls.end(),
                       [&](CallId call) { return is_one_of(methods, context_.graph.called_name(call)); });
  });
}

// tasks.add_task(requests.post, url): a function of a library is the work.
void Scheduler::library_work(CallId call) {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const Language language = context_.program.file(place.file).language;
  const facts::Index first = facts.calls[place.index].first_argument;
  if (first == 0 || facts.values[first].kind != ValueKind::path) return;
  const facts::Path& path = facts.paths[facts.values[first].ref];
  if (path.steps == 0) return;
  const Object work = context_.symbols.of_path(place.file, path, path.steps);
  if (work.kind != Object::Kind::external || work.external.package == 0) return;
  const facts::StringId name = facts.steps[path.first_step + path.steps - 1].name;
  const auto& asking = context_.catalog.words("asking_methods");
  const bool acts =
      context_.libraries.with_effect(work.external, language, catalog::Library::Effect::external) != nullptr &&
      !is_one_of(asking, facts.string(name));
  if (!acts || !context_.liveness.runs_while_serving(context_.graph.function_of(call))) return;
  Work found;
  found.effects = effect::external | effect::changes_outside;
  found.name = facts.string(name);
  report_task(call, found, {});
}

// for line in process.stderr: .., while chunk := source.read(4096): ..: it goes on for as long as what it reads is
// open.
bool Scheduler::follows_stream(const std::vector<FunctionId>& callbacks) const {
  const auto& reading = context_.catalog.words("stream_reading_methods");
  return !callbacks.empty() && std::all_of(callbacks.begin(), callbacks.end(), [&](FunctionId callback) {
    const auto calls = context_.graph.calls_in(callback);
    return std::any_of(calls.begin(), calls.end(), [&](CallId call) {
      const Place place = context_.program.calls.place(call);
      const facts::FileFacts& facts = context_.program.facts(place.file);
      const facts::Path& path = facts.paths[facts.calls[place.index].path];
      return path.steps > 1 && is_one_of(reading, context_.graph.called_name(call)) &&
             (paces(facts, facts.calls[place.index].branch) || path.root_kind == facts::RootKind::self);
    });
  });
}

// watcher = create_task(watch(request)); ..; watcher.cancel(): it does not outlive the function that began it.
bool Scheduler::cancelled_here(const facts::FileFacts& facts, facts::Index call) const {
  facts::Index holder = facts.calls[call].assigned_to;
  for (const facts::Assignment& assignment : facts.assignments) {
    const facts::Value& value = facts.values[assignment.value];
    const facts::Path& path = facts.paths[assignment.path];
    if (value.kind == ValueKind::call && value.ref == call && path.steps == 0 &&
        path.root_kind == facts::RootKind::declaration)
      holder = path.root;
  }
  if (holder == 0) return false;
  const facts::Declaration& variable = facts.declarations[holder];
  if (variable.kind != facts::DeclarationKind::variable || variable.function == 0) return false;
  const auto& cancelling = context_.catalog.words("task_cancelling_methods");
  return std::any_of(facts.calls.begin(), facts.calls.end(), [&](const facts::Call& other) {
    const facts::Path& path = facts.paths[other.path];
    return path.root_kind == facts::RootKind::declaration && path.root == holder && path.steps == 1 &&
           is_one_of(cancelling, facts.string(facts.steps[path.first_step].name));
  });
}

void Scheduler::task(CallId call, const std::vector<FunctionId>& callbacks) {
  if (callbacks.empty()) {
    library_work(call);
    return;
  }
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  if (record.flags & facts::call_flag::awaited) return;
  const FunctionId function = context_.graph.function_of(call);
  // Into a set of tasks that the same function waits for.
  const facts::Path& into = facts.paths[record.path];
  if (into.root_kind == facts::RootKind::declaration &&
      facts.declarations[into.root].kind == facts::DeclarationKind::variable) {
    for (const CallId other : context_.graph.calls_in(function)) {
      const facts::Path& path = facts.paths[facts.calls[context_.program.calls.place(other).index].path];
      const std::string_view name = context_.graph.called_name(other);
      if (path.root_kind == facts::RootKind::declaration && path.root == into.root &&
          is_one_of(context_.catalog.words("tasks_awaiting_methods"), name)) {
        return;
      }
    }
  }
  if (inside_timer(function)) return;  // reported with the timer
  if (follows_stream(callbacks)) return;
  if (acknowledges(callbacks)) return;  // a broker keeps the work until it is done
  const Work work = work_of(callbacks);
  if (work.loops) {
    background_loop(call, work, callbacks);
    return;
  }
  if (cancelled_here(facts, place.index)) return;
  // Waited for through its handle: join, gather, await of the variable.
  if (record.assigned_to != 0) {
    const facts::Declaration& holder = facts.declarations[record.assigned_to];
    if (holder.kind == facts::DeclarationKind::variable) {
      facts::Index keeper = kept_until_done(context_, facts, record.assigned_to);
      for (const CallId other : context_.graph.calls_in(function)) {
        if (is_one_of(context_.catalog.words("tasks_awaiting_methods"), context_.graph.called_name(other))) keeper = 0;
      }
      if (keeper == 0 && asked_for(facts, record.assigned_to)) return;
      for (facts::Index i = 1; i < facts.calls.size(); ++i) {
        // Only put aside, so that it is not collected while it runs.
        const facts::Path& put = facts.paths[facts.calls[i].path];
        if (keeper != 0 && put.root_kind == facts::RootKind::declaration && put.root == keeper && put.steps == 1 &&
            is_one_of(context_.catalog.words("adding_methods"), facts.string(facts.steps[put.first_step].name))) {
          continue;
        }
        const facts::Path& path = facts.paths[facts.calls[i].path];
        if (path.root_kind == facts::RootKind::declaration && path.root == record.assigned_to && path.steps > 0) {
          const std::string_view name = facts.string(facts.steps[path.first_step + path.steps - 1].name);
          if (is_one_of(context_.catalog.words("task_awaiting_methods"), name)) return;
        }
        for (facts::Index a = facts.calls[i].first_argument; a != 0; a = facts.values[a].next) {
          if (facts.values[a].kind != ValueKind::path) continue;
          const facts::Path& passed = facts.paths[facts.values[a].ref];
          if (passed.root_kind == facts::RootKind::declaration && passed.root == record.assigned_to) return;
        }
      }
    }
  }
  if (record.flags & facts::call_flag::returned) return;
  if (!(record.flags & (facts::call_flag::dropped | facts::call_flag::chained)) && record.assigned_to == 0) {
    // Its handle goes into an expression, most often a list that is gathered.
    bool stored = false;
    for (const facts::Assignment& assignment : facts.assignments) {
      const facts::Value& value = facts.values[assignment.value];
      stored = stored || (value.kind == ValueKind::call && value.ref == place.index);
    }
    if (!stored) return;
  }
  if (!context_.liveness.runs_while_serving(function) && context_.liveness.phases(function) != 0) return;
  const bool seen =
      (work.effects & (effect::durable_write | effect::external | effect::publishes | effect::local_file)) != 0;
  if (!seen && !(work.acts_unseen && context_.liveness.runs_while_serving(function))) return;
  if (only_enqueues(callbacks) || goes_on_at_start(callbacks)) return;
  report_task(call, work, callbacks);
}

// tx.send(item), self.sender.try_send(item): what is sent goes to somebody in this process. A request's send() does
// not.
bool Scheduler::sends_to_channel(CallId call) const {
  const Place place = context_.program.calls.place(call);
  if (context_.program.file(place.file).language != Language::rust) return false;
  if (!is_one_of(context_.catalog.words("channel_sending_methods"), context_.graph.called_name(call))) return false;
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  std::string_view receiver;
  std::string_view type;
  if (path.root_kind == facts::RootKind::declaration) {
    receiver = facts.string(facts.declarations[path.root].name);
    type = facts.string(facts.declarations[path.root].type_text);
  }
  for (std::uint32_t i = 0; i + 1 < path.steps; ++i) {
    const facts::Step& step = facts.steps[path.first_step + i];
    const std::string_view name = facts.string(step.name);
    if (step.call != 0) {
      if (!is_one_of(context_.catalog.words("transparent_methods"), name)) return false;
      continue;
    }
    receiver = name;
    type = {};
  }
  return type.find("Sender<") != std::string_view::npos || says(split_words(receiver), "sender_words");
}

// Statistics, and a cache that renews its entries: the next one makes up for what is lost.
bool Scheduler::is_best_effort(const Draft& draft, const std::vector<FunctionId>& callbacks) const {
  const auto caches = [](std::string_view owner) {
    const auto words = split_words(owner);
    return has_phrase(words, "cache") || has_phrase(words, "cached");
  };
  const auto words = split_words(draft.site.name);
  if (says(words, "best_effort_words") || caches(draft.site.owner)) return true;
  // What the next caller would do as well: _connect_in_background, prefetch
  if (!words.empty() && is_one_of(context_.catalog.words("preparing_verbs"), words.front())) return true;
  return !callbacks.empty() && std::all_of(callbacks.begin(), callbacks.end(), [&](FunctionId callback) {
    return context_.symbols.is_method(callback) &&
           caches(context_.program.name_of_type(context_.symbols.owner(callback)));
  });
}

// void shutdown(1): nothing is waited for where nothing comes after.
bool Scheduler::ends_the_process(const std::vector<FunctionId>& callbacks) const {
  const auto& ending = context_.catalog.words("process_ending_calls");
  return std::any_of(callbacks.begin(), callbacks.end(), [&](FunctionId callback) {
    const auto calls = context_.graph.calls_in(callback);
    return std::any_of(calls.begin(), calls.end(), [&](CallId call) {
      const External& external = context_.graph.target(call).external;
      const std::string_view package = context_.program.text(external.package);
      const std::string_view symbol = context_.program.text(external.symbol);
      const std::string_view between =
          context_.program.file(context_.program.calls.place(call).file).language == Language::rust ? "::" : ".";
      return is_one_of(ending, package.empty() ? std::string(symbol) : fmt::format("{}{}{}", package, between, symbol));
    });
  });
}

// spawn(sync_active(state)) behind the row that says what to do: each start looks for such rows and does the same.
bool Scheduler::goes_on_at_start(const std::vector<FunctionId>& callbacks) const {
  const auto picks_up = [&](FunctionId function) {
    return (context_.liveness.phases(function) & phase::startup) != 0 &&
           (context_.effects.reached(function) & effect::durable_read) != 0;
  };
  return !callbacks.empty() && std::all_of(callbacks.begin(), callbacks.end(), [&](FunctionId callback) {
    if (!context_.program.name_of_function(callback).empty()) return picks_up(callback);
    // A closure without a name is what it calls.
    bool calls = false;
    for (const CallId inner : context_.graph.calls_in(callback)) {
      for (const FunctionId callee : context_.graph.callees(inner)) {
        if (!picks_up(callee)) return false;
        calls = true;
      }
    }
    return calls;
  });
}

// order saved; void notifyStaff(order): whoever looks sees it without the message as well.
bool Scheduler::tells_of_what_is_saved(CallId call, std::string_view name) const {
  const auto words = split_words(name);
  return !words.empty() && (words.front() == "notify" || words.front() == "alert") && writes_before(call);
}

// Of a closure: the first function that it calls and that does something outside of the process. A closure in it that
// is called where it stands is looked into.
std::string_view Scheduler::name_of_work(FunctionId closure, int depth) const {
  for (const CallId inner : context_.graph.calls_in(closure)) {
    const auto callees = context_.graph.callees(inner);
    if (callees.size() != 1) continue;
    if ((context_.effects.reached(callees.front()) & (effect::durable_write | effect::external)) == 0) continue;
    std::string_view name = context_.graph.called_name(inner);
    if (name.empty()) name = context_.program.name_of_function(callees.front());
    if (name.empty() && depth < 4) name = name_of_work(callees.front(), depth + 1);
    if (!name.empty()) return name;
  }
  return {};
}

void Scheduler::report_task(CallId call, const Work& work, const std::vector<FunctionId>& callbacks) {
  const Place place = context_.program.calls.place(call);
  const facts::Call& record = context_.program.call(call);
  const FunctionId function = context_.graph.function_of(call);
  Draft draft;
  place_at_call(draft, context_, call);
  // The work's own name says more than "spawn".
  for (const FunctionId callback : callbacks) {
    const std::string_view name = context_.program.name_of_function(callback);
    if (!name.empty()) draft.site.name = name;
  }
  if (callbacks.empty() && !work.name.empty()) draft.site.name = work.name;
  if (!callbacks.empty() && context_.program.name_of_function(callbacks.front()).empty()) {
    if (const std::string_view name = name_of_work(callbacks.front(), 0); !name.empty()) draft.site.name = name;
  }
  if (draft.site.name.empty()) draft.site.name = "async function";
  if (is_best_effort(draft, callbacks) || ends_the_process(callbacks)) return;
  draft.site.storage = "detached task";
  draft.site.kind = "queue";
  draft.decided = true;
  draft.writers.push_back(function);
  add_evidence(draft, context_.program, "declaration", place.file, record.line);
  for (const FunctionId callback : callbacks) {
    const Place there = context_.program.functions.place(callback);
    add_evidence(draft, context_.program, "callback", there.file, context_.program.function(callback).line,
                 std::string(context_.program.name_of_function(callback)));
  }
  const bool streams = std::any_of(callbacks.begin(), callbacks.end(), [&](FunctionId callback) {
    const auto calls = context_.graph.calls_in(callback);
    return std::any_of(calls.begin(), calls.end(), [&](CallId inner) { return sends_to_channel(inner); });
  });
  draft.has_verdict = true;
  if (streams) {
    draft.site.kind = "connection";
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = "The task feeds a channel of one client and ends with it.";
  } else if (tells_of_what_is_saved(call, draft.site.name)) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::medium;
    draft.site.why =
        draft.site.name + " tells of what is saved before it: lost, the message is missed, but not the matter.";
  } else {
    draft.site.verdict = Verdict::toy;
    const bool rows = !callbacks.empty() && records_history(callbacks.front());
    draft.site.risk = rows ? Risk::medium : risk_of_task(call, work, draft.site.name, callbacks);
    if (says(split_words(draft.site.name), "trail_words")) draft.site.kind = "audit_log";
    draft.site.confidence = inventory::Confidence::medium;
    draft.site.why =
        draft.site.name +
        " goes on after the caller has its answer, and only this process knows of it: a restart loses the work.";
  }
  finish(std::move(draft), call);
}

}  // namespace detoy::analysis

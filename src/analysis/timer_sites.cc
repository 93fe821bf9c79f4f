#include "analysis/timer_sites.h"

#include <algorithm>
#include <deque>

#include "base/words.h"

namespace detoy::analysis {

using catalog::Library;
using facts::ValueKind;
using inventory::Risk;
using inventory::Verdict;

namespace {

bool is_one_of(const std::vector<std::string>& words, std::string_view text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// What a callback comes to, over all that it calls.
struct Work {
  std::uint32_t effects = 0;
  bool loops = false;        // it has an endless or sleeping loop
  bool own_state = false;    // it changes state of this process
  bool cleans = false;       // it or what it calls is named after cleaning up
  bool beats = false;        // it tells others that this instance lives, or keeps its lease
  bool flushes = false;      // it or what it calls writes out a buffer
  bool counts_only = false;  // it only feeds metrics
  std::string name;
};

class Scheduler {
 public:
  explicit Scheduler(const Context& context) : context_(context) {}
  std::vector<Draft> find();

 private:
  void look_at(CallId call);
  void look_at_decorator(FileId file, const facts::Decorator& decorator);
  Work work_of(const std::vector<FunctionId>& callbacks) const;
  bool loops(FunctionId function) const;
  void judge(Draft& draft, const Work& work, const std::vector<FunctionId>& callbacks, const Library& library) const;
  void task(CallId call, const Library* library, const std::vector<FunctionId>& callbacks);
  void timer(CallId call, const Library& library, const std::vector<FunctionId>& callbacks);
  void unawaited(CallId call);
  bool scheduled(FunctionId function) const;
  bool delay_of_promise(CallId call) const;
  bool cleared_here(CallId call) const;
  std::vector<FunctionId> callbacks_of(CallId call) const;
  void finish(Draft draft, CallId call);

  const Context& context_;
  std::vector<Draft> drafts_;
};

std::vector<Draft> Scheduler::find() {
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
  return std::move(drafts_);
}

std::vector<FunctionId> Scheduler::callbacks_of(CallId call) const {
  const Program& program = context_.program;
  const Place place = program.calls.place(call);
  const facts::FileFacts& facts = program.facts(place.file);
  std::vector<FunctionId> found;
  for (const FunctionId function : context_.graph.functions_passed(call)) found.push_back(function);
  const auto visit = [&](facts::Index index, auto& self, int depth) -> void {
    if (index == 0 || depth > 4) return;
    const facts::Value& value = facts.values[index];
    if (value.kind == ValueKind::function) found.push_back(program.functions.id(place.file, value.ref));
    // spawn(run(state)): the future that is handed over is the work.
    if (value.kind == ValueKind::call) {
      for (const FunctionId callee : context_.graph.callees(program.calls.id(place.file, value.ref)))
        found.push_back(callee);
      for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
        if (facts.values[a].kind == ValueKind::function) self(a, self, depth + 1);
      }
      // async { .. }.instrument(span)
      const facts::Path& chain = facts.paths[facts.calls[value.ref].path];
      if (chain.root_kind == facts::RootKind::value) self(chain.root, self, depth + 1);
    }
    for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next)
      self(child, self, depth + 1);
  };
  for (facts::Index a = facts.calls[place.index].first_argument; a != 0; a = facts.values[a].next) visit(a, visit, 0);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

// A pause in the loop itself paces it; one in an error branch only backs off.
bool paces(const facts::FileFacts& facts, facts::Index branch) {
  for (facts::Index i = branch; i != 0; i = facts.branches[i].parent) {
    switch (facts.branches[i].kind) {
      case facts::BranchKind::loop:
        return true;
      case facts::BranchKind::handler:
      case facts::BranchKind::then:
      case facts::BranchKind::case_:
        return false;
      default:
        break;
    }
  }
  return false;
}

bool Scheduler::loops(FunctionId function) const {
  const Place place = context_.program.functions.place(function);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  bool loop = false;
  for (const facts::Branch& branch : facts.branches) {
    if (branch.function == place.index && branch.kind == facts::BranchKind::loop) {
      if (branch.infinite) return true;
      loop = loop || branch.condition != 0;  // retries over a range end by themselves
    }
  }
  if (!loop) return false;
  for (const CallId call : context_.graph.calls_in(function)) {
    const std::string_view name = context_.graph.called_name(call);
    const facts::Index branch = context_.program.call(call).branch;
    if ((name == "sleep" || name == "tick" || name == "wait" || name == "delay") && paces(facts, branch)) return true;
  }
  return false;
}

Work Scheduler::work_of(const std::vector<FunctionId>& callbacks) const {
  Work work;
  std::deque<std::pair<FunctionId, int>> open;
  std::unordered_set<FunctionId> seen;
  for (const FunctionId id : callbacks) {
    work.effects |= context_.effects.reached(id);
    if (seen.insert(id).second) open.emplace_back(id, 0);
    if (work.name.empty()) work.name = context_.program.name_of_function(id);
  }
  const auto& cleanup = context_.catalog.words("cleanup_words");
  while (!open.empty()) {
    const auto [id, depth] = open.front();
    open.pop_front();
    if (depth <= 1 && loops(id)) work.loops = true;
    const auto words = split_words(context_.program.name_of_function(id));
    for (const std::string& word : words) work.cleans = work.cleans || (depth <= 1 && is_one_of(cleanup, word));
    for (const char* phrase : {"heartbeat", "heart beat", "keepalive", "keep alive", "renew", "renewal"}) {
      work.beats = work.beats || (depth <= 1 && has_phrase(words, phrase));
    }
    if (depth >= 4) continue;
    for (const FunctionId closure : context_.graph.closures_in(id)) {
      if (seen.insert(closure).second) open.emplace_back(closure, depth + 1);
    }
    for (const CallId call : context_.graph.calls_in(id)) {
      for (const FunctionId callee : context_.graph.callees(call)) {
        if (seen.insert(callee).second) open.emplace_back(callee, depth + 1);
      }
      if (depth <= 1) {
        for (const char* phrase : {"heartbeat", "heart beat", "keepalive", "keep alive", "renew"}) {
          work.beats = work.beats || has_phrase(split_words(context_.graph.called_name(call)), phrase);
        }
        for (const std::string& word : split_words(context_.graph.called_name(call))) {
          work.cleans = work.cleans || is_one_of(cleanup, word);
          work.flushes = work.flushes || word == "flush";
        }
      }
    }
  }
  const std::uint32_t outside = effect::durable_write | effect::durable_read | effect::external | effect::local_file;
  work.counts_only = (work.effects & effect::metrics) != 0 &&
                     (work.effects & (effect::durable_write | effect::external | effect::local_file)) == 0;
  work.own_state = (work.effects & outside) == 0;
  return work;
}

void Scheduler::judge(Draft& draft, const Work& work, const std::vector<FunctionId>& callbacks,
                      const Library& library) const {
  draft.site.kind = "timer";
  draft.decided = draft.has_verdict = true;
  const std::string what = work.name.empty() ? "Its callback" : work.name + "()";
  for (const FunctionId callback : callbacks) {
    const Place place = context_.program.functions.place(callback);
    add_evidence(draft, context_.program, "callback", place.file, context_.program.function(callback).line,
                 std::string(context_.program.name_of_function(callback)));
  }
  static_cast<void>(library);
  Effects::Claim claim;
  for (const FunctionId callback : callbacks) {
    claim = context_.effects.claim(callback);
    if (claim.file != no_file) break;
  }
  if (claim.file != no_file) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.sharing = inventory::Sharing::durable;
    draft.site.risk = Risk::low;
    draft.site.confidence = inventory::Confidence::high;
    draft.site.why = what + " fires on every instance, but the work is claimed in the shared store first.";
    add_evidence(draft, context_.program, "guard", claim.file, claim.line, "claims the work across instances");
    return;
  }
  if (work.counts_only) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = what + " only feeds this process's metrics.";
    return;
  }
  const bool acts = (work.effects & (effect::durable_write | effect::external | effect::publishes | effect::local_file |
                                     effect::local_store)) != 0;
  if (!acts) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.confidence =
        work.effects == 0 && !work.cleans ? inventory::Confidence::medium : inventory::Confidence::high;
    draft.site.why =
        work.cleans ? what + " only tidies up state of this process." : what + " changes nothing outside this process.";
    return;
  }
  if (work.beats) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = what + " tells others that this instance is alive: one per instance is right.";
    return;
  }
  if (work.flushes) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::medium;
    draft.site.why = what + " writes out a buffer of this process: one per instance is right, as the buffer is.";
    return;
  }
  const bool only_deletes =
      (work.effects & effect::deletes) != 0 && work.cleans && (work.effects & effect::external) == 0;
  if (only_deletes) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = what + " deletes what has expired: twice is as good as once.";
    return;
  }
  draft.site.verdict = Verdict::toy;
  draft.site.risk = Risk::high;
  draft.site.confidence = inventory::Confidence::medium;
  draft.site.why = what +
                   (work.effects & effect::durable_write ? " changes shared records" : " acts on the outside world") +
                   " from a timer in the process, and nothing claims the work: each instance runs it, a restart skips "
                   "or repeats it.";
  for (const FunctionId callback : callbacks) {
    const CallId witness = context_.effects.witness(callback, effect::durable_write | effect::external);
    if (witness == 0) continue;
    const Place place = context_.program.calls.place(witness);
    add_evidence(draft, context_.program, "callback", place.file, context_.program.call(witness).line,
                 "the work that it does");
    break;
  }
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

void Scheduler::task(CallId call, const Library* library, const std::vector<FunctionId>& callbacks) {
  if (callbacks.empty()) return;
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
          (name == "join_next" || name == "join_all" || name == "wait" || name == "gather" || name == "join" ||
           name == "shutdown")) {
        return;
      }
    }
  }
  const Work work = work_of(callbacks);
  if (work.loops) {
    // A loop in the background is a timer in all but name.
    for (const FunctionId callback : callbacks) {
      for (const CallId inner : context_.graph.calls_in(callback)) {
        // The interval inside is reported itself.
        if (context_.effects.of_call(inner) & effect::timer && context_.graph.called_name(inner) != "sleep") return;
      }
    }
    bool sleeps = false;
    for (const FunctionId callback : callbacks) {
      std::vector<FunctionId> near = {callback};
      for (const FunctionId closure : context_.graph.closures_in(callback)) near.push_back(closure);
      for (const CallId inner : context_.graph.calls_in(callback)) {
        for (const FunctionId callee : context_.graph.callees(inner)) near.push_back(callee);
      }
      for (const FunctionId one : near) {
        for (const CallId inner : context_.graph.calls_in(one)) {
          const std::string_view name = context_.graph.called_name(inner);
          const Place there = context_.program.calls.place(inner);
          const facts::FileFacts& home = context_.program.facts(there.file);
          sleeps = sleeps || ((name == "sleep" || name == "wait" || name == "delay" || name == "tick") &&
                              paces(home, home.calls[there.index].branch));
        }
      }
    }
    if (!sleeps) return;  // reads a channel or a socket until it closes
    Draft draft;
    place_at_call(draft, context_, call);
    draft.site.storage = "background loop";
    add_evidence(draft, context_.program, "declaration", place.file, record.line);
    catalog::Library none;
    judge(draft, work, callbacks, library != nullptr ? *library : none);
    finish(std::move(draft), call);
    return;
  }
  // Waited for through its handle: join, gather, await of the variable.
  if (record.assigned_to != 0) {
    const facts::Declaration& holder = facts.declarations[record.assigned_to];
    if (holder.kind == facts::DeclarationKind::variable) {
      for (facts::Index i = 1; i < facts.calls.size(); ++i) {
        const facts::Path& path = facts.paths[facts.calls[i].path];
        if (path.root_kind == facts::RootKind::declaration && path.root == record.assigned_to && path.steps > 0) {
          const std::string_view name = facts.string(facts.steps[path.first_step + path.steps - 1].name);
          if (name == "join" || name == "result" || name == "await" || name == "get") return;
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
  if ((work.effects & (effect::durable_write | effect::external | effect::local_file)) == 0) return;
  Draft draft;
  place_at_call(draft, context_, call);
  // The work's own name says more than "spawn".
  for (const FunctionId callback : callbacks) {
    const std::string_view name = context_.program.name_of_function(callback);
    if (!name.empty()) draft.site.name = name;
  }
  if (callbacks.size() >= 1) {
    for (const CallId inner : context_.graph.calls_in(callbacks.front())) {
      const bool closure = context_.program.name_of_function(callbacks.front()).empty();
      const auto callees = context_.graph.callees(inner);
      if (closure && callees.size() == 1 &&
          (context_.effects.reached(callees.front()) & (effect::durable_write | effect::external))) {
        draft.site.name = context_.graph.called_name(inner);
        if (draft.site.name.empty()) draft.site.name = context_.program.name_of_function(callees.front());
        break;
      }
    }
  }
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
  const bool writes = (work.effects & effect::durable_write) != 0;
  bool streams = false;
  for (const FunctionId callback : callbacks) {
    for (const CallId inner : context_.graph.calls_in(callback)) {
      const std::string_view name = context_.graph.called_name(inner);
      streams = streams || ((name == "send" || name == "try_send" || name == "unbounded_send") &&
                            context_.program.file(place.file).language == Language::rust);
    }
  }
  draft.has_verdict = true;
  if (streams) {
    draft.site.kind = "connection";
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = "The task feeds a channel of one client and ends with it.";
  } else {
    draft.site.verdict = Verdict::toy;
    draft.site.risk = writes ? Risk::high : Risk::medium;
    draft.has_verdict = false;
    draft.site.confidence = inventory::Confidence::medium;
    draft.site.why =
        draft.site.name +
        " goes on after the caller has its answer, and only this process knows of it: a restart loses the work.";
  }
  finish(std::move(draft), call);
}

// Whether a decorator lets a scheduler call the function.
bool Scheduler::scheduled(FunctionId function) const {
  const Place place = context_.program.functions.place(function);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  for (const facts::Decorator& decorator : facts.decorators) {
    if (decorator.on != facts::DecoratedKind::function || decorator.target != place.index) continue;
    const CallId call = context_.program.calls.id(place.file, decorator.call);
    if (context_.libraries.with_effect(context_.graph.target(call).external, context_.program.file(place.file).language,
                                       Library::Effect::timer) != nullptr) {
      return true;
    }
  }
  return false;
}

// JavaScript: an asynchronous function that is called and not waited for.
void Scheduler::unawaited(CallId call) {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  if (!same_family(context_.program.file(place.file).language, Language::typescript)) return;
  if (record.flags & (facts::call_flag::awaited | facts::call_flag::returned | facts::call_flag::construct)) return;
  bool dropped = (record.flags & facts::call_flag::dropped) != 0;
  if (record.flags & facts::call_flag::chained) {
    // f(x).catch(...): the end of the chain says whether anybody waits.
    for (const CallId other : context_.graph.calls_in(context_.graph.function_of(call))) {
      const facts::Call& outer = facts.calls[context_.program.calls.place(other).index];
      if (outer.path == 0 || other == call) continue;
      const facts::Path& path = facts.paths[outer.path];
      const facts::Path& inner = facts.paths[record.path];
      if (path.first_step != inner.first_step || path.steps <= inner.steps) continue;
      const std::string_view name = context_.graph.called_name(other);
      if ((name == "catch" || name == "then" || name == "finally") && (outer.flags & facts::call_flag::dropped))
        dropped = true;
      if (outer.flags & (facts::call_flag::awaited | facts::call_flag::returned)) return;
    }
  }
  if (!dropped) return;
  const FunctionId function = context_.graph.function_of(call);
  if (!context_.liveness.runs_while_serving(function) && context_.liveness.phases(function) != 0) return;
  if ((facts.functions[record.function].flags & facts::function_flag::constructor) || record.function == 0) return;
  const TypeId holder = context_.symbols.owner(function);
  if (holder != 0 && context_.lifetimes.of_type(holder).life == Life::request) return;
  const auto callees = context_.graph.callees(call);
  if (callees.empty() || context_.graph.target(call).guessed) return;
  std::vector<FunctionId> callbacks(callees.begin(), callees.end());
  bool async = false;
  for (const FunctionId callee : callbacks) {
    async = async || (context_.program.function(callee).flags & facts::function_flag::async) != 0;
  }
  if (!async) return;
  // Best-effort notes (last used, statistics, cache warming) are no work that anybody was promised.
  const auto words = split_words(context_.program.name_of_function(callbacks.front()));
  const auto& work_verbs = context_.catalog.words("work_verbs");
  const bool works =
      std::any_of(words.begin(), words.end(), [&](const std::string& word) { return is_one_of(work_verbs, word); });
  if (!works) return;
  // Within a timer's or scheduled method's own callback it is part of that work.
  for (FunctionId outer = function; outer != 0;) {
    if (context_.liveness.handler(outer) && scheduled(outer)) return;
    const Place there = context_.program.functions.place(outer);
    const facts::Function& closure = context_.program.facts(there.file).functions[there.index];
    if (closure.use == facts::ClosureUse::argument &&
        (context_.effects.of_call(context_.program.calls.id(there.file, closure.use_call)) & effect::timer)) {
      return;
    }
    if (there.index == 0 || closure.parent == 0) break;
    outer = context_.program.functions.id(there.file, closure.parent);
  }
  for (const char* word :
       {"log",  "track",      "metric",  "record",     "touch",   "last",       "cache",  "warm",     "audit",
        "emit", "notify",     "refresh", "invalidate", "connect", "disconnect", "close",  "stop",     "start",
        "init", "initialize", "flush",   "cleanup",    "update",  "load",       "listen", "subscribe"}) {
    if (!words.empty() && words.front() == word) return;
  }
  task(call, nullptr, callbacks);
}

void Scheduler::look_at(CallId call) {
  const External& external = context_.graph.target(call).external;
  const Language language = context_.program.file(context_.program.calls.place(call).file).language;
  if (external.package != 0 || external.symbol != 0) {
    for (const Library* library : context_.libraries.of(external, language)) {
      if (library->effect == Library::Effect::timer) return timer(call, *library, callbacks_of(call));
      if (library->effect == Library::Effect::task) return task(call, library, callbacks_of(call));
    }
    return;
  }
  unawaited(call);
}

}  // namespace

std::vector<Draft> timer_sites(const Context& context) {
  return Scheduler(context).find();
}

}  // namespace detoy::analysis

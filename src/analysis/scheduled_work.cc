// What scheduled work comes to, and what is to be said of it.

#include <deque>

#include "analysis/scheduler.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::ValueKind;
using inventory::Risk;
using inventory::Verdict;

// Thread(target=fn) in a decorator: the functions that are decorated are the work.
void Scheduler::add_decorated(CallId call, const facts::Path& path, std::vector<FunctionId>& found) const {
  const Program& program = context_.program;
  const FileId file = program.calls.place(call).file;
  const facts::FileFacts& facts = program.facts(file);
  if (path.root_kind != facts::RootKind::declaration || path.steps != 0) return;
  const facts::Declaration& parameter = facts.declarations[path.root];
  if (parameter.kind != facts::DeclarationKind::parameter || parameter.function == 0) return;
  if (parameter.function == facts.calls[program.calls.place(call).index].function) return;  // its own argument
  // The function with the parameter, or the one that makes it: @postpone, @postpone(priority=1)
  facts::Index decorating = parameter.function;
  for (int depth = 0; depth < 2 && decorating != 0; ++depth, decorating = facts.functions[decorating].parent) {
    for (const CallId use : context_.graph.callers(program.functions.id(file, decorating))) {
      if ((program.call(use).flags & facts::call_flag::decorator) == 0) continue;
      const Place there = program.calls.place(use);
      for (const facts::Decorator& decorator : program.facts(there.file).decorators) {
        if (decorator.call == there.index && decorator.on == facts::DecoratedKind::function)
          found.push_back(program.functions.id(there.file, decorator.target));
      }
    }
  }
}

// Whether a call makes a future or coroutine that somebody else is to run.
bool Scheduler::makes_future(CallId call) const {
  if (context_.program.call(call).flags & facts::call_flag::awaited) return false;
  const auto callees = context_.graph.callees(call);
  return !callees.empty() && std::all_of(callees.begin(), callees.end(), [&](FunctionId callee) {
    return (context_.program.function(callee).flags & facts::function_flag::async) != 0;
  });
}

// Functions that an argument stands for: closures, futures, and those within them.
void Scheduler::work_in(FileId file, facts::Index index, std::vector<FunctionId>& found, int depth) const {
  constexpr int depth_limit = 4;
  if (index == 0 || depth > depth_limit) return;
  const facts::FileFacts& facts = context_.program.facts(file);
  const facts::Value& value = facts.values[index];
  if (value.kind == ValueKind::function) found.push_back(context_.program.functions.id(file, value.ref));
  // new Job({ hours: 1 }, new Task("bill", bill)): the object that is handed over has the work.
  if (value.kind == ValueKind::construct) {
    const auto passed = context_.graph.functions_passed(context_.program.calls.id(file, value.ref));
    found.insert(found.end(), passed.begin(), passed.end());
    for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next)
      work_in(file, a, found, depth + 1);
  }
  // spawn(run(state)): the future that is handed over is the work.
  if (value.kind == ValueKind::call) {
    if (const FunctionId bound = context_.graph.bound_function(file, value.ref); bound != 0) found.push_back(bound);
    const auto callees = context_.graph.callees(context_.program.calls.id(file, value.ref));
    found.insert(found.end(), callees.begin(), callees.end());
    for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
      const facts::Value& argument = facts.values[a];
      const bool future =
          argument.kind == ValueKind::call && makes_future(context_.program.calls.id(file, argument.ref));
      if (argument.kind == ValueKind::function || future) work_in(file, a, found, depth + 1);
    }
    // async { .. }.instrument(span)
    const facts::Path& chain = facts.paths[facts.calls[value.ref].path];
    if (chain.root_kind == facts::RootKind::value) work_in(file, chain.root, found, depth + 1);
  }
  for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next)
    work_in(file, child, found, depth + 1);
}

std::vector<FunctionId> Scheduler::callbacks_of(CallId call) const {
  const Program& program = context_.program;
  const Place place = program.calls.place(call);
  const facts::FileFacts& facts = program.facts(place.file);
  std::vector<FunctionId> found;
  for (const FunctionId function : context_.graph.functions_passed(call)) found.push_back(function);
  for (facts::Index a = facts.calls[place.index].first_argument; a != 0; a = facts.values[a].next) {
    work_in(place.file, a, found, 0);
    if (facts.values[a].kind == ValueKind::path) add_decorated(call, facts.paths[facts.values[a].ref], found);
    for (facts::Index child = facts.values[a].first_child; child != 0; child = facts.values[child].next) {
      if (facts.values[child].kind == ValueKind::path) add_decorated(call, facts.paths[facts.values[child].ref], found);
    }
  }
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

// A loop that gives a result back tries again until it has one.
bool returns_from(const facts::FileFacts& facts, facts::Index loop) {
  return std::any_of(facts.returns.begin(), facts.returns.end(), [&](const facts::Return& result) {
    if (result.value == 0 || result.function != facts.branches[loop].function) return false;
    facts::Index branch = result.branch;
    while (branch != 0 && branch != loop) branch = facts.branches[branch].parent;
    return branch == loop;
  });
}

namespace {

bool asks_to_wait(const facts::FileFacts& facts, facts::Index index, int depth) {
  constexpr int depth_limit = 6;
  if (index == 0 || depth > depth_limit) return false;
  const facts::Value& value = facts.values[index];
  facts::Index named = 0;
  if (value.kind == ValueKind::path) named = value.ref;
  if (value.kind == ValueKind::call) named = facts.calls[value.ref].path;
  const facts::Path& path = facts.paths[named];
  for (std::uint32_t i = 0; named != 0 && i < path.steps; ++i) {
    const std::string_view name = facts.string(facts.steps[path.first_step + i].name);
    if (name == "wait" || name == "sleep") return true;
  }
  for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
    if (asks_to_wait(facts, child, depth + 1)) return true;
  }
  return false;
}

}  // namespace

// while not stop.wait(60): ..
bool Scheduler::waits_between_rounds(FunctionId function) const {
  const Place place = context_.program.functions.place(function);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  return std::any_of(facts.branches.begin(), facts.branches.end(), [&](const facts::Branch& branch) {
    return branch.function == place.index && branch.kind == facts::BranchKind::loop &&
           asks_to_wait(facts, branch.condition, 0);
  });
}

bool Scheduler::loops(FunctionId function) const {
  const Place place = context_.program.functions.place(function);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  bool loop = false;
  for (facts::Index i = 1; i < facts.branches.size(); ++i) {
    const facts::Branch& branch = facts.branches[i];
    if (branch.function == place.index && branch.kind == facts::BranchKind::loop && !returns_from(facts, i)) {
      if (branch.infinite) return true;
      loop = loop || branch.condition != 0;  // retries over a range end by themselves
    }
  }
  if (!loop) return false;
  if (waits_between_rounds(function)) return true;
  const auto calls = context_.graph.calls_in(function);
  return std::any_of(calls.begin(), calls.end(),
                     [&](CallId call) { return pauses(call) && paces(facts, context_.program.call(call).branch); });
}

// sleep(60), delay(60_000), wait_until(midnight()), or a function of the project that does no more than that.
bool Scheduler::pauses(CallId call) const {
  const auto& pacing = context_.catalog.words("pausing_verbs");
  const auto says_so = [&](std::string_view name) {
    const auto words = split_words(name);
    // wait_for(queue.get(), 5) waits for something, and no time.
    const bool for_something = words.size() > 1 && words[1] == "for";
    return !words.empty() && !for_something && is_one_of(pacing, words.front());
  };
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  std::string_view name = context_.graph.called_name(call);
  if (name.empty() && path.root_kind == facts::RootKind::name) name = facts.string(path.root);
  if (name.empty() && path.root_kind == facts::RootKind::declaration)
    name = facts.string(facts.declarations[path.root].name);
  // To join a thread, or to wait for a lock or a child, is no pause: those are asked for by name.
  return says_so(name) || name == "tick";
}

// Heartbeats and leases: a renewal is one only of what an instance holds, not of a contract.
bool Scheduler::tells_of_life(const std::vector<std::string>& words, FunctionId function) const {
  if (says(words, "alive_words")) return true;
  if (!has_phrase(words, "renew") && !has_phrase(words, "extend")) return false;
  return says(words, "lease_words") || says(split_words(owner_of_function(context_, function)), "lease_words");
}

// for (const job of jobs) job(): the timer's work is what onDaily(job) was given.
void Scheduler::find_registered_calls() {
  for (const State& state : context_.states.all()) {
    std::vector<FunctionId> callers;
    for (const Operation& operation : state.operations) {
      if (operation.kind == Operation::Kind::call) callers.push_back(operation.function);
    }
    if (callers.empty()) continue;
    std::vector<FunctionId> given;
    for (const Operation& operation : state.operations) {
      const bool adds = operation.kind == Operation::Kind::add || operation.kind == Operation::Kind::store;
      if (!adds) continue;
      if (operation.call != 0) {
        const auto passed = callbacks_of(operation.call);
        given.insert(given.end(), passed.begin(), passed.end());
      }
      for (const CallId registering : context_.graph.callers(operation.function)) {
        const auto passed = callbacks_of(registering);
        given.insert(given.end(), passed.begin(), passed.end());
      }
    }
    for (const FunctionId caller : callers) {
      auto& all = registered_[caller];
      all.insert(all.end(), given.begin(), given.end());
    }
  }
}

// watch.commit(), where nobody sees what a watch is: that it can be saved tells enough.
bool Scheduler::acts_unseen(CallId call) const {
  const Target& target = context_.graph.target(call);
  if (!context_.graph.callees(call).empty() || target.external.package != 0 || target.external.symbol != 0)
    return false;
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  if (path.steps == 0 || path.root_kind == facts::RootKind::name || path.root_kind == facts::RootKind::value)
    return false;
  const std::string_view name = context_.graph.called_name(call);
  // A table in memory may have it as well.
  if (is_one_of(context_.catalog.words("removing_methods"), name)) return false;
  const auto words = split_words(name);
  return !words.empty() && is_one_of(context_.catalog.words("saving_verbs"), words.front());
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
    // What it calls may also only wait for something to be ready.
    if (depth == 0 || (depth == 1 && context_.effects.reached(id) != 0)) work.loops = work.loops || loops(id);
    const auto words = split_words(context_.program.name_of_function(id));
    for (const std::string& word : words) work.cleans = work.cleans || (depth <= 1 && is_one_of(cleanup, word));
    work.beats = work.beats || (depth <= 1 && tells_of_life(words, id));
    work.flushes = work.flushes || (depth <= 1 && has_phrase(words, "flush"));
    if (const auto registered = registered_.find(id); registered != registered_.end()) {
      work.calls_registered = work.calls_registered || registered->second.empty();
      for (const FunctionId function : registered->second) {
        work.effects |= context_.effects.reached(function);
        if (depth < 4 && seen.insert(function).second) open.emplace_back(function, depth + 1);
      }
    }
    if (depth >= 4) continue;
    for (const FunctionId closure : context_.graph.closures_in(id)) {
      if (seen.insert(closure).second) open.emplace_back(closure, depth + 1);
    }
    for (const CallId call : context_.graph.calls_in(id)) {
      const std::uint32_t direct = context_.effects.of_call(call);
      work.only_deletes =
          work.only_deletes && ((direct & effect::durable_write) == 0 || (direct & effect::deletes) != 0);
      for (const FunctionId callee : context_.graph.callees(call)) {
        if (seen.insert(callee).second) open.emplace_back(callee, depth + 1);
      }
      work.acts_unseen = work.acts_unseen || (depth <= 2 && acts_unseen(call));
      if (depth <= 1) {
        const auto called = split_words(context_.graph.called_name(call));
        work.beats = work.beats || tells_of_life(called, id);
        for (const std::string& word : called) {
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

// Deadlines and money make it worse; what can be made again at any time may be late or be made twice.
Risk Scheduler::risk_of_timer(const Draft& draft, const Work& work, const std::vector<FunctionId>& callbacks) const {
  std::vector<std::string> words = words_of_work(callbacks);
  words.emplace_back("|");
  for (std::string& word : split_words(draft.type_text)) words.push_back(std::move(word));
  const bool remade = says(words, "refreshing_words") || work.cleans;
  const auto add = [&](std::string_view name) {
    words.emplace_back("|");
    for (std::string& word : split_words(name)) words.push_back(std::move(word));
  };
  add(draft.site.name);
  add(draft.site.owner);
  add(std::string_view(draft.site.path).substr(draft.site.path.rfind('/') + 1));
  for (const FunctionId callback : callbacks) {
    add(owner_of_function(context_, callback));
    // prisma.invoice.create: what is written tells as well.
    const CallId witness = context_.effects.witness(callback, effect::durable_write);
    if (witness == 0) continue;
    const Place place = context_.program.calls.place(witness);
    const facts::FileFacts& facts = context_.program.facts(place.file);
    const facts::Path& path = facts.paths[facts.calls[place.index].path];
    for (std::uint32_t i = 0; i < path.steps; ++i) add(facts.string(facts.steps[path.first_step + i].name));
  }
  for (const catalog::Domain& domain : context_.catalog.domains()) {
    if (!is_one_of(domain.kinds, "timer")) continue;
    const bool speaks = std::any_of(domain.words.begin(), domain.words.end(),
                                    [&](const std::string& word) { return has_phrase(words, word); });
    if (speaks) return static_cast<Risk>(domain.at_least);
  }
  return remade && (work.effects & effect::changes_outside) == 0 ? Risk::medium : Risk::high;
}

// Telemetry and statistics, by the names of the work and of where it stands.
bool Scheduler::reports_on_itself(const Draft& draft, const Work& work) const {
  std::string text = work.name + " " + draft.site.owner + " ";
  const std::string& path = draft.site.path;
  const auto slash = path.rfind('/');
  const auto folder = slash == std::string::npos || slash == 0 ? std::string::npos : path.rfind('/', slash - 1);
  text += path.substr(folder == std::string::npos ? 0 : folder + 1);
  const auto words = split_words(text);
  // Spans may well go to a file of this machine.
  if (work.effects & effect::local_file) return says(words, "trace_words");
  return says(words, "reporting_words");
}

// setTimeout(() => process.exit(1)), after a few calls.
bool Scheduler::reaches_end_of_process(const std::vector<FunctionId>& callbacks) const {
  constexpr int depth_limit = 3;
  std::vector<std::pair<FunctionId, int>> open;
  std::unordered_set<FunctionId> seen;
  const auto visit = [&](FunctionId id, int depth) {
    if (depth <= depth_limit && seen.insert(id).second) open.emplace_back(id, depth);
  };
  for (const FunctionId callback : callbacks) visit(callback, 0);
  while (!open.empty()) {
    const auto [id, depth] = open.back();
    open.pop_back();
    if (ends_the_process({id})) return true;
    for (const FunctionId closure : context_.graph.closures_in(id)) visit(closure, depth);
    for (const CallId call : context_.graph.calls_in(id)) {
      for (const FunctionId callee : context_.graph.callees(call)) visit(callee, depth + 1);
    }
  }
  return false;
}

// Whether all that it changes is rows that are the same when it is done again, and nobody outside is told each time.
bool Scheduler::only_upserts(const Work& work, const std::vector<FunctionId>& callbacks) const {
  constexpr std::uint32_t others =
      effect::changes_outside | effect::publishes | effect::local_file | effect::local_store;
  if ((work.effects & effect::upsert) == 0 || (work.effects & others) != 0) return false;
  std::vector<FunctionId> open(callbacks.begin(), callbacks.end());
  std::unordered_set<FunctionId> seen(callbacks.begin(), callbacks.end());
  while (!open.empty()) {
    const FunctionId id = open.back();
    open.pop_back();
    const Place place = context_.program.functions.place(id);
    const facts::FileFacts& facts = context_.program.facts(place.file);
    for (const facts::Literal& literal : facts.literals) {
      if (literal.function != place.index) continue;
      const std::string_view text = facts.string(literal.text);
      const bool same = context_.libraries.of_literal(text, catalog::Library::Effect::upsert) != nullptr;
      if ((effects_of_sql(text) & effect::durable_write) && !same) return false;
    }
    const auto visit = [&](FunctionId next) {
      if (seen.insert(next).second) open.push_back(next);
    };
    for (const FunctionId closure : context_.graph.closures_in(id)) visit(closure);
    for (const CallId call : context_.graph.calls_in(id)) {
      const std::uint32_t effects = context_.effects.of_call(call);
      if ((effects & effect::durable_write) && !(effects & effect::upsert)) return false;
      for (const FunctionId callee : context_.graph.callees(call)) visit(callee);
    }
  }
  return true;
}

// Whether the work is called so, or all calls by which it changes something are.
bool Scheduler::amounts_to(const std::vector<FunctionId>& callbacks, const Saying& says_so) const {
  constexpr std::uint32_t changes =
      effect::durable_write | effect::changes_outside | effect::publishes | effect::local_file | effect::local_store;
  return !callbacks.empty() && std::all_of(callbacks.begin(), callbacks.end(), [&](FunctionId callback) {
    if (says_so(split_words(context_.program.name_of_function(callback)), callback)) return true;
    std::vector<FunctionId> open = {callback};
    bool said = false;
    while (!open.empty()) {
      const FunctionId function = open.back();
      open.pop_back();
      const auto inner = context_.graph.closures_in(function);
      open.insert(open.end(), inner.begin(), inner.end());
      for (const CallId call : context_.graph.calls_in(function)) {
        const auto callees = context_.graph.callees(call);
        const bool acts = (context_.effects.of_call(call) & changes) != 0 ||
                          std::any_of(callees.begin(), callees.end(), [&](FunctionId callee) {
                            return (context_.effects.reached(callee) & changes) != 0;
                          });
        std::string_view called = context_.graph.called_name(call);
        if (called.empty() && !callees.empty()) called = context_.program.name_of_function(callees.front());
        if (!acts || called.empty()) continue;
        if (!says_so(split_words(called), function)) return false;
        said = true;
      }
    }
    return said;
  });
}

bool Scheduler::is_cleanup(const std::vector<FunctionId>& callbacks) const {
  return amounts_to(callbacks,
                    [&](const std::vector<std::string>& words, FunctionId) { return says(words, "cleanup_words"); });
}

void Scheduler::judge(Draft& draft, const Work& work, const std::vector<FunctionId>& callbacks, bool once) const {
  draft.site.kind = "timer";
  draft.decided = draft.has_verdict = true;
  const std::string what = work.name.empty() ? "Its callback" : work.name + "()";
  for (const FunctionId callback : callbacks) {
    const Place place = context_.program.functions.place(callback);
    add_evidence(draft, context_.program, "callback", place.file, context_.program.function(callback).line,
                 std::string(context_.program.name_of_function(callback)));
  }
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
  const bool acts = (work.effects & (effect::durable_write | effect::changes_outside | effect::publishes |
                                     effect::local_file | effect::local_store)) != 0 ||
                    (work.acts_unseen && !work.cleans && !work.flushes);
  if (!acts) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.confidence =
        work.effects == 0 && !work.cleans ? inventory::Confidence::medium : inventory::Confidence::high;
    draft.site.why =
        work.cleans             ? what + " only tidies up state of this process."
        : work.calls_registered ? what + " calls what was registered with it, and none of that is seen here."
        : work.effects & effect::external
            ? what + " only asks others and keeps the answer in this process: each instance has to ask for itself."
            : what + " changes nothing outside this process.";
    return;
  }
  if ((work.effects & (effect::durable_write | effect::publishes | effect::local_store)) == 0 &&
      reports_on_itself(draft, work)) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = what + " reports on this instance: one per instance is right.";
    return;
  }
  const auto beats = [&](const std::vector<std::string>& words, FunctionId function) {
    return tells_of_life(words, function);
  };
  if (work.beats && amounts_to(callbacks, beats)) {
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
  if ((work.effects & (effect::durable_write | effect::publishes | effect::local_file | effect::local_store)) == 0 &&
      reaches_end_of_process(callbacks)) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = what + " watches over this process and ends it when it is stuck: one per instance is right.";
    return;
  }
  if (only_keeps_connections(callbacks)) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = what + " looks after connections of this process: one per instance is right.";
    return;
  }
  if (only_upserts(work, callbacks)) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = what + " writes rows that are the same when another instance writes them again.";
    return;
  }
  const bool only_deletes = (work.effects & effect::deletes) != 0 && (work.cleans || work.only_deletes) &&
                            (work.effects & effect::external) == 0;
  constexpr std::uint32_t more = effect::durable_write | effect::publishes | effect::local_file | effect::local_store;
  if (is_cleanup(callbacks) && (work.effects & more) == 0) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = what + " tidies up, here and at others: twice is as good as once.";
    return;
  }
  if (only_deletes && !once) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = what + " deletes what has expired: twice is as good as once.";
    return;
  }
  draft.site.verdict = Verdict::toy;
  draft.site.risk = risk_of_timer(draft, work, callbacks);
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

}  // namespace detoy::analysis

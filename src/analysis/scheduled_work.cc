// What scheduled work comes to, and what is to be said of it.

#include <deque>

#include "analysis/scheduler.h"
#include "base/words.h"

namespace detoy::analysis {

using catalog::Library;
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
    if (value.kind == ValueKind::path) add_decorated(call, facts.paths[value.ref], found);
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

}  // namespace detoy::analysis

// What it costs to lose work that nobody waits for.

#include <deque>
#include <map>

#include "analysis/scheduler.h"
#include "base/words.h"

namespace detoy::analysis {

using inventory::Risk;

namespace {

constexpr std::uint32_t lasting = effect::durable_write | effect::local_file;

// Under a loop: many entries, of which the process may end after any.
bool in_loop(const facts::FileFacts& facts, facts::Index branch) {
  for (facts::Index i = branch; i != 0; i = facts.branches[i].parent) {
    if (facts.branches[i].kind == facts::BranchKind::loop) return true;
  }
  return false;
}

}  // namespace

// The names of the work: its function, or what a function without a name calls.
std::vector<std::string> Scheduler::words_of_work(const std::vector<FunctionId>& callbacks) const {
  std::vector<std::string> words;
  const auto add = [&](std::string_view name) {
    words.emplace_back("|");
    for (std::string& word : split_words(name)) words.push_back(std::move(word));
  };
  for (const FunctionId callback : callbacks) {
    const std::string_view name = context_.program.name_of_function(callback);
    add(name);
    if (!name.empty()) continue;
    for (const CallId inner : context_.graph.calls_in(callback)) {
      for (const FunctionId callee : context_.graph.callees(inner)) add(context_.program.name_of_function(callee));
    }
  }
  return words;
}

// Whether all that the work writes is an entry in a durable queue: it is in safe hands as soon as it has begun.
bool Scheduler::only_enqueues(const std::vector<FunctionId>& callbacks) const {
  const auto& enqueuing = context_.catalog.words("enqueuing_methods");
  constexpr int depth_limit = 3;
  std::deque<std::pair<FunctionId, int>> open;
  std::unordered_set<FunctionId> seen;
  const auto visit = [&](FunctionId id, int depth) {
    if (depth <= depth_limit && seen.insert(id).second) open.emplace_back(id, depth);
  };
  for (const FunctionId callback : callbacks) visit(callback, 0);
  bool enqueues = false;
  while (!open.empty()) {
    const auto [id, depth] = open.front();
    open.pop_front();
    for (const FunctionId closure : context_.graph.closures_in(id)) visit(closure, depth);
    for (const CallId call : context_.graph.calls_in(id)) {
      for (const FunctionId callee : context_.graph.callees(call)) visit(callee, depth + 1);
      const std::uint32_t effects = context_.effects.of_call(call);
      if (effects & effect::changes_outside) return false;
      if ((effects & effect::durable_write) == 0) continue;
      if (!is_one_of(enqueuing, context_.graph.called_name(call))) return false;
      const Place place = context_.program.calls.place(call);
      if (in_loop(context_.program.facts(place.file), context_.program.call(call).branch)) return false;
      enqueues = true;
    }
  }
  return enqueues;
}

// Whether the function around the call has written something before that outlives the process.
bool Scheduler::writes_before(CallId call) const {
  const Program& program = context_.program;
  const Place place = program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const std::uint32_t line = facts.calls[place.index].line;
  for (FunctionId outer = context_.graph.function_of(call);;) {
    for (const CallId other : context_.graph.calls_in(outer)) {
      if (other == call || program.call(other).line >= line) continue;
      if (context_.effects.of_call(other) & effect::durable_write) return true;
      for (const FunctionId callee : context_.graph.callees(other)) {
        if (context_.effects.reached(callee) & effect::durable_write) return true;
      }
    }
    for (const facts::Literal& literal : facts.literals) {
      const bool before = literal.line < line && program.functions.id(place.file, literal.function) == outer;
      if (before && (effects_of_sql(facts.string(literal.text)) & effect::durable_write)) return true;
    }
    const facts::Index parent = program.function(outer).parent;
    if (parent == 0) return false;
    outer = program.functions.id(place.file, parent);
  }
}

// sendPush, notifyOwner: a message that tells of something. pushTask is none.
bool Scheduler::notifies(std::string_view name) const {
  const auto words = split_words(name);
  if (words.empty()) return false;
  if (is_one_of(context_.catalog.words("notice_verbs"), words.front())) return true;
  return says({words.begin() + 1, words.end()}, "notice_words") && !says(words, "accepted_work_words");
}

Risk Scheduler::risk_of_task(CallId call, const Work& work, std::string_view name,
                             const std::vector<FunctionId>& callbacks) const {
  if (notifies(name)) return writes_before(call) ? Risk::medium : Risk::high;
  std::vector<std::string> words = words_of_work(callbacks);
  words.emplace_back("|");
  for (std::string& word : split_words(name)) words.push_back(std::move(word));
  if (says(words, "accepted_work_verbs")) return Risk::critical;
  words.emplace_back("|");
  for (std::string& word : split_words(owner_of_function(context_, context_.graph.function_of(call))))
    words.push_back(std::move(word));
  if (says(words, "accepted_work_words")) return Risk::critical;
  return (work.effects & lasting) != 0 ? Risk::high : Risk::medium;
}

// The same work started at several places of a function is one site.
void Scheduler::merge_tasks() {
  std::map<std::tuple<FileId, FunctionId, std::string>, std::size_t> first;
  std::vector<Draft> kept;
  kept.reserve(drafts_.size());
  for (Draft& draft : drafts_) {
    if (draft.site.storage != "detached task" || draft.site.verdict != inventory::Verdict::toy) {
      kept.push_back(std::move(draft));
      continue;
    }
    FunctionId around = draft.writers.empty() ? FunctionId{0} : draft.writers.front();
    while (around != 0 && context_.program.function(around).parent != 0)
      around = context_.program.functions.id(draft.file, context_.program.function(around).parent);
    const auto [known, added] =
        first.emplace(std::tuple(draft.file, around, draft.site.kind + " " + draft.site.name), kept.size());
    if (added) {
      kept.push_back(std::move(draft));
      continue;
    }
    Draft& site = kept[known->second];
    site.site.risk = std::max(site.site.risk, draft.site.risk);
    if (draft.site.wired == inventory::Wiring::production) site.site.wired = inventory::Wiring::production;
    add_evidence(site, context_.program, "declaration", draft.file, draft.site.line, "started here as well");
  }
  drafts_ = std::move(kept);
}

}  // namespace detoy::analysis

// Variables that keep work from being done again: ids of what is running, and times of when it was done last.

#include "analysis/operation_words.h"
#include "analysis/variable_finder.h"
#include "base/words.h"

namespace detoy::analysis {

using inventory::Risk;
using inventory::Verdict;

// if job in running: return; running.add(job); try: .. finally: running.discard(job)
bool VariableFinder::turns_away_while_running() const {
  if (state_.shape != Shape::set) return false;
  const Program& program = context_.program;
  const auto in_finally = [&](const facts::FileFacts& facts, facts::Index branch) {
    while (branch != 0 && facts.branches[branch].kind != facts::BranchKind::finally)
      branch = facts.branches[branch].parent;
    return branch != 0;
  };
  // Where the work ends, whatever became of it: in the function itself, or in that of the task that it started.
  const auto ends_work_of = [&](const Operation& leaves, const Operation& enters) {
    const Place place = program.functions.place(leaves.function);
    const facts::FileFacts& facts = program.facts(place.file);
    if (in_finally(facts, leaves.branch)) return true;
    if (leaves.function == enters.function) return leaves.branch == enters.branch && leaves.line > enters.line;
    const facts::Function& closure = facts.functions[place.index];
    return closure.use == facts::ClosureUse::argument &&
           program.functions.id(place.file, closure.parent) == enters.function &&
           context_.graph.called_name(program.calls.id(place.file, closure.use_call)) == "finally";
  };
  bool guards = false;
  for (const Operation& enters : state_.operations) {
    if (enters.kind != Operation::Kind::add || moment(enters) == Moment::initial) continue;
    const bool ends = std::any_of(state_.operations.begin(), state_.operations.end(), [&](const Operation& leaves) {
      return leaves.kind == Operation::Kind::take && ends_work_of(leaves, enters);
    });
    if (!ends) return false;
    guards = true;
  }
  return guards && std::any_of(state_.operations.begin(), state_.operations.end(),
                               [](const Operation& operation) { return operation.condition; });
}

// if last_sent == today: return; send(); last_sent = today
bool VariableFinder::tells_when_done_last() const {
  constexpr std::uint32_t acts = effect::durable_write | effect::external | effect::publishes;
  if (state_.shape != Shape::time && state_.shape != Shape::counter && state_.shape != Shape::handle) return false;
  const auto words = split_words(name_);
  if (!has_phrase(words, "last")) return false;
  const auto& done = context_.catalog.words("done_words");
  if (std::none_of(done.begin(), done.end(), [&](const std::string& word) { return has_phrase(words, word); }))
    return false;
  return std::any_of(runtime_.begin(), runtime_.end(), [&](const Operation* set) {
    if (set->kind != Operation::Kind::replace || null_value(*set)) return false;
    if (!asks_for_time(context_, set->function)) return false;
    const auto calls = context_.graph.calls_in(set->function);
    const bool does = (context_.effects.reached(set->function) & acts) != 0 ||
                      std::any_of(calls.begin(), calls.end(), [&](CallId call) {
                        const auto called = split_words(context_.graph.called_name(call));
                        return !called.empty() && (called.front() == "send" ||
                                                   is_one_of(context_.catalog.words("notice_verbs"), called.front()));
                      });
    if (!does) return false;
    return std::any_of(state_.operations.begin(), state_.operations.end(),
                       [&](const Operation& asked) { return asked.condition && asked.function == set->function; });
  });
}

bool VariableFinder::decide_guard(Draft& draft) {
  const bool running = turns_away_while_running();
  if (!running && !tells_when_done_last()) return false;
  for (const std::vector<const Operation*>* list : {&runtime_, &uncalled_}) {
    for (const Operation* operation : *list) {
      if (operation->mutates()) draft.writers.push_back(operation->function);
    }
  }
  if (draft.writers.empty()) return false;
  draft.decided = true;
  draft.site.kind = running ? "lock" : "idempotency";
  if (running) {
    draft.operations.insert("guard");
    return true;
  }
  for (const FunctionId writer : draft.writers) {
    const Effects::Claim claim = context_.effects.claim(writer);
    if (claim.file == no_file) continue;
    draft.has_verdict = true;
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = std::string(name_) + " spares this process from trying; the work is claimed in the shared store.";
    add_evidence(draft, context_.program, "guard", claim.file, claim.line, "claims the work across instances");
    break;
  }
  return true;
}

}  // namespace detoy::analysis

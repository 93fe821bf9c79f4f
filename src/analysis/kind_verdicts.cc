#include "analysis/kind_verdicts.h"

#include <algorithm>

#include "base/words.h"

namespace detoy::analysis {

using inventory::Confidence;
using inventory::Risk;
using inventory::Sharing;
using inventory::Verdict;

bool holds_one_value(Shape shape) {
  return shape == Shape::handle || shape == Shape::object || shape == Shape::unknown || shape == Shape::time;
}

bool decides_access(const Draft& draft, const Context& context) {
  std::vector<std::string> words = split_words(draft.site.name);
  words.emplace_back("|");
  for (std::string& word : split_words(draft.type_text)) words.push_back(std::move(word));
  for (const FunctionId writer : draft.writers) {
    words.emplace_back("|");
    const Place place = context.program.functions.place(writer);
    const facts::FileFacts& facts = context.program.facts(place.file);
    const facts::Function& function = facts.functions[place.index];
    for (std::uint32_t i = 0; i < function.parameters; ++i) {
      const facts::Declaration& parameter = facts.declarations[function.first_parameter + i];
      for (std::string& word : split_words(facts.string(parameter.name))) words.push_back(std::move(word));
      words.emplace_back("|");
      for (std::string& word : split_words(facts.string(parameter.type_text))) words.push_back(std::move(word));
      words.emplace_back("|");
    }
  }
  const auto& telling = context.catalog.words("access_words");
  return std::any_of(telling.begin(), telling.end(), [&](const std::string& word) { return has_phrase(words, word); });
}

namespace {

bool reaches_outside(const Draft& draft, const Context& context, std::uint32_t mask) {
  return std::any_of(draft.writers.begin(), draft.writers.end(),
                     [&](FunctionId writer) { return (context.effects.reached(writer) & mask) != 0; });
}

// Callers that wait in line have their answer to lose, not their work: they are gone with their connections anyway.
void judge_queue(Draft& draft) {
  if (!draft.operations.contains("waiters")) return;
  draft.site.verdict = Verdict::acceptable;
  draft.site.risk = Risk::low;
  draft.site.why = draft.site.name + " holds callers that wait; they end with their requests.";
}

// Whether the functions that set a flag empty a buffer that stands beside it.
bool guards_own_buffer(const Draft& draft, const Context& context) {
  return std::any_of(context.states.all().begin(), context.states.all().end(), [&](const State& state) {
    if (state.shape != Shape::list && state.shape != Shape::queue) return false;
    if (context.program.declarations.place(state.declaration).file != draft.file) return false;
    const std::string_view owner = state.type == 0 ? std::string_view() : context.program.name_of_type(state.type);
    if (owner != draft.site.owner) return false;
    return std::any_of(state.operations.begin(), state.operations.end(), [&](const Operation& operation) {
      return operation.kind == Operation::Kind::take &&
             std::find(draft.writers.begin(), draft.writers.end(), operation.function) != draft.writers.end();
    });
  });
}

// start() sets it and leaves a loop to itself, stop() takes it back: the work's state is reported where it is started.
bool tells_of_own_work(const Draft& draft, const Context& context) {
  bool starts = false;
  bool stops = false;
  for (const FunctionId writer : draft.writers) {
    const auto words = split_words(context.program.name_of_function(writer));
    if (words.empty()) return false;
    const bool ends = is_one_of(context.catalog.words("stopping_verbs"), words.front());
    const bool begins = (context.effects.direct(writer) & (effect::task | effect::timer)) != 0;
    if (!ends && !begins) return false;
    starts = starts || begins;
    stops = stops || ends;
  }
  return starts && stops;
}

// Callbacks that only requests and connections put in: events are passed on to those who are here to hear them.
void judge_event_bus(Draft& draft, const Context& context) {
  const bool from_requests =
      !draft.writers.empty() && std::all_of(draft.writers.begin(), draft.writers.end(), [&](FunctionId writer) {
        const bool called = context.liveness.handler(writer) || !context.graph.callers(writer).empty();
        return called && context.liveness.phases(writer) == phase::runtime;
      });
  if (!from_requests || !draft.operations.contains("delete")) return;
  draft.site.verdict = Verdict::acceptable;
  draft.site.risk = Risk::low;
  draft.site.why = draft.site.name + " holds listeners of requests and connections, each until it is done.";
}

// nextRequestId: answers are told apart by it, on a connection that ends with the process as well.
void judge_sequence(Draft& draft, const Context& context) {
  const auto words = split_words(draft.site.name);
  const auto& telling = context.catalog.words("correlation_words");
  const bool correlates =
      std::any_of(telling.begin(), telling.end(), [&](const std::string& word) { return has_phrase(words, word); });
  const bool writes_itself = std::any_of(draft.writers.begin(), draft.writers.end(), [&](FunctionId writer) {
    return (context.effects.direct(writer) & effect::durable_write) != 0;
  });
  if (!correlates || writes_itself) return;
  draft.site.verdict = Verdict::acceptable;
  draft.site.risk = Risk::low;
  draft.site.why = draft.site.name + " tells apart what goes over this process's own connections, and ends with them.";
}

// Spans and the like that wait to be written out: what is lost with them is a part of the picture, and no work.
bool buffers_telemetry(const Draft& draft, const Context& context) {
  std::vector<std::string> words = split_words(draft.site.name + " " + draft.site.owner);
  const std::string& path = draft.site.path;
  for (std::string& word : split_words(std::string_view(path).substr(path.rfind('/') + 1)))
    words.push_back(std::move(word));
  const auto& telling = context.catalog.words("trace_words");
  return std::any_of(telling.begin(), telling.end(), [&](const std::string& word) { return has_phrase(words, word); });
}

void judge_lock(Draft& draft, const Context& context) {
  // sourceUnavailable, isHealthy: nobody is turned away by it.
  const auto words = split_words(draft.site.name);
  const auto& health = context.catalog.words("health_words");
  if (draft.shape == Shape::flag &&
      std::any_of(health.begin(), health.end(), [&](const std::string& word) { return has_phrase(words, word); })) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = draft.site.name + " tells how this process finds what it needs; each has to look for itself.";
    return;
  }
  const bool data = draft.shape == Shape::map || draft.shape == Shape::set || draft.shape == Shape::record;
  if (data && !draft.operations.contains("guard")) return;  // who holds what
  for (const FunctionId writer : draft.writers) {
    const Effects::Claim claim = context.effects.claim(writer);
    if (claim.file == no_file) continue;
    draft.site.verdict = Verdict::acceptable;
    draft.site.sharing = Sharing::durable;
    draft.site.risk = Risk::low;
    draft.site.confidence = Confidence::high;
    draft.site.why = draft.site.name +
                     " only keeps this process from overlapping with itself; across instances the work is claimed in "
                     "the shared store.";
    add_evidence(draft, context.program, "guard", claim.file, claim.line, "claims the work across instances");
    return;
  }
  if (draft.shape == Shape::flag && tells_of_own_work(draft, context)) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = Risk::low;
    draft.site.why = draft.site.name + " tells whether work that this process began in the background still goes on.";
    return;
  }
  const bool buffer = draft.shape == Shape::flag && guards_own_buffer(draft, context);
  constexpr std::uint32_t acts = effect::durable_write | effect::changes_outside | effect::publishes;
  if (!buffer && reaches_outside(draft, context, acts)) return;  // a toy
  draft.site.verdict = Verdict::acceptable;
  draft.site.risk = Risk::low;
  if (buffer) {
    draft.site.why = draft.site.name + " keeps this process from emptying its own buffer twice at a time.";
    return;
  }
  draft.site.why =
      draft.site.name +
      " keeps work of this process from overlapping with itself; nothing outside the process depends on it.";
}

void judge_cache(Draft& draft, const Context& context) {
  const auto has = [&](const char* word) { return draft.operations.contains(word); };
  const bool expires = has("expiry");
  bool dropped = has("delete") || has("clear");
  const bool outside =
      reaches_outside(draft, context, effect::durable_read | effect::durable_write | effect::external) ||
      decides_access(draft, context);
  const bool one_number = draft.shape == Shape::counter && !has("increment");
  if (expires || dropped || has("bounded") || !outside || holds_one_value(draft.shape) || one_number) {
    draft.site.verdict = Verdict::acceptable;
    draft.site.risk = expires || !outside ? Risk::low : Risk::medium;
    draft.site.why =
        expires    ? draft.site.name + " can be computed again and its entries expire."
        : !outside ? draft.site.name + " can be computed again from what every instance has."
        : dropped  ? draft.site.name +
                        " can be computed again and entries are dropped when they change; other instances keep theirs."
                  : draft.site.name + " can be computed again.";
    return;
  }
  draft.site.why =
      draft.site.name + " never expires and nothing invalidates it: each instance goes on serving what it read first.";
}

}  // namespace

bool judge_by_kind(Draft& draft, const Context& context) {
  inventory::Site& site = draft.site;
  if (site.kind == "lock") {
    judge_lock(draft, context);
    return true;
  }
  if (site.kind == "cache") {
    judge_cache(draft, context);
    return true;
  }
  if (site.kind == "event_bus") {
    judge_event_bus(draft, context);
    return true;
  }
  if (site.kind == "sequence") {
    judge_sequence(draft, context);
    return true;
  }
  if (site.kind != "queue") return false;
  if (draft.operations.contains("waiters")) {
    judge_queue(draft);
    return true;
  }
  if (!buffers_telemetry(draft, context)) return false;
  site.verdict = Verdict::acceptable;
  site.risk = Risk::low;
  site.why = site.name + " buffers telemetry of this process: what is lost with it is a part of the picture, no work.";
  return true;
}

}  // namespace detoy::analysis

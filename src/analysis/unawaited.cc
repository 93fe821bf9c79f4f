// JavaScript: promises that nobody waits for.

#include "analysis/scheduler.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::ValueKind;
namespace call_flag = facts::call_flag;

bool Scheduler::says(const std::vector<std::string>& words, std::string_view list) const {
  const auto& phrases = context_.catalog.words(list);
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](const std::string& phrase) { return has_phrase(words, phrase); });
}

Chain Scheduler::chain_of(CallId call) const {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  Chain chain;
  chain.dropped = (record.flags & call_flag::dropped) != 0;
  chain.waited = (record.flags & (call_flag::awaited | call_flag::returned)) != 0;
  if ((record.flags & call_flag::chained) == 0) return chain;
  // The end of the chain says whether anybody waits.
  const facts::Path& inner = facts.paths[record.path];
  for (const CallId other : context_.graph.calls_in(context_.graph.function_of(call))) {
    const facts::Call& outer = facts.calls[context_.program.calls.place(other).index];
    if (outer.path == 0 || other == call) continue;
    const facts::Path& path = facts.paths[outer.path];
    if (path.first_step != inner.first_step || path.steps <= inner.steps) continue;
    const std::string_view name = context_.graph.called_name(other);
    if (name == "catch" || name == "then" || name == "finally") {
      chain.handled = true;
      chain.dropped = chain.dropped || (outer.flags & call_flag::dropped) != 0;
      chain.handlers.push_back(other);
    }
    chain.waited = chain.waited || (outer.flags & (call_flag::awaited | call_flag::returned)) != 0;
  }
  return chain;
}

// Whether what stands in then() hands the result to somebody: `resolve`, `() => done()`, `(r) => res.json(r)`.
bool Scheduler::settles(FileId file, const facts::Value& handler) const {
  const facts::FileFacts& facts = context_.program.facts(file);
  if (handler.kind == ValueKind::path) {
    const facts::Path& path = facts.paths[handler.ref];
    return path.root_kind == facts::RootKind::declaration && path.steps == 0 &&
           facts.declarations[path.root].kind == facts::DeclarationKind::parameter;
  }
  if (handler.kind != ValueKind::function) return false;
  for (const CallId inner : context_.graph.calls_in(context_.program.functions.id(file, handler.ref))) {
    const facts::Path& path = facts.paths[facts.calls[context_.program.calls.place(inner).index].path];
    if (path.root_kind != facts::RootKind::declaration || path.steps != 1) {
      if (path.root_kind != facts::RootKind::declaration || path.steps == 0) continue;
      const std::string_view object = facts.string(facts.declarations[path.root].name);
      if (is_one_of(context_.catalog.words("handover_objects"), object)) return true;
      continue;
    }
    const facts::Declaration& called = facts.declarations[path.root];
    const std::string_view name = facts.string(called.name);
    if (facts.steps[path.first_step].name != 0) {
      if (is_one_of(context_.catalog.words("handover_objects"), name)) return true;
      continue;
    }
    const bool outer_parameter = called.kind == facts::DeclarationKind::parameter && called.function != handler.ref;
    if (outer_parameter || is_one_of(context_.catalog.words("handover_functions"), name)) return true;
  }
  return false;
}

// The result reaches somebody although nobody awaits it: it settles an enclosing promise, calls back, or the callee is
// given the response that it answers itself.
bool Scheduler::handed_on(CallId call, const Chain& chain) const {
  const FileId file = context_.program.calls.place(call).file;
  const facts::FileFacts& facts = context_.program.facts(file);
  for (const CallId handler : chain.handlers) {
    if (context_.graph.called_name(handler) == "catch") continue;
    for (facts::Index a = context_.program.call(handler).first_argument; a != 0; a = facts.values[a].next) {
      if (settles(file, facts.values[a])) return true;
    }
  }
  for (facts::Index a = context_.program.call(call).first_argument; a != 0; a = facts.values[a].next) {
    if (facts.values[a].kind != ValueKind::path) continue;
    const facts::Path& path = facts.paths[facts.values[a].ref];
    if (path.root_kind != facts::RootKind::declaration || path.steps != 0) continue;
    const facts::Declaration& passed = facts.declarations[path.root];
    if (passed.kind != facts::DeclarationKind::parameter) continue;
    const std::string_view name = facts.string(passed.name);
    if (is_one_of(context_.catalog.words("callback_parameters"), name) ||
        is_one_of(context_.catalog.words("response_parameters"), name)) {
      return true;
    }
  }
  return false;
}

// response.on("finish", ..): the request's own work goes on after the answer.
bool Scheduler::waits_for_response(CallId listening) const {
  const Place place = context_.program.calls.place(listening);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  std::string_view object;
  if (path.root_kind == facts::RootKind::declaration) object = facts.string(facts.declarations[path.root].name);
  if (path.steps > 1) object = facts.string(facts.steps[path.first_step + path.steps - 2].name);
  return is_one_of(context_.catalog.words("response_parameters"), object);
}

// The functions whose work a call starts: those that it calls, and closures that it is given or is itself.
std::vector<FunctionId> Scheduler::started_by(CallId call) const {
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  const auto callees = context_.graph.callees(call);
  std::vector<FunctionId> started(callees.begin(), callees.end());
  const auto add = [&](const facts::Value& value) {
    if (value.kind == ValueKind::function) started.push_back(context_.program.functions.id(place.file, value.ref));
  };
  const facts::Path& path = facts.paths[record.path];
  if (path.root_kind == facts::RootKind::value && path.steps <= 1) add(facts.values[path.root]);
  for (facts::Index a = record.first_argument; a != 0 && !callees.empty(); a = facts.values[a].next)
    add(facts.values[a]);
  return started;
}

// The name of a function, or of the function around it that has one.
std::string_view Scheduler::nearest_name(FunctionId function) const {
  for (int depth = 0; depth < 4; ++depth) {
    const std::string_view name = context_.program.name_of_function(function);
    const Place place = context_.program.functions.place(function);
    if (!name.empty() || place.index == 0) return name;
    function = context_.program.functions.id(place.file, context_.program.function(function).parent);
  }
  return {};
}

// Within a timer's or scheduled method's own callback it is part of that work.
bool Scheduler::inside_timer(FunctionId function) const {
  if (timed_.contains(function)) return true;
  for (FunctionId outer = function; outer != 0;) {
    if (context_.liveness.handler(outer) && scheduled(outer)) return true;
    const Place there = context_.program.functions.place(outer);
    const facts::Function& closure = context_.program.facts(there.file).functions[there.index];
    if (closure.use == facts::ClosureUse::argument &&
        (context_.effects.of_call(context_.program.calls.id(there.file, closure.use_call)) & effect::timer)) {
      return true;
    }
    if (there.index == 0 || closure.parent == 0) break;
    outer = context_.program.functions.id(there.file, closure.parent);
  }
  return false;
}

// A listener's work is the event's: nobody waits for what a listener returns.
bool Scheduler::is_listener(FunctionId function) const {
  const Place place = context_.program.functions.place(function);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Function& closure = facts.functions[place.index];
  // @OnEvent("order.placed") async told(): what goes through the bus is lost with it, and it is reported itself.
  for (const facts::Decorator& decorator : facts.decorators) {
    if (decorator.on == facts::DecoratedKind::function && decorator.target == place.index &&
        is_one_of(context_.catalog.words("listening_decorators"),
                  context_.graph.called_name(context_.program.calls.id(place.file, decorator.call))))
      return true;
    const facts::Path& path = facts.paths[facts.calls[decorator.call].path];
    if (decorator.on == facts::DecoratedKind::function && decorator.target == place.index &&
        path.root_kind == facts::RootKind::declaration &&
        is_one_of(context_.catalog.words("listening_decorators"), facts.string(facts.declarations[path.root].name)))
      return true;
  }
  if (closure.use != facts::ClosureUse::argument) return false;
  const CallId taker = context_.program.calls.id(place.file, closure.use_call);
  return !waits_for_response(taker) &&
         is_one_of(context_.catalog.words("listening_methods"), context_.graph.called_name(taker));
}

// Whether the call belongs to a request or message, so that somebody relies on its work.
bool Scheduler::runs_for_somebody(CallId call) const {
  const facts::Call& record = context_.program.call(call);
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const FunctionId function = context_.graph.function_of(call);
  if (!context_.liveness.runs_while_serving(function) && context_.liveness.phases(function) != 0) return false;
  if ((facts.functions[record.function].flags & facts::function_flag::constructor) || record.function == 0)
    return false;
  const TypeId holder = context_.symbols.owner(function);
  if (holder != 0 && context_.lifetimes.of_type(holder).life == Life::request) return false;
  return !inside_timer(function) && !is_listener(function);
}

bool Scheduler::saves_itself(FunctionId function) const {
  const auto writes = [&](FunctionId id) { return (context_.effects.direct(id) & effect::durable_write) != 0; };
  if (writes(function)) return true;
  for (const FunctionId closure : context_.graph.closures_in(function)) {
    if (writes(closure)) return true;
  }
  for (const CallId call : context_.graph.calls_in(function)) {
    const auto callees = context_.graph.callees(call);
    if (std::any_of(callees.begin(), callees.end(), writes)) return true;
  }
  return false;
}

// statusEvents.record({ .. }): rows that tell what happened, and that nothing writes again.
bool Scheduler::records_history(FunctionId function) const {
  const auto verb = split_words(context_.program.name_of_function(function));
  if (verb.empty() || verb.front() != "record" || !saves_itself(function)) return false;
  std::vector<std::string> words = verb;
  words.emplace_back("|");
  for (std::string& word : split_words(owner_of_function(context_, function))) words.push_back(std::move(word));
  words.emplace_back("|");
  const std::string_view path = context_.program.file(context_.program.functions.place(function).file).path;
  for (std::string& word : split_words(path.substr(path.rfind('/') + 1))) words.push_back(std::move(word));
  return says(words, "record_words");
}

void Scheduler::unawaited(CallId call) {
  const Place place = context_.program.calls.place(call);
  const facts::Call& record = context_.program.call(call);
  if (!same_family(context_.program.file(place.file).language, Language::typescript)) return;
  if (record.flags & (call_flag::awaited | call_flag::returned | call_flag::construct)) return;
  if ((record.flags & (call_flag::dropped | call_flag::chained)) == 0) return;
  std::vector<FunctionId> callbacks = started_by(call);
  const bool writes = (context_.effects.of_call(call) & effect::durable_write) != 0;
  if (!writes && (callbacks.empty() || context_.graph.target(call).guessed)) return;
  const Chain chain = chain_of(call);
  // pollReminders(), which goes round for ever, called while the process starts
  if (!callbacks.empty() && chain.dropped && !chain.waited && loops(callbacks.front()) &&
      !inside_timer(context_.graph.function_of(call))) {
    const Work work = work_of(callbacks);
    if (work.loops) return background_loop(call, work, callbacks);
  }
  if (!chain.dropped || chain.waited || handed_on(call, chain) || !runs_for_somebody(call)) return;
  if (writes) return unawaited_write(call, chain);
  bool asynchronous = chain.handled;
  for (const FunctionId callee : callbacks) {
    if (timed_.contains(callee)) return;
    asynchronous = asynchronous || (context_.program.function(callee).flags & facts::function_flag::async) != 0;
  }
  if (!asynchronous) return;
  const auto words = split_words(nearest_name(callbacks.front()));
  if (words.empty()) return;
  if (says(words, "best_effort_words")) return;
  const bool trail = says(words, "trail_words") || records_history(callbacks.front());
  if (!trail && is_one_of(context_.catalog.words("upkeep_verbs"), words.front())) {
    if (notifies(nearest_name(callbacks.front()))) task(call, callbacks);
    return;
  }
  const auto& verbs = context_.catalog.words("work_verbs");
  const bool works =
      std::any_of(words.begin(), words.end(), [&](const std::string& word) { return is_one_of(verbs, word); });
  // A name that says nothing: the work counts if it is itself a write.
  const bool saves =
      std::any_of(callbacks.begin(), callbacks.end(), [&](FunctionId callee) { return saves_itself(callee); });
  if (works || saves) task(call, callbacks);
}

namespace {

// What a chain of a database's client writes to: the last name before the verb, or the name that a call on the way is
// given (prisma.deal.update(..), firestore.collection("deals").doc(id).update(..), supabase.from("deals").insert(..)).
std::string_view written_model(const facts::FileFacts& facts, const facts::Path& path) {
  for (std::uint32_t i = path.steps; i-- > 1;) {
    const facts::Step& step = facts.steps[path.first_step + i - 1];
    if (step.call == 0) return facts.string(step.name);
    const facts::Index given = facts.calls[step.call].first_argument;
    if (given != 0 && facts.values[given].kind == facts::ValueKind::string) {
      return facts.string(facts.values[given].text);
    }
  }
  return {};
}

}  // namespace

// prisma.auditLog.create({ .. }).catch(() => {}): until the database has it, the promise is the only copy.
void Scheduler::unawaited_write(CallId call, const Chain& chain) {
  if (!chain.handled) return;  // such clients often only collect commands
  const std::string_view verb = context_.graph.called_name(call);
  if (!is_one_of(context_.catalog.words("client_writes"), verb)) return;
  const Place place = context_.program.calls.place(call);
  const facts::FileFacts& facts = context_.program.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  const facts::Path& path = facts.paths[record.path];
  std::string model(written_model(facts, path));
  if (path.steps <= 2 && path.root_kind == facts::RootKind::declaration && model.empty())
    model = facts.string(facts.declarations[path.root].name);
  std::vector<std::string> words = split_words(model);
  words.emplace_back("|");
  for (std::string& word : split_words(context_.program.name_of_function(context_.graph.function_of(call))))
    words.push_back(std::move(word));
  // Of an update the keys of its data tell what it is about.
  const auto add_keys = [&](facts::Index first, auto& self, int depth) -> void {
    for (facts::Index child = first; child != 0 && depth < 3; child = facts.values[child].next) {
      words.emplace_back("|");
      const bool filter = facts.string(facts.values[child].key) == "where";
      if (filter) continue;
      for (std::string& word : split_words(facts.string(facts.values[child].key))) words.push_back(std::move(word));
      self(facts.values[child].first_child, self, depth + 1);
    }
  };
  const bool adds = verb.starts_with("create") || verb.starts_with("insert");
  if (!adds) {
    for (facts::Index a = record.first_argument; a != 0; a = facts.values[a].next)
      add_keys(facts.values[a].first_child, add_keys, 0);
  }
  if (says(words, "best_effort_words")) return;
  Draft draft;
  place_at_call(draft, context_, call);
  if (!model.empty()) draft.site.name = model;
  draft.site.storage = "detached task";
  draft.site.kind = says(split_words(model), "trail_words") ? "audit_log" : "queue";
  draft.decided = draft.has_verdict = true;
  draft.site.verdict = inventory::Verdict::toy;
  draft.site.risk = inventory::Risk::high;
  draft.site.confidence = inventory::Confidence::medium;
  draft.site.why = draft.site.name +
                   " is written and not waited for: until the database has it, this process holds the only copy, and "
                   "nobody is told if the write fails.";
  add_evidence(draft, context_.program, "declaration", place.file, record.line);
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
                                       catalog::Library::Effect::timer) != nullptr) {
      return true;
    }
  }
  return false;
}

}  // namespace detoy::analysis

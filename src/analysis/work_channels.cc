// Channels of the process that carry work from those who serve to somebody who does it.

#include "analysis/scheduler.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::DeclarationKind;
using facts::RootKind;
using facts::ValueKind;

namespace {

// The sending or the receiving end of a channel, wherever it goes.
struct End {
  std::vector<DeclarationId> holders;  // all names that it goes by
  std::vector<FunctionId> users;       // functions that send or receive through it
  std::unordered_set<DeclarationId> seen;
};

class Channel {
 public:
  explicit Channel(const Context& context)
      : context_(context), program_(context.program), transparent_(context.catalog.words("transparent_methods")) {}

  // Follows the end from its first name through arguments, fields, statics and other names.
  End follow(DeclarationId first, std::string_view methods) const;

 private:
  void spread(DeclarationId end, End& found, std::string_view methods) const;
  void use(FileId file, facts::Index function, End& found) const;
  bool is_end(const facts::FileFacts& facts, const facts::Path& path, facts::Index end) const;
  bool carries(FileId file, facts::Index value, facts::Index end, int depth) const;
  void into_call(FileId file, facts::Index call, facts::Index end, End& found) const;
  void into_literal(FileId file, facts::Index call, facts::Index end, End& found) const;
  static void hold(DeclarationId declaration, End& found) {
    if (declaration != 0 && found.seen.insert(declaration).second) found.holders.push_back(declaration);
  }

  const Context& context_;
  const Program& program_;
  const std::vector<std::string>& transparent_;
};

// tx, tx.clone()
bool Channel::is_end(const facts::FileFacts& facts, const facts::Path& path, facts::Index end) const {
  if (path.root_kind != RootKind::declaration || path.root != end) return false;
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    if (!is_one_of(transparent_, facts.string(facts.steps[path.first_step + i].name))) return false;
  }
  return true;
}

// The end itself, or something of a library that is made around it: Mutex::new(rx), ReceiverStream::new(rx).
bool Channel::carries(FileId file, facts::Index index, facts::Index end, int depth) const {
  constexpr int depth_limit = 4;
  if (index == 0 || depth > depth_limit) return false;
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& value = facts.values[index];
  if (value.kind == ValueKind::path) return is_end(facts, facts.paths[value.ref], end);
  if (value.kind != ValueKind::call) return false;
  const CallId call = program_.calls.id(file, value.ref);
  if (is_end(facts, facts.paths[facts.calls[value.ref].path], end)) return true;
  if (!context_.graph.callees(call).empty() || context_.graph.target(call).constructed != 0) return false;
  for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next) {
    if (carries(file, a, end, depth + 1)) return true;
  }
  return false;
}

// Holder { tx }: the field has it from then on.
void Channel::into_literal(FileId file, facts::Index call, facts::Index end, End& found) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Path& path = facts.paths[facts.calls[call].path];
  const TypeId made = path.root_kind == RootKind::self
                          ? context_.symbols.canonical(program_.types.id(file, path.root))
                          : context_.graph.target(program_.calls.id(file, call)).constructed;
  const facts::Index object = facts.calls[call].first_argument;
  if (made == 0 || object == 0 || facts.values[object].kind != ValueKind::object) return;
  for (facts::Index child = facts.values[object].first_child; child != 0; child = facts.values[child].next) {
    if (carries(file, child, end, 0))
      hold(context_.symbols.field(made, program_.name(file, facts.values[child].key)), found);
  }
}

void Channel::into_call(FileId file, facts::Index index, facts::Index end, End& found) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Call& call = facts.calls[index];
  const CallId id = program_.calls.id(file, index);
  std::uint32_t position = 0;
  for (facts::Index a = call.first_argument; a != 0; a = facts.values[a].next, ++position) {
    if (!carries(file, a, end, 0)) continue;
    for (const FunctionId callee : context_.graph.callees(id)) {
      const facts::Function& function = program_.function(callee);
      if (position >= function.parameters) continue;
      const FileId there = program_.functions.place(callee).file;
      hold(program_.declarations.id(there, function.first_parameter + position), found);
    }
    // SENDER.set(tx)
    const facts::Path& path = facts.paths[call.path];
    if (path.root_kind != RootKind::declaration || path.steps == 0) continue;
    const facts::Declaration& root = facts.declarations[path.root];
    if (root.kind == DeclarationKind::variable && root.function == 0)
      hold(program_.declarations.id(file, path.root), found);
    if (root.kind == DeclarationKind::import)
      hold(context_.symbols.imported_variable(program_.declarations.id(file, path.root)), found);
  }
}

// The function and, for what only hands on what it takes out, those that call it.
void Channel::use(FileId file, facts::Index function, End& found) const {
  const FunctionId id = program_.functions.id(file, function);
  if (std::find(found.users.begin(), found.users.end(), id) == found.users.end()) found.users.push_back(id);
}

void Channel::spread(DeclarationId id, End& found, std::string_view methods) const {
  const Place place = program_.declarations.place(id);
  const auto& using_methods = context_.catalog.words(methods);
  const facts::FileFacts& facts = program_.facts(place.file);
  const facts::Declaration& record = facts.declarations[place.index];
  const bool kept = record.kind == DeclarationKind::field || record.function == 0;
  if (kept) {
    const State* state = context_.states.of(id);
    if (state == nullptr) return;
    for (const Operation& operation : state->operations) {
      if (!is_one_of(using_methods, operation.word)) continue;
      use(operation.file, program_.functions.place(operation.function).index, found);
    }
    return;
  }
  for (facts::Index i = 1; i < facts.calls.size(); ++i) {
    const facts::Call& call = facts.calls[i];
    if (call.flags & facts::call_flag::construct) {
      into_literal(place.file, i, place.index, found);
      continue;
    }
    if (call.path == 0) continue;
    const facts::Path& path = facts.paths[call.path];
    if (path.root_kind == RootKind::declaration && path.root == place.index && path.steps > 0 &&
        is_one_of(using_methods, facts.string(facts.steps[path.first_step + path.steps - 1].name))) {
      use(place.file, call.function, found);
    }
    into_call(place.file, i, place.index, found);
  }
  for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
    const facts::Declaration& other = facts.declarations[i];
    if (i != place.index && other.kind == DeclarationKind::variable && other.function != 0 &&
        carries(place.file, other.initial, place.index, 0)) {
      hold(program_.declarations.id(place.file, i), found);
    }
  }
}

End Channel::follow(DeclarationId first, std::string_view methods) const {
  constexpr std::size_t most = 24;
  End found;
  hold(first, found);
  for (std::size_t i = 0; i < found.holders.size() && i < most; ++i) spread(found.holders[i], found, methods);
  return found;
}

// The two names of `let (tx, rx) = channel(..)`.
std::pair<DeclarationId, DeclarationId> ends_of(const Program& program, CallId call) {
  const Place place = program.calls.place(call);
  const facts::FileFacts& facts = program.facts(place.file);
  std::vector<DeclarationId> ends;
  for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
    const facts::Declaration& declaration = facts.declarations[i];
    if (declaration.kind != DeclarationKind::variable || declaration.initial == 0) continue;
    const facts::Value& value = facts.values[declaration.initial];
    if (value.kind == ValueKind::call && value.ref == place.index)
      ends.push_back(program.declarations.id(place.file, i));
  }
  if (ends.size() != 2) return {0, 0};
  return {ends.front(), ends.back()};
}

}  // namespace

// Those who take out of the channel and the work that comes of it.
std::vector<FunctionId> Scheduler::consumers(const std::vector<FunctionId>& receivers) const {
  constexpr std::uint32_t acts =
      effect::durable_write | effect::changes_outside | effect::publishes | effect::local_store;
  std::vector<FunctionId> found;
  for (const FunctionId receiver : receivers) {
    if (context_.effects.reached(receiver) & acts) {
      found.push_back(receiver);
      continue;
    }
    // One that only hands on what it takes out: the loop around it does the work.
    for (const CallId caller : context_.graph.callers(receiver)) {
      const FunctionId outer = context_.graph.function_of(caller);
      if (context_.effects.reached(outer) & acts) found.push_back(outer);
    }
  }
  return found;
}

// What has the sender for longer than a call: a field of something that lives on, or a static.
DeclarationId Scheduler::keeper(const std::vector<DeclarationId>& holders) const {
  DeclarationId local = 0;
  for (const DeclarationId holder : holders) {
    const facts::Declaration& record = context_.program.declaration(holder);
    if (record.kind == facts::DeclarationKind::field || record.function == 0) {
      const State* state = context_.states.of(holder);
      if (state == nullptr) continue;
      const Life life = context_.lifetimes.of_state(*state).life;
      if (life == Life::process || life == Life::none) return holder;
      return 0;
    }
    if (local == 0) local = holder;
  }
  return local;
}

void Scheduler::work_channel(CallId call) {
  const Program& program = context_.program;
  const FunctionId maker = context_.graph.function_of(call);
  if (program.file(program.calls.place(call).file).language != Language::rust || program.is_top_level(maker)) return;
  if (!is_one_of(context_.catalog.words("channel_makers"), context_.graph.called_name(call))) return;
  const bool starting = (context_.liveness.phases(maker) & phase::startup) != 0;
  if (context_.liveness.handler(maker) && !starting) return;  // of one request
  const auto [sender, receiver] = ends_of(program, call);
  if (sender == 0) return;
  const Channel channel(context_);
  const End sending = channel.follow(sender, "channel_sending_methods");
  const bool served = std::any_of(sending.users.begin(), sending.users.end(),
                                  [&](FunctionId function) { return context_.liveness.runs_while_serving(function); });
  if (!served) return;
  const std::vector<FunctionId> workers = consumers(channel.follow(receiver, "channel_receiving_methods").users);
  if (workers.empty()) return;
  const DeclarationId holder = keeper(sending.holders);
  if (holder == 0) return;
  const Place place = program.declarations.place(holder);
  const facts::Declaration& record = program.declaration(holder);
  if (record.kind == facts::DeclarationKind::variable && record.function != 0 && !starting) {
    return;  // between the tasks of one request
  }
  Draft draft;
  place_at_call(draft, context_, call);
  draft.file = place.file;
  draft.site.path = program.file(place.file).path;
  draft.site.name = program.name_of_declaration(holder);
  draft.site.line = record.line;
  draft.site.column = record.column;
  if (record.kind == facts::DeclarationKind::field)
    draft.site.owner = program.name_of_type(context_.symbols.canonical(program.types.id(place.file, record.type)));
  else if (record.function == 0)
    draft.site.owner.clear();
  draft.type_text = program.text(place.file, record.type_text);
  const Work work = work_of(workers);
  const auto words = split_words(draft.site.name);
  if (says(words, "best_effort_words") || is_best_effort(draft, {}) || says(words, "technical_bus_words")) return;
  if (only_enqueues(workers)) return;
  draft.site.storage = "channel";
  draft.site.kind = "queue";
  draft.decided = draft.has_verdict = true;
  draft.site.verdict = inventory::Verdict::toy;
  draft.site.confidence = inventory::Confidence::medium;
  draft.site.risk =
      std::max(risk_of_task(call, work, draft.site.name + " " + draft.type_text, workers), inventory::Risk::high);
  if (says(words, "trail_words")) draft.site.kind = "audit_log";
  draft.site.why = "What waits in the channel behind " + draft.site.name +
                   " is in the memory of this process: a restart loses work that was accepted.";
  draft.writers = sending.users;
  add_evidence(draft, program, "declaration", place.file, record.line);
  const Place made = program.calls.place(call);
  add_evidence(draft, program, "construction", made.file, program.call(call).line, "the channel is made here");
  for (const FunctionId user : sending.users) {
    if (!context_.liveness.runs_while_serving(user)) continue;
    add_evidence(draft, program, "mutation", program.functions.place(user).file, program.function(user).line,
                 std::string(program.name_of_function(user)) + " puts work in");
  }
  for (const FunctionId worker : workers) {
    add_evidence(draft, program, "callback", program.functions.place(worker).file, program.function(worker).line,
                 std::string(program.name_of_function(worker)));
  }
  finish(std::move(draft), call);
}

}  // namespace detoy::analysis

#include "analysis/event_bus_sites.h"

#include <algorithm>

#include "analysis/event_buses.h"
#include "analysis/library_options.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::RootKind;
using facts::ValueKind;
using inventory::Confidence;
using inventory::Risk;
using inventory::Verdict;

namespace {

// What comes of listening.
enum class Hearing {
  none,       // events about the process or a connection itself
  quiet,      // something within this process
  relay,      // passed on to somebody who is connected to this process
  effective,  // a store is written, somebody is told, money moves
};

struct Heard {
  Hearing hearing = Hearing::none;
  CallId call = 0;
  FunctionId listener = 0;
};

class Judge {
 public:
  explicit Judge(const Context& context) : context_(context), program_(context.program) {}
  bool judge(const Bus& bus, Draft& draft) const;

 private:
  bool technical(const Bus& bus) const;
  bool technical_words(std::string_view name) const;
  bool technical_event(CallId call) const;
  bool sent_while_serving(const Bus& bus) const;
  bool wanted(FunctionId function) const;
  bool per_request(FunctionId function) const;
  Heard heard(CallId call, int depth) const;
  Hearing hearing_of(const std::vector<FunctionId>& listeners) const;
  std::vector<FunctionId> callbacks(CallId call) const;
  void add_functions(FileId file, facts::Index value, std::vector<FunctionId>& found, int depth) const;
  std::vector<FunctionId> receivers(CallId call) const;
  void add_readers(TypeId type, NameId field, std::vector<FunctionId>& found) const;
  bool passes_parameter(CallId call) const;
  bool returned(CallId call) const;
  void place(const Bus& bus, Draft& draft) const;

  const Context& context_;
  const Program& program_;
};

bool Judge::technical_words(std::string_view name) const {
  const auto words = split_words(name);
  const auto& telling = context_.catalog.words("technical_bus_words");
  return std::any_of(telling.begin(), telling.end(), [&](const std::string& word) { return has_phrase(words, word); });
}

// Named after the life of the process, a connection or a stream, or carrying nothing: no business events.
bool Judge::technical(const Bus& bus) const {
  const std::string_view carried = bus.payload;
  if (carried == "()" || carried == "bool" || technical_words(carried)) return true;
  if (bus.type != 0) return technical_words(program_.name_of_type(bus.type));
  if (bus.holder == 0) return false;
  const Place place = program_.declarations.place(bus.holder);
  const facts::Declaration& holder = program_.facts(place.file).declarations[place.index];
  const std::string_view type = program_.text(place.file, holder.type_text);
  if (type.find("<void>") != std::string_view::npos || type.find("<boolean>") != std::string_view::npos) return true;
  return technical_words(program_.text(place.file, holder.name));
}

// bus.on("error", ...)
bool Judge::technical_event(CallId call) const {
  const Place place = program_.calls.place(call);
  const facts::FileFacts& facts = program_.facts(place.file);
  const facts::Index argument = facts.calls[place.index].first_argument;
  if (argument == 0 || facts.values[argument].kind != ValueKind::string) return false;
  return is_one_of(context_.catalog.words("technical_events"), facts.string(facts.values[argument].text));
}

bool Judge::wanted(FunctionId function) const {
  const FileId file = program_.functions.place(function).file;
  if (!context_.liveness.file(file) && !context_.liveness.offered(file)) return false;
  return !context_.liveness.only_at_startup(function);
}

bool Judge::sent_while_serving(const Bus& bus) const {
  return std::any_of(bus.sent.begin(), bus.sent.end(), [&](CallId call) {
    const FunctionId function = context_.graph.function_of(call);
    if (technical_event(call) || program_.is_top_level(function)) return false;
    return wanted(function);
  });
}

// Listening that begins with a request or connection ends with it.
bool Judge::per_request(FunctionId function) const {
  for (int depth = 0; depth < 8 && !program_.is_top_level(function); ++depth) {
    const facts::Function& record = program_.function(function);
    const TypeId owner = context_.symbols.owner(function);
    if ((record.flags & facts::function_flag::constructor) && context_.lifetimes.of_type(owner).life == Life::process)
      return false;
    if (context_.liveness.handler(function)) return true;
    const std::uint8_t phases = context_.liveness.phases(function);
    if (phases & phase::startup) return false;
    if (phases & phase::runtime) return true;
    if (record.parent == 0) return false;
    function = program_.functions.id(program_.functions.place(function).file, record.parent);
  }
  return false;
}

void Judge::add_functions(FileId file, facts::Index index, std::vector<FunctionId>& found, int depth) const {
  if (index == 0 || depth > 4) return;
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& value = facts.values[index];
  if (value.kind == ValueKind::function) found.push_back(program_.functions.id(file, value.ref));
  if (value.kind == ValueKind::call) {
    // Wrapped: debounce(handle), this.handle.bind(this), mergeMap(handle)
    const CallId call = program_.calls.id(file, value.ref);
    for (const FunctionId function : context_.graph.functions_passed(call)) found.push_back(function);
    const facts::Path& path = facts.paths[facts.calls[value.ref].path];
    const bool bound = path.steps > 1 && facts.string(facts.steps[path.first_step + path.steps - 1].name) == "bind";
    if (bound) {
      const Object object = context_.symbols.of_path(file, path, path.steps - 1);
      if (object.kind == Object::Kind::function) found.push_back(object.function);
    }
    for (facts::Index a = facts.calls[value.ref].first_argument; a != 0; a = facts.values[a].next)
      add_functions(file, a, found, depth + 1);
  }
  for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next)
    add_functions(file, child, found, depth + 1);
}

// The functions that a call is given, and those that the calls before it in the chain are given.
std::vector<FunctionId> Judge::callbacks(CallId call) const {
  const Place place = program_.calls.place(call);
  const facts::FileFacts& facts = program_.facts(place.file);
  std::vector<FunctionId> found;
  const auto take = [&](facts::Index index) {
    for (const FunctionId function : context_.graph.functions_passed(program_.calls.id(place.file, index)))
      found.push_back(function);
    for (facts::Index a = facts.calls[index].first_argument; a != 0; a = facts.values[a].next)
      add_functions(place.file, a, found, 0);
  };
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  for (std::uint32_t i = 0; i + 1 < path.steps; ++i) {
    const facts::Index before = facts.steps[path.first_step + i].call;
    if (before != 0) take(before);
  }
  take(place.index);
  return found;
}

// subscribe(handler) { this.emitter.on("order", handler); }
bool Judge::passes_parameter(CallId call) const {
  const Place place = program_.calls.place(call);
  const facts::FileFacts& facts = program_.facts(place.file);
  for (facts::Index a = facts.calls[place.index].first_argument; a != 0; a = facts.values[a].next) {
    if (facts.values[a].kind != ValueKind::path) continue;
    const facts::Path& path = facts.paths[facts.values[a].ref];
    if (path.root_kind == RootKind::declaration && path.steps == 0 &&
        facts.declarations[path.root].kind == facts::DeclarationKind::parameter) {
      return true;
    }
  }
  return false;
}

bool Judge::returned(CallId call) const {
  const Place place = program_.calls.place(call);
  const facts::FileFacts& facts = program_.facts(place.file);
  if (facts.calls[place.index].flags & facts::call_flag::returned) return true;
  return std::any_of(facts.returns.begin(), facts.returns.end(), [&](const facts::Return& result) {
    const facts::Value& value = facts.values[result.value];
    return result.value != 0 && value.kind == ValueKind::call && value.ref == place.index;
  });
}

// let mut events = bus.subscribe(): the functions that read from it, and those that it is handed to.
std::vector<FunctionId> Judge::receivers(CallId call) const {
  const Place place = program_.calls.place(call);
  const facts::FileFacts& facts = program_.facts(place.file);
  const facts::Index local = facts.calls[place.index].assigned_to;
  std::vector<FunctionId> found;
  const auto reads_local = [&](facts::Index path) {
    return facts.paths[path].root_kind == RootKind::declaration && facts.paths[path].root == local;
  };
  for (facts::Index i = 1; i < facts.calls.size(); ++i) {
    if (i == place.index) continue;
    const facts::Call& other = facts.calls[i];
    if (local != 0 && reads_local(other.path)) found.push_back(program_.functions.id(place.file, other.function));
    for (facts::Index a = other.first_argument; a != 0; a = facts.values[a].next) {
      const facts::Value& value = facts.values[a];
      const bool direct = value.kind == ValueKind::call && value.ref == place.index;
      const bool named = local != 0 && value.kind == ValueKind::path && reads_local(value.ref);
      if (!direct && !named) continue;
      for (const FunctionId callee : context_.graph.callees(program_.calls.id(place.file, i))) found.push_back(callee);
    }
    // Engine { events: bus.subscribe() }: the methods that read from the field
    for (facts::Index a = other.first_argument; a != 0; a = facts.values[a].next) {
      for (facts::Index pair = facts.values[a].first_child; pair != 0; pair = facts.values[pair].next) {
        const facts::Value& value = facts.values[pair];
        const bool direct = value.kind == ValueKind::call && value.ref == place.index;
        const bool named = local != 0 && value.kind == ValueKind::path && reads_local(value.ref);
        if (value.key == 0 || (!direct && !named)) continue;
        const CallId literal = program_.calls.id(place.file, i);
        TypeId type = context_.graph.target(literal).constructed;
        if (type == 0) type = context_.symbols.owner(context_.graph.function_of(literal));  // Self { .. }
        add_readers(type, program_.name(place.file, value.key), found);
      }
    }
  }
  return found;
}

void Judge::add_readers(TypeId type, NameId field, std::vector<FunctionId>& found) const {
  if (type == 0) return;
  for (const FunctionId method : context_.symbols.methods(type)) {
    for (const CallId call : context_.graph.calls_in(method)) {
      const FileId file = program_.calls.place(call).file;
      const facts::FileFacts& facts = program_.facts(file);
      const facts::Path& path = facts.paths[program_.call(call).path];
      if (path.root_kind == RootKind::self && path.steps > 1 &&
          program_.name(file, facts.steps[path.first_step].name) == field) {
        found.push_back(method);
      }
    }
  }
}

Hearing Judge::hearing_of(const std::vector<FunctionId>& listeners) const {
  constexpr std::uint32_t effective = effect::durable_write | effect::external | effect::local_store;
  const bool acts = std::any_of(listeners.begin(), listeners.end(), [&](FunctionId listener) {
    return (context_.effects.reached(listener) & effective) != 0;
  });
  return acts ? Hearing::effective : Hearing::quiet;
}

Heard Judge::heard(CallId call, int depth) const {
  constexpr int deepest = 3;
  if (technical_event(call)) return {};
  const FunctionId function = context_.graph.function_of(call);
  std::vector<FunctionId> listeners = callbacks(call);
  if (listeners.empty() && depth < deepest && (passes_parameter(call) || returned(call))) {
    // A method of the bus's owner: who calls it is who listens.
    const auto callers = context_.graph.callers(function);
    // Handed to a framework that asks for the events of each of its clients: a subscription's resolver.
    const bool resolver = program_.function(function).use == facts::ClosureUse::property;
    if (callers.empty() && (resolver || context_.liveness.handler(function))) return {Hearing::relay, call, function};
    Heard best;
    for (const CallId caller : callers) {
      if (program_.file(program_.calls.place(caller).file).role != source::Role::production) continue;
      const Heard one = heard(caller, depth + 1);
      if (one.hearing > best.hearing) best = one;
    }
    return best;
  }
  if (!wanted(function) && context_.liveness.phases(function) == 0 && !program_.is_top_level(function)) return {};
  if (per_request(function)) return {Hearing::relay, call, function};
  if (listeners.empty()) listeners = receivers(call);
  if (listeners.empty()) return {Hearing::quiet, call, function};
  return {hearing_of(listeners), call, listeners.front()};
}

void Judge::place(const Bus& bus, Draft& draft) const {
  if (bus.made != 0) {
    place_at_call(draft, context_, bus.made);
    const bool unnamed = draft.site.line == program_.call(bus.made).line;
    if (bus.holder != 0 && unnamed) {
      const Place home = program_.declarations.place(bus.holder);
      const facts::Declaration& holder = program_.declaration(bus.holder);
      const bool field = holder.kind == facts::DeclarationKind::field;
      if (home.file == draft.file || field) {
        draft.file = home.file;
        draft.site.path = program_.file(home.file).path;
        draft.site.name = program_.name_of_declaration(bus.holder);
        draft.site.line = holder.line;
        draft.site.column = holder.column;
      }
      if (field) draft.site.owner = program_.name_of_type(program_.types.id(home.file, holder.type));
    }
    if (bus.holder == 0) {
      // EventEmitterModule.forRoot(): the module is what people know it by.
      const facts::FileFacts& facts = program_.facts(draft.file);
      const facts::Path& path = facts.paths[program_.call(bus.made).path];
      const bool import = path.root_kind == RootKind::declaration &&
                          facts.declarations[path.root].kind == facts::DeclarationKind::import;
      if (import) draft.site.name = facts.string(facts.declarations[path.root].name);
    }
    set_wiring(draft, context_, context_.wiring.of_call(bus.made));
    return;
  }
  const Place where = program_.types.place(bus.type);
  const facts::Type& type = program_.type(bus.type);
  draft.file = where.file;
  draft.site.path = program_.file(where.file).path;
  draft.site.language = to_string(program_.file(where.file).language);
  draft.site.line = type.line;
  draft.site.column = program_.facts(where.file).declarations[type.declaration].column;
  draft.site.name = program_.name_of_type(bus.type);
  draft.site.owner = draft.site.name;
  set_wiring(draft, context_, context_.wiring.of_type(bus.type));
}

bool Judge::judge(const Bus& bus, Draft& draft) const {
  if (technical(bus)) return false;
  if (bus.type != 0 && context_.lifetimes.of_type(bus.type).life != Life::process) return false;
  if (bus.made != 0) {
    const Place where = program_.calls.place(bus.made);
    const facts::Call& record = program_.facts(where.file).calls[where.index];
    if (shared_by_arguments(context_, where.file, record, *bus.library)) return false;
  }
  if (!sent_while_serving(bus)) return false;
  Heard best;
  for (const CallId call : bus.heard) {
    const Heard one = heard(call, 0);
    if (one.hearing > best.hearing) best = one;
  }
  for (const auto& [call, function] : bus.decorated) {
    if (technical_event(call) || !wanted(function)) continue;
    const Hearing hearing = hearing_of({function});
    if (hearing > best.hearing) best = {hearing, call, function};
  }
  if (best.hearing == Hearing::none) return false;
  place(bus, draft);
  draft.site.kind = "event_bus";
  draft.site.storage = bus.library->name;
  draft.decided = true;
  add_evidence(draft, program_, "declaration", draft.file, draft.site.line, bus.library->name);
  for (const CallId call : bus.sent) {
    if (!wanted(context_.graph.function_of(call))) continue;
    add_evidence(draft, program_, "mutation", program_.calls.place(call).file, program_.call(call).line, "sends");
    break;
  }
  const FileId there = program_.calls.place(best.call).file;
  add_evidence(draft, program_, "listener", there, program_.call(best.call).line);
  draft.site.confidence = best.hearing == Hearing::effective ? Confidence::high : Confidence::medium;
  if (best.hearing == Hearing::effective) {
    draft.site.why = draft.site.name +
                     " delivers within this process and keeps nothing, and what listens acts on the world outside: an "
                     "event that is not handled when the process ends is lost.";
    if (!bus.library->durable_by.empty()) draft.site.action = "To make it durable, " + bus.library->durable_by + ".";
    return true;
  }
  draft.has_verdict = true;
  draft.site.verdict = Verdict::acceptable;
  draft.site.risk = Risk::low;
  draft.site.why =
      best.hearing == Hearing::relay
          ? draft.site.name + " passes events on to those who are connected to this instance, and only to them."
          : draft.site.name + " delivers within this process, and its listeners touch nothing outside.";
  return true;
}

}  // namespace

std::vector<Draft> event_bus_sites(const Context& context) {
  const EventBuses buses(context);
  const Judge judge(context);
  std::vector<Draft> drafts;
  for (const Bus& bus : buses.all()) {
    Draft draft;
    if (judge.judge(bus, draft)) drafts.push_back(std::move(draft));
  }
  return drafts;
}

}  // namespace detoy::analysis

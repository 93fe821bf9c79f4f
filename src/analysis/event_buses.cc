#include "analysis/event_buses.h"

#include <algorithm>

#include "base/words.h"

namespace detoy::analysis {

using catalog::Library;
using facts::DeclarationKind;
using facts::RootKind;
using facts::ValueKind;

EventBuses::EventBuses(const Context& context) : context_(context), program_(context.program) {
  for (const std::string& word : context.catalog.words("bus_sending_methods")) sending_.insert(word);
  for (const std::string& word : context.catalog.words("bus_listening_methods")) listening_.insert(word);
  for (const std::string& word : context.catalog.words("bus_listening_decorators")) decorators_.insert(word);
  find_classes();
  find_made();
  if (!buses_.empty()) find_uses();
}

// class Orders extends EventEmitter
void EventBuses::find_classes() {
  for (FileId file = 0; file < program_.files().size(); ++file) {
    const SourceFile& source = program_.file(file);
    if (source.role != source::Role::production || !context_.liveness.serves(source.package)) continue;
    const facts::FileFacts& facts = program_.facts(file);
    for (facts::Index i = 1; i < facts.types.size(); ++i) {
      if (facts.types[i].kind != facts::TypeKind::class_ || facts.types[i].bases == 0 || facts.types[i].test) continue;
      const TypeId type = program_.types.id(file, i);
      for (const External& base : context_.symbols.external_bases(type)) {
        const Library* library = context_.libraries.with_effect(base, source.language, Library::Effect::event_bus);
        if (library == nullptr) continue;
        Bus bus;
        bus.library = library;
        bus.type = type;
        by_type_.emplace(type, buses_.size());
        buses_.push_back(std::move(bus));
        break;
      }
    }
  }
}

const Library* EventBuses::bus_library(CallId call) const {
  const External& external = context_.graph.target(call).external;
  const Language language = program_.file(program_.calls.place(call).file).language;
  return context_.libraries.with_effect(external, language, Library::Effect::event_bus);
}

bool EventBuses::makes_bus(CallId call, const Library& library) const {
  const facts::Call& record = program_.call(call);
  if (record.flags & facts::call_flag::construct) return true;
  const std::string_view name = context_.graph.called_name(call);
  if (sending_.contains(name) || listening_.contains(name)) return false;
  std::string symbol;
  for (const char c : program_.text(context_.graph.target(call).external.symbol)) {
    if (c != ':') symbol += c;
  }
  if (symbol.empty()) symbol = "default";
  return is_one_of(library.symbols, symbol);
}

namespace {

// The call itself, or a part of what it gives: channel(8).0
bool comes_from(const facts::FileFacts& facts, facts::Index index, facts::Index call) {
  const facts::Value& value = facts.values[index];
  if (value.kind == ValueKind::call || value.kind == ValueKind::construct) return value.ref == call;
  if (value.kind != ValueKind::path) return false;
  const facts::Path& path = facts.paths[value.ref];
  return path.steps > 1 && facts.steps[path.first_step + path.steps - 2].call == call;
}

}  // namespace

// The field that a struct literal puts it into: Shop { orders: broadcast::channel(8).0 }
DeclarationId EventBuses::field_of(FileId file, facts::Index call) const {
  const facts::FileFacts& facts = program_.facts(file);
  for (const CallId other : context_.graph.calls_in(context_.graph.function_of(program_.calls.id(file, call)))) {
    const TypeId made = context_.graph.target(other).constructed;
    if (made == 0) continue;
    for (facts::Index a = program_.call(other).first_argument; a != 0; a = facts.values[a].next) {
      for (facts::Index pair = facts.values[a].first_child; pair != 0; pair = facts.values[pair].next) {
        if (facts.values[pair].key != 0 && comes_from(facts, pair, call))
          return context_.symbols.field(made, program_.name(file, facts.values[pair].key));
      }
    }
  }
  return 0;
}

// The variable or field that receives what the call makes, also as a part of a pair: let (sender, _) = channel(8).
DeclarationId EventBuses::holder_of(CallId call) const {
  const Place place = program_.calls.place(call);
  const facts::FileFacts& facts = program_.facts(place.file);
  const facts::Call& record = facts.calls[place.index];
  if (record.assigned_to != 0) return program_.declarations.id(place.file, record.assigned_to);
  for (const facts::Assignment& assignment : facts.assignments) {
    const facts::Value& value = facts.values[assignment.value];
    const bool made = value.kind == ValueKind::call || value.kind == ValueKind::construct;
    if (!made || value.ref != place.index) continue;
    const facts::Path& path = facts.paths[assignment.path];
    if (path.root_kind == RootKind::declaration && path.steps == 0)
      return program_.declarations.id(place.file, path.root);
    if (path.root_kind != RootKind::self || path.steps != 1) continue;
    return context_.symbols.field(context_.symbols.canonical(program_.types.id(place.file, path.root)),
                                  program_.name(place.file, facts.steps[path.first_step].name));
  }
  for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
    const facts::Declaration& declaration = facts.declarations[i];
    if (declaration.initial == 0) continue;
    if (comes_from(facts, declaration.initial, place.index)) return program_.declarations.id(place.file, i);
  }
  return program_.file(place.file).language == Language::rust ? field_of(place.file, place.index) : 0;
}

void EventBuses::find_made() {
  for (FileId file = 0; file < program_.files().size(); ++file) {
    const SourceFile& source = program_.file(file);
    if (source.role != source::Role::production || !context_.liveness.serves(source.package)) continue;
    const facts::FileFacts& facts = program_.facts(file);
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      if (facts.functions[facts.calls[i].function].flags & facts::function_flag::test) continue;
      const CallId call = program_.calls.id(file, i);
      const External& external = context_.graph.target(call).external;
      if (external.package == 0) continue;
      const LibraryList& known = context_.libraries.of(external, source.language);
      const auto maker = std::find_if(known.begin(), known.end(), [&](const Library* library) {
        return library->effect == Library::Effect::event_bus && makes_bus(call, *library);
      });
      if (maker == known.end()) continue;
      if (context_.lifetimes.of_result(call) != Life::process) continue;
      Bus bus;
      bus.library = *maker;
      bus.made = call;
      bus.holder = holder_of(call);
      if (bus.holder != 0) {
        by_holder_.emplace(bus.holder, buses_.size());
        const Place place = program_.declarations.place(bus.holder);
        bus.payload = payload_of(program_.text(place.file, program_.declaration(bus.holder).type_text));
      }
      buses_.push_back(std::move(bus));
    }
  }
}

Bus* EventBuses::of_type(TypeId type, int depth) {
  if (type == 0 || depth > 4 || by_type_.empty()) return nullptr;
  const auto found = by_type_.find(type);
  if (found != by_type_.end()) return &buses_[found->second];
  for (const TypeId base : context_.symbols.supertypes(type)) {
    if (Bus* bus = of_type(base, depth + 1); bus != nullptr) return bus;
  }
  return nullptr;
}

Bus* EventBuses::of_holder(DeclarationId declaration) {
  const auto found = by_holder_.find(declaration);
  return found == by_holder_.end() ? nullptr : &buses_[found->second];
}

// broadcast::Sender<OrderEvent>: OrderEvent
std::string_view EventBuses::payload_of(std::string_view type_text) const {
  const auto open = type_text.rfind("Sender<");
  if (open == std::string_view::npos) return {};
  std::string_view inside = type_text.substr(open + std::string_view("Sender<").size());
  while (inside.ends_with('>')) inside.remove_suffix(1);
  return inside;
}

// Where types are written out, a field of the sender's type is a copy of the one sender that carries these events.
Bus* EventBuses::of_written_type(FileId file, const facts::Declaration& declaration) {
  if (program_.file(file).language != Language::rust || declaration.type_text == 0) return nullptr;
  const std::string_view text = program_.text(file, declaration.type_text);
  const std::string_view payload = payload_of(text);
  if (payload.empty()) return nullptr;
  Bus* only = nullptr;
  for (Bus& bus : buses_) {
    const bool same = std::any_of(bus.library->types.begin(), bus.library->types.end(),
                                  [&](const std::string& type) { return text.find(type) != std::string_view::npos; });
    if (!same || (!bus.payload.empty() && bus.payload != payload)) continue;
    if (only != nullptr) return nullptr;
    only = &bus;
  }
  if (only != nullptr && only->payload.empty()) only->payload = payload;
  return only;
}

// An emitter that a container hands out: the program's only one of this library.
Bus* EventBuses::of_library(CallId call) {
  const Library* library = bus_library(call);
  if (library == nullptr) return nullptr;
  Bus* only = nullptr;
  for (Bus& bus : buses_) {
    if (bus.library != library || bus.type != 0) continue;
    if (only != nullptr) return nullptr;
    only = &bus;
  }
  return only;
}

// The bus that a method is called on.
Bus* EventBuses::receiver(CallId call) {
  const Place place = program_.calls.place(call);
  const facts::FileFacts& facts = program_.facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  if (path.steps == 0) return nullptr;
  if (path.root_kind == RootKind::declaration) {
    const facts::Declaration& root = facts.declarations[path.root];
    DeclarationId id = program_.declarations.id(place.file, path.root);
    if (root.kind == DeclarationKind::import) id = context_.symbols.imported_variable(id);
    if (Bus* bus = of_holder(id); bus != nullptr) return bus;
    if (Bus* bus = of_written_type(place.file, root); bus != nullptr) return bus;
  }
  for (std::uint32_t steps = 0; steps < path.steps; ++steps) {
    const Object object = context_.symbols.of_path(place.file, path, steps);
    if (object.kind == Object::Kind::module && steps + 1 < path.steps) {
      const NameId name = program_.name(place.file, facts.steps[path.first_step + steps].name);
      if (Bus* bus = of_holder(context_.symbols.exported_variable(object.module, name)); bus != nullptr) return bus;
    }
    if (object.kind != Object::Kind::instance && object.kind != Object::Kind::type) continue;
    if (Bus* bus = of_type(object.type); bus != nullptr) return bus;
    const facts::Step& step = facts.steps[path.first_step + steps];
    if (steps + 1 == path.steps || step.name == 0) continue;
    const DeclarationId field = context_.symbols.field(object.type, program_.name(place.file, step.name));
    if (field == 0) continue;
    if (Bus* bus = of_holder(field); bus != nullptr) return bus;
    const Place there = program_.declarations.place(field);
    if (Bus* bus = of_written_type(there.file, program_.facts(there.file).declarations[there.index]); bus != nullptr)
      return bus;
  }
  return of_library(call);
}

void EventBuses::note_decorators(FileId file) {
  const facts::FileFacts& facts = program_.facts(file);
  for (const facts::Decorator& decorator : facts.decorators) {
    if (decorator.on != facts::DecoratedKind::function) continue;
    const CallId call = program_.calls.id(file, decorator.call);
    const FunctionId function = program_.functions.id(file, decorator.target);
    std::string_view name = context_.graph.called_name(call);
    const facts::Path& path = facts.paths[facts.calls[decorator.call].path];
    if (name.empty() && path.root_kind == RootKind::declaration)
      name = facts.string(facts.declarations[path.root].name);
    if (listening_.contains(name)) {
      if (Bus* bus = receiver(call); bus != nullptr) bus->decorated.emplace_back(call, function);
    }
    if (!decorators_.contains(name)) continue;
    for (Bus& bus : buses_) {
      const bool same = is_one_of(bus.library->decorators, name);
      if (same) bus.decorated.emplace_back(call, function);
    }
  }
}

void EventBuses::note_call(CallId call) {
  const std::string_view name = context_.graph.called_name(call);
  const bool sends = sending_.contains(name);
  if (!sends && !listening_.contains(name)) return;
  Bus* bus = receiver(call);
  if (bus != nullptr) (sends ? bus->sent : bus->heard).push_back(call);
}

void EventBuses::find_uses() {
  for (FileId file = 0; file < program_.files().size(); ++file) {
    if (program_.file(file).role != source::Role::production) continue;
    const facts::FileFacts& facts = program_.facts(file);
    note_decorators(file);
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      if (facts.calls[i].flags & (facts::call_flag::decorator | facts::call_flag::construct)) continue;
      if (facts.functions[facts.calls[i].function].flags & facts::function_flag::test) continue;
      note_call(program_.calls.id(file, i));
    }
  }
}

}  // namespace detoy::analysis

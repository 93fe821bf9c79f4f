#include "analysis/state.h"

#include "analysis/type_text.h"

namespace detoy::analysis {

using facts::DeclarationKind;
using facts::RootKind;
using facts::ValueKind;

States::States(const CallGraph& graph, const catalog::Catalog& catalog, const ServingLoops& loops)
    : graph_(graph), symbols_(graph.symbols()), program_(graph.program()), catalog_(catalog), loops_(loops) {
  const auto learn = [&](const char* list, Shape shape) {
    for (const std::string& name : catalog.words(list)) shapes_.emplace(name, shape);
  };
  learn("map_types", Shape::map);
  learn("set_types", Shape::set);
  learn("queue_types", Shape::queue);
  learn("list_types", Shape::list);
  learn("counter_types", Shape::counter);
  learn("flag_types", Shape::flag);
  learn("text_types", Shape::text);
  learn("timestamp_types", Shape::time);
  const auto fill = [&](const char* list, std::unordered_set<std::string_view>& words) {
    for (const std::string& name : catalog.words(list)) words.insert(name);
  };
  fill("adding_methods", adding_);
  fill("removing_methods", taking_);
  fill("transparent_methods", transparent_);
  fill("cursor_members", cursors_);
  fill("interior_mutability_types", interior_);
  fill("calling_methods", calling_);
  fill("adding_functions", adding_functions_);
  fill("swapped_types", swapped_);
  fill("swapping_methods", swapping_);
  fill("attaching_members", attaching_);
  fill("global_objects", attaching_);
  fill("global_objects", globals_);
  fill("application_names", applications_);
  find_candidates();
  records_ = GuardedRecords(symbols_, catalog_, [&](DeclarationId id) {
    const State* state = of(id);
    return state != nullptr && is_collection_shape(state->shape);
  });
  find_accessors();
  link_parameters();
  link_collections();
  for (FileId file = 0; file < program_.files().size(); ++file) {
    if (program_.file(file).role != source::Role::production) continue;
    note_calls(file);
    note_assignments(file);
    note_reads(file);
  }
  settle_class_attributes();
  for (State& state : states_) {
    std::stable_sort(state.operations.begin(), state.operations.end(), [](const Operation& a, const Operation& b) {
      return a.file != b.file ? a.file < b.file : a.line < b.line;
    });
  }
}

const State* States::of(DeclarationId declaration) const {
  return index_[declaration] == 0 ? nullptr : &states_[index_[declaration] - 1];
}
State* States::find(DeclarationId declaration) {
  return index_[declaration] == 0 ? nullptr : &states_[index_[declaration] - 1];
}

void States::find_candidates() {
  index_.assign(program_.declarations.size(), 0);
  find_attached();
  find_guarded();
  for (FileId file = 0; file < program_.files().size(); ++file) {
    if (program_.file(file).role != source::Role::production) continue;
    const facts::FileFacts& facts = program_.facts(file);
    for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
      const facts::Declaration& declaration = facts.declarations[i];
      if (declaration.flags & facts::declared::test) continue;
      State state;
      if (declaration.kind == DeclarationKind::field) {
        const facts::Type& type = facts.types[declaration.type];
        if (type.kind == facts::TypeKind::interface || type.kind == facts::TypeKind::enum_ || type.test) continue;
        state.scope = (declaration.flags & facts::declared::static_) ? State::Scope::static_ : State::Scope::field;
        state.type = symbols_.canonical(program_.types.id(file, declaration.type));
      } else if (declaration.kind == DeclarationKind::variable) {
        const bool looped = declaration.function != 0 && stands_before_loop(file, i);
        if (declaration.function != 0 && (declaration.flags & facts::declared::static_) != 0) {
          state.scope = State::Scope::static_;
        } else if (declaration.function == 0 || given_.contains(program_.declarations.id(file, i))) {
          state.scope = State::Scope::module;
        } else if ((!looped && (declaration.flags & facts::declared::captured) != 0) ||
                   guarded_.contains(program_.declarations.id(file, i))) {
          state.scope = State::Scope::local;
          state.function = program_.functions.id(file, declaration.function);
          state.guarded = guarded_.contains(program_.declarations.id(file, i));
        } else if (looped) {
          state.scope = State::Scope::local;
          state.function = program_.functions.id(file, declaration.function);
          state.looped = true;
          guarding_[program_.declarations.id(file, i)] = true;
          any_looped_ = true;
        } else {
          continue;
        }
        if (declaration.flags & facts::declared::loop_variable) continue;
      } else if (declaration.kind == DeclarationKind::attached) {
        if (!kept_by_framework(file, declaration)) continue;
        if (declaration.target != 0 && facts.declarations[declaration.target].kind == DeclarationKind::variable)
          continue;
        state.scope = State::Scope::module;
      } else {
        continue;
      }
      state.declaration = program_.declarations.id(file, i);
      state.shape = shape_of(state.declaration, &state.storage);
      states_.push_back(std::move(state));
      index_[states_.back().declaration] = static_cast<std::uint32_t>(states_.size());
    }
  }
}

namespace {

bool starts_empty(const facts::FileFacts& facts, const facts::Declaration& declaration) {
  return facts.values[declaration.initial].first_child == 0;
}

}  // namespace

// async def watch(): missing = {}; while True: .. missing[name] = ..: as long as the worker works.
bool States::stands_before_loop(FileId file, facts::Index index) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Declaration& declaration = facts.declarations[index];
  const facts::ValueKind kind = facts.values[declaration.initial].kind;
  const bool made = kind == ValueKind::object || kind == ValueKind::call || kind == ValueKind::construct;
  if (!made || program_.file(file).language == Language::rust) return false;
  const bool here = loops_.has(file) && !loops_.covers(file, declaration.branch) &&
                    loops_.in_function(facts, file, declaration.function);
  const bool handed = (facts.functions[declaration.function].flags & facts::function_flag::async) != 0;
  if (!here && !handed) return false;
  std::string_view storage;
  const Shape shape = shape_of_value(file, declaration.initial, &storage, 0);
  const bool table =
      shape == Shape::map || shape == Shape::set || (shape == Shape::record && starts_empty(facts, declaration));
  return table && (here || handed_to_loop(file, index));
}

// locks = {}; await consume(queue, locks): the function that gets it has the loop.
bool States::handed_to_loop(FileId file, facts::Index index) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Index home = facts.declarations[index].function;
  for (const CallId call : graph_.calls_in(program_.functions.id(file, home))) {
    const facts::Call& record = program_.call(call);
    bool given = false;
    for (facts::Index a = record.first_argument; a != 0 && !given; a = facts.values[a].next) {
      const facts::Path& path = facts.paths[facts.values[a].kind == ValueKind::path ? facts.values[a].ref : 0];
      given = path.root_kind == RootKind::declaration && path.root == index && path.steps == 0;
    }
    if (!given) continue;
    for (const FunctionId callee : graph_.callees(call)) {
      const Place place = program_.functions.place(callee);
      if (loops_.has(place.file) && loops_.in_function(program_.facts(place.file), place.file, place.index))
        return true;
    }
  }
  return false;
}

std::vector<States::Hit> States::trace(FileId file, const facts::Path& path, int depth) const {
  std::vector<Hit> hits;
  if (depth > 4) return hits;
  const facts::FileFacts& facts = program_.facts(file);
  if (path.root_kind == RootKind::declaration) {
    const facts::Declaration& root = facts.declarations[path.root];
    DeclarationId id = program_.declarations.id(file, path.root);
    if (root.kind == DeclarationKind::import) {
      const DeclarationId given = path.steps > 0 ? given_by(id) : DeclarationId{0};
      id = symbols_.imported_variable(id);
      if (id != 0 && index_[id] != 0) hits.push_back({id, 0, false});
      if (given != 0) hits.push_back({given, 1, false, true});
    } else if (index_[id] != 0) {
      hits.push_back({id, 0, false});
    } else if (root.kind == DeclarationKind::function && path.steps > 0) {
      const DeclarationId given = given_by(id);
      if (given != 0) hits.push_back({given, 1, false, true});
    } else if (root.kind == DeclarationKind::parameter) {
      const auto linked = linked_.find(id);
      if (linked != linked_.end()) hits.push_back({linked->second, 0, false});
    }
    // A local name for (a part of) something else.
    if (root.kind == DeclarationKind::variable && root.function != 0 && root.initial != 0) {
      const facts::Value& initial = facts.values[root.initial];
      facts::Index alias = 0;
      if (initial.kind == ValueKind::path) alias = initial.ref;
      if (initial.kind == ValueKind::call) alias = cloned(file, initial.ref);
      if (initial.kind == ValueKind::either && initial.first_child != 0) {
        const facts::Value& first = facts.values[initial.first_child];
        if (first.kind == ValueKind::path) alias = first.ref;
        if (first.kind == ValueKind::call) alias = facts.calls[first.ref].path;
      }
      if (alias != 0) {
        const facts::Path& origin = facts.paths[alias];
        for (Hit hit : trace(file, origin, depth + 1)) {
          bool element = hit.element;
          bool copies = false;
          for (std::uint32_t i = hit.steps; i < origin.steps; ++i) {
            const facts::Step& step = facts.steps[origin.first_step + i];
            if (step.index) element = true;
            if (step.call != 0 && !transparent_.contains(facts.string(step.name))) {
              element = true;
              // filter, map, slice, size and the like make something new; get-like methods hand out what is inside.
              // What a function of the program gives is its own: users.getUser(id) of an object of functions.
              const std::string_view name = facts.string(step.name);
              copies = copies || !graph_.callees(program_.calls.id(file, step.call)).empty() ||
                       !(name.starts_with("get") || name == "find" || name == "first" || name == "last" ||
                         name == "at" || name == "entry" || name == "values" || name == "iter" || name == "iter_mut" ||
                         name == "values_mut" || name == "items" || name == "pop" || name == "setdefault" ||
                         name == "or_insert_with" || name == "or_default" || name == "or_insert" || name == "entries" ||
                         name == "peek" || name == "back_mut" || name == "last_mut" || name == "first_mut");
            } else if (step.call == 0 && !step.index) {
              element = true;
            }
          }
          if (copies) continue;
          if (root.element != 0) {
            // const { items } = this: the field, not an element.
            const Object holder = symbols_.of_path(file, origin, origin.steps);
            if (holder.kind == Object::Kind::instance) {
              const DeclarationId field = symbols_.field(holder.type, program_.name(file, root.element));
              if (field != 0 && index_[field] != 0) {
                hits.push_back({field, 0, false});
                continue;
              }
            }
          }
          hits.push_back({hit.declaration, 0, element});
        }
        if (root.element != 0 && origin.root_kind == RootKind::self && origin.steps == 0) {
          const DeclarationId field = symbols_.field(symbols_.canonical(program_.types.id(file, origin.root)),
                                                     program_.name(file, root.element));
          if (field != 0 && index_[field] != 0) hits.push_back({field, 0, false});
        }
      }
    }
  }
  if (path.root_kind == RootKind::name && path.steps > 0) {
    const DeclarationId used = symbols_.glob_variable(file, program_.name(file, path.root));
    if (used != 0 && index_[used] != 0) hits.push_back({used, 0, false});
  }
  if (!attached_.empty()) trace_attached(file, path, hits);
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    const facts::Step& step = facts.steps[path.first_step + i];
    if (step.name == 0 || step.index) continue;
    const Object object = symbols_.of_path(file, path, i);
    if (object.kind != Object::Kind::instance && object.kind != Object::Kind::type) {
      if (!object && i > 0) break;
      if (object.kind == Object::Kind::module) {
        const DeclarationId variable = symbols_.exported_variable(object.module, program_.name(file, step.name));
        if (variable != 0 && index_[variable] != 0) hits.push_back({variable, i + 1, false});
      }
      continue;
    }
    const DeclarationId field = symbols_.field(object.type, program_.name(file, step.name));
    if (field != 0 && index_[field] != 0) hits.push_back({field, i + 1, false});
  }
  return hits;
}

// What changes a part of a record behind a lock changes the record.
void States::note(Operation operation, const Hit& hit) {
  State* state = find(hit.declaration);
  State* holder = find(records_.holder(hit.declaration));
  if (holder == nullptr || is_collection_shape(holder->shape)) {
    state->operations.push_back(operation);
    return;
  }
  operation.nested = true;
  if (operation.kind == Operation::Kind::replace) operation.kind = Operation::Kind::store;
  if (operation.mutates()) holder->shape = Shape::record;
  holder->operations.push_back(operation);
}

void States::note_calls(FileId file) {
  const facts::FileFacts& facts = program_.facts(file);
  for (facts::Index i = 1; i < facts.calls.size(); ++i) {
    const facts::Call& call = facts.calls[i];
    const FunctionId function = program_.functions.id(file, call.function);
    // Handed to a function that changes its argument: heapq.heappush(self.items, x), Object.assign(this.state, y).
    if (call.first_argument != 0 && facts.values[call.first_argument].kind == ValueKind::path) {
      const std::string_view name = graph_.called_name(program_.calls.id(file, i));
      std::string_view plain = name;
      const facts::Path& callee = facts.paths[call.path];
      if (plain.empty() && callee.root_kind == RootKind::declaration)
        plain = facts.string(facts.declarations[callee.root].name);
      if (adding_functions_.contains(plain)) {
        const facts::Path& argument = facts.paths[facts.values[call.first_argument].ref];
        const std::vector<Hit> hits = trace(file, argument);
        if (!hits.empty() && hits.back().steps == argument.steps) {
          State* state = find(hits.back().declaration);
          state->operations.push_back({.kind = plain.ends_with("pop") ? Operation::Kind::take : Operation::Kind::add,
                                       .function = function,
                                       .file = file,
                                       .line = call.line,
                                       .branch = call.branch,
                                       .call = program_.calls.id(file, i),
                                       .word = plain});
        }
      }
    }
    if (call.path == 0 || (call.flags & facts::call_flag::construct)) continue;
    const facts::Path& path = facts.paths[call.path];
    if (path.steps == 0) continue;
    if (path.root_kind == RootKind::declaration) {
      const facts::Declaration& root = facts.declarations[path.root];
      if (attached_.empty() && linked_.empty() && root.kind == DeclarationKind::parameter &&
          (root.flags & facts::declared::captured) == 0 && root.type_text == 0)
        continue;
    }
    const std::vector<Hit> hits = trace(file, path);
    if (hits.empty()) continue;
    const Hit& hit = hits.back();
    if (hit.given && hit.steps == path.steps) continue;  // only asks for it
    Operation operation{.function = function,
                        .file = file,
                        .line = call.line,
                        .branch = call.branch,
                        .call = program_.calls.id(file, i)};
    operation.nested = hit.element;
    const facts::Step& last = facts.steps[path.first_step + path.steps - 1];
    operation.word = facts.string(last.name);
    for (std::uint32_t k = hit.steps; k + 1 < path.steps; ++k) {
      const facts::Step& step = facts.steps[path.first_step + k];
      if (step.index || (step.call == 0 && step.name != 0) ||
          (step.call != 0 && !transparent_.contains(facts.string(step.name)))) {
        operation.nested = true;
      }
    }
    if (hit.steps == path.steps || (last.name == 0 && last.call != 0)) {
      operation.kind = Operation::Kind::call;  // the stored function itself is called
    } else if (adding_.contains(operation.word)) {
      operation.kind = Operation::Kind::add;
    } else if (taking_.contains(operation.word)) {
      operation.kind = Operation::Kind::take;
    } else if (operation.word.ends_with("_mut") && call.arguments + (operation.word.starts_with("get") ? 0u : 1u) > 0 &&
               operation.word != "borrow_mut" && operation.word != "as_mut" && operation.word != "deref_mut") {
      operation.kind = Operation::Kind::store;  // Rust asks for a mutable element only to change it
    } else {
      operation.kind = Operation::Kind::read;
    }
    // Methods of the repository's own types act on their own fields, which are states themselves.
    if (operation.mutates() && !graph_.callees(operation.call).empty() && !graph_.target(operation.call).guessed) {
      operation.kind = Operation::Kind::read;
    }
    // A durable client's set() changes what it stores, not the handle.
    if (operation.mutates() && graph_.target(operation.call).external.package != 0)
      operation.kind = Operation::Kind::read;
    if (swapping_.contains(operation.word) && call.first_argument != 0 && !operation.nested &&
        is_swapped(hit.declaration)) {
      operation.kind = Operation::Kind::replace;
      operation.value = call.first_argument;
    }
    note(operation, hit);
  }
}

// ArcSwap<Config>: a new one is put into its place.
bool States::is_swapped(DeclarationId declaration) const {
  const Place place = program_.declarations.place(declaration);
  const facts::FileFacts& facts = program_.facts(place.file);
  if (program_.file(place.file).language != Language::rust) return false;
  const auto names = type_names(facts.string(facts.declarations[place.index].type_text));
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return swapped_.contains(name); });
}

// Whether all steps of a Rust path from `first` on only open the locks and cells around what it names.
bool States::opens_only(FileId file, const facts::Path& path, std::uint32_t first) const {
  if (program_.file(file).language != Language::rust) return false;
  const facts::FileFacts& facts = program_.facts(file);
  for (std::uint32_t i = first; i < path.steps; ++i) {
    const facts::Step& step = facts.steps[path.first_step + i];
    if (step.call == 0 || !transparent_.contains(facts.string(step.name))) return false;
  }
  return true;
}

void States::note_assignments(FileId file) {
  const facts::FileFacts& facts = program_.facts(file);
  for (const facts::Assignment& assignment : facts.assignments) {
    const facts::Path& path = facts.paths[assignment.path];
    const std::vector<Hit> hits = trace(file, path);
    if (hits.empty()) continue;
    const Hit& hit = hits.back();
    if (path.steps > hit.steps && cursors_.contains(facts.string(facts.steps[path.first_step + path.steps - 1].name)))
      continue;
    // A local name that is given a new value leaves what it named alone.
    if (path.steps == 0 && path.root_kind == RootKind::declaration &&
        hit.declaration != program_.declarations.id(file, path.root) &&
        facts.declarations[path.root].kind != DeclarationKind::import &&
        program_.file(file).language != Language::rust) {
      continue;
    }
    Operation operation{.function = program_.functions.id(file, assignment.function),
                        .file = file,
                        .line = assignment.line,
                        .branch = assignment.branch,
                        .value = assignment.value};
    bool whole = hit.steps == path.steps && !hit.element;
    operation.nested = hit.element || path.steps > hit.steps + 1;
    operation.of_instance = whole && path.root_kind == RootKind::self &&
                            (facts.functions[assignment.function].flags & facts::function_flag::static_) == 0;
    // page.is_html = True, where page is an object and not its class
    if (whole && hit.steps > 0 && !operation.of_instance && path.root_kind != RootKind::self)
      operation.of_instance = symbols_.of_path(file, path, hit.steps - 1).kind == Object::Kind::instance;
    // *RATES.write().unwrap() = rates: what is behind the lock, as a whole.
    if (!hit.element && assignment.effect == facts::Effect::assign && opens_only(file, path, hit.steps)) {
      whole = true;
      operation.nested = false;
    }
    switch (assignment.effect) {
      case facts::Effect::assign:
        operation.kind = whole ? Operation::Kind::replace : Operation::Kind::store;
        operation.word = "=";
        break;
      case facts::Effect::augment:
        operation.kind = Operation::Kind::augment;
        operation.word = "+=";
        break;
      case facts::Effect::diminish:
        operation.kind = Operation::Kind::augment;
        operation.word = "-=";
        break;
      case facts::Effect::remove:
        operation.kind = Operation::Kind::take;
        operation.word = "delete";
        break;
    }
    note(operation, hit);
  }
}

// Python: an attribute of the class body that is written through an object is the object's own; the class body only
// gives it its first value. What is written through the class stays the class's.
void States::settle_class_attributes() {
  for (State& state : states_) {
    const Place place = program_.declarations.place(state.declaration);
    if (state.scope != State::Scope::static_ || program_.file(place.file).language != Language::python) continue;
    bool own = false;
    bool shared = false;
    for (const Operation& operation : state.operations) {
      if (operation.nested ||
          (operation.kind != Operation::Kind::replace && operation.kind != Operation::Kind::augment))
        continue;
      (operation.of_instance ? own : shared) = true;
    }
    if (!own || shared || program_.declaration(state.declaration).type == 0) continue;
    state.scope = State::Scope::field;
    state.type = symbols_.canonical(program_.types.id(place.file, program_.declaration(state.declaration).type));
  }
}

void States::note_reads(FileId file) {
  const facts::FileFacts& facts = program_.facts(file);
  for (const facts::Read& read : facts.reads) {
    const facts::Path& path = facts.paths[read.path];
    const std::vector<Hit> hits = trace(file, path);
    for (const Hit& hit : hits) {
      note({.kind = Operation::Kind::read,
            .function = program_.functions.id(file, read.function),
            .file = file,
            .line = read.line,
            .branch = read.branch,
            .condition = read.condition},
           hit);
    }
  }
}

}  // namespace detoy::analysis

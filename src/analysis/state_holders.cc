// State that is reached by other names than its own: members of the application, and locals that are handed to
// handlers.

#include <algorithm>

#include "analysis/state.h"
#include "analysis/type_text.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::DeclarationKind;
using facts::RootKind;
using facts::ValueKind;

// Members that code puts on the application, the global object or a function, by name. What a local variable holds is
// found under the variable.
void States::find_attached() {
  for (FileId file = 0; file < program_.files().size(); ++file) {
    if (program_.file(file).role != source::Role::production) continue;
    const facts::FileFacts& facts = program_.facts(file);
    for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
      const facts::Declaration& declaration = facts.declarations[i];
      if (declaration.kind != DeclarationKind::attached || !kept_by_framework(file, declaration)) continue;
      DeclarationId id = program_.declarations.id(file, i);
      if (declaration.target != 0 && facts.declarations[declaration.target].kind == DeclarationKind::variable) {
        id = program_.declarations.id(file, declaration.target);
        given_.insert(id);
      }
      attached_.emplace(program_.name(file, declaration.name),
                        Attached{id, program_.name(file, declaration.module), i});
    }
  }
}

bool States::kept_by_framework(FileId file, const facts::Declaration& declaration) const {
  const std::string_view holder = program_.facts(file).string(declaration.module);
  if (holder.empty()) return true;  // a function's own
  return attaching_.contains(holder);
}

// request.app.state.jobs, server.jobs, globalThis.jobs: by the member's name and what it stands on.
void States::trace_attached(FileId file, const facts::Path& path, std::vector<Hit>& hits) const {
  const facts::FileFacts& facts = program_.facts(file);
  const auto name_before = [&](std::uint32_t step) -> std::string_view {
    if (step > 0) return facts.string(facts.steps[path.first_step + step - 1].name);
    if (path.root_kind == RootKind::name) return facts.string(path.root);
    if (path.root_kind == RootKind::declaration) return facts.string(facts.declarations[path.root].name);
    return {};
  };
  // const kept = globalThis as Kept
  std::string_view global = path.root_kind == RootKind::name ? facts.string(path.root) : std::string_view();
  if (path.root_kind == RootKind::declaration) {
    const facts::Value& initial = facts.values[facts.declarations[path.root].initial];
    const facts::Path& alias = facts.paths[initial.kind == ValueKind::path ? initial.ref : 0];
    if (alias.root_kind == RootKind::name && alias.steps == 0) global = facts.string(alias.root);
  }
  for (std::uint32_t i = 0; i < path.steps && i < 5; ++i) {
    const facts::Step& step = facts.steps[path.first_step + i];
    if (step.call != 0 && i + 1 == path.steps) break;
    if (step.index || step.name == 0) break;
    const auto [first, last] = attached_.equal_range(program_.name(file, step.name));
    if (first == last) continue;
    const std::string_view before = name_before(i);
    const Attached* best = nullptr;
    int best_distance = 3;
    for (auto found = first; found != last; ++found) {
      const Attached& candidate = found->second;
      const Place home = program_.declarations.place(candidate.declaration);
      const facts::Declaration& record = program_.facts(home.file).declarations[candidate.index];
      bool fits = false;
      const std::string_view holder = program_.text(candidate.holder);
      if (holder.empty()) {
        fits = home.file == file && i == 0 && path.root_kind == RootKind::declaration && path.root == record.target;
      } else if (globals_.contains(holder)) {
        fits = i == 0 && globals_.contains(global);
      } else if (before == holder) {
        const std::string_view application = i == 0 ? std::string_view() : name_before(i - 1);
        fits = applications_.contains(application);
      } else if (holder == "decorate") {
        fits = applications_.contains(before);
      }
      if (!fits) continue;
      const bool same_package = program_.file(home.file).package == program_.file(file).package;
      const int distance = home.file == file ? 0 : same_package ? 1 : 2;
      if (distance < best_distance) {
        best = &candidate;
        best_distance = distance;
      }
    }
    if (best != nullptr && index_[best->declaration] != 0) hits.push_back({best->declaration, i + 1, false});
  }
}

// fn users() -> &'static Mutex<..> { USERS.get_or_init(..) }, function getStore() { return store }: what stands for a
// state that lives as long as the process.
void States::find_accessors() {
  const auto& passing = catalog_.words("accessor_methods");
  for (FileId file = 0; file < program_.files().size(); ++file) {
    if (program_.file(file).role != source::Role::production) continue;
    const facts::FileFacts& facts = program_.facts(file);
    for (const facts::Return& result : facts.returns) {
      if (result.value == 0 || result.function == 0) continue;
      const facts::Value& value = facts.values[result.value];
      facts::Index index = 0;
      if (value.kind == ValueKind::path) index = value.ref;
      if (value.kind == ValueKind::call) index = facts.calls[value.ref].path;
      if (index == 0) continue;
      const facts::Path& path = facts.paths[index];
      if (path.root_kind != RootKind::declaration) continue;
      const State* state = of(program_.declarations.id(file, path.root));
      if (state == nullptr || (state->scope != State::Scope::module && state->scope != State::Scope::static_)) continue;
      bool whole = true;
      for (std::uint32_t i = 0; i < path.steps; ++i) {
        const facts::Step& step = facts.steps[path.first_step + i];
        whole = whole && step.call != 0 && is_one_of(passing, facts.string(step.name));
      }
      if (whole) accessors_.emplace(program_.functions.id(file, result.function), state->declaration);
    }
  }
}

DeclarationId States::given_by(DeclarationId function) const {
  if (accessors_.empty()) return 0;
  const Object object = symbols_.of_declaration(function);
  if (object.kind != Object::Kind::function) return 0;
  const auto found = accessors_.find(object.function);
  return found == accessors_.end() ? 0 : found->second;
}

// The path of the first argument of Arc::clone(&x), or the path of the call itself.
facts::Index States::cloned(FileId file, facts::Index call) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Call& record = facts.calls[call];
  if (program_.file(file).language != Language::rust || record.arguments != 1) return record.path;
  const facts::Path& path = facts.paths[record.path];
  std::string_view root;
  if (path.root_kind == RootKind::name) root = facts.string(path.root);
  if (path.root_kind == RootKind::declaration) root = facts.string(facts.declarations[path.root].name);
  if (path.steps == 0 || !symbols_.is_wrapper(root)) return record.path;
  if (facts.string(facts.steps[path.first_step + path.steps - 1].name) != "clone") return record.path;
  const facts::Value& argument = facts.values[record.first_argument];
  return argument.kind == ValueKind::path ? argument.ref : record.path;
}

// Whether an expression makes a collection behind a lock: Arc::new(Mutex::new(HashMap::new())).
bool States::makes_guarded(FileId file, facts::Index index, bool inside, int depth) const {
  if (index == 0 || depth > 5) return false;
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& value = facts.values[index];
  if (value.kind != ValueKind::call) return false;
  const facts::Call& call = facts.calls[value.ref];
  const facts::Path& path = facts.paths[call.path];
  const auto look = [&](std::string_view name) {
    inside = inside || interior_.contains(name);
    return inside && is_collection_shape(shape_of_name(name));
  };
  if (path.root_kind == RootKind::name && look(facts.string(path.root))) return true;
  if (path.root_kind == RootKind::declaration && look(facts.string(facts.declarations[path.root].name))) return true;
  for (std::uint32_t i = 0; i < path.steps; ++i) {
    if (look(facts.string(facts.steps[path.first_step + i].name))) return true;
  }
  return makes_guarded(file, call.first_argument, inside, depth + 1);
}

bool States::is_collection_shape(Shape shape) {
  return shape == Shape::map || shape == Shape::set || shape == Shape::list || shape == Shape::queue;
}

// A collection behind a lock, by its type: Arc<Mutex<HashMap<..>>>
bool States::is_guarded_type(FileId file, facts::StringId type) const {
  if (type == 0) return false;
  const std::string_view text = symbols_.expanded(file, program_.facts(file).string(type));
  const auto names = type_names(text);
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return interior_.contains(name); }) &&
         is_collection_shape(shape_of_name(unwrap_type(text, catalog_.words("cell_types")).head));
}

// Rust: local variables that hold a collection behind a lock, as a program hands them to its handlers.
void States::find_guarded() {
  guarding_.resize(program_.declarations.size());
  for (FileId file = 0; file < program_.files().size(); ++file) {
    const SourceFile& source = program_.file(file);
    if (source.role != source::Role::production || source.language != Language::rust) continue;
    const facts::FileFacts& facts = program_.facts(file);
    for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
      const facts::Declaration& declaration = facts.declarations[i];
      if (declaration.flags & (facts::declared::static_ | facts::declared::test)) continue;
      if (declaration.kind == DeclarationKind::field && is_guarded_type(file, declaration.type_text))
        guarded_fields_.insert(program_.name(file, declaration.name));
      if (declaration.kind != DeclarationKind::variable || declaration.function == 0) continue;
      const bool guarded = makes_guarded(file, declaration.initial, false, 0);
      if (!guarded && !is_guarded_type(file, declaration.type_text)) continue;
      guarded_.insert(program_.declarations.id(file, i));
      guarding_[program_.declarations.id(file, i)] = true;
    }
  }
}

// What a guarded local is called where it is handed to: parameters of functions that are called with it, and what
// handlers take out of the application's state.
void States::link_parameters() {
  if (guarded_.empty() && guarded_fields_.empty() && !any_looped_) return;
  constexpr int rounds = 3;  // from main through a router's factory into a handler
  for (int round = 0; round < rounds; ++round) {
    bool grew = false;
    for (FileId file = 0; file < program_.files().size(); ++file) {
      if (program_.file(file).language != Language::rust && !any_looped_) continue;
      const facts::FileFacts& facts = program_.facts(file);
      for (facts::Index i = 1; i < facts.calls.size(); ++i) {
        if (facts.calls[i].arguments > 0) grew = link_arguments(file, i) || grew;
      }
    }
    if (!grew) break;
  }
  link_extractors();
  for (const auto& [parameter, variable] : linked_) {
    State* state = find(variable);
    if (state != nullptr) state->handed = true;
  }
}

DeclarationId States::guarded_root(FileId file, facts::Index value, int depth) const {
  if (value == 0 || depth > 3) return 0;
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& record = facts.values[value];
  facts::Index path = 0;
  if (record.kind == ValueKind::path) path = record.ref;
  if (record.kind == ValueKind::call) path = cloned(file, record.ref);
  if (path == 0) return 0;
  const facts::Path& found = facts.paths[path];
  if (found.root_kind != RootKind::declaration || found.steps > 1) return 0;
  if (found.steps == 1 && facts.string(facts.steps[found.first_step].name) != "clone") return 0;
  const DeclarationId id = program_.declarations.id(file, found.root);
  if (guarding_[id]) {
    const auto linked = linked_.find(id);
    return linked == linked_.end() ? id : linked->second;
  }
  const facts::Declaration& local = facts.declarations[found.root];
  return local.kind == DeclarationKind::variable && local.function != 0 ? guarded_root(file, local.initial, depth + 1)
                                                                        : 0;
}

// take(&self.buckets, key): the field behind a lock that an argument is.
DeclarationId States::guarded_field(FileId file, facts::Index value) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& record = facts.values[value];
  facts::Index path = 0;
  if (record.kind == ValueKind::path) path = record.ref;
  if (record.kind == ValueKind::call) path = cloned(file, record.ref);
  if (path == 0) return 0;
  const facts::Path& found = facts.paths[path];
  std::uint32_t steps = found.steps;
  if (steps > 1 && facts.string(facts.steps[found.first_step + steps - 1].name) == "clone") --steps;
  if (steps == 0) return 0;
  const facts::Step& last = facts.steps[found.first_step + steps - 1];
  if (last.call != 0 || last.index || !guarded_fields_.contains(program_.name(file, last.name))) return 0;
  for (const Hit& hit : trace(file, found)) {
    if (hit.steps == steps && !hit.element) return hit.declaration;
  }
  return 0;
}

bool States::link_arguments(FileId file, facts::Index index) {
  const facts::FileFacts& facts = program_.facts(file);
  const CallId call = program_.calls.id(file, index);
  bool grew = false;
  std::uint32_t position = 0;
  for (facts::Index a = facts.calls[index].first_argument; a != 0; a = facts.values[a].next, ++position) {
    DeclarationId variable = guarded_root(file, a, 0);
    const bool field = variable == 0;
    if (field) variable = guarded_field(file, a);
    if (variable == 0) continue;
    for (const FunctionId callee : graph_.callees(call)) {
      const Place place = program_.functions.place(callee);
      const facts::FileFacts& home = program_.facts(place.file);
      const facts::Function& function = home.functions[place.index];
      const bool method =
          function.parameters > 0 && home.string(home.declarations[function.first_parameter].name) == "self";
      const std::uint32_t at = position + (method ? 1 : 0);
      if (at >= function.parameters) continue;
      const DeclarationId parameter = program_.declarations.id(place.file, function.first_parameter + at);
      // What helps with several fields changes none that could be named.
      if (field && ambiguous_.contains(parameter)) continue;
      const auto [known, added] = linked_.emplace(parameter, variable);
      if (!added) {
        if (!field || known->second == variable) continue;
        linked_.erase(known);
        ambiguous_.insert(parameter);
        guarding_[parameter] = false;
        continue;
      }
      guarding_[parameter] = true;
      grew = true;
    }
  }
  return grew;
}

// async fn add(State(orders): State<Orders>): by its type, or because there is only one such state in the package.
void States::link_extractors() {
  const auto& extractors = catalog_.words("state_extractors");
  std::unordered_set<std::uint32_t> packages;
  for (const DeclarationId variable : guarded_) {
    packages.insert(program_.file(program_.declarations.place(variable).file).package);
  }
  for (FileId file = 0; file < program_.files().size(); ++file) {
    if (program_.file(file).language != Language::rust || !packages.contains(program_.file(file).package)) continue;
    const facts::FileFacts& facts = program_.facts(file);
    for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
      const facts::Declaration& parameter = facts.declarations[i];
      if (parameter.kind != DeclarationKind::parameter || parameter.type_text == 0) continue;
      if (linked_.contains(program_.declarations.id(file, i))) continue;
      const std::string_view text = facts.string(parameter.type_text);
      const TypeText outer = read_type(text);
      const bool extractor = is_one_of(extractors, outer.head) && !outer.arguments.empty();
      const std::string_view inner = extractor ? outer.arguments.front() : text;
      const TypeText content = unwrap_type(symbols_.expanded(file, inner), catalog_.words("cell_types"));
      const bool collection = is_collection_shape(shape_of_name(content.head));
      if (!collection && symbols_.type_named(file, content.head) != 0) continue;  // a struct: its fields are the states
      DeclarationId only = 0;
      std::size_t fitting = 0;
      for (const DeclarationId variable : guarded_) {
        const Place place = program_.declarations.place(variable);
        if (program_.file(place.file).package != program_.file(file).package) continue;
        const std::string_view declared = program_.facts(place.file).string(program_.declaration(variable).type_text);
        if (!declared.empty() && declared == inner) {
          only = variable;
          fitting = 1;
          break;
        }
        if (!extractor || (collection && !declared.empty())) continue;
        const State* state = of(variable);
        if (state == nullptr || (collection && state->shape != shape_of_name(content.head))) continue;
        only = variable;
        ++fitting;
      }
      if (fitting == 1) linked_.emplace(program_.declarations.id(file, i), only);
    }
  }
}

// add(carts, user, item): the collection of a module or object that an argument is, as a whole.
DeclarationId States::collection_given(FileId file, facts::Index value) const {
  const facts::FileFacts& facts = program_.facts(file);
  if (facts.values[value].kind != ValueKind::path) return 0;
  const facts::Path& path = facts.paths[facts.values[value].ref];
  const bool named = path.root_kind == RootKind::declaration && path.steps == 0;
  if (!named && (path.root_kind != RootKind::self || path.steps != 1)) return 0;
  for (const Hit& hit : trace(file, path)) {
    if (hit.steps != path.steps || hit.element) continue;
    const State* state = of(hit.declaration);
    if (state != nullptr && is_collection_shape(state->shape) && state->scope != State::Scope::local)
      return hit.declaration;
  }
  return 0;
}

// What a helper does to its parameter is done to the collection that it is given, if that is always the same one.
void States::link_collections() {
  for (FileId file = 0; file < program_.files().size(); ++file) {
    if (program_.file(file).language == Language::rust || program_.file(file).role != source::Role::production)
      continue;
    const facts::FileFacts& facts = program_.facts(file);
    for (facts::Index i = 1; i < facts.calls.size(); ++i) {
      const CallId call = program_.calls.id(file, i);
      const auto callees = graph_.callees(call);
      if (callees.size() != 1 || graph_.target(call).guessed) continue;
      const Place place = program_.functions.place(callees.front());
      const facts::FileFacts& home = program_.facts(place.file);
      const facts::Function& function = home.functions[place.index];
      std::uint32_t position = 0;
      for (facts::Index a = facts.calls[i].first_argument; a != 0; a = facts.values[a].next, ++position) {
        if (position >= function.parameters) break;
        const DeclarationId given = collection_given(file, a);
        if (given == 0) continue;
        const DeclarationId parameter = program_.declarations.id(place.file, function.first_parameter + position);
        if (ambiguous_.contains(parameter)) continue;
        const auto [known, added] = linked_.emplace(parameter, given);
        if (added || known->second == given) continue;
        linked_.erase(known);
        ambiguous_.insert(parameter);
      }
    }
  }
}

}  // namespace detoy::analysis

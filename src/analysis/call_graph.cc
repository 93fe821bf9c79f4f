#include "analysis/call_graph.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace detoy::analysis {

using facts::DeclarationKind;
using facts::RootKind;
using facts::ValueKind;

void CallGraph::Lists::finish() {
  if (starts_.empty()) return;
  // Keys are dense: count, lay out, fill. Only the short lists are sorted.
  std::vector<std::uint32_t> ends(starts_.size(), 0);
  for (const auto& [key, value] : pairs_) ++ends[key + 1];
  for (std::size_t key = 1; key < ends.size(); ++key) ends[key] += ends[key - 1];
  std::vector<std::uint32_t> filled(pairs_.size());
  for (const auto& [key, value] : pairs_) filled[ends[key]++] = value;
  values_.reserve(filled.size());
  auto first = filled.begin();
  for (std::size_t key = 0; key + 1 < starts_.size(); ++key) {
    const auto last = filled.begin() + ends[key];
    starts_[key] = static_cast<std::uint32_t>(values_.size());
    if (!std::is_sorted(first, last)) std::sort(first, last);
    std::unique_copy(first, last, std::back_inserter(values_));
    first = last;
  }
  starts_.back() = static_cast<std::uint32_t>(values_.size());
  pairs_ = {};
}

CallGraph::CallGraph(const Symbols& symbols, const catalog::Catalog& catalog) : symbols_(symbols) {
  const Program& program = symbols.program();
  for (const std::string& word : catalog.words("common_methods")) {
    const NameId name = program.name(word);
    if (name >= common_methods_.size()) common_methods_.resize(name + 1);
    common_methods_[name] = true;
  }
  for (const std::string& name : catalog.words("running_functions")) running_.insert(name);
  for (const std::string& name : catalog.words("immediate_callbacks")) immediate_.insert(name);
  for (const std::string& name : catalog.words("immediate_packages")) immediate_packages_.insert(name);
  for (const std::string& name : catalog.words("deferring_functions")) deferring_.insert(name);
  targets_.resize(program.calls.size());
  handed_on_.resize(program.functions.size());
  callees_.resize(program.calls.size());
  functions_passed_.resize(program.calls.size());
  types_passed_.resize(program.calls.size());
  types_to_choose_.resize(program.calls.size());
  callers_.resize(program.functions.size());
  calls_in_.resize(program.functions.size());
  closures_.resize(program.functions.size());
  constructions_.resize(program.types.size());
  passed_in_.resize(program.types.size());
  for (FileId file = 0; file < program.files().size(); ++file) {
    const facts::FileFacts& facts = program.facts(file);
    for (facts::Index i = 1; i < facts.calls.size(); ++i) resolve(file, i);
    for (const facts::Return& result : facts.returns) note_handed_on(file, result.value, 0);
    for (const facts::Assignment& assignment : facts.assignments) note_handed_on(file, assignment.value, 0);
    for (facts::Index i = 1; i < facts.functions.size(); ++i) {
      // A function declared at the top level is entered when it is called, not when its file is loaded.
      if (facts.functions[i].parent == 0 && facts.functions[i].use == facts::ClosureUse::none) continue;
      closures_.add(program.functions.id(file, facts.functions[i].parent), program.functions.id(file, i));
    }
  }
  for (Lists* lists : {&callees_, &callers_, &calls_in_, &closures_, &functions_passed_, &types_passed_,
                       &types_to_choose_, &constructions_, &passed_in_}) {
    lists->finish();
  }
}

FunctionId CallGraph::function_of(CallId call) const {
  const Place place = program().calls.place(call);
  return program().functions.id(place.file, program().facts(place.file).calls[place.index].function);
}

std::string_view CallGraph::called_name(CallId call) const {
  const Place place = program().calls.place(call);
  const facts::FileFacts& facts = program().facts(place.file);
  const facts::Path& path = facts.paths[facts.calls[place.index].path];
  if (path.steps == 0) return {};
  return facts.string(facts.steps[path.first_step + path.steps - 1].name);
}

bool CallGraph::runs_at_once(FunctionId closure) const {
  const Place place = program().functions.place(closure);
  const facts::Function& function = program().facts(place.file).functions[place.index];
  if (function.use == facts::ClosureUse::immediate) return true;
  if (function.use != facts::ClosureUse::argument) return false;
  const CallId call = program().calls.id(place.file, function.use_call);
  const std::string_view name = called_name(call);
  if (immediate_.contains(name)) return true;
  const facts::FileFacts& facts = program().facts(place.file);
  const facts::Call& record = facts.calls[function.use_call];
  if (goes_through_now(call)) return true;
  // What is awaited has run when the function goes on.
  if (settles(closure)) {
    return (record.flags & (facts::call_flag::awaited | facts::call_flag::returned)) != 0;
  }
  const facts::Path& path = facts.paths[record.path];
  return (record.flags & facts::call_flag::construct) != 0 && path.root_kind == RootKind::name && path.steps == 0 &&
         facts.string(path.root) == "Promise";
}

// _.forIn(keys, (value, key) => ..): libraries of functions on collections, whatever the function is called.
bool CallGraph::goes_through_now(CallId call) const {
  const FileId file = program().calls.place(call).file;
  const facts::Path& path = program().facts(file).paths[program().call(call).path];
  if (path.root_kind != RootKind::declaration) return false;
  const Object object = symbols_.of_path(file, path, path.steps > 0 ? path.steps - 1 : 0);
  if (object.kind != Object::Kind::external || object.external.package == 0) return false;
  const std::string_view package = program().text(object.external.package);
  if (!immediate_packages_.contains(package.substr(0, package.find_first_of("/.")))) return false;
  // require("lodash/debounce") names the function as well.
  const auto last = [](std::string_view name) { return name.substr(name.find_last_of("/.") + 1); };
  return !deferring_.contains(last(package)) && !deferring_.contains(last(program().text(object.external.symbol))) &&
         !deferring_.contains(called_name(call));
}

bool CallGraph::settles(FunctionId closure) const {
  const Place place = program().functions.place(closure);
  const facts::Function& function = program().facts(place.file).functions[place.index];
  return function.use == facts::ClosureUse::argument &&
         goes_on_after(program().calls.id(place.file, function.use_call));
}

bool CallGraph::goes_on_after(CallId call) const {
  const std::string_view name = called_name(call);
  return name == "then" || name == "catch" || name == "finally";
}

void CallGraph::add_callee(CallId call, FunctionId function) {
  callees_.add(call, function);
  callers_.add(function, call);
}

void CallGraph::set_constructed(CallId call, TypeId type) {
  if (type == 0) return;
  const TypeId real = symbols_.canonical(type);
  // A type's own factories make it on behalf of whoever calls them.
  if (symbols_.owner(function_of(call)) == real &&
      program().file(program().calls.place(call).file).language == Language::rust) {
    return;
  }
  targets_[call].constructed = real;
  constructions_.add(real, call);
}

// In Rust a value that is no item's name and was not made of one is neither a function nor a type.
bool CallGraph::is_rust_data(FileId file, const facts::Path& path) const {
  if (program().file(file).language != Language::rust) return false;
  if (path.root_kind == RootKind::self || path.root_kind == RootKind::value) return true;
  if (path.root_kind != RootKind::declaration) return false;
  const facts::FileFacts& facts = program().facts(file);
  const facts::Declaration& root = facts.declarations[path.root];
  if (root.kind == DeclarationKind::parameter) return true;
  if (root.kind != DeclarationKind::variable || root.function == 0) return false;
  const ValueKind made_of = facts.values[root.initial].kind;
  return path.steps > 0 ||
         (made_of != ValueKind::function && made_of != ValueKind::path && made_of != ValueKind::either);
}

void CallGraph::note_passed(FileId file, CallId call, facts::Index index, int depth) {
  const facts::FileFacts& facts = program().facts(file);
  const facts::Value& value = facts.values[index];
  switch (value.kind) {
    case ValueKind::path: {
      const facts::Path& path = facts.paths[value.ref];
      if (is_rust_data(file, path)) break;
      const Object object = symbols_.of_path(file, path, path.steps);
      if (object.kind == Object::Kind::function) {
        functions_passed_.add(call, object.function);
        handed_on_[object.function] = true;
      }
      if (object.kind == Object::Kind::type) {
        types_passed_.add(call, object.type);
        passed_in_.add(object.type, call);
      }
      if (path.steps == 0 && path.root_kind == RootKind::declaration && depth <= 6)
        note_listed(program().declarations.id(file, path.root), call, depth);
      break;
    }
    case ValueKind::call: {  // register(require("./routes")), every(this.save.bind(this)), submit(partial(work, order))
      const facts::Path& path = facts.paths[facts.calls[value.ref].path];
      if (const FunctionId bound = bound_function(file, value.ref); bound != 0) {
        functions_passed_.add(call, bound);
        handed_on_[bound] = true;
      }
      if (path.root_kind != RootKind::name || facts.string(path.root) != "require") break;
      const Object object = symbols_.of_path(file, path, path.steps);
      if (object.kind == Object::Kind::function) {
        functions_passed_.add(call, object.function);
        handed_on_[object.function] = true;
      }
      break;
    }
    case ValueKind::object:
    case ValueKind::array:
    case ValueKind::either:
    case ValueKind::unknown:
      if (depth > 6) break;
      for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
        note_passed(file, call, child, depth + 1);
      }
      break;
    default:
      break;
  }
}

FunctionId CallGraph::bound_function(FileId file, facts::Index inner) const {
  const facts::FileFacts& facts = program().facts(file);
  const facts::Path& path = facts.paths[facts.calls[inner].path];
  const auto function_of = [&](const facts::Path& named, std::uint32_t steps) -> FunctionId {
    const Object object = symbols_.of_path(file, named, steps);
    return object.kind == Object::Kind::function ? object.function : 0;
  };
  if (called_name(program().calls.id(file, inner)) == "bind" && path.steps > 1)
    return function_of(path, path.steps - 1);
  const Object callee = symbols_.of_path(file, path, path.steps);
  if (callee.kind != Object::Kind::external || program().text(callee.external.package) != "functools" ||
      program().text(callee.external.symbol) != "partial")
    return 0;
  const facts::Value& first = facts.values[facts.calls[inner].first_argument];
  if (first.kind != ValueKind::path) return 0;
  return function_of(facts.paths[first.ref], facts.paths[first.ref].steps);
}

// const SERVICES = [Mailer, Billing]: a list of classes that a decorator is given by its name.
void CallGraph::note_listed(DeclarationId list, CallId call, int depth) {
  if ((program().call(call).flags & facts::call_flag::decorator) == 0) return;
  if (program().declaration(list).kind == facts::DeclarationKind::import) list = symbols_.imported_variable(list);
  if (list == 0) return;
  const facts::Declaration& variable = program().declaration(list);
  if (variable.kind != facts::DeclarationKind::variable || variable.function != 0 || variable.initial == 0) return;
  const Place place = program().declarations.place(list);
  const ValueKind kind = program().facts(place.file).values[variable.initial].kind;
  if (kind == ValueKind::array || kind == ValueKind::object) note_passed(place.file, call, variable.initial, depth + 1);
}

void CallGraph::note_handed_on(FileId file, facts::Index index, int depth) {
  if (index == 0 || depth > 4) return;
  const facts::FileFacts& facts = program().facts(file);
  const facts::Value& value = facts.values[index];
  if (value.kind == ValueKind::function) handed_on_[program().functions.id(file, value.ref)] = true;
  if (value.kind == ValueKind::path) {
    const facts::Path& path = facts.paths[value.ref];
    const Object object = symbols_.of_path(file, path, path.steps);
    if (object.kind == Object::Kind::function) handed_on_[object.function] = true;
  }
  for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
    note_handed_on(file, child, depth + 1);
  }
}

void CallGraph::resolve(FileId file, facts::Index index) {
  const facts::FileFacts& facts = program().facts(file);
  const facts::Call& call = facts.calls[index];
  const CallId id = program().calls.id(file, index);
  calls_in_.add(program().functions.id(file, call.function), id);
  for (facts::Index argument = call.first_argument; argument != 0; argument = facts.values[argument].next) {
    note_passed(file, id, argument, 0);
  }
  if (call.path == 0) return;
  if (call.first_argument != 0 && program().file(file).language == Language::python &&
      running_.contains(called_name(id))) {
    resolve_run(file, call, id);
    if (targets_[id].runs != 0) return;
  }
  const facts::Path& path = facts.paths[call.path];
  if (call.flags & facts::call_flag::construct) {
    const Object object = symbols_.of_path(file, path, path.steps);
    if (object.kind == Object::Kind::type || object.kind == Object::Kind::instance) {
      set_constructed(id, object.type);
      const FunctionId constructor = symbols_.constructor(object.type);
      if (constructor != 0) add_callee(id, constructor);
      if (program().file(file).language == Language::rust) construct_defaults(file, call, object.type);
    } else if (object.kind == Object::Kind::external) {
      targets_[id].external = object.external;
    } else {
      resolve_choice(file, call.path, path.steps, id, 0);
    }
    return;
  }
  if (call.flags & facts::call_flag::without_call) {
    const Object object = symbols_.of_path(file, path, path.steps);
    if (object.kind == Object::Kind::external) targets_[id].external = object.external;
    if (object.kind == Object::Kind::function) add_callee(id, object.function);
    return;
  }
  if (path.steps == 0) return;
  const facts::Step& last = facts.steps[path.first_step + path.steps - 1];
  if (last.name != 0) return resolve_member(file, call, path, id);
  const Object object = symbols_.of_path(file, path, path.steps - 1);
  switch (object.kind) {
    case Object::Kind::function:
      add_callee(id, object.function);
      break;
    case Object::Kind::external:
      targets_[id].external = object.external;
      break;
    case Object::Kind::type: {
      set_constructed(id, object.type);
      const FunctionId constructor = symbols_.constructor(object.type);
      if (constructor != 0) add_callee(id, constructor);
      break;
    }
    default:
      resolve_choice(file, call.path, path.steps - 1, id, 0);
      break;
  }
}

// await asyncio.to_thread(client.set, key, value): what is called is the argument.
void CallGraph::resolve_run(FileId file, const facts::Call& call, CallId id) {
  const facts::FileFacts& facts = program().facts(file);
  facts::Index argument = call.first_argument;
  if (called_name(id) == "run_in_executor") argument = facts.values[argument].next;
  if (argument == 0 || facts.values[argument].kind != ValueKind::path) return;
  const facts::Path& path = facts.paths[facts.values[argument].ref];
  const Object object = symbols_.of_path(file, path, path.steps);
  if (object.kind == Object::Kind::function) add_callee(id, object.function);
  if ((call.flags & facts::call_flag::awaited) == 0) return;
  if (object.kind != Object::Kind::function && object.kind != Object::Kind::external) return;
  if (object.kind == Object::Kind::external) targets_[id].external = object.external;
  targets_[id].runs = argument;
}

// One of the classes or functions that a literal lists is called: STORES[name](), STORES.get(name)().
bool CallGraph::resolve_choice(FileId file, facts::Index index, std::uint32_t steps, CallId id, int depth) {
  const facts::FileFacts& facts = program().facts(file);
  const facts::Path& path = facts.paths[index];
  if (steps == 0) {
    // Through a variable: Store = STORES[name]
    if (path.root_kind != RootKind::declaration || depth > 2) return false;
    const facts::Value& chosen = facts.values[facts.declarations[path.root].initial];
    const facts::Index from = chosen.kind == ValueKind::path   ? chosen.ref
                              : chosen.kind == ValueKind::call ? facts.calls[chosen.ref].path
                                                               : 0;
    return from != 0 && resolve_choice(file, from, facts.paths[from].steps, id, depth + 1);
  }
  const facts::Step& last = facts.steps[path.first_step + steps - 1];
  const bool asked = last.call != 0 && facts.string(last.name) == "get";
  const facts::Index key = last.index ? last.key : asked ? facts.calls[last.call].first_argument : 0;
  if (key == 0) return false;
  const Object listed = symbols_.of_path(file, path, steps - 1);
  if (listed.kind != Object::Kind::collection || listed.literal == 0) return false;
  targets_[id].choice = key;
  const facts::FileFacts& home = program().facts(listed.written_in);
  for (facts::Index child = home.values[listed.literal].first_child; child != 0; child = home.values[child].next) {
    choose(listed.written_in, child, id);
  }
  return true;
}

void CallGraph::choose(FileId file, facts::Index index, CallId id) {
  const facts::FileFacts& facts = program().facts(file);
  const facts::Value& value = facts.values[index];
  if (value.kind == ValueKind::function) add_callee(id, program().functions.id(file, value.ref));
  if (value.kind != ValueKind::path) return;
  const facts::Path& path = facts.paths[value.ref];
  const Object object = symbols_.of_path(file, path, path.steps);
  if (object.kind == Object::Kind::function) add_callee(id, object.function);
  if (object.kind != Object::Kind::type) return;
  set_constructed(id, object.type);
  types_to_choose_.add(id, symbols_.canonical(object.type));
  const FunctionId constructor = symbols_.constructor(object.type);
  if (constructor != 0) add_callee(id, constructor);
}

// #[derive(Default)] makes an object of each field's type as well.
void CallGraph::construct_fields(CallId call, TypeId type, int depth) {
  for (const DeclarationId field : symbols_.fields(symbols_.canonical(type))) construct_field(call, field, depth);
}

void CallGraph::construct_field(CallId call, DeclarationId field, int depth) {
  constexpr int depth_limit = 4;
  const Place place = program().declarations.place(field);
  const facts::FileFacts& facts = program().facts(place.file);
  const Object object = symbols_.of_declaration(field);
  if (depth > depth_limit || object.kind != Object::Kind::instance || object.type == 0) return;
  if (facts.string(facts.declarations[place.index].type_text).starts_with("Option")) return;  // none of it
  const TypeId made = symbols_.canonical(object.type);
  constructions_.add(made, call);
  types_to_choose_.add(call, made);
  const FunctionId own = symbols_.method(made, program().name("default"));
  if (own != 0) {
    add_callee(call, own);
  } else {
    construct_fields(call, made, depth + 1);
  }
}

// Pool { limits: Default::default() }: the field says of what.
void CallGraph::construct_defaults(FileId file, const facts::Call& literal, TypeId type) {
  const facts::FileFacts& facts = program().facts(file);
  for (facts::Index a = literal.first_argument; a != 0; a = facts.values[a].next) {
    for (facts::Index pair = facts.values[a].first_child; pair != 0; pair = facts.values[pair].next) {
      if (facts.values[pair].kind != ValueKind::call || facts.values[pair].key == 0) continue;
      const facts::Path& path = facts.paths[facts.calls[facts.values[pair].ref].path];
      if (path.root_kind != RootKind::name || facts.string(path.root) != "Default") continue;
      const DeclarationId field =
          symbols_.field(symbols_.canonical(type), program().name(file, facts.values[pair].key));
      if (field != 0) construct_field(program().calls.id(file, facts.values[pair].ref), field, 0);
    }
  }
}

void CallGraph::resolve_member(FileId file, const facts::Call& call, const facts::Path& path, CallId id) {
  const facts::FileFacts& facts = program().facts(file);
  const facts::Step& last = facts.steps[path.first_step + path.steps - 1];
  const NameId name = program().name(file, last.name);
  const Object receiver = symbols_.of_path(file, path, path.steps - 1);
  switch (receiver.kind) {
    case Object::Kind::instance: {
      const DeclarationId field = symbols_.field(receiver.type, name);
      if (field != 0) {
        const Object value = symbols_.of_declaration(field);
        if (value.kind == Object::Kind::function) add_callee(id, value.function);
      }
      const std::vector<FunctionId> methods = symbols_.overrides(receiver.type, name);
      for (const FunctionId method : methods) add_callee(id, method);
      if (methods.empty() && field == 0) {
        for (const External& base : symbols_.external_bases(receiver.type)) {
          targets_[id].external = {base.package, program().joined(base.symbol, name)};
          break;
        }
      }
      return;
    }
    case Object::Kind::type: {
      const FunctionId method = symbols_.method(receiver.type, name);
      if (method != 0) {
        add_callee(id, method);
        if (program().file(file).language == Language::rust) {
          const Object result = symbols_.returned(method);
          const bool own = result.kind == Object::Kind::instance && result.type == receiver.type;
          if (own || !result) set_constructed(id, receiver.type);
        }
      } else if (program().file(file).language == Language::rust) {
        set_constructed(id, receiver.type);  // derived: Default, Clone
        if (program().text(name) == "default") construct_fields(id, receiver.type, 0);
      }
      return;
    }
    case Object::Kind::module: {
      const Object object = symbols_.exported(receiver.module, name);
      if (object.kind == Object::Kind::function) add_callee(id, object.function);
      if (object.kind == Object::Kind::external) targets_[id].external = object.external;
      if (object.kind == Object::Kind::type) {
        set_constructed(id, object.type);
        const FunctionId constructor = symbols_.constructor(object.type);
        if (constructor != 0) add_callee(id, constructor);
      }
      return;
    }
    case Object::Kind::external: {
      const NameId symbol = receiver.external.symbol;
      targets_[id].external = {receiver.external.package, symbol == 0 ? name : program().joined(symbol, name)};
      return;
    }
    case Object::Kind::collection: {
      const Object member = symbols_.literal_member(receiver, name);
      if (member.kind == Object::Kind::function) add_callee(id, member.function);
      return;
    }
    case Object::Kind::unknown:
      break;
    default:
      return;
  }
  // Rust: a path that names a function of a module in full.
  if (path.root_kind == RootKind::name && program().file(file).language == Language::rust) {
    const Object object = symbols_.of_path(file, path, path.steps);
    if (object.kind == Object::Kind::external) targets_[id].external = object.external;
    if (object.kind == Object::Kind::instance) set_constructed(id, object.type);
  }
  // Nothing is known of the receiver: a rare method name still tells.
  if (name < common_methods_.size() && common_methods_[name]) return;
  constexpr std::size_t most = 4;
  std::array<FunctionId, most> likely{};
  std::size_t count = 0;
  for (const FunctionId candidate : symbols_.methods_named(name)) {
    const SourceFile& home = program().file(program().functions.place(candidate).file);
    if (home.role != source::Role::production || !same_family(home.language, program().file(file).language)) continue;
    if (program().function(candidate).flags & facts::function_flag::abstract) continue;
    if (count == most) return;
    likely[count++] = candidate;
  }
  targets_[id].guessed = count > 0;
  for (std::size_t i = 0; i < count; ++i) add_callee(id, likely[i]);
  static_cast<void>(call);
}

}  // namespace detoy::analysis

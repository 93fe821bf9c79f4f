#include "analysis/symbols.h"

#include <algorithm>

#include "analysis/type_text.h"

namespace detoy::analysis {

using facts::DeclarationKind;
using facts::RootKind;
using facts::ValueKind;

namespace {

constexpr std::uint8_t in_progress = 1;
constexpr std::uint8_t known = 2;

}  // namespace

Object Symbols::imported(DeclarationId id) const {
  const Place place = program_.declarations.place(id);
  const facts::Declaration& import = program_.facts(place.file).declarations[place.index];
  std::string_view module = program_.text(place.file, import.module);
  const std::string_view name = program_.text(place.file, import.imported);
  // Python's `import shop.orders` names shop.
  if (name.empty() && program_.file(place.file).language == Language::python) {
    const std::string_view first = module.substr(0, module.find('.'));
    if (first == program_.text(place.file, import.name)) module = first;
  }
  const FileId target = modules_.resolve(place.file, module);
  if (target == no_file) {
    const FileId sub = name.empty() ? no_file : modules_.submodule(place.file, module, name);
    if (sub != no_file) return {.kind = Object::Kind::module, .module = sub};
    if (program_.file(place.file).language == Language::rust &&
        (module.starts_with("crate") || module.starts_with("super"))) {
      const TypeId type = type_named(place.file, name.empty() ? program_.text(place.file, import.name) : name);
      if (type != 0) return {.kind = Object::Kind::type, .type = type};
    }
    Object outside{.kind = Object::Kind::external};
    outside.external.package = program_.name(std::string(module));
    outside.external.symbol = name == "*" ? 0 : program_.name(place.file, import.imported);
    return outside;
  }
  if (name == "*" && program_.file(place.file).language != Language::python) return whole_module(target);
  if (name.empty() || name == "*") return {.kind = Object::Kind::module, .module = target};
  Object found = exported(target, program_.name(place.file, import.imported));
  if (found) return found;
  const FileId sub = modules_.submodule(place.file, module, name);
  if (sub != no_file) return {.kind = Object::Kind::module, .module = sub};
  const TypeId type = type_named(target, name);
  if (type != 0 && program_.file(place.file).language == Language::rust)
    return {.kind = Object::Kind::type, .type = type};
  if (program_.file(place.file).language == Language::rust) {
    const FileId inner = modules_.resolve(place.file, std::string(module) + "::" + std::string(name));
    if (inner != no_file && inner != target) return {.kind = Object::Kind::module, .module = inner};
  }
  return {};
}

// `const x = require('./y')` may be the module itself or what it exports as a whole.
Object Symbols::whole_module(FileId module) const {
  const Object whole = exported(module, program_.name("default"));
  const bool only_default = whole && whole.kind != Object::Kind::collection;
  if (only_default && program_.file(module).language == Language::javascript) return whole;
  return {.kind = Object::Kind::module, .module = module};
}

Object Symbols::exported(FileId file, NameId name, int depth) const {
  if (depth > 6) return {};
  for (const Offer& offer : offers_[file]) {
    if (offer.name != name) continue;
    const facts::Export& entry = *offer.entry;
    if (entry.module != 0) {
      if (offer.target == no_file) {
        Object outside{.kind = Object::Kind::external};
        outside.external.package = program_.name(file, entry.module);
        outside.external.symbol = program_.name(file, entry.local);
        return outside;
      }
      if (program_.text(file, entry.local) == "*") return {.kind = Object::Kind::module, .module = offer.target};
      return exported(offer.target, program_.name(file, entry.local), depth + 1);
    }
    if (entry.value != 0) {
      const Object value = of_value(file, entry.value);
      if (value) return value;
    }
    if (entry.local != 0) {
      const DeclarationId* local = top_level_[file].find(program_.name(file, entry.local));
      if (local != nullptr) return of_declaration(*local);
    }
  }
  const DeclarationId* local = top_level_[file].find(name);
  if (local != nullptr) {
    const Object object = of_declaration(*local);
    if (object) return object;
  }
  for (const Offer& offer : offers_[file]) {
    if (!offer.all || offer.target == no_file || offer.target == file) continue;
    const Object object = exported(offer.target, name, depth + 1);
    if (object) return object;
  }
  // Python hands on what it took: from shop.orders import *
  if (program_.file(file).language != Language::python) return {};
  for (const FileId module : globs_[file]) {
    const Object object = exported(module, name, depth + 1);
    if (object) return object;
  }
  return {};
}

DeclarationId Symbols::imported_variable(DeclarationId id) const {
  const DeclarationId* known_variable = imported_variables_.find(id);
  if (known_variable != nullptr) return *known_variable;
  const Place place = program_.declarations.place(id);
  const facts::Declaration& import = program_.facts(place.file).declarations[place.index];
  DeclarationId found = 0;
  if (import.imported != 0) {
    const FileId target = modules_.resolve(place.file, program_.text(place.file, import.module));
    if (target != no_file) found = exported_variable(target, program_.name(place.file, import.imported));
  }
  imported_variables_.insert(id, found);
  return found;
}

DeclarationId Symbols::exported_variable(FileId file, NameId name) const {
  const std::uint64_t key = (static_cast<std::uint64_t>(file) << 32) | name;
  const DeclarationId* known_variable = exported_variables_.find(key);
  if (known_variable != nullptr) return *known_variable;
  const DeclarationId found = find_exported_variable(file, name, 0);
  exported_variables_.insert(key, found);
  return found;
}

DeclarationId Symbols::find_exported_variable(FileId file, NameId name, int depth) const {
  if (depth > 6) return 0;
  const facts::FileFacts& facts = program_.facts(file);
  NameId local = name;
  for (const Offer& offer : offers_[file]) {
    if (!offer.all && offer.name != name) continue;
    const facts::Export& entry = *offer.entry;
    if (entry.module != 0) {
      if (offer.target == no_file || offer.target == file) continue;
      const DeclarationId found =
          find_exported_variable(offer.target, offer.all ? name : program_.name(file, entry.local), depth + 1);
      if (found != 0) return found;
    } else if (entry.local != 0) {
      local = program_.name(file, entry.local);
    } else if (entry.value != 0 && facts.values[entry.value].kind == ValueKind::path) {
      const facts::Path& path = facts.paths[facts.values[entry.value].ref];
      if (path.root_kind == RootKind::declaration && path.steps == 0) {
        local = program_.name(file, facts.declarations[path.root].name);
      }
    }
  }
  const DeclarationId* found = top_level_[file].find(local);
  if (found == nullptr && program_.file(file).language == Language::python) {
    for (const FileId module : globs_[file]) {
      const DeclarationId taken = find_exported_variable(module, local, depth + 1);
      if (taken != 0) return taken;
    }
  }
  if (found == nullptr) return 0;
  switch (program_.declaration(*found).kind) {
    case DeclarationKind::variable:
      return *found;
    case DeclarationKind::import: {
      const facts::Declaration& import = program_.declaration(*found);
      const FileId target = modules_.resolve(file, program_.text(file, import.module));
      if (target == no_file || import.imported == 0) return 0;
      return find_exported_variable(target, program_.name(file, import.imported), depth + 1);
    }
    default:
      return 0;
  }
}

DeclarationId Symbols::glob_variable(FileId file, NameId name) const {
  for (const FileId module : globs_[file]) {
    const DeclarationId found = exported_variable(module, name);
    if (found != 0) return found;
  }
  return 0;
}

Object Symbols::of_declaration(DeclarationId id) const {
  if (state_[id] == known) return cached_[id];
  if (state_[id] == in_progress) {
    ++cycles_;
    return {};
  }
  state_[id] = in_progress;
  cached_[id] = of_declaration_uncached(id);
  state_[id] = known;
  return cached_[id];
}

Object Symbols::of_declaration_uncached(DeclarationId id) const {
  const Place place = program_.declarations.place(id);
  const facts::Declaration& declaration = program_.facts(place.file).declarations[place.index];
  switch (declaration.kind) {
    case DeclarationKind::import:
      return imported(id);
    case DeclarationKind::function:
      return {.kind = Object::Kind::function, .function = program_.functions.id(place.file, declaration.target)};
    case DeclarationKind::type:
      return {.kind = Object::Kind::type, .type = canonical_[program_.types.id(place.file, declaration.target)]};
    case DeclarationKind::none:
    case DeclarationKind::module:
    case DeclarationKind::alias:
      return {};
    case DeclarationKind::variable:
    case DeclarationKind::parameter:
    case DeclarationKind::field:
    case DeclarationKind::attached:
      break;
  }
  // const plugin: FastifyPluginAsync = async (fastify) => ..
  const facts::Value& first = program_.facts(place.file).values[declaration.initial];
  if (declaration.initial != 0 && first.kind == ValueKind::function && declaration.element == 0)
    return {.kind = Object::Kind::function, .function = program_.functions.id(place.file, first.ref)};
  if (declaration.type_text != 0 && declaration.element == 0) {
    const TypeId inside = declaration.type == 0 ? 0 : program_.types.id(place.file, declaration.type);
    const Object object = of_written_type(place.file, declaration.type_text, inside);
    if (object && object.kind != Object::Kind::plain) return object;
    if (object) {
      const Object initial = declaration.initial == 0 ? Object{} : of_value(place.file, declaration.initial);
      return initial ? initial : object;
    }
  }
  Object object = declaration.initial == 0 ? Object{} : of_value(place.file, declaration.initial);
  // fn pay(State(Shop { db, .. }): State<Shop>), ({ db }: Shop) => ..
  if (!object && declaration.element != 0 && declaration.type_text != 0) {
    const TypeId inside = declaration.type == 0 ? 0 : program_.types.id(place.file, declaration.type);
    object = of_written_type(place.file, declaration.type_text, inside);
  }
  if (!object && declaration.element == 0) {
    // null at first: what it is given later tells.
    const auto later = assigned_.find(id);
    if (later == assigned_.end()) return {};
    for (const auto& [file, value] : later->second) {
      object = of_value(file, value);
      if (object && object.kind != Object::Kind::plain) return object;
    }
    return {};
  }
  if (declaration.element == 0) return object;
  facts::Step step;
  step.name = declaration.element;
  return member(object, place.file, step);
}

Object Symbols::of_type_text(FileId file, std::string_view text, TypeId inside) const {
  text = expanded(file, text);
  const TypeText type = unwrap_type(text, wrappers_);
  if (type.head.empty()) return {};
  if (type.head == "Self" && inside != 0) return {.kind = Object::Kind::instance, .type = canonical_[inside]};
  if (plain_types_.contains(type.head)) return {.kind = Object::Kind::plain, .written = text, .written_in = file};
  const auto instance = [](Object object) {
    if (object.kind == Object::Kind::type) object.kind = Object::Kind::instance;
    return object;
  };
  const std::string_view base = type.qualifier.substr(0, type.qualifier.find_first_of(".:"));
  if (!base.empty()) {
    const DeclarationId* holder = top_level_[file].find(program_.name(base));
    if (holder != nullptr) {
      Object object = of_declaration(*holder);
      if (object.kind == Object::Kind::module) return instance(exported(object.module, program_.name(type.head)));
      if (object.kind == Object::Kind::external) {
        object.external.symbol = program_.name(type.head);
        return object;
      }
    } else if (program_.file(file).language == Language::rust && base != "crate" && base != "super" && base != "self") {
      Object outside{.kind = Object::Kind::external};
      outside.external = {program_.name(type.qualifier), program_.name(type.head)};
      if (!is_collection(type.head)) return outside;
    }
  }
  const DeclarationId* local = top_level_[file].find(program_.name(type.head));
  if (local != nullptr) {
    const Object object = of_declaration(*local);
    if (object.kind == Object::Kind::type) return instance(object);
    // Python and Rust import their own containers by these names; in JavaScript an import is something else.
    const bool script = same_family(program_.file(file).language, Language::typescript);
    if (object.kind == Object::Kind::external && (script || !is_collection(type.head))) return object;
  }
  if (is_collection(type.head)) {
    return {.kind = Object::Kind::collection, .written = text, .written_in = file};
  }
  const TypeId named = type_named(file, type.head);
  if (named != 0) return {.kind = Object::Kind::instance, .type = named};
  // The catalog knows some types by name alone.
  const auto library = library_types_.find(type.head);
  if (library != library_types_.end()) {
    Object outside{.kind = Object::Kind::external};
    outside.external = {program_.name(library->second), program_.name(type.head)};
    return outside;
  }
  return {};
}

Object Symbols::of_written_type(FileId file, facts::StringId string, TypeId inside) const {
  const std::uint64_t key = (static_cast<std::uint64_t>(file) << 32) | string;
  if (const Object* known_type = written_types_.find(key)) return *known_type;
  const std::string_view text = program_.text(file, string);
  const std::uint64_t cycles = cycles_;
  const Object object = of_type_text(file, text, inside);
  // Self is another type in each place.
  if (cycles == cycles_ && text.find("Self") == std::string_view::npos) written_types_.insert(key, object);
  return object;
}

Object Symbols::wrapped_argument(FileId file, const facts::Call& call) const {
  return call.first_argument == 0 ? Object{} : of_value(file, call.first_argument);
}

Object Symbols::of_value(FileId file, facts::Index index) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& value = facts.values[index];
  switch (value.kind) {
    case ValueKind::path: {
      const facts::Path& path = facts.paths[value.ref];
      return of_path(file, path, path.steps);
    }
    case ValueKind::call: {
      const facts::Path& path = facts.paths[facts.calls[value.ref].path];
      return of_path(file, path, path.steps);
    }
    case ValueKind::construct: {
      const facts::Call& call = facts.calls[value.ref];
      if (call.path == 0) return {};
      const facts::Path& path = facts.paths[call.path];
      if (path.root_kind == RootKind::name && path.steps == 0 && is(program_.name(file, path.root), collection_word)) {
        return {.kind = Object::Kind::collection};
      }
      Object object = of_path(file, path, path.steps);
      if (object.kind == Object::Kind::type || object.kind == Object::Kind::instance)
        object.kind = Object::Kind::instance;
      return object;
    }
    case ValueKind::string:
    case ValueKind::text_template:
    case ValueKind::number:
    case ValueKind::boolean:
      return {.kind = Object::Kind::plain};
    case ValueKind::object:
      return {.kind = Object::Kind::collection, .written_in = file, .literal = index};
    case ValueKind::array:
      return {.kind = Object::Kind::collection};
    case ValueKind::function:
      return {.kind = Object::Kind::function, .function = program_.functions.id(file, value.ref)};
    case ValueKind::either:
    case ValueKind::unknown: {
      Object plain;
      for (facts::Index child = value.first_child; child != 0; child = facts.values[child].next) {
        const Object object = of_value(file, child);
        if (object && object.kind != Object::Kind::plain) return object;
        if (object) plain = object;
        if (value.kind == ValueKind::unknown && value.text != 0) break;  // an operator's operands are not its result
      }
      return value.kind == ValueKind::unknown && value.text != 0 ? Object{} : plain;
    }
    case ValueKind::none:
    case ValueKind::null:
    case ValueKind::element:
      break;
  }
  return {};
}

Object Symbols::returned(FunctionId id) const {
  if (returned_state_[id] == known) return returned_[id];
  if (returned_state_[id] == in_progress) {
    ++cycles_;
    return {};
  }
  returned_state_[id] = in_progress;
  const Place place = program_.functions.place(id);
  const facts::Function& function = program_.facts(place.file).functions[place.index];
  Object result;
  if (function.flags & facts::function_flag::constructor) {
    result = {.kind = Object::Kind::instance, .type = owner(id)};
  }
  if (!result && function.return_type != 0) {
    result = of_written_type(place.file, function.return_type, owner(id));
  }
  // An interface's promise says less than what is really returned.
  const bool vague =
      result.kind == Object::Kind::instance &&
      (program_.type(result.type).kind == facts::TypeKind::interface || program_.type(result.type).abstract);
  if (!result || vague) {
    const auto values = returns_.find(id);
    if (values != returns_.end()) {
      for (const facts::Index value : values->second) {
        const Object object = of_value(place.file, value);
        if (object && object.kind != Object::Kind::plain) {
          result = object;
          break;
        }
      }
    }
  }
  returned_[id] = result;
  returned_state_[id] = known;
  return result;
}

}  // namespace detoy::analysis

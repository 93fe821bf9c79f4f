// What access paths denote, step by step.

#include "analysis/symbols.h"
#include "analysis/type_text.h"

namespace detoy::analysis {

using facts::DeclarationKind;
using facts::RootKind;

// An outside name that a module imports for itself is not among what it hands out.
Object Symbols::of_glob(FileId file, NameId name) const {
  for (const FileId module : globs_[file]) {
    const Object object = exported(module, name);
    if (object && object.kind != Object::Kind::external) return object;
  }
  return {};
}

// A path that starts with a name the file does not declare: a Rust module path, a global, a prelude type.
Object Symbols::global_name(FileId file, const facts::Path& path, std::uint32_t steps, std::uint32_t& taken) const {
  const facts::FileFacts& facts = program_.facts(file);
  const std::string_view root = program_.text(file, path.root);
  const NameId root_name = program_.name(file, path.root);
  taken = 0;
  if (is(root_name, wrapper_word) || is(root_name, collection_word)) {
    // Arc::new(x), Some(x), Mutex::new(x) are x; HashMap::new(), dict() are collections.
    for (std::uint32_t i = 0; i < steps; ++i) {
      const facts::Step& step = facts.steps[path.first_step + i];
      if (step.call == 0) continue;
      taken = i + 1;
      if (is(root_name, collection_word)) return {.kind = Object::Kind::collection};
      return wrapped_argument(file, facts.calls[step.call]);
    }
    return {};
  }
  if (program_.file(file).language == Language::rust) {
    const TypeId type = root == "crate" || root == "super" || root == "self" ? 0 : type_named(file, root_name);
    if (type != 0) return {.kind = Object::Kind::type, .type = type};
    const Object used = of_glob(file, root_name);
    if (used) return used;
    std::string module(root);
    for (std::uint32_t i = 0; i < steps; ++i) {
      const facts::Step& step = facts.steps[path.first_step + i];
      if (step.index || step.name == 0) break;
      const NameId name = program_.name(file, step.name);
      if (is(name, wrapper_word) || is(name, collection_word)) {
        for (std::uint32_t k = i + 1; k < steps; ++k) {
          const facts::Step& later = facts.steps[path.first_step + k];
          if (later.call == 0) continue;
          taken = k + 1;
          if (is(name, collection_word)) return {.kind = Object::Kind::collection};
          return wrapped_argument(file, facts.calls[later.call]);
        }
        return {};
      }
      const TypeId named = step.call == 0 ? type_named(file, name) : 0;
      if (named != 0) {
        taken = i + 1;
        return {.kind = Object::Kind::type, .type = named};
      }
      const FileId inside = modules_.resolve(file, module);
      if (inside != no_file) {
        Object object = exported(inside, name);
        if (object) {
          taken = i + 1;
          return step.call != 0 ? call_result(object) : object;
        }
      }
      if (step.call != 0) {
        taken = i + 1;
        Object outside{.kind = Object::Kind::external};
        outside.external = {program_.name(module), name};
        return outside;
      }
      module += "::";
      module += program_.text(name);
    }
    taken = steps;
    const FileId whole = modules_.resolve(file, module);
    if (whole != no_file) return {.kind = Object::Kind::module, .module = whole};
    Object outside{.kind = Object::Kind::external};
    outside.external.package = program_.name(module);
    return outside;
  }
  if (program_.file(file).language == Language::python) {
    const Object used = of_glob(file, root_name);
    if (used) return used;
  }
  Object outside{.kind = Object::Kind::external};
  if (steps > 0 && (root == "require" || root == "import")) {
    const facts::Step& load = facts.steps[path.first_step];
    const facts::Value& argument = facts.values[facts.calls[load.call].first_argument];
    if (load.call != 0 && load.name == 0 && argument.kind == facts::ValueKind::string) {
      taken = 1;
      const FileId target = modules_.resolve(file, program_.text(file, argument.text));
      if (target != no_file) return whole_module(target);
      outside.external.package = program_.name(file, argument.text);
      return outside;
    }
  }
  outside.external.symbol = root_name;  // a global: no package
  return outside;
}

namespace {

constexpr std::uint32_t nothing = 1;  // a prefix that is known to denote nothing

}  // namespace

Object Symbols::of_path(FileId file, const facts::Path& path, std::uint32_t steps) const {
  if (steps == 0) return of_path_uncached(file, path, 0);
  std::vector<std::uint32_t>& prefixes = prefixes_[file];
  if (prefixes.empty()) prefixes.resize(program_.facts(file).steps.size());
  const std::size_t last = path.first_step + steps - 1;
  if (prefixes[last] != 0) return denoted_[prefixes[last] - 1];
  const std::uint64_t cycles = cycles_;
  const Object object = of_path_uncached(file, path, steps);
  if (cycles != cycles_) return object;
  if (object) denoted_.push_back(object);
  prefixes[last] = object ? static_cast<std::uint32_t>(denoted_.size()) : nothing;
  return object;
}

Object Symbols::of_path_uncached(FileId file, const facts::Path& path, std::uint32_t steps) const {
  const facts::FileFacts& facts = program_.facts(file);
  Object object;
  std::uint32_t taken = 0;
  // Go on from the longest prefix that is known.
  const std::vector<std::uint32_t>& prefixes = prefixes_[file];
  for (std::uint32_t known_steps = steps; known_steps-- > 1 && !prefixes.empty();) {
    const std::uint32_t prefix = prefixes[path.first_step + known_steps - 1];
    if (prefix <= nothing) continue;
    object = denoted_[prefix - 1];
    for (std::uint32_t i = known_steps; i < steps && object; ++i) {
      object = member(object, file, facts.steps[path.first_step + i]);
    }
    return object;
  }
  switch (path.root_kind) {
    case RootKind::declaration: {
      const facts::Declaration& declaration = facts.declarations[path.root];
      // Rust may call them something else: use tokio::sync::Mutex as AsyncMutex
      const bool renamed = program_.file(file).language == Language::rust && declaration.imported != 0;
      const facts::StringId built_in = renamed ? declaration.imported : declaration.name;
      if (steps > 0 && declaration.kind == DeclarationKind::import &&
          (is(program_.name(file, built_in), collection_word) || is(program_.name(file, built_in), wrapper_word))) {
        facts::Path global = path;
        global.root_kind = RootKind::name;
        global.root = built_in;
        object = global_name(file, global, steps, taken);
        if (taken > 0) break;
      }
      object = of_declaration(program_.declarations.id(file, path.root));
      break;
    }
    case RootKind::self:
      if (path.root == 0) return {};
      object = {.kind = Object::Kind::instance, .type = canonical_[program_.types.id(file, path.root)]};
      break;
    case RootKind::name:
      object = global_name(file, path, steps, taken);
      break;
    case RootKind::value:
      object = of_value(file, path.root);
      break;
    case RootKind::none:
      return {};
  }
  for (std::uint32_t i = taken; i < steps && object; ++i)
    object = member(object, file, facts.steps[path.first_step + i]);
  return object;
}

Object Symbols::literal_member(const Object& object, NameId name) const {
  if (object.literal == 0 || object.written_in == no_file) return {};
  const facts::FileFacts& facts = program_.facts(object.written_in);
  for (facts::Index child = facts.values[object.literal].first_child; child != 0; child = facts.values[child].next) {
    if (program_.name(object.written_in, facts.values[child].key) == name) return of_value(object.written_in, child);
  }
  return {};
}

Object Symbols::element(const Object& object) const {
  if (object.kind == Object::Kind::collection && !object.written.empty()) {
    const TypeText type = unwrap_type(object.written, wrappers_);
    if (!type.arguments.empty()) return of_type_text(object.written_in, type.arguments.back());
    return {};
  }
  if (object.kind == Object::Kind::external) return object;
  return {};
}

Object Symbols::call_result(const Object& object) const {
  switch (object.kind) {
    case Object::Kind::function:
      return returned(object.function);
    case Object::Kind::type:
      return {.kind = Object::Kind::instance, .type = object.type};
    case Object::Kind::external:
      return object;
    default:
      return {};
  }
}

Object Symbols::member(const Object& object, FileId file, const facts::Step& step) const {
  if (step.index) return element(object);
  if (step.name == 0) return step.call != 0 ? call_result(object) : Object{};
  const NameId name = program_.name(file, step.name);
  const std::string_view text = program_.text(file, step.name);
  switch (object.kind) {
    case Object::Kind::instance:
    case Object::Kind::type: {
      const DeclarationId field_id = field(object.type, name);
      if (field_id != 0) {
        const Object value = of_declaration(field_id);
        return step.call != 0 ? call_result(value) : value;
      }
      const FunctionId found = method(object.type, name);
      if (found != 0) {
        const bool getter = (program_.function(found).flags & facts::function_flag::getter) != 0;
        if (step.call == 0 && !getter) return {.kind = Object::Kind::function, .function = found};
        const Object result = returned(found);
        if (!result && object.kind == Object::Kind::type && program_.file(file).language == Language::rust) {
          return {.kind = Object::Kind::instance, .type = object.type};
        }
        return result;
      }
      for (const External& base : external_bases(object.type)) {
        Object outside{.kind = Object::Kind::external};
        outside.external.package = base.package;
        outside.external.symbol = program_.joined(base.symbol, name);
        return outside;
      }
      if (object.kind == Object::Kind::type && step.call != 0 &&
          (text == "new" || text == "default" || text == "getInstance" || text == "create")) {
        return {.kind = Object::Kind::instance, .type = object.type};
      }
      return is(name, transparent_word) ? object : Object{};
    }
    case Object::Kind::module: {
      const Object found = exported(object.module, name);
      if (found) return step.call != 0 ? call_result(found) : found;
      // `import shop.orders` makes shop.orders reachable from the package.
      const FileId inner = step.call == 0 ? modules_.within(object.module, text) : no_file;
      return inner == no_file ? Object{} : Object{.kind = Object::Kind::module, .module = inner};
    }
    case Object::Kind::external: {
      Object inner = object;
      const std::string_view symbol = program_.text(object.external.symbol);
      if (is(name, transparent_word)) return object;
      // Chains of one library stay within it; long ones are cut, since only their start tells anything.
      if (symbol.size() < 60) {
        inner.external.symbol = symbol.empty() ? name : program_.joined(object.external.symbol, name);
      }
      return inner;
    }
    case Object::Kind::collection:
      if (object.literal != 0) {
        const Object found = literal_member(object, name);
        if (found) return step.call != 0 ? call_result(found) : found;
      }
      if (step.call == 0) return {};
      if (is(name, transparent_word)) return object;
      if (is(name, element_word)) return element(object);
      return is(name, same_word) ? object : Object{};
    case Object::Kind::function:
    case Object::Kind::plain:
    case Object::Kind::unknown:
      return {};
  }
  return {};
}

}  // namespace detoy::analysis

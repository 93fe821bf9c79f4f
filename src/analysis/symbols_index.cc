// The tables behind Symbols: types by name, their members, who extends whom.

#include <algorithm>
#include <array>
#include <unordered_set>

#include "analysis/symbols.h"
#include "analysis/type_text.h"
#include "base/words.h"

namespace detoy::analysis {

using facts::DeclarationKind;
using facts::RootKind;
using facts::ValueKind;

Symbols::Symbols(const Program& program, const Modules& modules, const catalog::Catalog& catalog)
    : program_(program),
      modules_(modules),
      catalog_(catalog),
      wrappers_(catalog.words("cell_types")),
      words_(program),
      state_(program.declarations.size(), 0),
      cached_(program.declarations.size()),
      returned_state_(program.functions.size(), 0),
      returned_(program.functions.size()) {
  prefixes_.resize(program.files().size());
  for (const char* list : {"map_types", "set_types", "list_types", "queue_types"}) {
    for (const std::string& name : catalog.words(list)) collections_.insert(name);
  }
  wrapper_names_.insert(wrappers_.begin(), wrappers_.end());
  for (const std::string& name : catalog.words("plain_types")) plain_types_.insert(name);
  for (const catalog::Library& library : catalog.libraries()) {
    if (library.packages.empty()) continue;
    for (const std::string& name : library.types) library_types_.emplace(name, library.packages.front());
  }
  learn_words();
  denoted_.emplace_back();
  index_types();
  index_members();
  index_exports();
  index_globs();
  link_bases();
  index_assignments();
}

void Symbols::learn_words() {
  words_.learn_all(collections_, collection_word);
  words_.learn_all(wrapper_names_, wrapper_word);
  words_.learn_all(catalog_.words("transparent_methods"), transparent_word);
  constexpr std::array elements =
      std::to_array<std::string_view>({"get", "get_mut", "pop", "shift", "entry", "find", "first", "last", "at",
                                       "setdefault", "or_insert_with", "popleft", "remove", "pop_front", "next"});
  words_.learn_all(elements, element_word);
  constexpr std::array likenesses = std::to_array<std::string_view>(
      {"values", "entries", "items", "iter", "iter_mut", "keys", "filter", "values_mut", "slice", "sort"});
  words_.learn_all(likenesses, same_word);
}

void Symbols::index_types() {
  canonical_.resize(program_.types.size());
  for (TypeId id = 0; id < canonical_.size(); ++id) canonical_[id] = id;
  for (TypeId id = 0; id < program_.types.size(); ++id) {
    const Place place = program_.types.place(id);
    if (place.index == 0) continue;
    const facts::Type& type = program_.facts(place.file).types[place.index];
    if (type.name == 0 || type.kind == facts::TypeKind::implementation) continue;
    types_by_name_[program_.name(place.file, type.name)].push_back(id);
  }
  for (TypeId id = 0; id < program_.types.size(); ++id) {
    const Place place = program_.types.place(id);
    const facts::Type& type = program_.facts(place.file).types[place.index];
    if (type.kind != facts::TypeKind::implementation) continue;
    const TypeId real = type_named(place.file, program_.text(place.file, type.name));
    if (real != 0) canonical_[id] = real;
  }
}

void Symbols::index_members() {
  methods_.resize(program_.types.size());
  fields_.resize(program_.types.size());
  method_names_.resize(program_.types.size());
  field_names_.resize(program_.types.size());
  top_level_.resize(program_.files().size());
  for (FileId file = 0; file < program_.files().size(); ++file) {
    const facts::FileFacts& facts = program_.facts(file);
    for (facts::Index i = 1; i < facts.declarations.size(); ++i) {
      const facts::Declaration& declaration = facts.declarations[i];
      const DeclarationId id = program_.declarations.id(file, i);
      if (declaration.kind == DeclarationKind::field ||
          (declaration.kind == DeclarationKind::function && declaration.type != 0)) {
        const TypeId type = canonical_[program_.types.id(file, declaration.type)];
        if (declaration.kind == DeclarationKind::field) {
          fields_[type].push_back(id);
          field_names_[type].push_back(program_.name(file, declaration.name));
        }
        if (declaration.target != 0) {
          const FunctionId function = program_.functions.id(file, declaration.target);
          methods_[type].push_back(function);
          method_names_[type].push_back(program_.name(file, facts.functions[declaration.target].name));
          methods_by_name_[program_.name(file, declaration.name)].push_back(function);
        }
        continue;
      }
      if (declaration.function != 0 || declaration.kind == DeclarationKind::parameter ||
          declaration.kind == DeclarationKind::attached || declaration.name == 0)
        continue;
      if (declaration.kind == DeclarationKind::alias) {
        aliases_.emplace(program_.text(file, declaration.name), id);
        continue;
      }
      // A real declaration wins over an import of the same name, and the first over later ones.
      const auto [entry, fresh] = top_level_[file].insert(program_.name(file, declaration.name), id);
      if (!fresh && program_.declaration(*entry).kind == DeclarationKind::import &&
          declaration.kind != DeclarationKind::import) {
        *entry = id;
      }
    }
    for (const facts::Return& record : facts.returns) {
      if (record.value != 0) returns_[program_.functions.id(file, record.function)].push_back(record.value);
    }
  }
}

// What a file's `use` declarations say besides single names: all of a module, other names for containers and locks.
void Symbols::index_globs() {
  globs_.resize(program_.files().size());
  renames_.resize(program_.files().size());
  for (FileId file = 0; file < program_.files().size(); ++file) {
    const bool rust = program_.file(file).language == Language::rust;
    if (!rust && program_.file(file).language != Language::python) continue;
    for (const facts::Declaration& declaration : program_.facts(file).declarations) {
      if (declaration.kind != DeclarationKind::import || declaration.imported == 0) continue;
      const std::string_view imported = program_.text(file, declaration.imported);
      const std::string_view local = program_.text(file, declaration.name);
      if (imported != "*") {
        // Other types are found through the import.
        const bool renames = rust && imported != local && local != "_";
        if (renames && is_built_in(imported) &&
            modules_.resolve(file, program_.text(file, declaration.module)) == no_file)
          renames_[file].emplace_back(local, imported);
        continue;
      }
      add_glob(file, program_.text(file, declaration.module));
    }
    if (!rust) index_module_aliases(file);
  }
}

void Symbols::add_glob(FileId file, std::string_view module) {
  const FileId target = modules_.resolve(file, module);
  std::vector<FileId>& globs = globs_[file];
  if (target == no_file || target == file || std::find(globs.begin(), globs.end(), target) != globs.end()) return;
  globs.push_back(target);
}

// Python: sys.modules[__name__] = sys.modules["shop.orders"]
void Symbols::index_module_aliases(FileId file) {
  const facts::FileFacts& facts = program_.facts(file);
  // The key that a path ends with, if it asks for one of the loaded modules.
  const auto module_key = [&](facts::Index index) -> const facts::Value* {
    const facts::Path& path = facts.paths[index];
    if (path.steps != 2 || path.root_kind != RootKind::declaration) return nullptr;
    const facts::Step& modules = facts.steps[path.first_step];
    const facts::Step& key = facts.steps[path.first_step + 1];
    if (facts.string(facts.declarations[path.root].module) != "sys" || facts.string(modules.name) != "modules")
      return nullptr;
    return key.index && key.key != 0 ? &facts.values[key.key] : nullptr;
  };
  for (const facts::Assignment& assignment : facts.assignments) {
    if (assignment.function != 0 || assignment.value == 0 || facts.values[assignment.value].kind != ValueKind::path)
      continue;
    const facts::Value* own = module_key(assignment.path);
    const facts::Value* other = module_key(facts.values[assignment.value].ref);
    if (own == nullptr || other == nullptr || other->kind != ValueKind::string || own->kind != ValueKind::path)
      continue;
    const facts::Path& name = facts.paths[own->ref];
    if (name.root_kind == RootKind::name && facts.string(name.root) == "__name__")
      add_glob(file, facts.string(other->text));
  }
}

void Symbols::index_exports() {
  offers_.resize(program_.files().size());
  for (FileId file = 0; file < program_.files().size(); ++file) {
    offers_[file].reserve(program_.facts(file).exports.size());
    for (const facts::Export& entry : program_.facts(file).exports) {
      const FileId target = entry.module == 0 ? no_file : modules_.resolve(file, program_.text(file, entry.module));
      offers_[file].push_back(
          {&entry, program_.name(file, entry.name), program_.text(file, entry.name) == "*", target});
    }
  }
}

void Symbols::index_assignments() {
  for (FileId file = 0; file < program_.files().size(); ++file) {
    const facts::FileFacts& facts = program_.facts(file);
    for (const facts::Assignment& assignment : facts.assignments) {
      if (assignment.effect != facts::Effect::assign || assignment.value == 0) continue;
      const facts::ValueKind kind = facts.values[assignment.value].kind;
      if (kind != facts::ValueKind::call && kind != facts::ValueKind::construct && kind != facts::ValueKind::path &&
          kind != facts::ValueKind::either) {
        continue;
      }
      const facts::Path& path = facts.paths[assignment.path];
      DeclarationId target = 0;
      if (path.root_kind == facts::RootKind::declaration && path.steps == 0) {
        target = program_.declarations.id(file, path.root);
      } else if (path.steps == 1 && !facts.steps[path.first_step].index) {
        TypeId type = 0;
        if (path.root_kind == facts::RootKind::self && path.root != 0)
          type = canonical_[program_.types.id(file, path.root)];
        if (path.root_kind == facts::RootKind::declaration &&
            facts.declarations[path.root].kind == DeclarationKind::type) {
          type = canonical_[program_.types.id(file, facts.declarations[path.root].target)];
        }
        if (type != 0) target = field(type, program_.name(file, facts.steps[path.first_step].name));
      }
      if (target != 0) assigned_[target].emplace_back(file, assignment.value);
    }
  }
}

void Symbols::link_bases() {
  subtypes_.resize(program_.types.size());
  supertypes_.resize(program_.types.size());
  for (TypeId id = 0; id < program_.types.size(); ++id) {
    const Place place = program_.types.place(id);
    if (place.index == 0) continue;
    const facts::FileFacts& facts = program_.facts(place.file);
    const facts::Type& type = facts.types[place.index];
    for (std::uint32_t i = 0; i < type.bases; ++i) {
      const Object base = of_written_type(place.file, facts.bases[type.first_base + i].text, 0);
      if (base.kind != Object::Kind::instance || base.type == canonical_[id]) continue;
      auto& supers = supertypes_[canonical_[id]];
      if (std::find(supers.begin(), supers.end(), base.type) != supers.end()) continue;
      supers.push_back(base.type);
      subtypes_[base.type].push_back(canonical_[id]);
    }
  }
  // What was asked while the hierarchy was not complete may be answered better now.
  std::fill(state_.begin(), state_.end(), std::uint8_t{0});
  std::fill(returned_state_.begin(), returned_state_.end(), std::uint8_t{0});
  external_bases_.clear();
  written_types_ = {};
  found_fields_ = {};
  prefixes_.assign(program_.files().size(), {});
}

TypeId Symbols::type_named(FileId from, std::string_view name) const {
  return type_named(from, program_.name(name));
}

TypeId Symbols::type_named(FileId from, NameId name) const {
  const auto found = types_by_name_.find(name);
  if (found == types_by_name_.end()) return 0;
  const SourceFile& importer = program_.file(from);
  TypeId best = 0;
  long best_score = -1;
  for (const TypeId id : found->second) {
    const FileId file = program_.types.place(id).file;
    const SourceFile& candidate = program_.file(file);
    if (!same_family(candidate.language, importer.language)) continue;
    if (program_.type(id).test && !program_.type(id).exported && file != from) continue;
    long score = 0;
    if (file == from) score += 100000;
    if (candidate.package == importer.package) score += 10000;
    if (candidate.role == source::Role::production) score += 5000;
    std::size_t shared = 0;
    while (shared < candidate.path.size() && shared < importer.path.size() &&
           candidate.path[shared] == importer.path[shared]) {
      ++shared;
    }
    score += static_cast<long>(shared);
    if (score > best_score) {
      best = id;
      best_score = score;
    }
  }
  return best;
}

namespace {

// Visits a type and all types reachable by `next`, each once.
template <typename Next, typename Visit>
void each_reachable(TypeId start, Next next, Visit visit) {
  // Most types have none.
  if (visit(start)) return;
  const auto& first = next(start);
  if (first.empty()) return;
  std::vector<TypeId> open;
  // Nearly all have a few; looking through those is quicker than a set.
  constexpr std::size_t few = 16;
  std::vector<TypeId> seen = {start};
  std::unordered_set<TypeId> seen_many;
  const auto open_new = [&](TypeId type) {
    if (std::find(seen.begin(), seen.end(), type) != seen.end()) return;
    if (seen.size() < few) {
      seen.push_back(type);
    } else if (!seen_many.insert(type).second) {
      return;
    }
    open.push_back(type);
  };
  for (const TypeId other : first) open_new(other);
  while (!open.empty()) {
    const TypeId type = open.back();
    open.pop_back();
    if (visit(type)) return;
    for (const TypeId other : next(type)) open_new(other);
  }
}

}  // namespace

DeclarationId Symbols::field(TypeId type, NameId name) const {
  const std::uint64_t key = (static_cast<std::uint64_t>(type) << 32) | name;
  if (const DeclarationId* known_field = found_fields_.find(key)) return *known_field;
  DeclarationId found = 0;
  each_reachable(
      type, [&](TypeId t) -> const std::vector<TypeId>& { return supertypes_[t]; },
      [&](TypeId t) {
        const std::vector<NameId>& names = field_names_[t];
        const auto at = std::find(names.begin(), names.end(), name);
        if (at == names.end()) return false;
        found = fields_[t][static_cast<std::size_t>(at - names.begin())];
        return true;
      });
  found_fields_.insert(key, found);
  return found;
}

FunctionId Symbols::method(TypeId type, NameId name) const {
  FunctionId found = 0;
  each_reachable(
      type, [&](TypeId t) -> const std::vector<TypeId>& { return supertypes_[t]; },
      [&](TypeId t) {
        for (std::size_t i = 0; i < method_names_[t].size(); ++i) {
          if (method_names_[t][i] != name) continue;
          const FunctionId id = methods_[t][i];
          if (found == 0 || (program_.function(found).flags & facts::function_flag::abstract)) found = id;
          if ((program_.function(id).flags & facts::function_flag::abstract) == 0) return true;
        }
        return false;
      });
  return found;
}

std::vector<FunctionId> Symbols::overrides(TypeId type, NameId name) const {
  std::vector<FunctionId> found;
  each_reachable(
      type, [&](TypeId t) -> const std::vector<TypeId>& { return subtypes_[t]; },
      [&](TypeId t) {
        for (std::size_t i = 0; i < method_names_[t].size(); ++i) {
          if (method_names_[t][i] != name) continue;
          const FunctionId id = methods_[t][i];
          if ((program_.function(id).flags & facts::function_flag::abstract) == 0) found.push_back(id);
        }
        return false;
      });
  if (found.empty()) {
    const FunctionId inherited = method(type, name);
    if (inherited != 0) found.push_back(inherited);
  }
  return found;
}

const std::vector<FunctionId>& Symbols::methods_named(NameId name) const {
  static const std::vector<FunctionId> none;
  const auto found = methods_by_name_.find(name);
  return found == methods_by_name_.end() ? none : found->second;
}

std::span<const FunctionId> Symbols::methods(TypeId type) const {
  return methods_[type];
}
std::span<const DeclarationId> Symbols::fields(TypeId type) const {
  return fields_[type];
}
std::span<const TypeId> Symbols::subtypes(TypeId type) const {
  return subtypes_[type];
}
std::span<const TypeId> Symbols::supertypes(TypeId type) const {
  return supertypes_[type];
}

const std::vector<External>& Symbols::external_bases(TypeId start) const {
  const auto known = external_bases_.find(start);
  if (known != external_bases_.end()) return known->second;
  std::vector<External> found;
  each_reachable(
      start, [&](TypeId t) -> const std::vector<TypeId>& { return supertypes_[t]; },
      [&](TypeId t) {
        const Place place = program_.types.place(t);
        const facts::FileFacts& facts = program_.facts(place.file);
        const facts::Type& type = facts.types[place.index];
        for (std::uint32_t i = 0; i < type.bases; ++i) {
          const Object base = of_written_type(place.file, facts.bases[type.first_base + i].text, 0);
          if (base.kind == Object::Kind::external) found.push_back(base.external);
        }
        return false;
      });
  return external_bases_[start] = std::move(found);
}

// Whether the base of this name is a type of the repository: then its own bases tell what it is.
bool Symbols::extends_own(TypeId type, std::string_view base) const {
  return std::any_of(supertypes_[type].begin(), supertypes_[type].end(),
                     [&](TypeId super) { return program_.name_of_type(super) == base; });
}

namespace {

// ns.Base<Item>, crate::Base: the name alone.
std::string_view base_name(std::string_view text) {
  text = text.substr(0, text.find_first_of("<[("));
  const auto separator = text.find_last_of(".:");
  return separator == std::string_view::npos ? text : text.substr(separator + 1);
}

}  // namespace

bool Symbols::names_base(FileId file, facts::Index type, const std::vector<std::string>& names) const {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Type& record = facts.types[type];
  for (std::uint32_t i = 0; i < record.bases; ++i) {
    const std::string_view base = base_name(facts.string(facts.bases[record.first_base + i].text));
    if (is_one_of(names, base) && !extends_own(canonical(program_.types.id(file, type)), base)) return true;
  }
  return false;
}

bool Symbols::extends_one_of(TypeId start, const std::vector<std::string>& names) const {
  bool found = false;
  each_reachable(
      start, [&](TypeId t) -> const std::vector<TypeId>& { return supertypes_[t]; },
      [&](TypeId t) {
        const Place place = program_.types.place(t);
        const facts::FileFacts& facts = program_.facts(place.file);
        const facts::Type& type = facts.types[place.index];
        for (std::uint32_t i = 0; i < type.bases && !found; ++i) {
          const std::string_view base = base_name(facts.string(facts.bases[type.first_base + i].text));
          found = is_one_of(names, base) && (t == start || !extends_own(t, base));
        }
        return found;
      });
  return found;
}

FunctionId Symbols::constructor(TypeId type) const {
  FunctionId found = 0;
  each_reachable(
      type, [&](TypeId t) -> const std::vector<TypeId>& { return supertypes_[t]; },
      [&](TypeId t) {
        for (const FunctionId id : methods_[t]) {
          if (program_.function(id).flags & facts::function_flag::constructor) {
            found = id;
            return true;
          }
        }
        return false;
      });
  return found;
}

TypeId Symbols::owner(FunctionId function) const {
  const Place place = program_.functions.place(function);
  const facts::Index type = program_.facts(place.file).functions[place.index].type;
  return type == 0 ? 0 : canonical_[program_.types.id(place.file, type)];
}

bool Symbols::is_method(FunctionId function) const {
  const Place place = program_.functions.place(function);
  const facts::FileFacts& facts = program_.facts(place.file);
  const facts::Index declaration = facts.functions[place.index].declaration;
  return declaration != 0 && facts.declarations[declaration].type != 0;
}

}  // namespace detoy::analysis

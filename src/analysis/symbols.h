// What names and access paths stand for, across files: the repository's types, functions and variables, or something
// that comes from outside.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "analysis/modules.h"
#include "analysis/name_bits.h"
#include "analysis/program.h"
#include "base/flat_map.h"
#include "catalog/catalog.h"

namespace detoy::analysis {

// A name from outside the repository: package "ioredis", symbol "default" or "Redis"; further members joined by '.'.
struct External {
  NameId package = 0;
  NameId symbol = 0;
};

// What an expression denotes, as far as it can be told.
struct Object {
  enum class Kind : std::uint8_t {
    unknown,
    instance,    // an object of `type`
    type,        // the type itself
    function,    // `function`
    module,      // all of `module`
    external,    // something from outside: the package's symbol, an object of it or what it returned
    collection,  // a built-in container; `written` tells of what
    plain,       // a number, string, boolean or null
  };
  Kind kind = Kind::unknown;
  TypeId type = 0;
  FunctionId function = 0;
  FileId module = no_file;
  External external = {};
  // The type as written, and where: for element types of containers.
  std::string_view written = {};
  FileId written_in = no_file;
  facts::Index literal = 0;  // collection: the object literal that it is, in `written_in`

  explicit operator bool() const { return kind != Kind::unknown; }
};

class Symbols {
 public:
  Symbols(const Program& program, const Modules& modules, const catalog::Catalog& catalog);

  // Follows an import (and re-exports) to what it names.
  Object imported(DeclarationId import) const;
  // The top-level variable that an import stands for, through re-exports; 0 if it names something else.
  DeclarationId imported_variable(DeclarationId import) const;
  DeclarationId exported_variable(FileId file, NameId name) const;
  // The variable that an undeclared name stands for by `use store::*`; 0 if there is none.
  DeclarationId glob_variable(FileId file, NameId name) const;
  // The value of a variable, parameter, field, import, function or type name.
  Object of_declaration(DeclarationId id) const;
  Object of_value(FileId file, facts::Index value) const;
  // The first `steps` steps of a path.
  Object of_path(FileId file, const facts::Path& path, std::uint32_t steps) const;
  // The object that an expression's type text describes.
  Object of_type_text(FileId file, std::string_view text, TypeId inside = 0) const;
  Object returned(FunctionId function) const;
  // What an object literal has under a key.
  Object literal_member(const Object& object, NameId name) const;

  // Members of a type, inherited ones included; 0 if there is none.
  DeclarationId field(TypeId type, NameId name) const;
  FunctionId method(TypeId type, NameId name) const;
  // The method as the types that implement or extend this one define it (for interfaces and base classes).
  std::vector<FunctionId> overrides(TypeId type, NameId name) const;
  const std::vector<FunctionId>& methods_named(NameId name) const;
  std::span<const FunctionId> methods(TypeId type) const;
  std::span<const DeclarationId> fields(TypeId type) const;
  std::span<const TypeId> subtypes(TypeId type) const;  // direct
  std::span<const TypeId> supertypes(TypeId type) const;
  // Bases that come from outside the repository.
  const std::vector<External>& external_bases(TypeId type) const;
  // Whether the type, or one that it extends, has a base of one of these names.
  bool extends_one_of(TypeId type, const std::vector<std::string>& names) const;
  // Whether the header of this class or impl block names one of these as a base, and the repository has no such type.
  bool names_base(FileId file, facts::Index type, const std::vector<std::string>& names) const;
  FunctionId constructor(TypeId type) const;

  // One type for a Rust struct and all its impl blocks; itself for all others.
  TypeId canonical(TypeId type) const { return canonical_[type]; }
  // The method's type, in its canonical form; 0 for functions that are no methods. Closures have the type of the method
  // that they stand in.
  TypeId owner(FunctionId function) const;
  bool is_method(FunctionId function) const;
  TypeId type_named(FileId from, std::string_view name) const;
  TypeId type_named(FileId from, NameId name) const;
  // The type with the program's own names for types written out: Shared as Arc<RwLock<HashMap<String, Entry>>>. Valid
  // as long as this object.
  std::string_view expanded(FileId file, std::string_view type) const;
  // Arc, Mutex, Box and the like: what they hold is what counts.
  bool is_wrapper(std::string_view name) const { return wrapper_names_.contains(name); }
  // Containers, wrappers and plain types of the languages themselves.
  bool is_built_in(std::string_view name) const {
    return is_collection(name) || is_wrapper(name) || plain_types_.contains(name);
  }
  // The exported declaration of a file by name.
  Object exported(FileId file, NameId name, int depth = 0) const;
  Object whole_module(FileId module) const;

  const Program& program() const { return program_; }
  const Modules& modules() const { return modules_; }

 private:
  void index_types();
  void index_assignments();
  void index_globs();
  void add_glob(FileId file, std::string_view module);
  void index_module_aliases(FileId file);
  void index_exports();
  void index_members();
  void link_bases();
  Object of_declaration_uncached(DeclarationId id) const;
  DeclarationId find_exported_variable(FileId file, NameId name, int depth) const;
  Object of_path_uncached(FileId file, const facts::Path& path, std::uint32_t steps) const;
  Object member(const Object& object, FileId file, const facts::Step& step) const;
  Object call_result(const Object& object) const;
  Object element(const Object& object) const;
  Object global_name(FileId file, const facts::Path& path, std::uint32_t steps, std::uint32_t& taken) const;
  Object of_glob(FileId file, NameId name) const;
  // As of_type_text(), and remembered: most types are written more than once.
  Object of_written_type(FileId file, facts::StringId text, TypeId inside) const;
  Object wrapped_argument(FileId file, const facts::Call& call) const;
  bool extends_own(TypeId type, std::string_view base) const;
  bool is_collection(std::string_view name) const { return collections_.contains(name); }
  // The same for names that are asked about at every step of every path.
  enum Word : std::uint8_t {
    collection_word = 1u << 0,
    wrapper_word = 1u << 1,
    transparent_word = 1u << 2,
    element_word = 1u << 3,  // methods of containers that hand out what is inside
    same_word = 1u << 4,     // methods of containers that give a container of the same
  };
  void learn_words();
  bool is(NameId name, Word word) const { return (words_.of(name) & word) != 0; }

  const Program& program_;
  const Modules& modules_;
  const catalog::Catalog& catalog_;
  const std::vector<std::string>& wrappers_;
  std::unordered_set<std::string_view> collections_;
  std::unordered_set<std::string_view> wrapper_names_;
  std::unordered_set<std::string_view> plain_types_;
  NameBits words_;
  std::unordered_map<std::string_view, std::string_view> library_types_;  // type name -> package
  std::vector<TypeId> canonical_;
  std::unordered_map<NameId, std::vector<TypeId>> types_by_name_;
  std::vector<std::vector<FunctionId>> methods_;
  std::vector<std::vector<DeclarationId>> fields_;
  // The names of those, in the same order: looking through them touches no facts.
  std::vector<std::vector<NameId>> method_names_;
  std::vector<std::vector<NameId>> field_names_;
  std::vector<std::vector<TypeId>> subtypes_;
  std::vector<std::vector<TypeId>> supertypes_;
  std::unordered_map<NameId, std::vector<FunctionId>> methods_by_name_;
  std::vector<FlatMap<NameId, DeclarationId>> top_level_;  // by file
  // What a file exports, with what is asked at every step through chains of re-exports.
  struct Offer {
    const facts::Export* entry = nullptr;
    NameId name = 0;
    bool all = false;         // of `target`
    FileId target = no_file;  // re-exported from there; no_file: its own, or from outside
  };
  std::vector<std::vector<Offer>> offers_;  // by file
  std::vector<std::vector<FileId>> globs_;  // Rust, Python: by file, the modules all of whose names it uses
  // Values assigned to variables and fields as a whole, for those that begin as null.
  std::unordered_map<DeclarationId, std::vector<std::pair<FileId, facts::Index>>> assigned_;
  mutable std::vector<std::uint8_t> state_;  // of cached_: 0 not asked, 1 in progress, 2 known
  mutable std::vector<Object> cached_;
  std::unordered_map<FunctionId, std::vector<facts::Index>> returns_;  // values
  // By file and step: what the path up to and including the step denotes. Steps of one chain stand together, so a step
  // names one prefix. Answers that were cut short by a cycle are not kept. Most prefixes denote nothing that is known,
  // so what they denote stands apart: a prefix is its place there, plus one.
  mutable std::vector<std::vector<std::uint32_t>> prefixes_;
  mutable std::deque<Object> denoted_;  // 0: nothing
  mutable std::uint64_t cycles_ = 0;
  mutable FlatMap<std::uint64_t, DeclarationId> exported_variables_;  // (file, name)
  mutable FlatMap<DeclarationId, DeclarationId> imported_variables_;
  mutable std::unordered_map<TypeId, std::vector<External>> external_bases_;
  mutable FlatMap<std::uint64_t, Object> written_types_;        // (file, text)
  mutable FlatMap<std::uint64_t, DeclarationId> found_fields_;  // (type, name)
  mutable std::vector<std::uint8_t> returned_state_;
  mutable std::vector<Object> returned_;
  std::unordered_multimap<std::string_view, DeclarationId> aliases_;
  const DeclarationId* alias(FileId file, std::string_view qualifier, std::string_view name) const;
  // Rust: by file, what it calls differently: (TokioMutex, Mutex)
  std::vector<std::vector<std::pair<std::string_view, std::string_view>>> renames_;
  std::string renamed(FileId file, std::string_view type) const;
  mutable std::unordered_map<std::string, std::string> expansions_;  // by file and type
};

}  // namespace detoy::analysis

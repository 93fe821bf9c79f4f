#include "analysis/rust_modules.h"

namespace detoy::analysis {

RustModules::ModuleId RustModules::child(ModuleId module, NameId name) const {
  const ModuleId* found = children_.find(static_cast<std::uint64_t>(module) << 32 | name);
  return found == nullptr ? 0 : *found;
}

RustModules::ModuleId RustModules::root_of(std::uint32_t package) {
  const auto [root, fresh] = roots_.insert(package, static_cast<ModuleId>(modules_.size()));
  if (fresh) modules_.emplace_back();
  return *root;
}

void RustModules::add(FileId id) {
  const SourceFile& file = program_.file(id);
  const std::size_t crate = file.package == source::File::no_package ? 0 : tree_.packages[file.package].path.size();
  // src/orders/store.rs and src/orders/store/mod.rs are orders::store; lib.rs and main.rs are the root.
  std::string_view inner = std::string_view(file.path).substr(crate == 0 ? 0 : crate + 1);
  if (inner.starts_with("src/")) inner.remove_prefix(4);
  inner = inner.substr(0, inner.rfind('.'));
  if (inner == "lib" || inner == "main") inner = {};
  if (inner.ends_with("/mod")) inner.remove_suffix(4);
  ModuleId module = root_of(file.package);
  while (!inner.empty()) {
    const auto slash = inner.find('/');
    const NameId name = program_.name(inner.substr(0, slash));
    const auto [next, fresh] =
        children_.insert(static_cast<std::uint64_t>(module) << 32 | name, static_cast<ModuleId>(modules_.size()));
    if (fresh) modules_.push_back({module, no_file});
    module = *next;
    inner = slash == std::string_view::npos ? std::string_view{} : inner.substr(slash + 1);
  }
  // lib.rs wins over main.rs as the crate's root.
  if (modules_[module].file == no_file || file.path.ends_with("lib.rs")) modules_[module].file = id;
  of_files_.emplace(id, module);
}

bool RustModules::names_crate(FileId from, std::string_view name) const {
  const std::uint32_t* package = crates_.find(program_.name(name));
  return package != nullptr && *package != program_.file(from).package;
}

// no_file if not even the first name leads to a module that is a file.
FileId RustModules::deepest(ModuleId module, const std::vector<NameId>& path, std::size_t first) const {
  FileId found = no_file;
  for (std::size_t i = first; i < path.size() && module != 0; ++i) {
    module = child(module, path[i]);
    if (module != 0 && modules_[module].file != no_file) found = modules_[module].file;
  }
  return found;
}

FileId RustModules::at_or_above(ModuleId module) const {
  while (module != 0 && modules_[module].file == no_file) module = modules_[module].parent;
  return modules_[module].file;
}

FileId RustModules::resolve(FileId from, std::string_view text) const {
  std::vector<NameId> path;
  for (std::string_view rest = text; !rest.empty();) {
    const auto colons = rest.find("::");
    path.push_back(program_.name(rest.substr(0, colons)));
    rest = colons == std::string_view::npos ? std::string_view{} : rest.substr(colons + 2);
  }
  if (path.empty()) return no_file;
  const NameId super = program_.name("super");
  const NameId self = program_.name("self");
  const ModuleId* own_root = roots_.find(program_.file(from).package);
  const auto own = of_files_.find(from);
  if (own_root == nullptr || own == of_files_.end()) return no_file;
  const ModuleId root = *own_root;
  ModuleId here = own->second;
  const auto inside = [&](ModuleId module, std::size_t first) {
    const FileId found = deepest(module, path, first);
    return found != no_file ? found : at_or_above(module);
  };
  if (path[0] == program_.name("crate")) return inside(root, 1);
  if (path[0] == self || path[0] == super) {
    std::size_t first = 0;
    for (; first < path.size() && (path[first] == super || path[first] == self); ++first) {
      if (path[first] == super && modules_[here].parent != 0) here = modules_[here].parent;
    }
    return inside(here, first);
  }
  // A child of this module, a module of the crate's root, or another crate of the repository.
  FileId found = deepest(here, path, 0);
  if (found == no_file) found = deepest(root, path, 0);
  if (found != no_file) return found;
  const std::uint32_t* package = crates_.find(path[0]);
  const ModuleId* other = package == nullptr ? nullptr : roots_.find(*package);
  return other == nullptr ? no_file : inside(*other, 1);
}

}  // namespace detoy::analysis

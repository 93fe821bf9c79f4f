// The modules of the repository's crates, and what a path such as `crate::orders::store` leads to among them.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "analysis/program.h"
#include "base/flat_map.h"

namespace detoy::analysis {

class RustModules {
 public:
  RustModules(const Program& program, const source::Tree& tree) : program_(program), tree_(tree) {}

  // `name` as code writes it, with '_' for '-'.
  void add_crate(std::string_view name, std::uint32_t package) { crates_.insert(program_.name(name), package); }
  void add(FileId file);

  // The file of the longest prefix of the path that is a module of this crate or another of the repository: what
  // follows are names in it. no_file if the path leads out of the repository.
  FileId resolve(FileId from, std::string_view path) const;
  // Whether it is a crate of the repository, and not the file's own.
  bool names_crate(FileId from, std::string_view name) const;

 private:
  using ModuleId = std::uint32_t;  // 0: none
  struct Module {
    ModuleId parent = 0;    // 0: the crate's root
    FileId file = no_file;  // no_file: only a folder
  };
  ModuleId child(ModuleId module, NameId name) const;
  ModuleId root_of(std::uint32_t package);
  FileId deepest(ModuleId start, const std::vector<NameId>& path, std::size_t first) const;
  FileId at_or_above(ModuleId module) const;

  const Program& program_;
  const source::Tree& tree_;
  FlatMap<NameId, std::uint32_t> crates_;  // to packages
  std::vector<Module> modules_ = {{}};
  FlatMap<std::uint64_t, ModuleId> children_;  // (parent, name)
  FlatMap<std::uint32_t, ModuleId> roots_;     // by package
  std::unordered_map<FileId, ModuleId> of_files_;
};

}  // namespace detoy::analysis

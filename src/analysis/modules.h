// What an import's module string stands for: a file of the repository, or a package from outside.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "analysis/program.h"
#include "analysis/rust_modules.h"
#include "base/flat_map.h"

namespace detoy::analysis {

class Modules {
 public:
  Modules(const Program& program, const source::Tree& tree);

  // The file that `module`, imported in `from`, names; no_file for an outside package.
  FileId resolve(FileId from, std::string_view module) const;
  // Rust: whether a path's first name is another crate of the workspace.
  bool names_crate(FileId from, std::string_view name) const;
  // Python: the file of `name` as a submodule of `module` (`from package import submodule`).
  FileId submodule(FileId from, std::string_view module, std::string_view name) const;
  // Python: the file of `name` in the package whose __init__.py is `package`.
  FileId within(FileId package, std::string_view name) const;

 private:
  FileId resolve_uncached(FileId from, std::string_view module) const;
  FileId script(FileId from, std::string_view module) const;
  FileId python(FileId from, std::string_view module) const;
  FileId rust(FileId from, std::string_view module) const;
  FileId with_endings(std::string path) const;
  FileId dotted(FileId from, const std::string& path) const;

  const Program& program_;
  const source::Tree& tree_;
  mutable FlatMap<std::uint64_t, FileId> known_;                         // (file, module)
  std::unordered_map<std::string, std::uint32_t> npm_packages_;          // name -> package
  std::unordered_set<std::string> npm_scopes_;                           // "@acme" of the workspace's own packages
  std::unordered_map<std::string, std::vector<FileId>> folder_indexes_;  // folder name -> its index files
  std::unordered_map<std::string, std::vector<FileId>> python_tails_;    // "pkg/mod" of every tail of a path -> files
  RustModules rust_;
};

}  // namespace detoy::analysis

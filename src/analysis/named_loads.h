// Files that code loads by a name that it puts together while it runs: import(`./services/${name}`),
// require(path.join(__dirname, file)), importlib.import_module(f"app.jobs.{name}").
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/program.h"
#include "catalog/catalog.h"

namespace detoy::analysis {

class NamedLoads {
 public:
  NamedLoads(const Program& program, const source::Tree& tree, const catalog::Catalog& catalog)
      : program_(program), tree_(tree), catalog_(catalog), loading_(catalog.words("module_loading_functions")) {}

  // Whether the call loads a module that an argument names.
  bool loads(FileId file, const facts::Call& call) const;
  // The files that such a call, whose argument is no literal, may load: all whose path fits what is known of the name.
  // If nothing is known, those that a glob in the same file finds: glob("plugins/*/server/*.js").
  const std::vector<FileId>& files_of(FileId file, const facts::Call& call);

 private:
  // What is known of a name, with '*' for the rest; "./" in front stands for the folder of the file.
  std::string pattern_of(FileId file, facts::Index value, int depth);
  std::string pattern_of_path(FileId file, const facts::Path& path, int depth);
  std::string pattern_of_call(FileId file, const facts::Call& call, int depth);
  void add_fitting(FileId from, const std::string& pattern, std::vector<FileId>& found) const;

  const Program& program_;
  const source::Tree& tree_;
  const catalog::Catalog& catalog_;
  const std::vector<std::string>& loading_;
  int values_left_ = 0;                                            // that may be looked at for one name
  std::map<std::string, std::vector<FileId>, std::less<>> known_;  // by file and pattern; no pattern: by its globs
};

}  // namespace detoy::analysis

// Embedded databases that code opens when it needs them: the file is the state, not the connection.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "analysis/context.h"

namespace detoy::analysis {

class OpenedDatabases {
 public:
  explicit OpenedDatabases(const Context& context) : context_(context) {}

  // Whether the call opens a database that the program changes, and that was not asked about before. `kept`: the object
  // that it makes lives on.
  bool another(CallId call, bool kept);

 private:
  bool written(FileId file);
  void find_writing_files();
  std::string database_of(CallId call) const;
  std::string path_in(FileId file, facts::Index value, int depth) const;

  const Context& context_;
  std::vector<bool> writing_files_;
  std::unordered_set<std::string> seen_;
};

}  // namespace detoy::analysis

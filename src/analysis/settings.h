// Which setting a condition asks for.
#pragma once

#include <string>

#include "analysis/call_graph.h"

namespace detoy::analysis {

struct Setting {
  std::string name;           // "REDIS_URL", "storage.backend"
  std::string default_value;  // the code's default, "" if it has none
  bool has_default = false;
  explicit operator bool() const { return !name.empty(); }
};

class Settings {
 public:
  Settings(const CallGraph& graph, const catalog::Catalog& catalog);

  // The setting that a value depends on: an environment variable, a key of a configuration object, through local
  // variables and calls. Empty if it depends on none.
  Setting of_value(FileId file, facts::Index value, int depth = 0) const;
  // The innermost enclosing condition that asks for a setting; `branch` receives it.
  Setting of_branch(FileId file, facts::Index branch, facts::Index* found = nullptr) const;

 private:
  Setting of_path(FileId file, const facts::Path& path, int depth) const;

  Setting read_by(FileId file, const facts::Path& path, const facts::Call& call) const;
  Setting read_by_helper(FileId file, const facts::Call& call) const;
  const facts::Value* scheme_default(FileId file, const facts::Path& path, std::string_view name) const;
  void declared_default(FileId file, const facts::Path& path, Setting& setting, int depth) const;

  void take_default(FileId file, facts::Index initial, Setting& setting, int depth) const;
  void find_framework_settings(FileId file);

  const CallGraph& graph_;
  const Program& program_;
  std::unordered_set<std::string_view> holders_;
  std::unordered_set<std::string_view> getters_;
  std::unordered_set<std::string_view> questions_;
  std::unordered_set<std::string_view> frameworks_;
  std::unordered_map<NameId, DeclarationId> framework_settings_;
};

}  // namespace detoy::analysis

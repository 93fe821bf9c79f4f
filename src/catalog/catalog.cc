#include "catalog/catalog.h"

#include <algorithm>

#include "catalog/fields.h"
#include "catalog/node.h"
#include "catalog/reader.h"

namespace detoy::catalog {

Result<Project> Catalog::extend(std::string_view yaml, const std::string& path) {
  const auto tree = parse_yaml(yaml, path, ErrorCategory::usage);
  if (!tree) return std::unexpected(tree.error());
  Problems problems(path, ErrorCategory::usage);
  Catalog extended = *this;  // so that a file with an error changes nothing
  Project project = Reader(extended, problems).read_project(tree->root);
  if (problems.first()) return std::unexpected(*problems.first());
  *this = std::move(extended);
  return project;
}

const Kind* Catalog::kind(std::string_view name) const {
  const auto found = std::find_if(kinds_.begin(), kinds_.end(), [&](const Kind& kind) { return kind.name == name; });
  return found == kinds_.end() ? nullptr : &*found;
}

const std::vector<std::string>& Catalog::words(std::string_view list) const {
  static const std::vector<std::string> none;
  const auto found = words_.find(list);
  return found == words_.end() ? none : found->second;
}

double Catalog::policy(std::string_view name) const {
  const auto found = policy_.find(name);
  return found == policy_.end() ? 0 : found->second;
}

}  // namespace detoy::catalog

#include "catalog/catalog.h"

#include <algorithm>
#include <array>

#include "catalog/embedded_catalog.h"
#include "catalog/fields.h"
#include "catalog/node.h"
#include "catalog/reader.h"

namespace detoy::catalog {
namespace {

// Words come before the kinds that are checked against them, kinds before what names them.
int reading_order(std::string_view path) {
  constexpr std::array<std::string_view, 2> first{"words.yaml", "kinds/"};
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (path.starts_with(first[i])) return static_cast<int>(i);
  }
  return static_cast<int>(first.size());
}

}  // namespace

Result<Catalog> Catalog::built_in() {
  const auto embedded = embedded_files();
  std::vector<EmbeddedFile> files(embedded.begin(), embedded.end());
  std::stable_sort(files.begin(), files.end(), [](const EmbeddedFile& a, const EmbeddedFile& b) {
    return reading_order(a.path) < reading_order(b.path);
  });
  Catalog catalog;
  for (const EmbeddedFile& file : files) {
    const std::string path = "catalog/" + std::string(file.path);
    const auto root = parse_yaml(file.text, path, ErrorCategory::internal);
    if (!root) return std::unexpected(root.error());
    Problems problems(path, ErrorCategory::internal);
    Reader(catalog, problems).read_file(file.path, *root);
    if (problems.first()) return std::unexpected(*problems.first());
  }
  return catalog;
}

Result<Project> Catalog::extend(std::string_view yaml, const std::string& path) {
  const auto root = parse_yaml(yaml, path, ErrorCategory::usage);
  if (!root) return std::unexpected(root.error());
  Problems problems(path, ErrorCategory::usage);
  Catalog extended = *this;  // so that a file with an error changes nothing
  Project project = Reader(extended, problems).read_project(*root);
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

// The packages of a repository and which of them a file belongs to.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "source/manifest.h"
#include "source/project.h"
#include "source/source.h"

namespace detoy::source {

// Finds the packages around a path. The projects must outlive it.
class PackageMap {
 public:
  explicit PackageMap(const std::vector<Project>& projects);

  // The innermost package of the file's own ecosystem that contains it, else the innermost of any: a script in a folder
  // of a Python project belongs to the npm package above.
  std::uint32_t owner(std::string_view path, Language language) const;

  // All packages of the innermost folder that has any and contains `folder`.
  std::vector<std::uint32_t> around(std::string_view folder) const;

 private:
  const std::vector<Project>& projects_;
  std::unordered_map<std::string_view, std::vector<std::uint32_t>> by_folder_;
};

// Everything that the manifests declare, ordered by path. When files belong to none, the root is a package too, called
// `root_name`.
std::vector<Project> find_projects(const std::vector<Manifest>& manifests, const std::vector<File>& files,
                                   const FileIndex& index, const std::string& root_name,
                                   std::vector<Warning>& warnings);

// Whose packages hold code in this language.
PackageKind package_kind_of(Language language);

// Sets each file's package.
void assign_packages(std::vector<File>& files, const std::vector<Project>& projects);

// Decides which projects only group others; after assign_packages and mark_deployed.
void mark_workspace_roots(std::vector<Project>& projects, const std::vector<File>& files);

}  // namespace detoy::source

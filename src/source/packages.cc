#include "source/packages.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_set>
#include <utility>

#include "source/relative_path.h"

namespace detoy::source {
namespace {

std::optional<Project> read_manifest(const Manifest& manifest, const FileIndex& index, std::vector<Warning>& warnings) {
  switch (manifest.kind) {
    case ManifestKind::package_json:
      return read_npm_package(manifest, index, warnings);
    case ManifestKind::nx_project:
      return read_nx_project(manifest, index, warnings);
    case ManifestKind::cargo:
      return read_cargo_package(manifest, index, warnings);
    case ManifestKind::pyproject:
    case ManifestKind::setup_py:
    case ManifestKind::setup_cfg:
    case ManifestKind::requirements:
    case ManifestKind::pipfile:
      return read_python_package(manifest, index, warnings);
    default:
      return std::nullopt;
  }
}

// A requirements.txt beside notebooks or documents makes no Python project.
bool has_sources(const Project& project, const FileIndex& index) {
  if (project.package.kind != PackageKind::python) return true;
  const auto files = index.inside(project.package.path);
  return std::any_of(files.begin(), files.end(), [](const File& file) { return file.language == Language::python; });
}

// Manifests of one folder and kind describe one package.
class Collector {
 public:
  void add(Project project) {
    const auto [known, is_new] = indices_.try_emplace({project.package.path, project.package.kind}, projects_.size());
    if (is_new) {
      projects_.push_back(std::move(project));
    } else {
      merge_project(projects_[known->second], std::move(project));
    }
  }

  std::vector<Project> take() { return std::move(projects_); }

 private:
  std::vector<Project> projects_;
  std::map<std::pair<std::string, PackageKind>, std::size_t> indices_;
};

// The root as a package for the files that no other contains; of the kind that most of them have.
void add_root_for_rest(std::vector<Project>& projects, const std::vector<File>& files) {
  const PackageMap map(projects);
  std::array<std::size_t, 4> counts = {};
  for (const auto& file : files) {
    if (map.owner(file.path, file.language) == File::no_package) {
      ++counts[static_cast<std::size_t>(package_kind_of(file.language))];
    }
  }
  const auto most = std::max_element(counts.begin(), counts.end());
  if (*most == 0) return;
  Project root;
  root.package.kind = static_cast<PackageKind>(most - counts.begin());
  projects.insert(projects.begin(), std::move(root));
}

}  // namespace

PackageKind package_kind_of(Language language) {
  switch (language) {
    case Language::python:
      return PackageKind::python;
    case Language::rust:
      return PackageKind::cargo;
    case Language::none:
      return PackageKind::none;
    default:
      return PackageKind::npm;
  }
}

PackageMap::PackageMap(const std::vector<Project>& projects) : projects_(projects) {
  for (std::uint32_t i = 0; i < projects.size(); ++i) by_folder_[projects[i].package.path].push_back(i);
}

std::uint32_t PackageMap::owner(std::string_view path, Language language) const {
  const auto kind = package_kind_of(language);
  std::uint32_t innermost = File::no_package;
  while (!path.empty()) {
    path = folder_of(path);
    const auto found = by_folder_.find(path);
    if (found == by_folder_.end()) continue;
    for (const auto i : found->second) {
      if (projects_[i].package.kind == kind) return i;
      if (innermost == File::no_package) innermost = i;
    }
  }
  return innermost;
}

std::vector<std::uint32_t> PackageMap::around(std::string_view folder) const {
  while (true) {
    const auto found = by_folder_.find(folder);
    if (found != by_folder_.end()) return found->second;
    if (folder.empty()) return {};
    folder = folder_of(folder);
  }
}

std::vector<Project> find_projects(const std::vector<Manifest>& manifests, const std::vector<File>& files,
                                   const FileIndex& index, const std::string& root_name,
                                   std::vector<Warning>& warnings) {
  Collector collector;
  std::unordered_set<std::string> grouping;  // folders where a manifest does nothing but group packages
  for (const auto& manifest : manifests) {
    if (manifest.kind == ManifestKind::workspace) {
      if (names_workspaces(manifest, warnings)) grouping.emplace(folder_of(manifest.path));
    } else if (auto project = read_manifest(manifest, index, warnings)) {
      if (has_sources(*project, index)) collector.add(std::move(*project));
    }
  }
  auto projects = collector.take();
  std::stable_sort(projects.begin(), projects.end(), [](const Project& a, const Project& b) {
    return std::pair(std::string_view(a.package.path), a.package.kind) <
           std::pair(std::string_view(b.package.path), b.package.kind);
  });
  add_root_for_rest(projects, files);
  for (auto& project : projects) {
    if (project.package.name.empty()) {
      project.package.name = project.package.path.empty() ? root_name : std::string(name_of(project.package.path));
    }
    if (grouping.contains(project.package.path) && project.package.kind == PackageKind::npm) {
      project.groups_others = true;
    }
  }
  return projects;
}

void assign_packages(std::vector<File>& files, const std::vector<Project>& projects) {
  const PackageMap map(projects);
  for (auto& file : files) file.package = map.owner(file.path, file.language);
}

void mark_workspace_roots(std::vector<Project>& projects, const std::vector<File>& files) {
  for (std::uint32_t i = 0; i < projects.size(); ++i) {
    auto& project = projects[i];
    if (!project.groups_others) continue;
    const auto& entries = project.package.entry_points;
    // With code of its own to start or import it's a package besides.
    const bool has_own_code = std::any_of(files.begin(), files.end(), [&](const File& file) {
      return file.package == i && std::find(entries.begin(), entries.end(), file.path) != entries.end();
    });
    project.package.is_workspace_root = !has_own_code;
  }
}

}  // namespace detoy::source

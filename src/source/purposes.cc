#include "source/purposes.h"

#include <algorithm>
#include <map>
#include <utility>

#include "source/frameworks.h"
#include "source/relative_path.h"
#include "source/role_rules.h"
#include "source/roles.h"

namespace detoy::source {
namespace {

class Purposes {
 public:
  Purposes(const std::vector<Project>& projects, const std::vector<File>& files)
      : projects_(projects),
        purposes_(projects.size(), Purpose::unknown),
        used_by_(projects.size()),
        serves_(projects.size(), false) {
    link();
    find_servers(files);
    for (std::size_t i = 0; i < projects_.size(); ++i) {
      if (is_device(i)) purposes_[i] = Purpose::device;
    }
    for (std::size_t i = 0; i < projects_.size(); ++i) {
      if (purposes_[i] == Purpose::unknown && is_command(i)) purposes_[i] = Purpose::command;
    }
    while (spread()) {
    }
  }

  std::vector<Purpose> take() { return std::move(purposes_); }

 private:
  // Which packages of the repository use which.
  void link() {
    std::map<std::pair<PackageKind, std::string_view>, std::size_t> by_name;
    for (std::size_t i = 0; i < projects_.size(); ++i) {
      by_name.emplace(std::pair(projects_[i].package.kind, std::string_view(projects_[i].package.name)), i);
    }
    for (std::size_t i = 0; i < projects_.size(); ++i) {
      const auto& project = projects_[i];
      const auto add = [&](const std::string& name) {
        const auto found = by_name.find({project.package.kind, name});
        if (found == by_name.end() || found->second == i) return;
        used_by_[found->second].push_back(i);
      };
      for (const auto& name : project.package.dependencies) add(name);
      // Bundlers take development dependencies into what they build.
      for (const auto& name : project.development) add(name);
    }
  }

  // Packages with a server library, a server folder or a container, and all that use them.
  void find_servers(const std::vector<File>& files) {
    std::vector<std::size_t> open;
    const auto mark = [&](std::size_t i) {
      if (serves_[i]) return;
      serves_[i] = true;
      open.push_back(i);
    };
    for (const auto& file : files) {
      if (file.package == File::no_package || projects_[file.package].package.kind != PackageKind::npm) continue;
      if (is_server_part(path_in_package(file, projects_[file.package]))) mark(file.package);
    }
    for (std::size_t i = 0; i < projects_.size(); ++i) {
      const auto& project = projects_[i];
      if (project.has_server_library || project.has_full_stack_framework || project.has_worker_library ||
          project.package.has_container) {
        mark(i);
      }
    }
    while (!open.empty()) {
      const auto server = open.back();
      open.pop_back();
      for (const auto user : used_by_[server]) mark(user);
    }
  }

  bool is_device(std::size_t i) const {
    const auto& project = projects_[i];
    // A desktop program may well listen, on the device.
    if (project.has_desktop_library || name_of(project.package.path) == "src-tauri") return true;
    return project.package.kind == PackageKind::npm && project.is_ui() && !serves_[i];
  }

  bool is_command(std::size_t i) const {
    const auto& project = projects_[i];
    if (serves_[i]) return false;
    if (project.extends_a_tool) return true;
    if (!project.has_command) return false;
    const bool named = is_command_name(project.package.name) || is_command_name(name_of(project.package.path));
    // What others import is a library besides.
    return named || (project.has_terminal_library && used_by_[i].empty());
  }

  bool is_library(std::size_t i) const {
    const auto& project = projects_[i];
    const auto kind = project.package.kind;
    return (kind == PackageKind::npm || kind == PackageKind::cargo) && !project.has_command && !project.is_published &&
           !project.package.has_start_script && !serves_[i];
  }

  // False when nothing changed.
  bool spread() {
    bool changed = false;
    for (std::size_t i = 0; i < projects_.size(); ++i) {
      if (purposes_[i] != Purpose::unknown || !is_library(i)) continue;
      const auto purpose = purpose_of_users(i);
      if (purpose == Purpose::unknown) continue;
      purposes_[i] = purpose;
      changed = true;
    }
    return changed;
  }

  Purpose purpose_of_users(std::size_t i) const {
    auto purpose = Purpose::unknown;
    for (const auto user : used_by_[i]) {
      if (is_aside(projects_[user].package.path)) continue;
      if (purposes_[user] == Purpose::unknown) return Purpose::unknown;
      if (purpose != Purpose::command) purpose = purposes_[user];
    }
    return purpose;
  }

  const std::vector<Project>& projects_;
  std::vector<Purpose> purposes_;
  std::vector<std::vector<std::size_t>> used_by_;  // indices, by project
  std::vector<bool> serves_;
};

}  // namespace

std::vector<Purpose> find_purposes(const std::vector<Project>& projects, const std::vector<File>& files) {
  return Purposes(projects, files).take();
}

std::string_view path_in_package(const File& file, const Project& project) {
  std::string_view path = file.path;
  if (!project.package.path.empty()) path.remove_prefix(project.package.path.size() + 1);
  return path;
}

bool is_server_part(std::string_view path) {
  const auto first = path.substr(0, path.find('/'));
  if (first.size() == path.size()) return without_extension(path) == "server";
  return std::find(kServerFolders.begin(), kServerFolders.end(), first) != kServerFolders.end();
}

}  // namespace detoy::source

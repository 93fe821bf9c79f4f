#include "source/roles.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "source/glob.h"
#include "source/packages.h"
#include "source/purposes.h"
#include "source/relative_path.h"
#include "source/role_rules.h"

namespace detoy::source {
namespace {

using FolderSet = std::unordered_set<std::string_view>;

template <std::size_t size>
bool lists(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool speaks(Speaks wanted, Language language) {
  switch (wanted) {
    case Speaks::any:
      return true;
    case Speaks::script:
      return same_family(language, Language::typescript);
    case Speaks::javascript:
      return language == Language::javascript;
    case Speaks::python:
      return language == Language::python;
    case Speaks::rust:
      return language == Language::rust;
  }
  return false;
}

// "tools.service.ts" in "tools": the folder is a module of the product that is called so.
bool is_named_after(std::string_view file, std::string_view folder) {
  constexpr auto kParts =
      std::to_array<std::string_view>({"service", "controller", "module", "resolver", "gateway", "router", "routes",
                                       "repository", "entity", "model", "schema", "provider"});
  const auto stem = file.substr(0, file.find('.'));
  if (stem.size() == file.size()) return false;
  const bool same = stem == folder || (folder.ends_with('s') && stem == folder.substr(0, folder.size() - 1)) ||
                    (stem.ends_with('s') && folder == stem.substr(0, stem.size() - 1));
  if (!same) return false;
  const auto rest = file.substr(stem.size() + 1);
  return lists(kParts, rest.substr(0, rest.find('.')));
}

// What a folder's path tells about the files in it.
struct FolderRoles {
  std::vector<const FolderRule*> rules;  // those that hold, by the file's language
  bool inside_source = false;
};

FolderRoles examine_folder(std::string_view folder, const FolderSet& modules, const FolderSet& python_packages) {
  FolderRoles roles;
  std::size_t begin = 0;
  while (begin < folder.size()) {
    auto end = folder.find('/', begin);
    if (end == std::string_view::npos) end = folder.size();
    const auto name = folder.substr(begin, end - begin);
    const auto path = folder.substr(0, end);
    const auto parent = begin == 0 ? std::string_view() : folder.substr(0, begin - 1);
    const bool inside = roles.inside_source || (begin > 0 && python_packages.contains(parent));
    if (!modules.contains(path)) {
      for (const auto& rule : kFolderRules) {
        if (glob_matches(rule.pattern, name) && (!inside || rule.place == Place::anywhere))
          roles.rules.push_back(&rule);
      }
    }
    roles.inside_source = inside || lists(kSourceFolders, name);
    begin = end + 1;
  }
  return roles;
}

class Classifier {
 public:
  Classifier(const std::vector<File>& files, const std::vector<Project>& projects, const WalkOptions& options)
      : projects_(projects) {
    for (const auto& [pattern, role] : options.roles) chosen_.emplace_back(IgnoreRules::parse(pattern), role);
    for (const auto& file : files) {
      paths_.insert(file.path);
      const auto folder = folder_of(file.path);
      const auto name = name_of(file.path);
      if (name == "__init__.py") python_packages_.insert(folder);
      if (!folder.empty() && is_named_after(name, name_of(folder))) modules_.insert(folder);
    }
    purposes_ = find_purposes(projects, files);
    find_shipped();
  }

  Role role_of(const File& file) {
    for (const auto& [rules, role] : chosen_) {
      if (rules.covers(file.path)) return role;
    }
    const auto& folder = is_shipped(file) ? shipped_folder_roles(file) : folder_roles(folder_of(file.path));
    for (const auto role : {Role::declaration, Role::generated, Role::test, Role::tool}) {
      if (says(role, file, folder)) return role;
    }
    if (is_compiled(file)) return Role::generated;
    const auto purpose = purpose_of(file);
    if (purpose == Purpose::command || is_tool_binary(file) || is_package_tool(file)) return Role::tool;
    if (purpose == Purpose::device || says(Role::ui, file, folder) || is_package_ui(file)) return Role::ui;
    return Role::production;
  }

 private:
  // Crates in folders such as "tools" or "testing" that one of the product is built with: part of the product, too.
  void find_shipped() {
    shipped_.assign(projects_.size(), false);
    std::unordered_map<std::string_view, std::size_t> crates;  // by folder
    std::unordered_map<std::string_view, std::string_view> offered;
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < projects_.size(); ++i) {
      const auto& package = projects_[i].package;
      if (package.kind != PackageKind::cargo) continue;
      for (const auto& [name, folder] : projects_[i].offered) offered.emplace(name, folder);
      if (package.entry_points.empty()) continue;  // only groups others
      crates.emplace(package.path, i);
      if (!is_aside(package.path) && purposes_[i] != Purpose::command) open.push_back(i);
    }
    while (!open.empty()) {
      const auto& project = projects_[open.back()];
      open.pop_back();
      const auto ship = [&](std::string_view folder) {
        const auto crate = crates.find(folder);
        if (crate == crates.end() || shipped_[crate->second] || !is_aside(folder)) return;
        shipped_[crate->second] = true;
        open.push_back(crate->second);
      };
      for (const auto& folder : project.crates) ship(folder);
      for (const auto& name : project.inherited) {
        if (const auto found = offered.find(name); found != offered.end()) ship(found->second);
      }
    }
  }

  bool is_shipped(const File& file) const {
    return file.language == Language::rust && file.package != File::no_package && shipped_[file.package];
  }

  // Of such a crate only the folders within it count.
  const FolderRoles& shipped_folder_roles(const File& file) {
    const auto [entry, is_new] = shipped_folders_.try_emplace(folder_of(file.path));
    if (is_new) {
      const auto folder = folder_of(path_in_package(file, projects_[file.package]));
      entry->second = examine_folder(folder, {}, {});
    }
    return entry->second;
  }

  const FolderRoles& folder_roles(std::string_view folder) {
    const auto [entry, is_new] = folders_.try_emplace(folder);
    if (is_new) entry->second = examine_folder(folder, modules_, python_packages_);
    return entry->second;
  }

  static bool says(Role role, const File& file, const FolderRoles& folder) {
    for (const auto* rule : folder.rules) {
      if (rule->role == role && speaks(rule->language, file.language)) return true;
    }
    const auto name = name_of(file.path);
    return std::any_of(kNameRules.begin(), kNameRules.end(), [&](const NameRule& rule) {
      return rule.role == role && (!folder.inside_source || rule.place == Place::anywhere) &&
             speaks(rule.language, file.language) && glob_matches(rule.pattern, name);
    });
  }

  // JavaScript beside the TypeScript that it was compiled from.
  bool is_compiled(const File& file) const {
    if (extension_of(file.path) != ".js") return false;
    const std::string stem(without_extension(file.path));
    return paths_.contains(stem + ".ts") || paths_.contains(stem + ".tsx");
  }

  // What the package is for tells nothing of a script in another language beside it.
  Purpose purpose_of(const File& file) const {
    if (file.package == File::no_package) return Purpose::unknown;
    if (projects_[file.package].package.kind != package_kind_of(file.language)) return Purpose::unknown;
    return purposes_[file.package];
  }

  const Project* npm_project(const File& file) const {
    if (file.package == File::no_package || !speaks(Speaks::script, file.language)) return nullptr;
    const auto& project = projects_[file.package];
    return project.package.kind == PackageKind::npm ? &project : nullptr;
  }

  // src/bin/collector_tool.rs beside the server's own binary.
  bool is_tool_binary(const File& file) const {
    if (file.language != Language::rust || file.package == File::no_package) return false;
    const auto& project = projects_[file.package];
    if (project.package.kind != PackageKind::cargo || !path_in_package(file, project).starts_with("src/bin/")) {
      return false;
    }
    const auto stem = without_extension(name_of(file.path));
    return lists(kToolBinaries, stem.substr(stem.find_last_of("-_") + 1));
  }

  // An npm package's bin/ holds its commands, and its scripts run others, unless the package's service is started from
  // there.
  bool is_package_tool(const File& file) const {
    const auto* project = npm_project(file);
    if (project == nullptr || contains(project->started, file.path)) return false;
    if (path_in_package(file, *project).starts_with("bin/")) return true;
    return contains(project->upkeep, file.path) && !contains(project->package.entry_points, file.path);
  }

  bool is_package_ui(const File& file) const {
    const auto* project = npm_project(file);
    if (project == nullptr) return false;
    const auto path = path_in_package(file, *project);
    if (project->has_full_stack_framework) return is_browser_part(path);
    if (project->is_ui()) return !is_server_part(path);
    const auto first = path.substr(0, path.find('/'));
    return project->has_ui_framework && first == "client" && first.size() < path.size();
  }

  static bool is_browser_part(std::string_view path) {
    const auto name = name_of(path);
    const bool server_name = std::any_of(kServerNames.begin(), kServerNames.end(),
                                         [&](std::string_view pattern) { return glob_matches(pattern, name); });
    if (server_name) return false;
    bool server = false;
    bool browser = false;
    each_part(folder_of(path), [&](std::string_view part) {
      server = server || lists(kServerParts, part);
      browser = browser || lists(kBrowserParts, part);
      return true;
    });
    return browser && !server;
  }

  const std::vector<Project>& projects_;
  std::vector<Purpose> purposes_;  // of projects_
  std::vector<std::pair<IgnoreRules, Role>> chosen_;
  std::unordered_set<std::string_view> paths_;
  FolderSet python_packages_;  // folders with an __init__.py
  FolderSet modules_;          // folders that hold a file named after them
  std::unordered_map<std::string_view, FolderRoles> folders_;
  std::unordered_map<std::string_view, FolderRoles> shipped_folders_;
  std::vector<bool> shipped_;  // of projects_
};

}  // namespace

std::string_view to_string(Role role) {
  switch (role) {
    case Role::production:
      return "production";
    case Role::test:
      return "test";
    case Role::tool:
      return "tool";
    case Role::ui:
      return "ui";
    case Role::generated:
      return "generated";
    case Role::declaration:
      return "declaration";
  }
  return "production";
}

void assign_roles(std::vector<File>& files, const std::vector<Project>& projects, const WalkOptions& options) {
  Classifier classifier(files, projects, options);
  for (auto& file : files) file.role = classifier.role_of(file);
}

bool is_test_folder(std::string_view folder) {
  const auto roles = examine_folder(folder, {}, {});
  return std::any_of(roles.rules.begin(), roles.rules.end(),
                     [](const FolderRule* rule) { return rule->role == Role::test; });
}

bool is_aside(std::string_view folder) {
  const auto roles = examine_folder(folder, {}, {});
  return std::any_of(roles.rules.begin(), roles.rules.end(),
                     [](const FolderRule* rule) { return rule->role == Role::test || rule->role == Role::tool; });
}

}  // namespace detoy::source

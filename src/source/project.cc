#include "source/project.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "source/relative_path.h"
#include "source/relaxed_json.h"

namespace detoy::source {

void add_unique(std::vector<std::string>& list, std::string value) {
  if (!value.empty() && std::find(list.begin(), list.end(), value) == list.end()) list.push_back(std::move(value));
}

void merge_project(Project& into, Project from) {
  // A folder's name stands in where a manifest declares none.
  if (into.package.name.empty() || into.package.name == name_of(into.package.path)) {
    if (!from.package.name.empty()) into.package.name = std::move(from.package.name);
  }
  for (auto& file : from.package.entry_points) add_unique(into.package.entry_points, std::move(file));
  for (auto& name : from.package.dependencies) add_unique(into.package.dependencies, std::move(name));
  for (auto& file : from.started) add_unique(into.started, std::move(file));
  for (auto& file : from.upkeep) add_unique(into.upkeep, std::move(file));
  for (auto& name : from.development) add_unique(into.development, std::move(name));
  into.package.has_start_script |= from.package.has_start_script;
  into.package.has_container |= from.package.has_container;
  into.has_ui_framework |= from.has_ui_framework;
  into.has_server_library |= from.has_server_library;
  into.has_full_stack_framework |= from.has_full_stack_framework;
  into.groups_others |= from.groups_others;
  into.has_command |= from.has_command;
  into.has_terminal_library |= from.has_terminal_library;
  into.has_worker_library |= from.has_worker_library;
  into.has_desktop_library |= from.has_desktop_library;
  into.extends_a_tool |= from.extends_a_tool;
  into.is_published |= from.is_published;
}

bool names_workspaces(const Manifest& manifest, std::vector<Warning>& warnings) {
  if (name_of(manifest.path) != "pnpm-workspace.yaml") {
    const auto parsed = parse_relaxed_json(manifest.text);
    if (parsed.error_line == 0) return true;
    warnings.push_back({manifest.path, parsed.error_line, "malformed JSON: passed over"});
    return false;
  }
  try {
    const auto root = YAML::Load(manifest.text);
    // It may hold settings alone.
    return root.IsMap() && root["packages"].IsDefined();
  } catch (const YAML::Exception& error) {
    warnings.push_back({manifest.path, static_cast<std::uint32_t>(error.mark.line + 1), "malformed YAML: passed over"});
    return false;
  }
}

}  // namespace detoy::source

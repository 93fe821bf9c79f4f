#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "source/command_line.h"
#include "source/frameworks.h"
#include "source/project.h"
#include "source/relative_path.h"
#include "source/relaxed_json.h"

namespace detoy::source {
namespace {

using nlohmann::json;

std::optional<json> parse(const Manifest& manifest, std::vector<Warning>& warnings) {
  auto parsed = parse_relaxed_json(manifest.text);
  if (parsed.error_line == 0) return std::move(parsed.value);
  warnings.push_back({manifest.path, parsed.error_line, "malformed JSON: passed over"});
  return std::nullopt;
}

// The source of a file that package.json names, else the file as named.
void add_entry(Project& project, const FileIndex& files, const std::string& target) {
  if (target.empty() || target.find('*') != std::string::npos || target.ends_with(".json")) return;
  const auto& folder = project.package.path;
  if (auto found = files.find_script(folder, target)) {
    add_unique(project.package.entry_points, std::move(*found));
  } else if (auto path = resolve_path(folder, target); path && !path->empty()) {
    add_unique(project.package.entry_points, std::move(*path));
  }
}

// "exports" nests conditions and sub-paths as deep as it likes; type declarations are no entry.
void add_exports(Project& project, const FileIndex& files, const json& value, int depth) {
  if (depth > 8) return;
  if (value.is_string()) return add_entry(project, files, value.get<std::string>());
  if (value.is_array()) {
    for (const auto& item : value) add_exports(project, files, item, depth + 1);
  }
  if (!value.is_object()) return;
  for (const auto& [key, item] : value.items()) {
    if (key != "types" && key != "typings") add_exports(project, files, item, depth + 1);
  }
}

bool is_start_script(std::string_view name) {
  constexpr auto kNames = std::to_array<std::string_view>({"start", "dev", "develop", "serve", "server", "worker"});
  name = name.substr(0, name.find_first_of(":-"));
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// Scripts that somebody runs by hand or while building, and that end.
bool is_upkeep_script(std::string_view name) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"prebuild",   "build",   "postbuild", "check",   "lint",        "format",     "generate", "gen",    "codegen",
       "release",    "version", "changelog", "prepare", "postinstall", "preinstall", "install",  "clean",  "setup",
       "prepublish", "prepack", "swagger",   "openapi", "docs",        "seed",       "migrate",  "backup", "restore",
       "reset",      "remove",  "download",  "upload",  "bench",       "benchmark",  "i18n"});
  name = name.substr(0, name.find_first_of(":-_."));
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// "build": "node src/main.js build" is the service's own program.
bool is_program_name(std::string_view path) {
  constexpr auto kNames = std::to_array<std::string_view>({"index", "main", "app", "server"});
  const auto stem = without_extension(name_of(path));
  return std::find(kNames.begin(), kNames.end(), stem) != kNames.end();
}

void add_scripts(Project& project, const FileIndex& files, const json& scripts) {
  for (const auto& [name, command] : scripts.items()) {
    if (!command.is_string()) continue;
    if (is_upkeep_script(name)) {
      for (auto& file : what_starts(command.get<std::string>(), project.package.path, files).files) {
        if (!is_program_name(file)) add_unique(project.upkeep, std::move(file));
      }
    }
    if (!is_start_script(name)) continue;
    auto started = what_starts(command.get<std::string>(), project.package.path, files);
    project.package.has_start_script = project.package.has_start_script || started.runs;
    for (auto& file : started.files) {
      add_unique(project.started, file);
      add_unique(project.package.entry_points, std::move(file));
    }
  }
}

// A package that only may be there tells of one place among several where the code runs.
void note_dependency(Project& project, std::string_view name, bool optional) {
  project.has_ui_framework = project.has_ui_framework || (!optional && is_ui_framework(name));
  project.has_server_library = project.has_server_library || is_server_library(name);
  project.has_full_stack_framework = project.has_full_stack_framework || is_full_stack_framework(name);
  project.has_worker_library = project.has_worker_library || is_worker_library(name);
  project.has_terminal_library = project.has_terminal_library || is_terminal_library(PackageKind::npm, name);
}

bool is_optional_peer(const json& manifest, const std::string& name) {
  const auto& about = object_of(object_of(manifest, "peerDependenciesMeta"), name);
  const auto optional = about.find("optional");
  return optional != about.end() && optional->is_boolean() && optional->get<bool>();
}

void add_dependencies(Project& project, const json& manifest) {
  for (const std::string_view key : {"dependencies", "peerDependencies", "optionalDependencies"}) {
    for (const auto& [name, version] : object_of(manifest, key).items()) {
      const bool optional =
          key == "optionalDependencies" || (key == "peerDependencies" && is_optional_peer(manifest, name));
      add_unique(project.package.dependencies, name);
      note_dependency(project, name, optional);
    }
  }
  const auto& development = object_of(manifest, "devDependencies");
  const auto& scripts = object_of(manifest, "scripts");
  const bool runs_electron = std::any_of(scripts.begin(), scripts.end(), [](const json& command) {
    return command.is_string() && command.get<std::string>().find("electron") != std::string::npos;
  });
  bool bundled = false;
  for (const auto& [name, version] : development.items()) bundled = bundled || is_browser_bundler(name);
  for (const auto& [name, version] : development.items()) {
    add_unique(project.development, name);
    // Electron is what the program is packed with, not what it requires.
    if ((bundled && is_ui_framework(name)) || (runs_electron && name == "electron")) project.has_ui_framework = true;
    if (bundled && is_full_stack_framework(name)) project.has_full_stack_framework = true;
  }
}

std::string name_or_folder(std::string name, std::string_view folder) {
  return name.empty() ? std::string(name_of(folder)) : std::move(name);
}

}  // namespace

std::optional<Project> read_npm_package(const Manifest& manifest, const FileIndex& files,
                                        std::vector<Warning>& warnings) {
  const auto parsed = parse(manifest, warnings);
  if (!parsed) return std::nullopt;
  const json& value = *parsed;
  // {"type": "module"} alone tells Node how to read a folder's files.
  const auto declares = [&](const char* key) { return value.contains(key); };
  if (!declares("name") && !declares("dependencies") && !declares("devDependencies") && !declares("scripts") &&
      !declares("workspaces")) {
    return std::nullopt;
  }

  Project project;
  auto& package = project.package;
  package.kind = PackageKind::npm;
  package.path = folder_of(manifest.path);
  package.name = name_or_folder(text_of(value, "name"), package.path);
  project.groups_others = declares("workspaces");

  for (const auto* key : {"main", "module"}) add_entry(project, files, text_of(value, key));
  if (declares("bin")) add_exports(project, files, value["bin"], 0);
  project.has_command = declares("bin");
  project.is_published = declares("publishConfig") || declares("files");
  project.extends_a_tool = declares("generators") || declares("executors") || declares("schematics");
  if (declares("exports")) add_exports(project, files, value["exports"], 0);
  add_scripts(project, files, object_of(value, "scripts"));
  add_dependencies(project, value);

  if (is_ui_word(package.name) || is_ui_word(name_of(package.path))) project.has_ui_framework = true;
  const auto keywords = value.find("keywords");
  if (keywords != value.end() && keywords->is_array()) {
    for (const auto& keyword : *keywords) {
      if (keyword.is_string() && keyword.get<std::string>() == "frontend") project.has_ui_framework = true;
    }
  }
  return project;
}

std::optional<Project> read_nx_project(const Manifest& manifest, const FileIndex& files,
                                       std::vector<Warning>& warnings) {
  const auto parsed = parse(manifest, warnings);
  if (!parsed) return std::nullopt;
  const json& value = *parsed;
  // Other tools have a project.json of their own.
  const auto& targets = object_of(value, value.contains("architect") ? "architect" : "targets");
  if (targets.empty() && !value.contains("sourceRoot") && !value.contains("projectType")) return std::nullopt;

  Project project;
  auto& package = project.package;
  package.kind = PackageKind::npm;
  package.path = folder_of(manifest.path);
  package.name = name_or_folder(text_of(value, "name"), package.path);
  for (const auto& [name, target] : targets.items()) {
    if (!target.is_object()) continue;
    // "@nx/react:component-test", "@angular-devkit/build-angular:browser", "@nx/js:node"
    const auto executor = text_of(target, "executor") + text_of(target, "builder");
    const auto mentions = [&](std::string_view word) { return executor.find(word) != std::string::npos; };
    if (mentions("react") || mentions("angular") || mentions("vue") || mentions("expo") || mentions("/web:")) {
      project.has_ui_framework = true;
    }
    if (mentions("/next:") || mentions("/nuxt:") || mentions("/remix:")) project.has_full_stack_framework = true;
    if (mentions("/node:") || mentions("js:node") || mentions("/nest:")) project.has_server_library = true;
    if (name == "serve" || name == "start" || name == "dev") package.has_start_script = true;
    // Paths in Nx are relative to the workspace, which is the root or one of the folders above the project.
    const auto main = text_of(object_of(target, "options"), "main");
    if (name != "build" || main.empty()) continue;
    for (std::string_view base = package.path;; base = folder_of(base)) {
      if (auto found = files.find_script(base, main)) {
        add_unique(package.entry_points, *found);
        if (package.has_start_script || targets.contains("serve")) add_unique(project.started, std::move(*found));
        break;
      }
      if (base.empty()) break;
    }
  }
  if (is_ui_word(package.name)) project.has_ui_framework = true;
  return project;
}

}  // namespace detoy::source

#include <toml++/toml.h>

#include <algorithm>
#include <cctype>

#include "source/frameworks.h"
#include "source/project.h"
#include "source/python_text.h"
#include "source/relative_path.h"
#include "source/text_lines.h"

namespace detoy::source {
namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// A console script: "package.module:function".
void add_script(Project& project, const FileIndex& files, std::string_view target) {
  auto& package = project.package;
  project.has_command = true;
  const auto module = target.substr(0, target.find(':'));
  if (module.empty()) return;
  if (auto found = files.find_module(package.path, module)) {
    add_unique(package.entry_points, std::move(*found));
    return;
  }
  std::string path(module);
  std::replace(path.begin(), path.end(), '.', '/');
  if (auto resolved = resolve_path(package.path, path + ".py")) {
    add_unique(package.entry_points, std::move(*resolved));
  }
}

void add_requirement(Package& package, std::string_view line) {
  add_unique(package.dependencies, std::string(requirement_name(line)));
}

void add_requirements(Package& package, const toml::array* list) {
  if (list == nullptr) return;
  for (const auto& item : *list) add_requirement(package, item.value<std::string>().value_or(""));
}

void add_keys(Package& package, const toml::table* table) {
  if (table == nullptr) return;
  for (const auto& [name, value] : *table) {
    if (name.str() != "python") add_unique(package.dependencies, std::string(name.str()));
  }
}

void add_scripts(Project& project, const FileIndex& files, const toml::table* table) {
  if (table == nullptr) return;
  for (const auto& [name, value] : *table) {
    if (const auto target = value.value<std::string>()) add_script(project, files, *target);
    if (const auto* details = value.as_table()) {
      add_script(project, files, (*details)["callable"].value<std::string>().value_or(""));
    }
  }
}

std::optional<toml::table> parse_toml(const Manifest& manifest, std::vector<Warning>& warnings) {
  try {
    return toml::parse(manifest.text);
  } catch (const toml::parse_error& error) {
    warnings.push_back({manifest.path, error.source().begin.line, "malformed TOML: passed over"});
    return std::nullopt;
  }
}

bool read_pyproject(Project& project, const Manifest& manifest, const FileIndex& files,
                    std::vector<Warning>& warnings) {
  const auto table = parse_toml(manifest, warnings);
  if (!table) return false;
  auto& package = project.package;
  const auto declared = (*table)["project"];
  const auto poetry = (*table)["tool"]["poetry"];
  project.groups_others = (*table)["tool"]["uv"]["workspace"].is_table();
  // A file that only configures linters makes no project.
  if (!declared.is_table() && !poetry.is_table() && !table->contains("build-system") && !project.groups_others) {
    return false;
  }
  package.name = declared["name"].value<std::string>().value_or(poetry["name"].value<std::string>().value_or(""));
  add_requirements(package, declared["dependencies"].as_array());
  if (const auto* extras = declared["optional-dependencies"].as_table()) {
    for (const auto& [name, list] : *extras) {
      if (!is_development_name(name.str())) add_requirements(package, list.as_array());
    }
  }
  add_keys(package, poetry["dependencies"].as_table());
  add_scripts(project, files, declared["scripts"].as_table());
  add_scripts(project, files, poetry["scripts"].as_table());
  return true;
}

void read_setup(Project& project, const SetupFields& fields, const FileIndex& files) {
  project.package.name = fields.name;
  for (const auto& line : fields.requirements) add_requirement(project.package, line);
  for (const auto& script : fields.console_scripts) {
    const auto equals = script.find('=');
    if (equals != std::string::npos)
      add_script(project, files, trimmed_text(std::string_view(script).substr(equals + 1)));
  }
}

void read_requirements(Project& project, const Manifest& manifest) {
  auto& package = project.package;
  // requirements/base.txt belongs to the folder above.
  if (name_of(package.path) == "requirements") package.path = folder_of(package.path);
  if (is_development_name(name_of(manifest.path))) return;
  each_line(manifest.text, [&](std::string_view line) { add_requirement(package, line); });
}

}  // namespace

std::optional<Project> read_python_package(const Manifest& manifest, const FileIndex& files,
                                           std::vector<Warning>& warnings) {
  Project project;
  auto& package = project.package;
  package.kind = PackageKind::python;
  package.path = folder_of(manifest.path);
  switch (manifest.kind) {
    case ManifestKind::pyproject:
      if (!read_pyproject(project, manifest, files, warnings)) return std::nullopt;
      break;
    case ManifestKind::setup_py:
      read_setup(project, read_setup_py(manifest.text), files);
      break;
    case ManifestKind::setup_cfg: {
      const auto fields = read_setup_cfg(manifest.text);
      if (!fields.declares_package) return std::nullopt;
      read_setup(project, fields, files);
      break;
    }
    case ManifestKind::requirements:
      read_requirements(project, manifest);
      break;
    case ManifestKind::pipfile: {
      const auto table = parse_toml(manifest, warnings);
      if (!table) return std::nullopt;
      add_keys(package, (*table)["packages"].as_table());
      break;
    }
    default:
      return std::nullopt;
  }
  if (package.name.empty()) package.name = name_of(package.path);
  for (const auto& dependency : package.dependencies) {
    const auto name = lower_case(dependency);
    project.has_server_library = project.has_server_library || is_server_library(PackageKind::python, name);
    project.has_terminal_library = project.has_terminal_library || is_terminal_library(PackageKind::python, name);
  }
  return project;
}

}  // namespace detoy::source

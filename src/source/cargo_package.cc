#include <toml++/toml.h>

#include <algorithm>

#include "source/frameworks.h"
#include "source/project.h"
#include "source/relative_path.h"

namespace detoy::source {
namespace {

std::string text_at(const toml::table& table, std::string_view key) {
  return table[key].value<std::string>().value_or("");
}

// The crate's own name: { package = "name" } renames it. `optional`: a feature must ask for it.
void note_dependency(Project& project, std::string_view crate, bool optional) {
  constexpr auto kind = PackageKind::cargo;
  project.has_server_library = project.has_server_library || is_server_library(kind, crate);
  project.has_terminal_library = project.has_terminal_library || is_terminal_library(kind, crate);
  project.has_desktop_library = project.has_desktop_library || (!optional && is_desktop_library(kind, crate));
}

void add_dependencies(Project& project, const toml::table& table) {
  if (const auto* dependencies = table["dependencies"].as_table()) {
    for (const auto& [name, value] : *dependencies) {
      add_unique(project.package.dependencies, std::string(name.str()));
      const auto* details = value.as_table();
      const auto crate = details == nullptr ? std::string() : text_at(*details, "package");
      const bool optional = details != nullptr && (*details)["optional"].value<bool>().value_or(false);
      note_dependency(project, crate.empty() ? name.str() : std::string_view(crate), optional);
      if (details == nullptr || optional) continue;
      if (auto folder = resolve_path(project.package.path, text_at(*details, "path"));
          details->contains("path") && folder)
        add_unique(project.crates, std::move(*folder));
      if ((*details)["workspace"].value<bool>().value_or(false)) add_unique(project.inherited, std::string(name.str()));
    }
  }
  if (const auto* dependencies = table["build-dependencies"].as_table()) {
    for (const auto& [name, value] : *dependencies) add_unique(project.development, std::string(name.str()));
  }
  if (const auto* targets = table["target"].as_table()) {
    for (const auto& [condition, target] : *targets) {
      if (const auto* inner = target.as_table()) add_dependencies(project, *inner);
    }
  }
}

// [workspace.dependencies]: what members take over with `workspace = true`.
void add_offered(Project& project, const toml::table& manifest) {
  const auto* dependencies = manifest["workspace"]["dependencies"].as_table();
  if (dependencies == nullptr) return;
  for (const auto& [name, value] : *dependencies) {
    const auto* details = value.as_table();
    if (details == nullptr || !details->contains("path")) continue;
    if (auto folder = resolve_path(project.package.path, text_at(*details, "path")))
      project.offered.emplace_back(std::string(name.str()), std::move(*folder));
  }
}

void add_path(Package& package, std::string_view target) {
  if (auto path = resolve_path(package.path, target)) add_unique(package.entry_points, std::move(*path));
}

void add_entry_points(Package& package, const toml::table& manifest, const FileIndex& files) {
  const std::string prefix = package.path.empty() ? "" : package.path + "/";
  for (const auto* standard : {"src/main.rs", "src/lib.rs"}) {
    if (files.contains(prefix + standard)) add_path(package, standard);
  }
  if (const auto* library = manifest["lib"].as_table()) add_path(package, text_at(*library, "path"));
  if (const auto* binaries = manifest["bin"].as_array()) {
    for (const auto& item : *binaries) {
      const auto* binary = item.as_table();
      if (binary == nullptr) continue;
      const auto path = text_at(*binary, "path");
      if (!path.empty()) {
        add_path(package, path);
        continue;
      }
      // Without a path the name says where it is.
      const auto stem = "src/bin/" + text_at(*binary, "name");
      if (files.contains(prefix + stem + ".rs")) add_path(package, stem + ".rs");
      if (files.contains(prefix + stem + "/main.rs")) add_path(package, stem + "/main.rs");
    }
  }
  // Cargo finds these by itself: src/bin/NAME.rs and src/bin/NAME/main.rs.
  const auto folder = prefix + "src/bin";
  for (const auto& file : files.inside(folder)) {
    const auto rest = std::string_view(file.path).substr(folder.size() + 1);
    const bool nested = rest.find('/') != std::string_view::npos;
    if (extension_of(rest) == ".rs" &&
        (!nested || (name_of(rest) == "main.rs" && folder_of(rest).find('/') == std::string_view::npos))) {
      add_unique(package.entry_points, file.path);
    }
  }
}

}  // namespace

std::optional<Project> read_cargo_package(const Manifest& manifest, const FileIndex& files,
                                          std::vector<Warning>& warnings) {
  toml::table table;
  try {
    table = toml::parse(manifest.text);
  } catch (const toml::parse_error& error) {
    warnings.push_back({manifest.path, error.source().begin.line, "malformed TOML: passed over"});
    return std::nullopt;
  }
  const auto* declared = table["package"].as_table();
  const bool groups = table.contains("workspace");
  if (declared == nullptr && !groups) return std::nullopt;

  Project project;
  auto& package = project.package;
  package.kind = PackageKind::cargo;
  package.path = folder_of(manifest.path);
  if (declared != nullptr) {
    package.name = text_at(*declared, "name");
    add_entry_points(package, table, files);
    add_dependencies(project, table);
    const auto& entries = package.entry_points;
    project.has_command = std::any_of(entries.begin(), entries.end(),
                                      [](const std::string& path) {
                                        return name_of(path) == "main.rs" || path.find("src/bin/") != std::string::npos;
                                      }) ||
                          table.contains("bin");
    // crates.io takes nothing without these.
    project.is_published = declared->contains("description") && declared->contains("license");
  }
  if (package.name.empty()) package.name = name_of(package.path);
  add_offered(project, table);
  project.groups_others = groups;
  return project;
}

}  // namespace detoy::source

#include <toml++/toml.h>

#include "source/project.h"
#include "source/relative_path.h"

namespace detoy::source {
namespace {

std::string text_at(const toml::table& table, std::string_view key) {
  return table[key].value<std::string>().value_or("");
}

void add_dependencies(Package& package, const toml::table& table) {
  if (const auto* dependencies = table["dependencies"].as_table()) {
    for (const auto& [name, value] : *dependencies) add_unique(package.dependencies, std::string(name.str()));
  }
  if (const auto* targets = table["target"].as_table()) {
    for (const auto& [condition, target] : *targets) {
      if (const auto* inner = target.as_table()) add_dependencies(package, *inner);
    }
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
    add_dependencies(package, table);
  }
  if (package.name.empty()) package.name = name_of(package.path);
  project.groups_others = groups;
  return project;
}

}  // namespace detoy::source

#include "source/manifest.h"

#include <array>

#include "source/glob.h"
#include "source/relative_path.h"

namespace detoy::source {
namespace {

struct NameRule {
  std::string_view pattern;
  std::optional<ManifestKind> kind;  // nothing: not a manifest, although a later pattern matches
};

// The first pattern that matches the file's name decides.
constexpr std::array kNames = {
    NameRule{"package.json", ManifestKind::package_json},
    NameRule{"pnpm-workspace.yaml", ManifestKind::workspace},
    NameRule{"lerna.json", ManifestKind::workspace},
    NameRule{"nx.json", ManifestKind::workspace},
    NameRule{"turbo.json", ManifestKind::workspace},
    NameRule{"project.json", ManifestKind::nx_project},
    NameRule{"Cargo.toml", ManifestKind::cargo},
    NameRule{"pyproject.toml", ManifestKind::pyproject},
    NameRule{"setup.py", ManifestKind::setup_py},
    NameRule{"setup.cfg", ManifestKind::setup_cfg},
    NameRule{"requirements*.txt", ManifestKind::requirements},
    NameRule{"Pipfile", ManifestKind::pipfile},
    NameRule{"tsconfig.json", ManifestKind::tsconfig},
    NameRule{"tsconfig.*.json", ManifestKind::tsconfig},
    NameRule{"jsconfig.json", ManifestKind::tsconfig},
    NameRule{"Dockerfile*.dockerignore", std::nullopt},
    NameRule{"Dockerfile", ManifestKind::dockerfile},
    NameRule{"Dockerfile[.-]*", ManifestKind::dockerfile},
    NameRule{"Containerfile", ManifestKind::dockerfile},
    NameRule{"*.[Dd]ockerfile", ManifestKind::dockerfile},
    NameRule{"docker-compose*.y*ml", ManifestKind::compose},
    NameRule{"compose*.y*ml", ManifestKind::compose},
    NameRule{"Procfile", ManifestKind::procfile},
    NameRule{".env", ManifestKind::env_file},
    NameRule{".env.*", ManifestKind::env_file},
    NameRule{"*.env", ManifestKind::env_file},
    NameRule{"*.env.example", ManifestKind::env_file},
    NameRule{".*", std::nullopt},
    NameRule{"*-lock.yaml", std::nullopt},
    NameRule{"openapi*", std::nullopt},
    NameRule{"swagger*", std::nullopt},
    NameRule{"*.yaml", ManifestKind::deployment},
    NameRule{"*.yml", ManifestKind::deployment},
};

// Each walked name is asked: most are told apart by their ending alone.
bool may_be_manifest(std::string_view name) {
  switch (name.back()) {
    case 'n':
      return name.ends_with(".json");
    case 'l':
      return name.ends_with(".toml") || name.ends_with(".yaml") || name.ends_with(".yml");
    case 's':
      return !name.ends_with(".ts") && !name.ends_with(".js") && !name.ends_with(".rs");
    case 'y':
      return name == "setup.py" || !name.ends_with(".py");
    case 'x':
      return !name.ends_with(".tsx") && !name.ends_with(".jsx");
    default:
      return true;
  }
}

}  // namespace

std::optional<ManifestKind> manifest_kind(std::string_view path) {
  const auto name = name_of(path);
  if (name.empty() || !may_be_manifest(name)) return std::nullopt;
  // Hidden folders hold the set-up of editors and build services.
  if (path.starts_with('.') && name.size() < path.size()) return std::nullopt;
  if (path.find("/.") != std::string_view::npos && folder_of(path).rfind("/.") != std::string_view::npos) {
    return std::nullopt;
  }
  if (name.ends_with(".txt") && name_of(folder_of(path)) == "requirements") return ManifestKind::requirements;
  for (const auto& rule : kNames) {
    if (glob_matches(rule.pattern, name)) return rule.kind;
  }
  return std::nullopt;
}

}  // namespace detoy::source

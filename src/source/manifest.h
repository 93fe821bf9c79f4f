// The files that tell how a repository is put together, built and deployed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace detoy::source {

enum class ManifestKind : std::uint8_t {
  package_json,
  workspace,     // groups packages and says nothing else: pnpm-workspace.yaml, lerna.json, nx.json, turbo.json
  nx_project,    // project.json
  cargo,         // Cargo.toml
  pyproject,     // pyproject.toml
  setup_py,      // setup.py
  setup_cfg,     // setup.cfg
  requirements,  // requirements.txt, requirements-prod.txt, requirements/base.txt
  pipfile,       // Pipfile
  tsconfig,      // tsconfig.json, tsconfig.base.json, jsconfig.json
  dockerfile,
  compose,
  procfile,
  env_file,    // .env, .env.example
  deployment,  // YAML that may belong to Kubernetes or Helm
};

struct Manifest {
  std::string path;
  ManifestKind kind;
  std::string text;
};

// What the file is by its path; nothing when detoy does not read it as a manifest.
std::optional<ManifestKind> manifest_kind(std::string_view path);

// Larger ones are passed over.
inline constexpr std::uint64_t max_manifest_size = 4u << 20;

}  // namespace detoy::source

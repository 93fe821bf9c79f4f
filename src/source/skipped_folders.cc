#include "source/skipped_folders.h"

#include <algorithm>
#include <array>

#include "source/relative_path.h"

namespace detoy::source {
namespace {

constexpr auto kAlways = std::to_array<std::string_view>(
    {// version control
     ".git", ".hg", ".svn", ".jj",
     // other people's code
     "node_modules", "bower_components", "jspm_packages", "third_party", "site-packages", "Pods", ".pnpm-store",
     ".yarn", ".venv", ".eggs",
     // build outputs
     ".next", ".nuxt", ".output", ".svelte-kit", ".astro", ".vercel", ".netlify", ".serverless", ".aws-sam",
     ".docusaurus", ".expo", ".angular", ".nx", ".terraform", ".vite", ".wrangler", ".gradle", "storybook-static",
     "__pycache__", "htmlcov", ".nyc_output",
     // caches and editors
     ".cache", ".parcel-cache", ".turbo", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis",
     ".ipynb_checkpoints", ".rpt2_cache", ".sass-cache", ".eslintcache", ".idea", ".vs", ".vscode", ".direnv"});

constexpr auto kOutputs = std::to_array<std::string_view>({"build", "dist", "out"});

bool is_output_name(std::string_view name) {
  return std::find(kOutputs.begin(), kOutputs.end(), name) != kOutputs.end();
}

}  // namespace

void note_entry(FolderContents& contents, std::string_view folder, std::string_view name, bool is_folder) {
  if (is_folder) {
    contents.source_folder = contents.source_folder || name == "src";
    contents.coverage_report = contents.coverage_report || name == "lcov-report";
    return;
  }
  if (name == "pyvenv.cfg") contents.virtual_environment = true;
  if (name == "CACHEDIR.TAG") contents.cache_tag = true;
  if (name == "__init__.py") contents.python_package = true;
  if (name == "Cargo.toml") contents.cargo_manifest = true;
  if (name == "Cargo.toml" || name == "package.json" || name == "pyproject.toml") contents.manifest = true;
  if (name == "lcov.info" || name == "clover.xml" || name.starts_with("coverage-") || name == "coverage.xml") {
    contents.coverage_report = true;
  }
  if (!folder.empty() && name.starts_with(folder) && name.size() > folder.size()) {
    const auto rest = name.substr(folder.size());
    contents.named_after_it = contents.named_after_it || rest.starts_with('.') || rest.starts_with("s.");
  }
}

bool is_always_skipped(std::string_view name) {
  return std::find(kAlways.begin(), kAlways.end(), name) != kAlways.end() || name.ends_with(".egg-info");
}

bool is_skipped(std::string_view path, const FolderContents& contents, const FolderContents& parent) {
  const auto name = name_of(path);
  if (path.empty()) return false;  // whoever names a folder wants to see it
  if (contents.virtual_environment || contents.cache_tag) return true;
  if (name == "coverage") return contents.coverage_report;
  if (name == "target") return parent.cargo_manifest;
  if (!is_output_name(name) && name != "vendor") return false;
  if (has_part(folder_of(path), "src")) return false;
  if (contents.manifest && contents.source_folder) return false;
  if (name == "vendor") {
    return !contents.named_after_it && !(contents.python_package && parent.python_package);
  }
  return true;
}

}  // namespace detoy::source

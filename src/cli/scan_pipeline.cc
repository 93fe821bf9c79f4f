#include "cli/scan_pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <optional>
#include <thread>

#include "analysis/analyse.h"
#include "catalog/catalog.h"
#include "cli/progress.h"
#include "cli/result_cache.h"
#include "inventory/annotate.h"
#include "syntax/extract.h"

namespace detoy::cli {
namespace {

std::optional<source::Role> role_named(std::string_view name) {
  for (const source::Role role : {source::Role::production, source::Role::test, source::Role::tool, source::Role::ui,
                                  source::Role::generated, source::Role::declaration}) {
    if (source::to_string(role) == name) return role;
  }
  return std::nullopt;
}

// `text` becomes that of the configuration, if there is one.
Result<catalog::Project> read_project(catalog::Catalog& catalog, const PipelineOptions& options, std::string& text) {
  std::string path = options.config;
  std::error_code ignored;
  if (path.empty()) {
    path = options.path + "/detoy.yaml";
    if (!std::filesystem::exists(path, ignored)) return catalog::Project{};
  }
  if (!std::filesystem::is_regular_file(path, ignored)) {
    return fail(ErrorCategory::usage, fmt::format("{}: is not a file", path));
  }
  std::ifstream file(path, std::ios::binary);
  text.assign(std::istreambuf_iterator<char>(file), {});
  if (!file && !file.eof()) return fail(ErrorCategory::usage, fmt::format("{}: cannot be read", path));
  return catalog.extend(text, path);
}

}  // namespace

Result<inventory::Inventory> scan_folder(const PipelineOptions& options) {
  Result<catalog::Catalog> catalog = catalog::Catalog::built_in();
  if (!catalog) return std::unexpected(catalog.error());
  std::string configuration;
  Result<catalog::Project> project = read_project(*catalog, options, configuration);
  if (!project) return std::unexpected(project.error());

  source::WalkOptions walk;
  walk.exclude = project->exclude;
  walk.include = project->include;
  walk.threads = options.threads;
  for (const auto& [pattern, name] : project->roles) {
    if (const auto role = role_named(name)) walk.roles.emplace_back(pattern, *role);
  }
  std::error_code ignored;
  const std::string absolute = std::filesystem::absolute(options.path, ignored).string();
  // Read while the folder is walked.
  auto loading = std::async(std::launch::async, [&options, &absolute] {
    return std::make_unique<facts::FactsCache>(options.cache_folder, absolute);
  });
  Result<source::Source> source = source::open_folder(options.path, walk);
  const std::unique_ptr<facts::FactsCache> cache = loading.get();
  if (!source) return std::unexpected(source.error());
  std::vector<syntax::ExtractedFile> extracted;
  {
    std::atomic<std::size_t> done = 0;
    const Progress progress("reading", done, source->tree.files.size());
    extracted = syntax::extract(*source, *cache, options.threads, &done);
  }
  // Written while the analysis runs.
  const std::jthread saving([&cache] { cache->save(); });

  const ResultCache results(options.cache_folder, absolute);
  std::optional<facts::ContentKey> input;
  if (!options.cache_folder.empty()) input = input_key(*source, extracted, options.config + configuration);
  if (input) {
    if (std::optional<inventory::Inventory> known = results.find(*input)) return std::move(*known);
  }

  std::vector<analysis::SourceFile> files;
  std::vector<inventory::Warning> warnings;
  for (const source::Warning& warning : source->tree.warnings) {
    warnings.push_back({warning.path, warning.line, warning.message});
  }
  bool any_readable = source->tree.files.empty();
  for (std::size_t i = 0; i < extracted.size(); ++i) {
    any_readable = any_readable || extracted[i].readable;
    for (const source::Warning& warning : extracted[i].warnings) {
      warnings.push_back({warning.path, warning.line, warning.message});
    }
    if (extracted[i].facts == nullptr) continue;
    const source::File& file = source->tree.files[i];
    files.push_back({file.path, file.language, extracted[i].role, file.package, std::move(extracted[i].facts)});
  }
  if (!any_readable)
    return fail(ErrorCategory::input, fmt::format("{}: none of its files could be read", options.path));

  const auto read = [&](std::string_view path) -> std::optional<std::string> {
    Result<std::string> text = source->store->read(path);
    if (!text) return std::nullopt;
    return std::move(*text);
  };
  inventory::Inventory inventory =
      analysis::analyse(source->tree, std::move(files), *catalog, *project,
                        [&](inventory::Inventory& found) { inventory::annotate(found, read); });
  inventory.tool_version = DETOY_VERSION;
  inventory.warnings.insert(inventory.warnings.end(), warnings.begin(), warnings.end());
  std::stable_sort(inventory.warnings.begin(), inventory.warnings.end(), [](const auto& a, const auto& b) {
    return std::tie(a.path, a.line, a.message) < std::tie(b.path, b.line, b.message);
  });
  inventory::summarise(inventory);
  if (input) results.put(*input, inventory);
  return inventory;
}

}  // namespace detoy::cli

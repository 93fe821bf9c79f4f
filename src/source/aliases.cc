#include "source/aliases.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "source/relative_path.h"
#include "source/relaxed_json.h"

namespace detoy::source {
namespace {

using nlohmann::json;

struct Path {
  std::string pattern;
  std::vector<std::string> targets;  // as written
};

// What one configuration says, with what it inherits.
struct Config {
  std::optional<std::string> base_url;  // relative to the root
  std::vector<Path> paths;
  std::string paths_folder;  // where "paths" stands: what it is relative to without a baseUrl
};

std::string config_name(std::string target) {
  if (!target.ends_with(".json")) target += ".json";
  return target;
}

class Reader {
 public:
  Reader(const std::vector<Manifest>& manifests, const std::vector<Project>& projects, const Store& store,
         std::vector<Warning>& warnings)
      : projects_(projects), store_(store), warnings_(warnings) {
    for (const auto& manifest : manifests) {
      if (manifest.kind == ManifestKind::tsconfig) texts_.emplace(manifest.path, manifest.text);
    }
  }

  // Nothing when it cannot be read. `depth` ends circles of "extends".
  std::optional<Config> read(const std::string& path, int depth) {
    const auto* value = parsed(path);
    if (value == nullptr) return std::nullopt;
    Config config;
    const auto folder = folder_of(path);
    for (const auto& parent : parents(*value, folder)) {
      auto inherited = depth < 8 ? read(parent, depth + 1) : std::nullopt;
      if (!inherited) continue;
      if (inherited->base_url) config.base_url = std::move(inherited->base_url);
      if (!inherited->paths.empty()) {
        config.paths = std::move(inherited->paths);
        config.paths_folder = std::move(inherited->paths_folder);
      }
    }
    const auto& options = object_of(*value, "compilerOptions");
    if (options.contains("baseUrl")) {
      config.base_url = resolve_path(folder, text_of(options, "baseUrl"));
    }
    if (options.contains("paths")) {
      config.paths.clear();
      config.paths_folder = folder;
      for (const auto& [pattern, targets] : object_of(options, "paths").items()) {
        Path entry{pattern, {}};
        if (!targets.is_array()) continue;
        for (const auto& target : targets) {
          if (target.is_string()) entry.targets.push_back(target.get<std::string>());
        }
        config.paths.push_back(std::move(entry));
      }
    }
    return config;
  }

 private:
  const json* parsed(const std::string& path) {
    const auto known = values_.find(path);
    if (known != values_.end()) return known->second ? &*known->second : nullptr;
    auto& value = values_[path];
    ParsedJson result;
    if (const auto manifest = texts_.find(path); manifest != texts_.end()) {
      result = parse_relaxed_json(manifest->second);
    } else {
      const auto text = store_.read(path);
      if (!text || text->size() > max_manifest_size) return nullptr;
      result = parse_relaxed_json(*text);
    }
    if (result.error_line != 0) {
      warnings_.push_back({path, result.error_line, "malformed JSON: passed over"});
      return nullptr;
    }
    value = std::move(result.value);
    return &*value;
  }

  std::vector<std::string> parents(const json& value, std::string_view folder) const {
    std::vector<std::string> found;
    const auto add = [&](const json& target) {
      if (!target.is_string()) return;
      if (auto path = locate(target.get<std::string>(), folder)) found.push_back(std::move(*path));
    };
    const auto extends = value.find("extends");
    if (extends == value.end()) return found;
    if (extends->is_array()) {
      std::for_each(extends->begin(), extends->end(), add);
    } else {
      add(*extends);
    }
    return found;
  }

  // A relative file, or one of a package of this repository.
  std::optional<std::string> locate(const std::string& target, std::string_view folder) const {
    if (target.starts_with('.')) return resolve_path(folder, config_name(target));
    for (const auto& project : projects_) {
      const auto& package = project.package;
      if (package.kind != PackageKind::npm || package.name.empty() || !target.starts_with(package.name)) continue;
      const auto rest = target.substr(package.name.size());
      if (rest.empty()) return resolve_path(package.path, "tsconfig.json");
      if (rest.starts_with('/')) return resolve_path(package.path, config_name(rest.substr(1)));
    }
    return std::nullopt;
  }

  const std::vector<Project>& projects_;
  const Store& store_;
  std::vector<Warning>& warnings_;
  std::map<std::string_view, std::string_view> texts_;
  std::map<std::string, std::optional<json>, std::less<>> values_;
};

std::vector<PathAlias> aliases_of(const Config& config, const std::string& scope) {
  std::vector<PathAlias> aliases;
  const std::string& base = config.base_url ? *config.base_url : config.paths_folder;
  for (const auto& path : config.paths) {
    PathAlias alias{path.pattern, {}, scope};
    for (const auto& target : path.targets) {
      if (auto resolved = resolve_path(base, target)) alias.targets.push_back(std::move(*resolved));
    }
    if (!alias.targets.empty()) aliases.push_back(std::move(alias));
  }
  const bool has_catch_all =
      std::any_of(aliases.begin(), aliases.end(), [](const PathAlias& alias) { return alias.pattern == "*"; });
  if (config.base_url && !has_catch_all) {
    aliases.push_back({"*", {config.base_url->empty() ? "*" : *config.base_url + "/*"}, scope});
  }
  return aliases;
}

}  // namespace

std::vector<PathAlias> find_aliases(const std::vector<Manifest>& manifests, const std::vector<Project>& projects,
                                    const Store& store, std::vector<Warning>& warnings) {
  // A folder's main configuration goes before its variants (tsconfig.build.json), and outer folders before inner ones.
  std::vector<std::string> configs;
  for (const auto& manifest : manifests) {
    if (manifest.kind == ManifestKind::tsconfig) configs.push_back(manifest.path);
  }
  const auto rank = [](const std::string& path) {
    const auto name = name_of(path);
    const int variant = name == "tsconfig.json" ? 0 : name == "jsconfig.json" ? 1 : 2;
    return std::tuple(folder_of(path), variant, name);
  };
  std::sort(configs.begin(), configs.end(),
            [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });

  Reader reader(manifests, projects, store, warnings);
  std::map<std::pair<std::string, std::string>, PathAlias> found;  // by scope and pattern
  const auto inherited = [&](const PathAlias& alias) {
    for (std::string_view scope = alias.scope; !scope.empty();) {
      scope = folder_of(scope);
      const auto outer = found.find({std::string(scope), alias.pattern});
      if (outer != found.end()) return outer->second.targets == alias.targets;
    }
    return false;
  };
  for (const auto& path : configs) {
    const auto config = reader.read(path, 0);
    if (!config) continue;
    for (auto& alias : aliases_of(*config, std::string(folder_of(path)))) {
      if (!inherited(alias)) found.try_emplace({alias.scope, alias.pattern}, std::move(alias));
    }
  }
  std::vector<PathAlias> aliases;
  aliases.reserve(found.size());
  for (auto& [key, alias] : found) aliases.push_back(std::move(alias));
  return aliases;
}

}  // namespace detoy::source

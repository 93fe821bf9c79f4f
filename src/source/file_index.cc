#include "source/file_index.h"

#include <algorithm>
#include <array>

#include "source/relative_path.h"

namespace detoy::source {
namespace {

constexpr auto kScriptExtensions =
    std::to_array<std::string_view>({".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".jsx"});
constexpr auto kOutputFolders =
    std::to_array<std::string_view>({"dist", "build", "lib", "out", "esm", "cjs", "es", ".next"});

bool is_script_extension(std::string_view extension) {
  return std::find(kScriptExtensions.begin(), kScriptExtensions.end(), extension) != kScriptExtensions.end();
}

bool is_output_folder(std::string_view name) {
  return std::find(kOutputFolders.begin(), kOutputFolders.end(), name) != kOutputFolders.end();
}

std::string join(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty() && !name.empty()) path += '/';
  return path.append(name);
}

}  // namespace

FileIndex::FileIndex(const std::vector<File>& files) : files_(files) {
  paths_.reserve(files.size());
  for (const auto& file : files) {
    paths_.insert(file.path);
    by_name_.emplace(name_of(file.path), file.path);
  }
}

std::span<const File> FileIndex::inside(std::string_view folder) const {
  if (folder.empty()) return files_;
  const auto prefix = std::string(folder) + "/";
  const auto begin = std::lower_bound(files_.begin(), files_.end(), prefix,
                                      [](const File& file, const std::string& path) { return file.path < path; });
  const auto end =
      std::find_if_not(begin, files_.end(), [&](const File& file) { return file.path.starts_with(prefix); });
  return {begin, end};
}

std::optional<std::string> FileIndex::find_stem(const std::string& stem) const {
  for (const auto extension : kScriptExtensions) {
    auto path = stem + std::string(extension);
    if (contains(path)) return path;
  }
  return std::nullopt;
}

std::optional<std::string> FileIndex::find_built(std::string_view path) const {
  if (contains(path)) return std::string(path);
  const auto stem = is_script_extension(extension_of(path)) ? without_extension(path) : path;
  if (stem.size() == path.size()) {
    if (auto found = find_stem(std::string(path))) return found;
    if (auto found = find_stem(join(path, "index"))) return found;
  }
  // Behind each output folder comes what was compiled, with or without the source folder's name.
  std::size_t begin = 0;
  while (begin < stem.size()) {
    const auto slash = stem.find('/', begin);
    if (slash == std::string_view::npos) break;
    if (is_output_folder(stem.substr(begin, slash - begin))) {
      const auto before = stem.substr(0, begin == 0 ? 0 : begin - 1);
      const auto after = stem.substr(slash + 1);
      const auto folder = folder_of(after);
      const auto name = name_of(after);
      const std::array<std::string, 4> stems = {
          join(before, join("src", after)), join(before, after),
          join(before, join(folder, join("src", name))),  // dist/apps/api/main.js -> apps/api/src/main.ts
          join(before, join("src", name)),                // dist/esm/index.js -> src/index.ts
      };
      for (const auto& candidate : stems) {
        if (auto found = find_stem(candidate)) return found;
      }
    }
    begin = slash + 1;
  }
  return find_stem(std::string(stem));
}

std::optional<std::string> FileIndex::find_script(std::string_view folder, std::string_view target) const {
  const bool in_container = target.starts_with('/');
  while (target.starts_with('/')) target.remove_prefix(1);
  while (!target.empty()) {
    if (const auto path = resolve_path(folder, target)) {
      const bool entry_file = !path->empty() && *path != folder;
      if (auto found = entry_file ? find_built(*path) : find_stem(join(folder, "index"))) return found;
      if (auto found = find_built(join(folder, join("src", target)))) return found;
    }
    const auto slash = target.find('/');
    if (!in_container || slash == std::string_view::npos) break;
    target.remove_prefix(slash + 1);
  }
  return std::nullopt;
}

std::optional<std::string> FileIndex::find_module(std::string_view folder, std::string_view module) const {
  std::string path(module);
  std::replace(path.begin(), path.end(), '.', '/');
  const std::array<std::string, 3> endings = {path + ".py", path + "/__init__.py", path + "/__main__.py"};
  for (const auto& base : {std::string(folder), join(folder, "src")}) {
    for (const auto& ending : endings) {
      auto candidate = join(base, ending);
      if (contains(candidate)) return candidate;
    }
  }
  for (const auto& ending : endings) {
    if (auto found = find_ending(folder, ending)) return found;
  }
  return std::nullopt;
}

std::optional<std::string> FileIndex::find_ending(std::string_view folder, std::string_view ending) const {
  std::optional<std::string> found;
  const auto [begin, end] = by_name_.equal_range(name_of(ending));
  for (auto candidate = begin; candidate != end; ++candidate) {
    const auto path = candidate->second;
    if (!is_inside(path, folder) || !path.ends_with(ending)) continue;
    if (path.size() > ending.size() && path[path.size() - ending.size() - 1] != '/') continue;
    if (found) return std::nullopt;
    found = std::string(path);
  }
  return found;
}

}  // namespace detoy::source

// Paths relative to the root: with '/', without leading or trailing '/', "" for the root itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace detoy::source {

// "a/b/c.ts" -> "a/b"
std::string_view folder_of(std::string_view path);

// "a/b/c.ts" -> "c.ts"
std::string_view name_of(std::string_view path);

// "a/b.spec.ts" -> ".ts"; "" when the name has none. A leading dot begins no extension.
std::string_view extension_of(std::string_view path);

// "a/b.spec.ts" -> "a/b.spec"
std::string_view without_extension(std::string_view path);

// Whether `path` is `folder` or lies inside it.
bool is_inside(std::string_view path, std::string_view folder);

// Whether one of the path's parts is `name`.
bool has_part(std::string_view path, std::string_view name);

// What `target` means when written in a file of `folder`: "./", "../" and doubled slashes are resolved by text alone.
// Nothing when it is absolute or leads out of the root.
std::optional<std::string> resolve_path(std::string_view folder, std::string_view target);

// Calls `visit` with each part of the path, outermost first, until it returns false.
template <typename Visit>
void each_part(std::string_view path, Visit visit) {
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (!visit(path.substr(0, slash)) || slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace detoy::source

#include "source/relative_path.h"

#include <vector>

namespace detoy::source {

std::string_view folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view extension_of(std::string_view path) {
  const auto name = name_of(path);
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot);
}

std::string_view without_extension(std::string_view path) {
  return path.substr(0, path.size() - extension_of(path).size());
}

bool is_inside(std::string_view path, std::string_view folder) {
  return folder.empty() || (path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/'));
}

bool has_part(std::string_view path, std::string_view name) {
  bool found = false;
  each_part(path, [&](std::string_view part) {
    found = part == name;
    return !found;
  });
  return found;
}

std::optional<std::string> resolve_path(std::string_view folder, std::string_view target) {
  if (target.starts_with('/')) return std::nullopt;
  std::vector<std::string_view> parts;
  bool outside = false;
  const auto add = [&](std::string_view part) {
    if (part.empty() || part == ".") return true;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      outside = true;
    } else {
      parts.pop_back();
    }
    return !outside;
  };
  each_part(folder, add);
  each_part(target, add);
  if (outside) return std::nullopt;
  std::string path;
  for (const auto part : parts) {
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

}  // namespace detoy::source

// Finding the source file that a manifest or command means.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "source/source.h"

namespace detoy::source {

// Looks up a tree's files, which are ordered by path and must outlive it.
class FileIndex {
 public:
  explicit FileIndex(const std::vector<File>& files);

  bool contains(std::string_view path) const { return paths_.contains(path); }

  // The files inside `folder`, ordered by path.
  std::span<const File> inside(std::string_view folder) const;

  // The source of the script that `target` names in a file of `folder`: the file itself, or the one that it is built
  // from
  // ("dist/main.js" -> "src/main.ts"). An absolute target is a path in a container: its last parts are looked for.
  std::optional<std::string> find_script(std::string_view folder, std::string_view target) const;

  // The file of the Python module "a.b" as seen from `folder` or its "src": "a/b.py" or "a/b/__init__.py".
  std::optional<std::string> find_module(std::string_view folder, std::string_view module) const;

 private:
  std::optional<std::string> find_built(std::string_view path) const;
  std::optional<std::string> find_stem(const std::string& stem) const;
  // The only file inside `folder` whose path ends in `ending`.
  std::optional<std::string> find_ending(std::string_view folder, std::string_view ending) const;

  std::span<const File> files_;
  std::unordered_set<std::string_view> paths_;
  std::unordered_multimap<std::string_view, std::string_view> by_name_;
};

}  // namespace detoy::source

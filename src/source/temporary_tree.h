// A folder for tests, gone with the object.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/temporary_folder.h"
#include "source/source.h"

namespace detoy::source {

class TemporaryTree {
 public:
  TemporaryTree& add(const std::string& path, std::string_view text = "") {
    const auto full = folder_.path() / path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full, std::ios::binary) << text;
    return *this;
  }

  std::filesystem::path path() const { return folder_.path(); }
  std::string text() const { return folder_.path().string(); }

 private:
  TemporaryFolder folder_;
};

inline std::vector<std::string> paths_of(const Tree& tree) {
  std::vector<std::string> paths;
  for (const auto& file : tree.files) paths.push_back(file.path);
  return paths;
}

// The tree of the folder; an empty one when it cannot be read.
inline Tree tree_of(const std::string& root, const WalkOptions& options = {}) {
  auto source = open_folder(root, options);
  return source ? std::move(source->tree) : Tree();
}

inline std::map<std::string, Role> roles_of(const Tree& tree) {
  std::map<std::string, Role> roles;
  for (const auto& file : tree.files) roles[file.path] = file.role;
  return roles;
}

// The package called so; an empty one when there is none.
inline Package package_of(const Tree& tree, std::string_view name) {
  const auto found = std::find_if(tree.packages.begin(), tree.packages.end(),
                                  [&](const Package& package) { return package.name == name; });
  return found == tree.packages.end() ? Package() : *found;
}

}  // namespace detoy::source

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <future>
#include <system_error>

#include "source/aliases.h"
#include "source/deployment.h"
#include "source/file_index.h"
#include "source/folder_store.h"
#include "source/git_work_tree.h"
#include "source/packages.h"
#include "source/printable_name.h"
#include "source/read_file.h"
#include "source/relative_path.h"
#include "source/roles.h"
#include "source/source.h"
#include "source/walk.h"

namespace detoy::source {
namespace {

namespace fs = std::filesystem;

// "a/./b/" -> "a/b"
std::string normalised(const std::string& root) {
  auto path = fs::path(root.empty() ? "." : root).lexically_normal().generic_string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// The folder's own name, also for "." and "..".
std::string folder_name(const std::string& root) {
  std::error_code error;
  const auto real = fs::canonical(root, error);
  return printable_name((error ? fs::path(root) : real).filename().string());
}

// A root that is a file: a tree of that file alone.
Result<Walk> walk_file(const std::string& name, std::uint64_t size) {
  if (!is_printable(name))
    return fail(ErrorCategory::input, printable_name(name) + ": its name is not printable UTF-8");
  Walk walk;
  File file;
  file.path = name;
  file.language = language_of(name);
  file.size = size;
  if (file.language != Language::none) walk.files.push_back(std::move(file));
  return walk;
}

void leave_out_large(Tree& tree, std::uint64_t max_size) {
  for (const auto& file : tree.files) {
    // Nobody misses the others.
    if (file.size > max_size && file.role == Role::production) {
      tree.warnings.push_back({file.path, 0, fmt::format("left out: {} bytes are more than {}", file.size, max_size)});
    }
  }
  std::erase_if(tree.files, [&](const File& file) { return file.size > max_size; });
}

// Everything that the found files and manifests tell, in the order in which one needs the other.
void describe(Source& source, Walk walk, const WalkOptions& options) {
  auto& tree = source.tree;
  tree.files = std::move(walk.files);
  tree.warnings = std::move(walk.warnings);
  auto& manifests = walk.manifests;
  std::erase_if(manifests, [](const Manifest& manifest) { return is_test_folder(folder_of(manifest.path)); });

  const FileIndex index(tree.files);
  // Parsing YAML takes about as long as all the rest.
  std::vector<Warning> deployment_warnings;
  auto reading = std::async(std::launch::async, [&] { return read_deployment(manifests, deployment_warnings); });
  auto projects = find_projects(manifests, tree.files, index, folder_name(tree.root), tree.warnings);
  const Deployment deployment = reading.get();
  tree.warnings.insert(tree.warnings.end(), deployment_warnings.begin(), deployment_warnings.end());
  mark_deployed(projects, deployment, index);
  assign_packages(tree.files, projects);
  mark_workspace_roots(projects, tree.files);
  assign_roles(tree.files, projects, options);
  leave_out_large(tree, options.max_file_size);

  tree.aliases = find_aliases(manifests, projects, *source.store, tree.warnings);
  tree.settings = collect_settings(deployment, manifests);
  tree.packages.reserve(projects.size());
  for (auto& project : projects) tree.packages.push_back(std::move(project.package));
  std::stable_sort(tree.warnings.begin(), tree.warnings.end(),
                   [](const Warning& a, const Warning& b) { return a.path < b.path; });
}

}  // namespace

Result<Source> open_folder(const std::string& root, const WalkOptions& options) {
  Source source;
  source.tree.root = normalised(root);
  std::error_code error;
  const auto status = fs::status(source.tree.root, error);
  if (!fs::exists(status)) {
    const auto reason = error ? error.message() : system_message(ENOENT);
    return fail(ErrorCategory::input, fmt::format("{}: cannot be opened: {}", root, reason));
  }
  const bool is_file = fs::is_regular_file(status);
  if (!is_file && !fs::is_directory(status)) {
    return fail(ErrorCategory::input, fmt::format("{}: is neither a folder nor a file", root));
  }
  std::string file_name;
  if (is_file) {
    const fs::path path(source.tree.root);
    file_name = path.filename().string();
    source.tree.root = normalised(path.parent_path().string());
  }

  auto store = open_folder_store(source.tree.root);
  if (!store) return std::unexpected(store.error());
  source.store = std::move(*store);
  auto work_tree = find_work_tree(source.tree.root);
  source.tree.commit = std::move(work_tree.commit);

  const auto size = is_file ? fs::file_size(fs::path(source.tree.root) / file_name, error) : 0;
  auto walk = is_file ? walk_file(file_name, size) : walk_folder(source.tree.root, work_tree.rules, options);
  if (!walk) return std::unexpected(walk.error());
  describe(source, std::move(*walk), options);
  return source;
}

}  // namespace detoy::source

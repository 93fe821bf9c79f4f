#include "analysis/modules.h"

#include <algorithm>
#include <array>

namespace detoy::analysis {
namespace {

std::string_view folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

// Joins and removes "." and "..". Empty if the result would leave the root.
std::string join(std::string_view folder, std::string_view relative) {
  std::vector<std::string_view> parts;
  const auto add = [&](std::string_view path) {
    while (!path.empty()) {
      const auto slash = path.find('/');
      const std::string_view part = path.substr(0, slash);
      path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
      if (part.empty() || part == ".") continue;
      if (part == "..") {
        if (parts.empty()) return false;
        parts.pop_back();
      } else {
        parts.push_back(part);
      }
    }
    return true;
  };
  if (!add(folder) || !add(relative)) return {};
  std::string result;
  for (const std::string_view part : parts) {
    if (!result.empty()) result += '/';
    result += part;
  }
  return result;
}

bool below(std::string_view path, std::string_view folder) {
  return folder.empty() || (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/');
}

std::string underscored(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace

Modules::Modules(const Program& program, const source::Tree& tree)
    : program_(program), tree_(tree), rust_(program, tree) {
  for (std::uint32_t i = 0; i < tree.packages.size(); ++i) {
    const source::Package& package = tree.packages[i];
    if (package.kind == source::PackageKind::npm) {
      npm_packages_.emplace(package.name, i);
      const auto slash = package.name.find('/');
      if (package.name.starts_with('@') && slash != std::string::npos)
        npm_scopes_.insert(package.name.substr(0, slash));
    }
  }
  // A folder that only groups crates is called like one of them more often than not, and is none.
  for (const bool groups : {false, true}) {
    for (std::uint32_t i = 0; i < tree.packages.size(); ++i) {
      const source::Package& package = tree.packages[i];
      if (package.kind == source::PackageKind::cargo && package.is_workspace_root == groups)
        rust_.add_crate(underscored(package.name), i);
    }
  }
  for (FileId id = 0; id < program.files().size(); ++id) {
    const SourceFile& file = program.file(id);
    if (file.language == Language::python) {
      std::string stem = file.path.substr(0, file.path.rfind('.'));
      if (stem.ends_with("/__init__")) stem.resize(stem.size() - 9);
      for (std::size_t start = 0;;) {
        python_tails_[stem.substr(start)].push_back(id);
        const auto slash = stem.find('/', start);
        if (slash == std::string::npos) break;
        start = slash + 1;
      }
    } else if (same_family(file.language, Language::typescript)) {
      const auto slash = file.path.rfind('/');
      if (slash == std::string::npos || !file.path.substr(slash + 1).starts_with("index.")) continue;
      std::string folder = file.path.substr(0, slash);
      if (folder.ends_with("/src")) folder.resize(folder.size() - 4);
      folder_indexes_[folder.substr(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/') + 1)].push_back(id);
    } else if (file.language == Language::rust) {
      rust_.add(id);
    }
  }
}

FileId Modules::resolve(FileId from, std::string_view module) const {
  const std::uint64_t key = (static_cast<std::uint64_t>(from) << 32) | program_.name(module);
  if (const FileId* known = known_.find(key)) return *known;
  const FileId found = resolve_uncached(from, module);
  known_.insert(key, found);
  return found;
}

FileId Modules::resolve_uncached(FileId from, std::string_view module) const {
  switch (program_.file(from).language) {
    case Language::python:
      return python(from, module);
    case Language::rust:
      return rust(from, module);
    case Language::typescript:
    case Language::tsx:
    case Language::javascript:
      return script(from, module);
    case Language::none:
      break;
  }
  return no_file;
}

FileId Modules::with_endings(std::string path) const {
  static constexpr std::array endings = {"",           ".ts",       ".tsx",       ".js",       ".jsx",
                                         ".mjs",       ".cjs",      ".mts",       ".cts",      "/index.ts",
                                         "/index.tsx", "/index.js", "/index.jsx", "/index.mjs"};
  for (const std::string_view ending : endings) {
    const FileId found = program_.find(path + std::string(ending));
    if (found != no_file) return found;
  }
  // TypeScript's ESM style imports "./a.js" and means a.ts.
  for (const std::string_view ending : {".js", ".mjs", ".cjs", ".jsx"}) {
    if (!path.ends_with(ending)) continue;
    path.resize(path.size() - ending.size());
    for (const std::string_view other : {".ts", ".tsx", ".mts", ".cts"}) {
      const FileId found = program_.find(path + std::string(other));
      if (found != no_file) return found;
    }
    break;
  }
  return no_file;
}

FileId Modules::script(FileId from, std::string_view module) const {
  const std::string& path = program_.file(from).path;
  if (module.starts_with('.')) return with_endings(join(folder_of(path), module));

  for (const source::PathAlias& alias : tree_.aliases) {
    if (!below(path, alias.scope)) continue;
    const auto star = alias.pattern.find('*');
    std::string_view rest;
    if (star == std::string::npos) {
      if (module != alias.pattern) continue;
    } else {
      const std::string_view head = std::string_view(alias.pattern).substr(0, star);
      const std::string_view tail = std::string_view(alias.pattern).substr(star + 1);
      if (!module.starts_with(head) || !module.ends_with(tail) || module.size() < head.size() + tail.size()) continue;
      rest = module.substr(head.size(), module.size() - head.size() - tail.size());
    }
    for (const std::string& target : alias.targets) {
      std::string candidate = target;
      const auto hole = candidate.find('*');
      if (hole != std::string::npos) candidate.replace(hole, 1, rest);
      const FileId found = with_endings(join("", candidate));
      if (found != no_file) return found;
    }
  }

  // The workspace's own scope without a manifest of that name: a folder of the name, if there is just one.
  const auto scoped = [&]() -> FileId {
    const auto slash = module.find('/');
    if (slash == std::string_view::npos || !npm_scopes_.contains(std::string(module.substr(0, slash)))) return no_file;
    const auto found = folder_indexes_.find(std::string(module.substr(slash + 1)));
    return found != folder_indexes_.end() && found->second.size() == 1 ? found->second.front() : no_file;
  };

  // A package of the workspace: its name, or a path below it.
  std::string name(module);
  std::string rest;
  while (true) {
    const auto package = npm_packages_.find(name);
    if (package != npm_packages_.end()) {
      const source::Package& found = tree_.packages[package->second];
      const std::string base = found.path;
      if (rest.empty()) {
        for (const std::string& entry : found.entry_points) {
          const FileId file = with_endings(entry);
          if (file != no_file) return file;
        }
        for (const char* entry : {"src/index", "index", "lib/index", "src/main"}) {
          const FileId file = with_endings(join(base, entry));
          if (file != no_file) return file;
        }
      } else {
        for (const std::string& candidate : {join(base, rest), join(base, "src/" + rest)}) {
          const FileId file = with_endings(candidate);
          if (file != no_file) return file;
        }
      }
      return no_file;
    }
    const auto slash = name.rfind('/');
    if (slash == std::string::npos) return scoped();
    std::string longer = name.substr(slash + 1);
    if (!rest.empty()) longer.append("/").append(rest);
    rest = std::move(longer);
    name.resize(slash);
  }
  return no_file;
}

FileId Modules::dotted(FileId from, const std::string& path) const {
  const auto found = python_tails_.find(path);
  if (found == python_tails_.end()) return no_file;
  // The nearest of several: the one that shares the longest folder with the importer.
  const std::string& importer = program_.file(from).path;
  FileId best = no_file;
  std::size_t best_shared = 0;
  for (const FileId candidate : found->second) {
    const std::string& other = program_.file(candidate).path;
    std::size_t shared = 0;
    while (shared < importer.size() && shared < other.size() && importer[shared] == other[shared]) ++shared;
    // A tail is a real module path only if what precedes it can be a source root, so shorter prefixes win ties.
    if (best == no_file || shared > best_shared ||
        (shared == best_shared && other.size() < program_.file(best).path.size())) {
      best = candidate;
      best_shared = shared;
    }
  }
  return best;
}

FileId Modules::python(FileId from, std::string_view module) const {
  if (!module.starts_with('.')) {
    std::string path(module);
    std::replace(path.begin(), path.end(), '.', '/');
    // `import json` must not find some/folder/json.py: a plain name is only taken from a source root or beside the
    // file.
    if (path.find('/') == std::string::npos) {
      const std::string beside = join(folder_of(program_.file(from).path), path);
      for (const std::string& candidate : {beside + ".py", beside + "/__init__.py", path + ".py", path + "/__init__.py",
                                           "src/" + path + ".py", "src/" + path + "/__init__.py"}) {
        const FileId found = program_.find(candidate);
        if (found != no_file) return found;
      }
      if (program_.file(from).package != source::File::no_package) {
        const std::string& base = tree_.packages[program_.file(from).package].path;
        for (const std::string& candidate : {join(base, path + ".py"), join(base, path + "/__init__.py"),
                                             join(base, "src/" + path + "/__init__.py")}) {
          const FileId found = program_.find(candidate);
          if (found != no_file) return found;
        }
      }
      return no_file;
    }
    return dotted(from, path);
  }
  std::size_t dots = 0;
  while (dots < module.size() && module[dots] == '.') ++dots;
  std::string folder(folder_of(program_.file(from).path));
  for (std::size_t i = 1; i < dots; ++i) folder = std::string(folder_of(folder));
  std::string rest(module.substr(dots));
  std::replace(rest.begin(), rest.end(), '.', '/');
  const std::string path = join(folder, rest);
  for (const std::string& candidate : {path + ".py", path.empty() ? "__init__.py" : path + "/__init__.py"}) {
    const FileId found = program_.find(candidate);
    if (found != no_file) return found;
  }
  return no_file;
}

FileId Modules::submodule(FileId from, std::string_view module, std::string_view name) const {
  if (program_.file(from).language != Language::python) return no_file;
  std::string path(module);
  if (!path.ends_with('.')) path += '.';
  return resolve(from, path + std::string(name));
}

FileId Modules::within(FileId package, std::string_view name) const {
  const std::string_view path = program_.file(package).path;
  constexpr std::string_view init = "__init__.py";
  if (!path.ends_with(init)) return no_file;
  const std::string inner = std::string(path.substr(0, path.size() - init.size())) + std::string(name);
  const FileId module = program_.find(inner + ".py");
  return module != no_file ? module : program_.find(inner + "/__init__.py");
}

bool Modules::names_crate(FileId from, std::string_view name) const {
  return rust_.names_crate(from, name);
}

FileId Modules::rust(FileId from, std::string_view module) const {
  const SourceFile& file = program_.file(from);
  if (module.starts_with("mod ")) {
    const std::string folder(folder_of(file.path));
    std::string stem = file.path.substr(folder.empty() ? 0 : folder.size() + 1);
    stem = stem.substr(0, stem.rfind('.'));
    const std::string base = stem == "mod" || stem == "lib" || stem == "main" ? folder : join(folder, stem);
    const std::string name(module.substr(4));
    for (const std::string& candidate : {join(base, name + ".rs"), join(base, name + "/mod.rs")}) {
      const FileId found = program_.find(candidate);
      if (found != no_file) return found;
    }
    return no_file;
  }
  return rust_.resolve(from, module);
}

}  // namespace detoy::analysis

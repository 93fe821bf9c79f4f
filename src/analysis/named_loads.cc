#include "analysis/named_loads.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/words.h"
#include "source/glob.h"

namespace detoy::analysis {

using facts::RootKind;
using facts::ValueKind;

namespace {

constexpr int depth_limit = 6;
constexpr int most_values = 200;
// A program may have any number of them, and each is held against all files.
constexpr std::size_t most_patterns = 1000;
constexpr std::size_t most_globs = 20;

std::string_view folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (slash != 0) segments.push_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
  }
  return segments;
}

// jobs/${name}.js: jobs/*.js
std::string without_holes(std::string_view text) {
  std::string result;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '{' && depth++ == 0) {
      if (!result.empty() && result.back() == '$') result.pop_back();
      result += '*';
    } else if (c == '}' && depth > 0) {
      --depth;
    } else if (depth == 0) {
      result += c;
    }
  }
  return result;
}

// Of a file's name, and of a pattern's last segment: what stands before the ending.
std::string_view stem_of(std::string_view name) {
  for (const std::string_view ending : {".ts", ".js", ".mts", ".mjs", ".cts", ".cjs", ".tsx", ".jsx", ".py"}) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

// Whether a file's path without its ending fits. A pattern may end at a folder, whose index is meant then.
bool fits(std::string_view pattern, std::string_view path) {
  if (source::glob_matches(pattern, path)) return true;
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view name = path.substr(slash + 1);
  return (name == "index" || name == "__init__") && source::glob_matches(pattern, path.substr(0, slash));
}

// Every character but '*' means itself.
std::string literal(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '?' || c == '[' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

bool says_something(std::string_view pattern) {
  return pattern.find_first_not_of("*/") != std::string_view::npos;
}

// plugins/*/server/!(*.test|schema).[jt]s: plugins/*/server/*. Empty if the text is no such pattern.
std::string pattern_of_glob(std::string_view text) {
  if (text.find('*') == std::string_view::npos || text.find('/') == std::string_view::npos) return {};
  if (text.find_first_of(" \t\n:;<>\"'\\") != std::string_view::npos) return {};
  std::string result;
  bool named = false;
  for (std::string_view segment : segments_of(text)) {
    if (!result.empty()) result += '/';
    auto special = segment == "**" ? std::string_view::npos : segment.find_first_of("*?[]{}()!|@+");
    // index.[jt]s
    if (special != std::string_view::npos && special > 1 && segment[special - 1] == '.') {
      segment = segment.substr(0, special - 1);
      special = std::string_view::npos;
    }
    const bool open = special != std::string_view::npos;
    result += open ? "*" : segment;
    named = named || (!open && segment != "**" && segment != "." && segment != "..");
  }
  return named ? result : std::string();
}

}  // namespace

bool NamedLoads::loads(FileId file, const facts::Call& call) const {
  if (call.first_argument == 0 || program_.file(file).language == Language::rust) return false;
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Path& path = facts.paths[call.path];
  if (path.steps == 0) return false;
  std::string_view name = facts.string(facts.steps[path.first_step + path.steps - 1].name);
  if (name.empty() && path.steps == 1) {
    if (path.root_kind == RootKind::name) name = facts.string(path.root);
    if (path.root_kind == RootKind::declaration) name = facts.string(facts.declarations[path.root].name);
  } else if (path.steps > 1 || path.root_kind == RootKind::self) {
    return false;
  }
  return is_one_of(loading_, name);
}

std::string NamedLoads::pattern_of_path(FileId file, const facts::Path& path, int depth) {
  const facts::FileFacts& facts = program_.facts(file);
  const auto step = [&](std::uint32_t i) { return facts.string(facts.steps[path.first_step + i].name); };
  if (path.root_kind == RootKind::name && path.steps == 0 && facts.string(path.root) == "__dirname") return ".";
  if (path.steps > 0 && (step(path.steps - 1) == "dirname" || step(path.steps - 1) == "__dirname")) return ".";
  if (path.root_kind != RootKind::declaration || path.steps != 0) return "*";
  const facts::Declaration& root = facts.declarations[path.root];
  const bool constant = root.kind == facts::DeclarationKind::variable && root.initial != 0;
  return constant ? pattern_of(file, root.initial, depth + 1) : "*";
}

std::string NamedLoads::pattern_of_call(FileId file, const facts::Call& call, int depth) {
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Path& path = facts.paths[call.path];
  std::string_view name;
  if (path.steps > 0) name = facts.string(facts.steps[path.first_step + path.steps - 1].name);
  if (name.empty() && path.steps == 1 && path.root_kind == RootKind::name) name = facts.string(path.root);
  if (name.empty() && path.steps == 1 && path.root_kind == RootKind::declaration)
    name = facts.string(facts.declarations[path.root].name);
  if (name == "cwd") return "";
  // path.dirname(fileURLToPath(import.meta.url))
  if (name == "dirname") return ".";
  if (!is_one_of(catalog_.words("path_functions"), name)) return "*";
  std::string result;
  for (facts::Index a = call.first_argument; a != 0; a = facts.values[a].next) {
    const std::string part = pattern_of(file, a, depth + 1);
    if (!result.empty() && !part.empty()) result += '/';
    result += part;
  }
  return result;
}

std::string NamedLoads::pattern_of(FileId file, facts::Index index, int depth) {
  if (index == 0 || depth > depth_limit || --values_left_ < 0) return "*";
  const facts::FileFacts& facts = program_.facts(file);
  const facts::Value& value = facts.values[index];
  switch (value.kind) {
    case ValueKind::string:
      return std::string(facts.string(value.text));
    case ValueKind::text_template: {
      // The first hole may be known: `${__dirname}/jobs/${name}`
      std::string pattern = without_holes(facts.string(value.text));
      if (pattern.starts_with('*') && value.first_child != 0)
        pattern.replace(0, 1, pattern_of(file, value.first_child, depth + 1));
      return pattern;
    }
    case ValueKind::path:
      return pattern_of_path(file, facts.paths[value.ref], depth);
    case ValueKind::call:
    case ValueKind::construct:
      return pattern_of_call(file, facts.calls[value.ref], depth);
    case ValueKind::unknown: {
      // "./jobs/" + name
      std::string result;
      for (facts::Index part = value.first_child; part != 0; part = facts.values[part].next)
        result += pattern_of(file, part, depth + 1);
      return result.empty() ? "*" : result;
    }
    default:
      return "*";
  }
}

void NamedLoads::add_fitting(FileId from, const std::string& pattern, std::vector<FileId>& found) const {
  const SourceFile& home = program_.file(from);
  std::vector<std::string> bases;
  if (home.language == Language::python) {
    // Source folders are not told by a dotted name.
    bases = {pattern.starts_with('.') ? std::string(folder_of(home.path)) : "**"};
  } else if (pattern.starts_with('.')) {
    bases = {std::string(folder_of(home.path))};
  } else {
    bases = {""};
    if (home.package != source::File::no_package) bases.push_back(tree_.packages[home.package].path);
  }
  for (const std::string& base : bases) {
    std::string whole = (std::filesystem::path(base) / pattern.substr(pattern.starts_with('/') ? 1 : 0))
                            .lexically_normal()
                            .generic_string();
    // What the unknown beginning stands for has any number of folders.
    if (whole.starts_with("*/")) whole.insert(0, "*");
    if (whole.empty() || whole.starts_with("..")) continue;
    const std::string wanted = literal(stem_of(whole));
    for (FileId id = 0; id < program_.files().size(); ++id) {
      const SourceFile& file = program_.file(id);
      if (id != from && same_family(file.language, home.language) && fits(wanted, stem_of(file.path)))
        found.push_back(id);
    }
  }
}

const std::vector<FileId>& NamedLoads::files_of(FileId file, const facts::Call& call) {
  const facts::FileFacts& facts = program_.facts(file);
  values_left_ = most_values;
  std::string pattern = pattern_of(file, call.first_argument, 0);
  if (program_.file(file).language == Language::python) {
    const bool relative = pattern.starts_with('.');
    std::replace(pattern.begin(), pattern.end(), '.', '/');
    if (relative) pattern.insert(0, ".");
  }
  const bool named = says_something(pattern);
  const auto [entry, fresh] = known_.try_emplace(fmt::format("{}:{}", file, named ? pattern : ""));
  std::vector<FileId>& found = entry->second;
  if (!fresh || known_.size() > most_patterns) return found;
  if (named) {
    add_fitting(file, pattern, found);
  } else {
    std::size_t globs = 0;
    for (const facts::Value& value : facts.values) {
      if (value.kind != ValueKind::string) continue;
      const std::string glob = pattern_of_glob(facts.string(value.text));
      if (!glob.empty() && ++globs <= most_globs) add_fitting(file, glob, found);
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace detoy::analysis

#include "source/git_work_tree.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

#include "source/read_file.h"
#include "source/text_lines.h"

namespace detoy::source {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxGitFile = 64u << 20;  // packed-refs of very large repositories

std::string read_or_empty(const fs::path& path) {
  return read_file(path.string(), kMaxGitFile).value_or("");
}

bool is_hash(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// The Git folder that `.git` of a work tree stands for: itself, or the one that a linked work tree's or submodule's
// file names.
std::optional<fs::path> git_folder(const fs::path& dot_git) {
  std::error_code error;
  const auto status = fs::status(dot_git, error);
  if (fs::is_directory(status)) {
    return fs::exists(dot_git / "HEAD", error) ? std::optional(dot_git) : std::nullopt;
  }
  if (!fs::is_regular_file(status)) return std::nullopt;
  const auto text = read_or_empty(dot_git);
  constexpr std::string_view kKey = "gitdir:";
  if (!text.starts_with(kKey)) return std::nullopt;
  const fs::path target(trimmed_text(std::string_view(text).substr(kKey.size())));
  return target.is_absolute() ? target : dot_git.parent_path() / target;
}

// Branches and info/exclude of a linked work tree are in the repository that it belongs to.
fs::path common_folder(const fs::path& git) {
  const auto text = read_or_empty(git / "commondir");
  const auto name = trimmed_text(text);
  if (name.empty()) return git;
  const fs::path target(name);
  return target.is_absolute() ? target : git / target;
}

std::string find_packed(const std::string& packed, std::string_view reference) {
  std::string_view rest = packed;
  while (!rest.empty()) {
    const auto newline = rest.find('\n');
    const auto line = trimmed_text(rest.substr(0, newline));
    rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
    const auto space = line.find(' ');
    if (space != std::string_view::npos && line.substr(space + 1) == reference && is_hash(line.substr(0, space))) {
      return std::string(line.substr(0, space));
    }
  }
  return {};
}

std::string head_commit(const fs::path& git, const fs::path& common) {
  constexpr std::string_view kKey = "ref:";
  std::string text = read_or_empty(git / "HEAD");
  // A symbolic reference may name another; a loop among them must end.
  for (int depth = 0; depth < 8; ++depth) {
    const auto value = trimmed_text(text);
    if (is_hash(value)) return std::string(value);
    if (!value.starts_with(kKey)) return {};
    const std::string reference(trimmed_text(value.substr(kKey.size())));
    if (reference.find("..") != std::string::npos) return {};
    std::string next = read_or_empty(git / reference);
    if (next.empty()) next = read_or_empty(common / reference);
    if (next.empty()) return find_packed(read_or_empty(common / "packed-refs"), reference);
    text = std::move(next);
  }
  return {};
}

// Whether one list of rules leaves out the folder `path` or one above it.
bool ignores(const OuterRules& outer) {
  for (std::size_t slash = outer.prefix.find('/'); slash != std::string::npos;
       slash = outer.prefix.find('/', slash + 1)) {
    if (outer.rules.match(std::string_view(outer.prefix).substr(0, slash), true) == IgnoreRules::Match::ignored) {
      return true;
    }
  }
  return false;
}

}  // namespace

WorkTree find_work_tree(const std::string& folder) {
  WorkTree tree;
  std::error_code error;
  const fs::path start = fs::canonical(folder, error);
  if (error) return tree;
  for (fs::path top = start;; top = top.parent_path()) {
    const auto git = git_folder(top / ".git");
    if (!git) {
      if (top == top.parent_path()) return tree;
      continue;
    }
    const auto common = common_folder(*git);
    tree.commit = head_commit(*git, common);

    const auto prefix_from = [&](const fs::path& outer) {
      const auto way = start.lexically_relative(outer).generic_string();
      return way == "." ? std::string() : way + "/";
    };
    const auto add = [&](const fs::path& file, std::string prefix) {
      auto rules = IgnoreRules::parse(read_or_empty(file));
      if (!rules.empty()) tree.rules.push_back({std::move(rules), std::move(prefix)});
    };
    add(common / "info" / "exclude", prefix_from(top));
    fs::path outer = top;
    for (const auto& part : start.lexically_relative(top)) {
      if (part == ".") break;
      add(outer / ".gitignore", prefix_from(outer));
      outer /= part;
    }
    if (std::any_of(tree.rules.begin(), tree.rules.end(), ignores)) tree.rules.clear();
    return tree;
  }
}

}  // namespace detoy::source

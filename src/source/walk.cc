#include "source/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <thread>

#include "source/printable_name.h"
#include "source/read_file.h"
#include "source/relative_path.h"
#include "source/skipped_folders.h"
#include "source/work_queue.h"

namespace detoy::source {
namespace {

// The rules of one .gitignore file and of those above it.
struct RuleLevel {
  IgnoreRules rules;
  std::size_t folder_length;  // bytes of "folder/" to take off a path
  std::shared_ptr<const RuleLevel> above;
};

struct Folder {
  std::string path;
  std::shared_ptr<const RuleLevel> rules;
  FolderContents parent;
  bool wanted_only = false;  // inside a folder that is left out by default: only what WalkOptions::include names
  bool wanted = false;       // WalkOptions::include names it or a folder around it
};

struct Entry {
  std::string name;
  bool is_folder;
};

// What all workers share; read only.
struct Plan {
  int root;
  const std::vector<OuterRules>& outer;
  IgnoreRules exclude;
  IgnoreRules include;
  std::vector<std::string> include_folders;  // the part of each include pattern before its first wildcard
};

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

// The folders that must be entered for an anchored pattern to match something.
std::string literal_folders(std::string_view pattern) {
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  const auto special = pattern.find_first_of("*?[\\");
  const auto slash = pattern.substr(0, special).rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(pattern.substr(0, slash));
}

class Worker {
 public:
  Worker(const Plan& plan, WorkQueue<Folder>& queue) : plan_(plan), queue_(queue) {}

  void run() {
    Folder folder;
    while (queue_.pop(folder)) {
      read(folder);
      queue_.finish();
    }
  }

  Walk& result() { return result_; }

 private:
  void warn(std::string_view path, std::string message) {
    result_.warnings.push_back({printable_name(path), 0, std::move(message)});
  }

  void read(const Folder& folder) {
    std::vector<Entry> entries;
    FolderContents contents;
    if (!list(folder, entries, contents) || is_linked_work_tree(folder, entries)) return;
    if (!folder.wanted_only && !folder.wanted && is_skipped(folder.path, contents, folder.parent)) {
      if (!leads_to_included(folder.path)) return;
      Folder again = folder;
      again.wanted_only = true;
      return visit(again, entries, contents);
    }
    visit(folder, entries, contents);
  }

  bool list(const Folder& folder, std::vector<Entry>& entries, FolderContents& contents) {
    const char* path = folder.path.empty() ? "." : folder.path.c_str();
    // O_NOFOLLOW: what was a folder a moment ago may have become a link.
    Descriptor descriptor(::openat(plan_.root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    DIR* stream = descriptor.valid() ? ::fdopendir(descriptor.get()) : nullptr;
    if (stream == nullptr) {
      warn(folder.path, fmt::format("folder cannot be opened: {}", system_message(errno)));
      return false;
    }
    descriptor.release();
    const std::unique_ptr<DIR, int (*)(DIR*)> closer(stream, &::closedir);
    const auto own_name = name_of(folder.path);
    while (true) {
      errno = 0;
      const dirent* item = ::readdir(stream);
      if (item == nullptr) break;
      const std::string_view name = item->d_name;
      if (name == "." || name == "..") continue;
      auto type = item->d_type;
      if (type == DT_UNKNOWN) type = type_by_stat(::dirfd(stream), item->d_name);
      if (type != DT_DIR && type != DT_REG) continue;
      note_entry(contents, own_name, name, type == DT_DIR);
      entries.push_back({std::string(name), type == DT_DIR});
    }
    if (errno != 0) warn(folder.path, fmt::format("folder cannot be read: {}", system_message(errno)));
    return true;
  }

  // A second check-out of the same repository: its files are there already.
  bool is_linked_work_tree(const Folder& folder, const std::vector<Entry>& entries) const {
    const bool has_link = !folder.path.empty() && std::any_of(entries.begin(), entries.end(), [](const Entry& entry) {
      return !entry.is_folder && entry.name == ".git";
    });
    if (!has_link) return false;
    const auto text = read_file_at(plan_.root, folder.path + "/.git", max_manifest_size);
    return text && text->find("/worktrees/") != std::string::npos;
  }

  // Some file systems do not tell an entry's type.
  static unsigned char type_by_stat(int folder, const char* name) {
    struct stat info = {};
    if (::fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return DT_UNKNOWN;
    return S_ISDIR(info.st_mode) ? DT_DIR : S_ISREG(info.st_mode) ? DT_REG : DT_UNKNOWN;
  }

  void visit(const Folder& folder, const std::vector<Entry>& entries, const FolderContents& contents) {
    const std::string prefix = folder.path.empty() ? std::string() : folder.path + "/";
    const auto rules = with_own_rules(folder, prefix, entries);
    std::vector<Folder> inner;
    for (const auto& entry : entries) {
      std::string path = prefix + entry.name;
      if (entry.is_folder) {
        visit_folder(folder, std::move(path), rules, contents, inner);
      } else {
        visit_file(folder, std::move(path), rules.get());
      }
    }
    if (!inner.empty()) queue_.push(std::move(inner));
  }

  void visit_folder(const Folder& folder, std::string path, const std::shared_ptr<const RuleLevel>& rules,
                    const FolderContents& contents, std::vector<Folder>& inner) {
    const auto name = name_of(path);
    if (name == ".git") return;
    bool wanted_only = folder.wanted_only;
    const auto choice = plan_.include.match(path, true);
    const bool named = choice == IgnoreRules::Match::ignored;
    const bool wanted = named || (folder.wanted && choice == IgnoreRules::Match::none);
    if (wanted_only || is_always_skipped(name)) {
      // `path` itself may be what the include pattern names: then all of it is wanted.
      if (named) {
        wanted_only = false;
      } else if (leads_to_included(path)) {
        wanted_only = true;
      } else {
        return;
      }
    }
    if (is_ignored(path, true, rules.get())) return;
    if (!is_printable(name)) return warn(path, "folder is left out: its name is not printable UTF-8");
    inner.push_back({std::move(path), rules, contents, wanted_only, wanted});
  }

  void visit_file(const Folder& folder, std::string path, const RuleLevel* rules) {
    if (folder.wanted_only && plan_.include.match(path, false) != IgnoreRules::Match::ignored) return;
    const auto language = language_of(path);
    const auto kind = manifest_kind(path);
    if (language == Language::none && !kind) return;
    if (is_ignored(path, false, rules)) return;
    if (!is_printable(name_of(path))) return warn(path, "left out: its name is not printable UTF-8");
    if (kind) read_manifest(path, *kind);
    if (language == Language::none) return;
    struct stat info = {};
    if (::fstatat(plan_.root, path.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      return warn(path, fmt::format("cannot be examined: {}", system_message(errno)));
    }
    File file;
    file.path = std::move(path);
    file.language = language;
    file.size = static_cast<std::uint64_t>(info.st_size);
    result_.files.push_back(std::move(file));
  }

  void read_manifest(const std::string& path, ManifestKind kind) {
    auto text = read_file_at(plan_.root, path, max_manifest_size);
    if (text) {
      result_.manifests.push_back({path, kind, std::move(*text)});
    } else if (kind != ManifestKind::deployment) {  // any YAML file may be one: no reason to complain
      warn(path, fmt::format("manifest passed over: {}", text.error().message));
    }
  }

  std::shared_ptr<const RuleLevel> with_own_rules(const Folder& folder, const std::string& prefix,
                                                  const std::vector<Entry>& entries) {
    const bool has_rules = std::any_of(entries.begin(), entries.end(), [](const Entry& entry) {
      return !entry.is_folder && entry.name == ".gitignore";
    });
    if (!has_rules) return folder.rules;
    const auto path = prefix + ".gitignore";
    const auto text = read_file_at(plan_.root, path, max_manifest_size);
    if (!text) {
      warn(path, text.error().message);
      return folder.rules;
    }
    auto rules = IgnoreRules::parse(*text);
    if (rules.empty()) return folder.rules;
    return std::make_shared<const RuleLevel>(RuleLevel{std::move(rules), prefix.size(), folder.rules});
  }

  // The innermost list that knows the path decides, as in Git; the user's own patterns stand before all.
  bool is_ignored(const std::string& path, bool is_folder, const RuleLevel* level) const {
    using Match = IgnoreRules::Match;
    auto match = plan_.exclude.match(path, is_folder);
    for (; match == Match::none && level != nullptr; level = level->above.get()) {
      match = level->rules.match(std::string_view(path).substr(level->folder_length), is_folder);
    }
    for (auto outer = plan_.outer.rbegin(); match == Match::none && outer != plan_.outer.rend(); ++outer) {
      match = outer->rules.match(outer->prefix + path, is_folder);
    }
    return match == Match::ignored;
  }

  bool leads_to_included(std::string_view folder) const {
    return std::any_of(plan_.include_folders.begin(), plan_.include_folders.end(), [&](const std::string& wanted) {
      return !wanted.empty() && (is_inside(wanted, folder) || is_inside(folder, wanted));
    });
  }

  const Plan& plan_;
  WorkQueue<Folder>& queue_;
  Walk result_;
};

template <typename T>
void append(std::vector<T>& to, std::vector<T>& from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

template <typename T>
void sort_by_path(std::vector<T>& items) {
  std::stable_sort(items.begin(), items.end(), [](const T& a, const T& b) { return a.path < b.path; });
}

// False when no more threads are to be had: those that run do all the work.
bool start(std::vector<std::jthread>& threads, Worker& worker) {
  try {
    threads.emplace_back([&worker] { worker.run(); });
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace

Result<Walk> walk_folder(const std::string& root, const std::vector<OuterRules>& outer, const WalkOptions& options) {
  const Descriptor descriptor(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.valid()) {
    return fail(ErrorCategory::input, fmt::format("{}: folder cannot be opened: {}", root, system_message(errno)));
  }
  Plan plan{descriptor.get(),
            outer,
            IgnoreRules::parse(joined(options.exclude)),
            IgnoreRules::parse(joined(options.include)),
            {}};
  for (const auto& pattern : options.include) plan.include_folders.push_back(literal_folders(pattern));

  WorkQueue<Folder> queue;
  std::vector<Folder> first(1);
  queue.push(std::move(first));

  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const unsigned count = std::min(options.threads == 0 ? cores : options.threads, 64u);
  std::vector<Worker> workers(count, Worker(plan, queue));
  {
    std::vector<std::jthread> threads;
    unsigned running = 1;
    while (running < count && start(threads, workers[running])) ++running;
    workers[0].run();
  }

  Walk walk;
  for (auto& worker : workers) {
    append(walk.files, worker.result().files);
    append(walk.manifests, worker.result().manifests);
    append(walk.warnings, worker.result().warnings);
  }
  sort_by_path(walk.files);
  sort_by_path(walk.manifests);
  sort_by_path(walk.warnings);
  return walk;
}

}  // namespace detoy::source

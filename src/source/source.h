// Finding files: what a repository contains, and what each file is for.
//
// Everything behind `Store` so that nothing here or after assumes a work tree: a folder on disk is one store, a Git
// revision read from its objects can be another.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/language.h"
#include "base/result.h"

namespace detoy::source {

// What a file is for. Only `production` files carry state sites.
enum class Role : std::uint8_t {
  production,
  test,         // tests, fixtures, mocks, test support
  tool,         // scripts, migrations, code generators, examples, benchmarks, build configuration
  ui,           // runs in a browser or on a phone
  generated,    // written by a program, or minified
  declaration,  // declares types only (.d.ts, .pyi)
};
std::string_view to_string(Role role);

struct File {
  std::string path;  // relative to the root, with '/'
  Language language = Language::none;
  Role role = Role::production;
  std::uint64_t size = 0;              // bytes
  std::uint32_t package = no_package;  // index into Tree::packages: the innermost one that contains the file
  static constexpr std::uint32_t no_package = 0xffffffff;
};

enum class PackageKind : std::uint8_t { npm, python, cargo, none };

// A unit that its ecosystem's manifest declares: an npm package, a Python project, a crate.
struct Package {
  std::string name;  // as declared, else the folder's name
  std::string path;  // folder relative to the root, "" for the root itself
  PackageKind kind = PackageKind::none;
  std::vector<std::string>
      entry_points;  // files (relative to the root, existing or not): main, module, bin, exports, start
                     // scripts' targets, [[bin]] paths, console_scripts' modules (as "a/b.py")
  std::vector<std::string> dependencies;  // names as declared, development ones excluded
  bool has_start_script = false;   // package.json "start"/"dev"/"serve", Procfile, Dockerfile CMD...: someone runs it
  bool has_container = false;      // a Dockerfile in its folder, or a compose service that builds it
  bool is_workspace_root = false;  // only groups other packages
};

// A TypeScript path alias: an import "prefix*" stands for a file below one of the targets.
struct PathAlias {
  std::string pattern;               // as in tsconfig.json: "@app/*" or "@app/core"
  std::vector<std::string> targets;  // relative to the root, may end in "*"
  std::string scope;                 // folder of the tsconfig.json: the alias holds for files below it
};

// A setting's value as deployment files give it (docker-compose environment, Dockerfile ENV, .env files, Helm or
// Kubernetes env).
struct DeploymentSetting {
  std::string name;   // REDIS_URL
  std::string value;  // as written; "" when set from elsewhere
  std::string path;   // file that gives it
  std::uint32_t line = 0;
};

struct Warning {
  std::string path;        // relative to the root; "" for the run as a whole
  std::uint32_t line = 0;  // 0: the whole file
  std::string message;
};

// A repository's files, before any is parsed. Ordered by path; the same input gives the same tree.
struct Tree {
  std::string root;               // as given by the caller, normalised
  std::string commit;             // full hash of HEAD, "" outside Git
  std::vector<File> files;        // files in a language that detoy reads
  std::vector<Package> packages;  // ordered by path
  std::vector<PathAlias> aliases;
  std::vector<DeploymentSetting> settings;
  std::vector<Warning> warnings;
};

// One text or the reason that it cannot be read. Thread-safe.
class Store {
 public:
  virtual ~Store() = default;
  // The file's bytes. An error's message does not repeat the path.
  virtual Result<std::string> read(std::string_view path) const = 0;
};

struct WalkOptions {
  std::vector<std::string> exclude;  // gitignore patterns on top of the repository's own (detoy.yaml: paths.exclude)
  std::vector<std::string>
      include;  // gitignore patterns that bring files back that defaults (not .gitignore) leave out
  std::vector<std::pair<std::string, Role>> roles;  // pattern -> role, first match wins, before all built-in rules
  std::uint64_t max_file_size = 2u << 20;           // larger source files are left out with a warning
  unsigned threads = 0;                             // 0: one per core
};

struct Source {
  Tree tree;
  std::unique_ptr<Store> store;
};

// Reads the folder at `root`. An error only when nothing could be read at all; everything else is a warning.
Result<Source> open_folder(const std::string& root, const WalkOptions& options);

// The role that a file's first bytes and name tell; `fallback` when they tell nothing. Used after reading the content:
// "@generated", "DO NOT EDIT", minified text (lines longer than 5,000 bytes on average) and source maps.
Role role_from_content(std::string_view text, Role fallback);

// gitignore pattern lists (git's documented rules: nesting is the caller's, negation, anchoring, **, folder-only).
class IgnoreRules {
 public:
  // Patterns of one file; lines as in .gitignore. Invalid lines are passed over.
  static IgnoreRules parse(std::string_view text);
  enum class Match { none, ignored, included };
  // `path` is relative to the folder of the rules, without a leading '/'. The last matching pattern decides.
  Match match(std::string_view path, bool is_folder) const;
  // Whether the patterns name the file or a folder that it lies in.
  bool covers(std::string_view file) const;
  bool empty() const { return patterns_.empty(); }

 private:
  struct Pattern {
    std::string glob;
    bool negated = false;
    bool folder_only = false;
    bool anchored = false;
  };
  std::vector<Pattern> patterns_;
};

}  // namespace detoy::source

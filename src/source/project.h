// A package as its manifest declares it, with what the roles of its files depend on.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "source/file_index.h"
#include "source/manifest.h"
#include "source/source.h"

namespace detoy::source {

struct Project {
  Package package;
  bool has_ui_framework = false;          // React, Vue, Angular...
  bool has_server_library = false;        // a web framework, database driver or the like
  bool has_full_stack_framework = false;  // Next.js and its kin: server and browser code side by side
  bool groups_others = false;             // declares workspaces
  bool has_command = false;               // installs a command, or builds a binary
  bool has_terminal_library = false;      // talks to whoever sits before it
  bool has_worker_library = false;        // works off messages or schedules
  bool has_desktop_library = false;       // opens windows
  bool extends_a_tool = false;            // generators and executors of Nx, schematics of Angular
  bool is_published = false;              // others than this repository use it
  std::vector<std::string> started;       // files that a start command runs
  std::vector<std::string> upkeep;        // files that scripts for building, releasing and the like run
  std::vector<std::string> development;   // names of dependencies for building and testing
  // Cargo: folders of the crates that it is built with, the names of those that the workspace tells the place of, and
  // those that a workspace offers, as (name, folder).
  std::vector<std::string> crates;
  std::vector<std::string> inherited;
  std::vector<std::pair<std::string, std::string>> offered;

  bool is_ui() const { return has_ui_framework && !has_server_library && !has_full_stack_framework; }
};

// Adds a value that is not there yet.
void add_unique(std::vector<std::string>& list, std::string value);

// Takes over what another manifest says about the same package.
void merge_project(Project& into, Project from);

// Each of these reads one manifest. Nothing when it declares no package; when it is malformed, a warning says so.
std::optional<Project> read_npm_package(const Manifest& manifest, const FileIndex& files,
                                        std::vector<Warning>& warnings);
std::optional<Project> read_nx_project(const Manifest& manifest, const FileIndex& files,
                                       std::vector<Warning>& warnings);
std::optional<Project> read_cargo_package(const Manifest& manifest, const FileIndex& files,
                                          std::vector<Warning>& warnings);
std::optional<Project> read_python_package(const Manifest& manifest, const FileIndex& files,
                                           std::vector<Warning>& warnings);

// Whether a manifest that only groups packages really names some.
bool names_workspaces(const Manifest& manifest, std::vector<Warning>& warnings);

}  // namespace detoy::source

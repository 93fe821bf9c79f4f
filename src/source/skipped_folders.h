// Folders that hold no hand-written code of the project: dependencies, build outputs, caches.
#pragma once

#include <string_view>

namespace detoy::source {

// What a folder directly contains, as far as it tells what the folder is for.
struct FolderContents {
  bool virtual_environment = false;  // pyvenv.cfg
  bool cache_tag = false;            // CACHEDIR.TAG
  bool cargo_manifest = false;
  bool manifest = false;         // package.json, Cargo.toml, pyproject.toml
  bool source_folder = false;    // "src"
  bool python_package = false;   // __init__.py
  bool coverage_report = false;  // what coverage tools write
  bool named_after_it = false;   // "vendor/vendor.service.ts": a part of the product with that name
};

// Notes that the folder called `folder` contains `name`.
void note_entry(FolderContents& contents, std::string_view folder, std::string_view name, bool is_folder);

// Folders that are left out whatever they contain.
bool is_always_skipped(std::string_view name);

// Whether the folder at `path` is left out for what it and its parent contain. A folder called "build", "dist", "out"
// or "vendor" stays when it lies below "src" or is a part of the product by its contents.
bool is_skipped(std::string_view path, const FolderContents& contents, const FolderContents& parent);

}  // namespace detoy::source

// The files of catalog/ as they were when the binary was built, each compiled to the form of compiled_node.h.
// compile_catalog.cc writes the source that defines them.
#pragma once

#include <span>
#include <string_view>

namespace detoy::catalog {

struct EmbeddedFile {
  std::string_view path;  // relative to catalog/, for example "kinds/cache.yaml"
  std::string_view tree;
};

// All files in the order in which they are to be read. They live as long as the process.
std::span<const EmbeddedFile> embedded_files();

}  // namespace detoy::catalog

// The files of catalog/ as they were when the binary was built.
#pragma once

#include <span>
#include <string_view>

namespace detoy::catalog {

struct EmbeddedFile {
  std::string_view path;  // relative to catalog/, for example "languages/python.yaml"
  std::string_view text;
};

// All files, ordered by path. They live as long as the process.
std::span<const EmbeddedFile> embedded_files();

}  // namespace detoy::catalog

// Command lines as manifests write them: package.json scripts, Procfile, Dockerfile CMD, compose command.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "source/file_index.h"

namespace detoy::source {

using Words = std::vector<std::string>;

// The commands of a shell line, each split into words; "&&", "||", ";", "|" and "&" end a command.
std::vector<Words> split_commands(std::string_view line);

struct Started {
  std::vector<std::string> files;  // what the command runs, existing or not, relative to the root
  bool runs = false;               // something is run; building, testing and watching sources is not
};

// What a command starts: "node dist/main.js", "uvicorn app.main:app", "nest start".
Started what_starts(const Words& command, std::string_view folder, const FileIndex& files);

// The same for all commands of a line.
Started what_starts(std::string_view line, std::string_view folder, const FileIndex& files);

}  // namespace detoy::source

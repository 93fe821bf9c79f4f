// Going through the folders below a root, several at a time.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "source/git_work_tree.h"
#include "source/manifest.h"
#include "source/source.h"

namespace detoy::source {

struct Walk {
  std::vector<File> files;          // path, language and size are set; ordered by path
  std::vector<Manifest> manifests;  // ordered by path
  std::vector<Warning> warnings;    // ordered by path
};

// The language that the file's name tells.
Language language_of(std::string_view path);

// Everything that is not ignored below the folder `root`. Symbolic links are not followed: what they name is either
// below the root anyway or not part of it. Fails when the root itself cannot be read.
Result<Walk> walk_folder(const std::string& root, const std::vector<OuterRules>& outer, const WalkOptions& options);

}  // namespace detoy::source

// What each file is for, by its path and its package.
#pragma once

#include <string_view>
#include <vector>

#include "source/project.h"
#include "source/source.h"

namespace detoy::source {

// Sets the role of each file. The files are ordered by path and their packages set. Only paths below the root count: a
// root that is itself called "examples" makes nothing an example.
void assign_roles(std::vector<File>& files, const std::vector<Project>& projects, const WalkOptions& options);

// Whether all that lies in the folder belongs to tests, so that its manifests describe nothing that is deployed.
bool is_test_folder(std::string_view folder);

// Whether a package there is a test, an example, a script: what it depends on is not thereby deployed.
bool is_aside(std::string_view folder);

}  // namespace detoy::source

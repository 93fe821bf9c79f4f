// What whole packages are for, as far as their manifests tell.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "source/project.h"
#include "source/source.h"

namespace detoy::source {

enum class Purpose : std::uint8_t {
  unknown,  // a service, a library: whatever no other word fits
  command,  // is run by hand, and ends
  device,   // runs on a user's device: a browser, a desktop, a phone
};

// By project. A command that starts servers is none. Libraries are for what those packages are for that use them,
// unless they are published or somebody may run them.
std::vector<Purpose> find_purposes(const std::vector<Project>& projects, const std::vector<File>& files);

// The part of a file's path that lies in its package.
std::string_view path_in_package(const File& file, const Project& project);

// Whether the part of a browser package runs on a server all the same.
bool is_server_part(std::string_view path_in_package);

}  // namespace detoy::source

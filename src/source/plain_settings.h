// Settings of text that is not parsed as a whole: .env files, and YAML of Kubernetes and Helm, which may be a template.
#pragma once

#include <vector>

#include "source/manifest.h"
#include "source/source.h"

namespace detoy::source {

// NAME=value lines.
std::vector<DeploymentSetting> env_file_settings(const Manifest& manifest);

// What stands below keys like "env:" and "data:" of a ConfigMap: lists of name and value, or maps.
std::vector<DeploymentSetting> deployment_settings(const Manifest& manifest);

}  // namespace detoy::source

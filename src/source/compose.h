// Compose files, as far as they tell what is built, what runs and with which settings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "source/manifest.h"
#include "source/source.h"

namespace detoy::source {

struct ComposeService {
  std::string name;
  std::optional<std::string> build;  // the context folder as written
  std::vector<std::string> command;  // when given as a list
  std::string shell_command;         // when given as one line
  std::vector<DeploymentSetting> environment;
};

// A malformed file is passed over with a warning.
std::vector<ComposeService> parse_compose(const Manifest& manifest, std::vector<Warning>& warnings);

}  // namespace detoy::source

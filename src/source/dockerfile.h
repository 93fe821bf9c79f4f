// Dockerfiles, as far as they tell what runs and with which settings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace detoy::source {

struct Dockerfile {
  struct Variable {
    std::string name;
    std::string value;
    std::uint32_t line;
  };
  std::vector<Variable> environment;  // ENV, of all stages
  std::vector<std::string> command;   // ENTRYPOINT and CMD of the last stage, when in exec form
  std::string shell_command;          // the same in shell form
};

Dockerfile parse_dockerfile(std::string_view text);

}  // namespace detoy::source

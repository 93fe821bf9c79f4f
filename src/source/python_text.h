// What Python's plain-text manifests say: requirements.txt, setup.py and setup.cfg.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace detoy::source {

// "fastapi[standard]>=0.1 ; python_version > '3'" -> "fastapi"; "" for comments, options and addresses.
std::string_view requirement_name(std::string_view line);

// Whether a name of requirements says that production does without them: "requirements-dev.txt", "tests", "lint".
bool is_development_name(std::string_view name);

struct SetupFields {
  bool declares_package = false;
  std::string name;
  std::vector<std::string> requirements;     // lines as in requirements.txt
  std::vector<std::string> console_scripts;  // "name = package.module:function"
};

// setup.py is a program: only literal values are seen.
SetupFields read_setup_py(std::string_view text);
SetupFields read_setup_cfg(std::string_view text);

}  // namespace detoy::source

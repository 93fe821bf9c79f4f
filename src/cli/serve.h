// `detoy serve`: the durable primitives over HTTP. `detoy keys`: who may call it.
#pragma once

#include <string>
#include <vector>

#include "cli/serve_settings.h"

namespace CLI {
class App;
}

namespace detoy::cli {

struct ServeCommand {
  GivenSettings given;
  bool check = false;  // only tell the settings
};

struct KeysCommand {
  GivenSettings given;
  std::string name;
  std::string tenant = "default";
  std::vector<std::string> primitives;
};

// Declare the verbs; `command` must outlive parsing.
CLI::App* add_serve(CLI::App& app, ServeCommand& command);
CLI::App* add_keys(CLI::App& app, KeysCommand& command);

// Return the exit status. run_serve() returns when SIGINT or SIGTERM came and requests under way are answered.
int run_serve(const ServeCommand& command);
int run_keys(const CLI::App& keys, const KeysCommand& command);

}  // namespace detoy::cli

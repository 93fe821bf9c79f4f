// `detoy serve`: the durable primitives over HTTP. `detoy keys`: who may call it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace detoy::cli {

struct ServeOptions {
  std::string store = "sqlite:detoy.db";
  std::string address = "127.0.0.1";
  std::uint16_t port = 7420;
  int threads = 64;
  int connections = 1024;
  bool webhooks_to_private_addresses = false;
};

struct KeysOptions {
  std::string store = "sqlite:detoy.db";
  std::string name;
  std::string tenant = "default";
  std::vector<std::string> primitives;
};

// Declare the verbs; `options` must outlive parsing.
CLI::App* add_serve(CLI::App& app, ServeOptions& options);
CLI::App* add_keys(CLI::App& app, KeysOptions& options);

// Return the exit status. run_serve() returns when SIGINT or SIGTERM came and requests under way are answered.
int run_serve(const ServeOptions& options);
int run_keys(const CLI::App& keys, const KeysOptions& options);

}  // namespace detoy::cli

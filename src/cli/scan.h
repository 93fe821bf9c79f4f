// `detoy scan PATH`: the inventory of state sites.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace detoy::cli {

struct ScanOptions {
  std::string path = ".";
  std::string format = "text";
  std::string output;   // file to write instead of standard output
  std::string config;   // detoy.yaml elsewhere than in the scanned folder
  std::string explain;  // id of the site to explain
  std::string fail_on;  // risk
  std::string cache_folder;
  unsigned threads = 0;
  bool all = false;
  bool no_cache = false;
};

// Declares the verb; `options` must outlive parsing.
CLI::App* add_scan(CLI::App& app, ScanOptions& options);

// Returns the exit status.
int run_scan(const ScanOptions& options);

}  // namespace detoy::cli

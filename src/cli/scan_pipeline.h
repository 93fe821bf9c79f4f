// What scan does, without a command line: from a folder to its inventory.
#pragma once

#include <string>

#include "base/result.h"
#include "inventory/inventory.h"

namespace detoy::cli {

struct PipelineOptions {
  std::string path;
  std::string config;        // "" for detoy.yaml in the folder, if there is one
  std::string cache_folder;  // "" for no cache
  unsigned threads = 0;
};

Result<inventory::Inventory> scan_folder(const PipelineOptions& options);

}  // namespace detoy::cli

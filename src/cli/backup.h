// `detoy backup` and `detoy restore`: the store of `detoy serve`, in one file and back.
#pragma once

#include <string>

#include "cli/serve_settings.h"

namespace CLI {
class App;
}

namespace detoy::cli {

struct BackupCommand {
  GivenSettings given;
  std::string file;
};

// Declare the verbs; `command` must outlive parsing.
CLI::App* add_backup(CLI::App& app, BackupCommand& command);
CLI::App* add_restore(CLI::App& app, BackupCommand& command);

// Return the exit status.
int run_backup(const BackupCommand& command);
int run_restore(const BackupCommand& command);

}  // namespace detoy::cli

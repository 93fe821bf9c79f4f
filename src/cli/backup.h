// `detoy backup` and `detoy restore`: the store of `detoy serve`, in one file and back.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace detoy::cli {

struct BackupOptions {
  std::string store = "sqlite:detoy.db";
  std::string file;
};

// Declare the verbs; `options` must outlive parsing.
CLI::App* add_backup(CLI::App& app, BackupOptions& options);
CLI::App* add_restore(CLI::App& app, BackupOptions& options);

// Return the exit status.
int run_backup(const BackupOptions& options);
int run_restore(const BackupOptions& options);

}  // namespace detoy::cli

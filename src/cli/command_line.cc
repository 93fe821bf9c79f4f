#include "cli/command_line.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "cli/backup.h"
#include "cli/scan.h"
#include "cli/serve.h"

namespace detoy::cli {

int run(int argc, char** argv) try {
  CLI::App app{"detoy finds the state in a codebase that does not survive production, and replaces it.", "detoy"};
  app.set_version_flag("--version", "detoy " DETOY_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  ScanOptions scan_options;
  CLI::App* scan = add_scan(app, scan_options);
  ServeCommand serve_command;
  const CLI::App* serve = add_serve(app, serve_command);
  KeysCommand keys_command;
  const CLI::App* keys = add_keys(app, keys_command);
  BackupCommand backup_command;
  const CLI::App* backup = add_backup(app, backup_command);
  BackupCommand restore_command;
  const CLI::App* restore = add_restore(app, restore_command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_done : exit_usage;
  }
  if (scan->parsed()) return run_scan(scan_options);
  if (serve->parsed()) return run_serve(serve_command);
  if (keys->parsed()) return run_keys(*keys, keys_command);
  if (backup->parsed()) return run_backup(backup_command);
  if (restore->parsed()) return run_restore(restore_command);
  return exit_usage;
} catch (const std::exception& error) {
  fmt::print(stderr, "detoy: internal error: {}\n", error.what());
  return exit_usage;
}

}  // namespace detoy::cli

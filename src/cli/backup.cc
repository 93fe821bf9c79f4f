#include "cli/backup.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "cli/command_line.h"
#include "cli/store.h"
#include "foundation/storage/backup.h"

namespace detoy::cli {
namespace {

CLI::App* add(CLI::App& app, BackupOptions& options, const char* verb, const char* meaning, const char* file) {
  CLI::App* added = app.add_subcommand(verb, meaning);
  added->add_option("FILE", options.file, file)->required();
  added->add_option("--store", options.store, "as of detoy serve")->envname("DETOY_STORE")->capture_default_str();
  return added;
}

}  // namespace

CLI::App* add_backup(CLI::App& app, BackupOptions& options) {
  return add(app, options, "backup", "Write the store of detoy serve into one file, also while it is in use",
             "must not exist");
}

CLI::App* add_restore(CLI::App& app, BackupOptions& options) {
  return add(app, options, "restore", "Fill an empty store from a backup, of the same engine or another",
             "as written by detoy backup");
}

int run_backup(const BackupOptions& options) {
  // A name that was mistyped is not an empty store.
  constexpr std::string_view sqlite = "sqlite:";
  if (options.store.starts_with(sqlite) && !std::filesystem::exists(options.store.substr(sqlite.size())))
    return complain({ErrorCategory::input, fmt::format("{}: there is no such store", options.store)});
  auto store = open_store(options.store);
  if (!store) return complain(store.error());
  const auto copied = foundation::back_up(**store, options.file);
  if (!copied) return complain(copied.error());
  fmt::print("{}: {} rows of {}\n", options.file, copied->rows, store_for_people(options.store));
  return exit_done;
}

int run_restore(const BackupOptions& options) {
  auto store = open_store(options.store);
  if (!store) return complain(store.error());
  const auto copied = foundation::restore(options.file, **store);
  if (!copied) return complain(copied.error());
  fmt::print("{}: {} rows from {}\n", store_for_people(options.store), copied->rows, options.file);
  return exit_done;
}

}  // namespace detoy::cli

#include "cli/backup.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>

#include "cli/command_line.h"
#include "cli/settings_flags.h"
#include "cli/store.h"
#include "foundation/storage/backup.h"

namespace detoy::cli {
namespace {

CLI::App* add(CLI::App& app, BackupCommand& command, const char* verb, const char* meaning, const char* file) {
  CLI::App* added = app.add_subcommand(verb, meaning);
  added->add_option("FILE", command.file, file)->required();
  add_settings(*added, store_settings(), command.given);
  return added;
}

Result<std::string> store_url(const BackupCommand& command) {
  const auto settings = effective_settings(command.given, [](const char* name) { return std::getenv(name); });
  if (!settings) return std::unexpected(settings.error());
  return settings->options.store;
}

}  // namespace

CLI::App* add_backup(CLI::App& app, BackupCommand& command) {
  return add(app, command, "backup", "Write the store of detoy serve into one file, also while it is in use",
             "must not exist");
}

CLI::App* add_restore(CLI::App& app, BackupCommand& command) {
  return add(app, command, "restore", "Fill an empty store from a backup, of the same engine or another",
             "as written by detoy backup");
}

int run_backup(const BackupCommand& command) {
  const auto url = store_url(command);
  if (!url) return complain(url.error());
  // A name that was mistyped is not an empty store.
  constexpr std::string_view sqlite = "sqlite:";
  if (url->starts_with(sqlite) && !std::filesystem::exists(url->substr(sqlite.size())))
    return complain({ErrorCategory::input, fmt::format("{}: there is no such store", *url)});
  auto store = open_store(*url);
  if (!store) return complain(store.error());
  const auto copied = foundation::back_up(**store, command.file);
  if (!copied) return complain(copied.error());
  fmt::print("{}: {} rows of {}\n", command.file, copied->rows, store_for_people(*url));
  return exit_done;
}

int run_restore(const BackupCommand& command) {
  const auto url = store_url(command);
  if (!url) return complain(url.error());
  auto store = open_store(*url);
  if (!store) return complain(store.error());
  const auto copied = foundation::restore(command.file, **store);
  if (!copied) return complain(copied.error());
  fmt::print("{}: {} rows from {}\n", store_for_people(*url), copied->rows, command.file);
  return exit_done;
}

}  // namespace detoy::cli

#include "cli/settings_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace detoy::cli {

// Flags are read as text: what is wrong is told alike, wherever it stands.
void add_settings(CLI::App& app, std::span<const Setting> settings, GivenSettings& given) {
  app.add_option("--config", given.config, "file with settings as key: value (DETOY_CONFIG)")->type_name("FILE");
  for (const Setting& setting : settings) {
    app.add_option_function<std::string>(
        setting.flag(),
        [&given, key = setting.key](const std::string& value) { given.flags[std::string(key)] = value; },
        fmt::format("{} ({})", setting.meaning, setting.variable()));
  }
}

std::span<const Setting> store_settings() {
  return serve_settings().first(1);
}

}  // namespace detoy::cli

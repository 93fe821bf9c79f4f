// Settings (serve_settings.h) as flags of a verb.
#pragma once

#include <span>

#include "cli/serve_settings.h"

namespace CLI {
class App;
}

namespace detoy::cli {

// Adds a flag for each setting, and --config. `given` must outlive parsing.
void add_settings(CLI::App& app, std::span<const Setting> settings, GivenSettings& given);

// Those that say where the store is: what the other verbs take that work on it.
std::span<const Setting> store_settings();

}  // namespace detoy::cli

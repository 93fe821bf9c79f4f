// Libraries that tell where the code of whoever depends on them runs.
#pragma once

#include <string_view>

#include "source/source.h"

namespace detoy::source {

// Renders user interfaces in a browser or on a phone.
bool is_ui_framework(std::string_view npm_package);

// Makes no sense outside a server: web frameworks, database drivers, queue clients.
bool is_server_library(std::string_view npm_package);

// Mixes server and browser code in one package.
bool is_full_stack_framework(std::string_view npm_package);

// Builds or serves browser code: with one of these, UI frameworks among the development dependencies count too.
bool is_browser_bundler(std::string_view npm_package);

// The same for crates and Python projects.
bool is_server_library(PackageKind kind, std::string_view name);

// Works off messages or schedules: whoever depends on it may run for long without being a web server.
bool is_worker_library(std::string_view npm_package);

// Asks questions, draws progress or whole screens in a terminal: somebody sits before the program.
bool is_terminal_library(PackageKind kind, std::string_view name);

// Opens windows on a user's device.
bool is_desktop_library(PackageKind kind, std::string_view name);

// Whether a name says that the package is a command: "acme-cli", "@acme/cli".
bool is_command_name(std::string_view name);

// Whether a package's name or keyword says that it is for user interfaces: "@acme/ui-kit", "admin-frontend".
bool is_ui_word(std::string_view name);

}  // namespace detoy::source

// npm packages that tell where the code of whoever depends on them runs.
#pragma once

#include <string_view>

namespace detoy::source {

// Renders user interfaces in a browser or on a phone.
bool is_ui_framework(std::string_view npm_package);

// Makes no sense outside a server: web frameworks, database drivers, queue clients.
bool is_server_library(std::string_view npm_package);

// Mixes server and browser code in one package.
bool is_full_stack_framework(std::string_view npm_package);

// Builds or serves browser code: with one of these, UI frameworks among the development dependencies count too.
bool is_browser_bundler(std::string_view npm_package);

// Whether a package's name or keyword says that it is for user interfaces: "@acme/ui-kit", "admin-frontend".
bool is_ui_word(std::string_view name);

}  // namespace detoy::source

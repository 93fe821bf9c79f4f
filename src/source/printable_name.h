// File names are bytes; reports are text.
#pragma once

#include <string>
#include <string_view>

namespace detoy::source {

// Whether the name is valid UTF-8 without control characters, so that every report can show it as it is.
bool is_printable(std::string_view name);

// The name with every byte that is_printable refuses written as "\x1b".
std::string printable_name(std::string_view name);

}  // namespace detoy::source

// JSON as tsconfig.json and its kin allow it: comments and trailing commas.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.h"

namespace detoy::source {

struct ParsedJson {
  nlohmann::json value;
  std::uint32_t error_line = 0;  // where it is malformed; 0 when it is not
};

// Parses the text; a value that is not an object counts as malformed too.
ParsedJson parse_relaxed_json(std::string_view text);

// The text member `key`; "" when there is none.
std::string text_of(const nlohmann::json& object, std::string_view key);

// The object member `key`; an empty one when there is none.
const nlohmann::json& object_of(const nlohmann::json& object, std::string_view key);

}  // namespace detoy::source

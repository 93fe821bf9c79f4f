// JSON Schema (draft 7) for schemas and documents that anybody may have written: whatever they are, checking ends soon,
// and nothing is fetched. For entity_type.cc and entity.cc.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.h"

namespace detoy::foundation {

// The schema as check_document() takes it; true for an empty text. An error of category usage tells what is wrong with
// the schema, and where.
//
// Bounds: 64 KiB, no deeper than 64; its definitions, one within the other, no deeper than 256 together; allOf, anyOf,
// oneOf, not, if and dependencies no deeper than 16 within each other, with references followed.
Result<nlohmann::json> compile_schema(std::string_view schema);

// An error of category usage names the JSON pointer of what does not match, and why. A document is refused, too, if
// comparing it takes more than some 500'000 steps.
Result<void> check_document(const nlohmann::json& compiled, const nlohmann::json& document);

namespace json_schema {

// The rules of compile_schema(), but for what only the validator finds.
Result<nlohmann::json> rewrite(const nlohmann::json& schema);

// The keyword that each rewritten schema has in the first place of its allOf, so that it is counted before anything
// else is done: {"weight": steps, "unique": items must be, "multiple_of": number}.
inline constexpr const char* step_keyword = "detoy:step";

}  // namespace json_schema
}  // namespace detoy::foundation

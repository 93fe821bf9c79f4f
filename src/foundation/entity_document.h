// Bounded JSON, and the order in which its values stand in an index. For entity.cc and its neighbours.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "foundation/entity_type.h"

namespace detoy::foundation {

using Json = nlohmann::json;

inline constexpr std::size_t largest_document = 1 << 20;  // bytes
inline constexpr std::size_t largest_schema = 64 << 10;
inline constexpr int deepest_document = 64;           // objects and arrays within each other
inline constexpr std::size_t longest_indexed = 1024;  // bytes of an indexed text

// A JSON object within the bounds, whose whole numbers fit into 64 bits and whose texts have no U+0000 (which
// PostgreSQL cannot keep, and at which C's functions stop). `what` names it in the error.
Result<Json> parse_document(std::string_view what, std::string_view text, std::size_t largest = largest_document);

// A JSON pointer (RFC 6901) to a member, of up to 256 bytes: "/customer/email". Elements of arrays cannot be named.
Result<void> check_pointer(std::string_view pointer);
// Null if there is nothing.
const Json* find_member(const Json& document, std::string_view pointer);

// Bytes whose order is the order of the values, of whole numbers and others together: 1 and 1.0 are the same, and
// 2^53 + 1 is greater than 2^53.
std::string index_key(std::int64_t number);
std::string index_key(double number);
// Greater than all keys, and not the key of anything.
inline constexpr std::string_view after_all_keys = "\xff\xff";

// The key of what the document has in the field; nothing if it is absent or null.
Result<std::optional<std::string>> index_key(const EntityField& field, const Json& document);

// For messages: one line, not too long.
std::string shown(std::string_view text);

}  // namespace detoy::foundation

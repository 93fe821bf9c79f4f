// The table of API keys (src/serve/api_keys.h).
#pragma once

#include <array>

#include "foundation/storage/migrations.h"

namespace detoy::foundation::schema {

inline constexpr std::array api_key = std::to_array<Statement>({
    "CREATE TABLE api_key (hash TEXT PRIMARY KEY, name TEXT NOT NULL, tenant TEXT NOT NULL, primitives TEXT NOT NULL, "
    "created_at BIGINT NOT NULL)",
    "CREATE UNIQUE INDEX api_key_name ON api_key (name)",
});

}  // namespace detoy::foundation::schema

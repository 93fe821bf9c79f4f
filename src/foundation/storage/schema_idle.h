// What lets the rows of locks and breakers go that nobody uses any more: see schema.h.
#pragma once

#include <array>

#include "foundation/storage/statement.h"

namespace detoy::foundation::schema {

inline constexpr std::array idle = std::to_array<Statement>({
    // The greatest token of the tenant's locks that were forgotten: new ones begin behind it.
    "CREATE TABLE lock_floor (tenant TEXT PRIMARY KEY, token BIGINT NOT NULL)",
    {"SELECT 1", "ALTER TABLE lock_floor ENABLE ROW LEVEL SECURITY"},
    {"SELECT 1", "ALTER TABLE lock_floor FORCE ROW LEVEL SECURITY"},
    {"SELECT 1",
     "CREATE POLICY tenant ON lock_floor USING (coalesce(current_setting('detoy.tenant', true), '') = '' "
     "OR tenant = coalesce(current_setting('detoy.tenant', true), ''))"},
    "CREATE INDEX lock_idle ON lock (expires_at)",
    "CREATE INDEX breaker_idle ON breaker (window_start) WHERE phase = 0 AND force = 0",
});

}  // namespace detoy::foundation::schema

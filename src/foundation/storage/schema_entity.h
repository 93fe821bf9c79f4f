// The tables of entity.h.
#pragma once

#include <array>

#include "foundation/storage/statement.h"

namespace detoy::foundation::schema {

inline constexpr std::array entity = std::to_array<Statement>({
    // Versions of definitions. One that is not ready is being built: writers serve its indexes, queries do not use it.
    {"CREATE TABLE entity_type (tenant TEXT NOT NULL, name TEXT NOT NULL, version BIGINT NOT NULL, "
     "ready BIGINT NOT NULL, definition TEXT NOT NULL, defined_at BIGINT NOT NULL, "
     "PRIMARY KEY (tenant, name, version)) WITHOUT ROWID",
     "CREATE TABLE entity_type (tenant TEXT NOT NULL, name TEXT NOT NULL, version BIGINT NOT NULL, "
     "ready BIGINT NOT NULL, definition TEXT NOT NULL, defined_at BIGINT NOT NULL, "
     "PRIMARY KEY (tenant, name, version))"},
    {"CREATE TABLE entity (tenant TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL, "
     "body BLOB NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, deleted_at BIGINT NOT NULL, "
     "PRIMARY KEY (tenant, type, id)) WITHOUT ROWID",
     "CREATE TABLE entity (tenant TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL, "
     "body BYTEA NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, deleted_at BIGINT NOT NULL, "
     "PRIMARY KEY (tenant, type, id))"},
    // A row for each indexed field of each record, and one with the field 0 and the id as its value. Values are bytes,
    // whose order is the same in all engines and under all collations.
    {"CREATE TABLE entity_index (tenant TEXT NOT NULL, type TEXT NOT NULL, field BIGINT NOT NULL, value BLOB NOT NULL, "
     "id TEXT NOT NULL, deleted BIGINT NOT NULL, PRIMARY KEY (tenant, type, field, value, id)) WITHOUT ROWID",
     "CREATE TABLE entity_index (tenant TEXT NOT NULL, type TEXT NOT NULL, field BIGINT NOT NULL, "
     "value BYTEA NOT NULL, id TEXT NOT NULL, deleted BIGINT NOT NULL, "
     "PRIMARY KEY (tenant, type, field, value, id))"},
    // Without it, many deleted records would stand between those that a query asks for.
    "CREATE INDEX entity_index_live ON entity_index (tenant, type, field, value, id) WHERE deleted = 0",
    "CREATE INDEX entity_index_record ON entity_index (tenant, type, id, field, value)",
    // The audit trail. Nothing updates it or deletes from it.
    {"CREATE TABLE entity_change (number INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, type TEXT NOT NULL, "
     "id TEXT NOT NULL, version BIGINT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL, request TEXT NOT NULL, "
     "operation BIGINT NOT NULL, body BLOB)",
     "CREATE TABLE entity_change (number BIGSERIAL PRIMARY KEY, tenant TEXT NOT NULL, type TEXT NOT NULL, "
     "id TEXT NOT NULL, version BIGINT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL, request TEXT NOT NULL, "
     "operation BIGINT NOT NULL, body BYTEA)"},
    "CREATE UNIQUE INDEX entity_change_record ON entity_change (tenant, type, id, version)",
    "CREATE INDEX entity_change_time ON entity_change (tenant, at, number)",
    "CREATE INDEX entity_change_type ON entity_change (tenant, type, at, number)",
    "CREATE INDEX entity_change_actor ON entity_change (tenant, actor, at, number)",
    "CREATE INDEX entity_change_actor_type ON entity_change (tenant, actor, type, at, number)",
});

}  // namespace detoy::foundation::schema

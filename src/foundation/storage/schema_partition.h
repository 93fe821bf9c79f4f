// The tables that grow with everything that happens, in parts: see schema.h. PostgreSQL vacuums, indexes and locks each
// part by itself. SQLite has one file and one writer, so there is nothing to part.
#pragma once

#include <array>

#include "foundation/storage/statement.h"

namespace detoy::foundation::schema {

#define DETOY_ONLY(text) {"SELECT 1", text}
#define DETOY_SECURE(table, visible)                                \
  DETOY_ONLY("ALTER TABLE " table " ENABLE ROW LEVEL SECURITY"),    \
      DETOY_ONLY("ALTER TABLE " table " FORCE ROW LEVEL SECURITY"), \
      DETOY_ONLY("CREATE POLICY tenant ON " table " USING (" visible ")")
#define DETOY_TENANT "coalesce(current_setting('detoy.tenant', true), '')"
#define DETOY_OWN DETOY_TENANT " = '' OR tenant = " DETOY_TENANT
#define DETOY_OWN_EVENT \
  DETOY_TENANT " = '' OR tenant = " DETOY_TENANT " OR (tenant = '' AND topic IN (SELECT id FROM event_topic))"
// Sixteen parts, by the hash of a column. Each is secured as the whole is, for whoever asks for a part.
#define DETOY_PARTS(table, visible)                                                                               \
  DETOY_ONLY("DO $parts$ BEGIN FOR i IN 0..15 LOOP EXECUTE format('CREATE TABLE " table "_%s PARTITION OF " table \
             " FOR VALUES WITH (MODULUS 16, REMAINDER %s)', i, i); EXECUTE format('ALTER TABLE " table            \
             "_%s ENABLE ROW LEVEL SECURITY', i); EXECUTE format('ALTER TABLE " table                             \
             "_%s FORCE ROW LEVEL SECURITY', i); EXECUTE format('CREATE POLICY tenant ON " table                  \
             "_%s USING (%s)', i, $visible$" visible "$visible$); END LOOP; END $parts$")

#define DETOY_CHANGE_COLUMNS "number, tenant, type, id, version, at, actor, request, operation, body"
#define DETOY_PARTED_EVENT                                                                                    \
  "topic, partition, position, id, source, type, subject, time, content_type, data_schema, key, extensions, " \
  "published_at, "                                                                                            \
  "data, tenant"

inline constexpr std::array partition = std::to_array<Statement>({
    // The audit trail, by tenants.
    DETOY_ONLY("ALTER TABLE entity_change RENAME TO entity_change_before"),
    DETOY_ONLY("ALTER SEQUENCE entity_change_number_seq OWNED BY NONE"),
    DETOY_ONLY(
        "CREATE TABLE entity_change (number BIGINT NOT NULL DEFAULT nextval('entity_change_number_seq'), "
        "tenant TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL, at BIGINT NOT NULL, "
        "actor TEXT NOT NULL, request TEXT NOT NULL, operation BIGINT NOT NULL, body BYTEA, "
        "PRIMARY KEY (tenant, number)) PARTITION BY HASH (tenant)"),
    DETOY_PARTS("entity_change", DETOY_OWN),
    DETOY_SECURE("entity_change", DETOY_OWN),
    DETOY_ONLY("INSERT INTO entity_change (" DETOY_CHANGE_COLUMNS ") SELECT " DETOY_CHANGE_COLUMNS
               " FROM entity_change_before"),
    DETOY_ONLY("DROP TABLE entity_change_before"),
    DETOY_ONLY("ALTER SEQUENCE entity_change_number_seq OWNED BY entity_change.number"),
    DETOY_ONLY("CREATE UNIQUE INDEX entity_change_record ON entity_change (tenant, type, id, version)"),
    DETOY_ONLY("CREATE INDEX entity_change_time ON entity_change (tenant, at, number)"),
    DETOY_ONLY("CREATE INDEX entity_change_type ON entity_change (tenant, type, at, number)"),
    DETOY_ONLY("CREATE INDEX entity_change_actor ON entity_change (tenant, actor, at, number)"),
    DETOY_ONLY("CREATE INDEX entity_change_actor_type ON entity_change (tenant, actor, type, at, number)"),

    // Events, by topics: a tenant with one great topic has it in one part, as its order wants it.
    DETOY_ONLY("ALTER TABLE event RENAME TO event_before"),
    DETOY_ONLY(
        "CREATE TABLE event (topic BIGINT NOT NULL, partition BIGINT NOT NULL, position BIGINT NOT NULL, id TEXT, "
        "source TEXT NOT NULL, type TEXT NOT NULL, subject TEXT NOT NULL, time BIGINT NOT NULL, "
        "content_type TEXT NOT NULL, data_schema TEXT NOT NULL, key TEXT NOT NULL, extensions TEXT NOT NULL, "
        "published_at BIGINT NOT NULL, data BYTEA NOT NULL, tenant TEXT NOT NULL DEFAULT " DETOY_TENANT ", "
        "PRIMARY KEY (topic, partition, position)) PARTITION BY HASH (topic)"),
    DETOY_PARTS("event", DETOY_OWN_EVENT),
    DETOY_SECURE("event", DETOY_OWN_EVENT),
    DETOY_ONLY("INSERT INTO event (" DETOY_PARTED_EVENT ") SELECT " DETOY_PARTED_EVENT " FROM event_before"),
    DETOY_ONLY("DROP TABLE event_before"),
    DETOY_ONLY("CREATE UNIQUE INDEX event_order ON event (topic, position)"),
    DETOY_ONLY("CREATE UNIQUE INDEX event_id ON event (topic, id, source) WHERE id IS NOT NULL"),
});

#undef DETOY_PARTED_EVENT
#undef DETOY_CHANGE_COLUMNS
#undef DETOY_PARTS
#undef DETOY_OWN_EVENT
#undef DETOY_OWN
#undef DETOY_TENANT
#undef DETOY_SECURE
#undef DETOY_ONLY

}  // namespace detoy::foundation::schema

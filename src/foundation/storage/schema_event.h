// The tables of events (event.h) and of the groups that consume them (event_group.h).
#pragma once

#include <array>

#include "foundation/storage/statement.h"

namespace detoy::foundation::schema {

// Topics and groups are found by their tenant and name, and known by a number: the keys of events stay short.
inline constexpr std::array event = std::to_array<Statement>({
    {"CREATE TABLE event_topic (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, "
     "partitions BIGINT NOT NULL, last_position BIGINT NOT NULL, last_at BIGINT NOT NULL, retention BIGINT NOT NULL, "
     "sweep_at BIGINT NOT NULL, seed BIGINT NOT NULL)",
     "CREATE TABLE event_topic (id BIGSERIAL PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, "
     "partitions BIGINT NOT NULL, last_position BIGINT NOT NULL, last_at BIGINT NOT NULL, retention BIGINT NOT NULL, "
     "sweep_at BIGINT NOT NULL, seed BIGINT NOT NULL)"},
    "CREATE UNIQUE INDEX event_topic_name ON event_topic (tenant, name)",
    "CREATE INDEX event_topic_sweep ON event_topic (sweep_at) WHERE sweep_at > 0",
    // In the order in which groups read. An id that we made is not stored: it follows from the position.
    {"CREATE TABLE event (topic BIGINT NOT NULL, partition BIGINT NOT NULL, position BIGINT NOT NULL, id TEXT, "
     "source TEXT NOT NULL, type TEXT NOT NULL, subject TEXT NOT NULL, time BIGINT NOT NULL, "
     "content_type TEXT NOT NULL, data_schema TEXT NOT NULL, key TEXT NOT NULL, extensions TEXT NOT NULL, "
     "published_at BIGINT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (topic, partition, position)) WITHOUT ROWID",
     "CREATE TABLE event (topic BIGINT NOT NULL, partition BIGINT NOT NULL, position BIGINT NOT NULL, id TEXT, "
     "source TEXT NOT NULL, type TEXT NOT NULL, subject TEXT NOT NULL, time BIGINT NOT NULL, "
     "content_type TEXT NOT NULL, data_schema TEXT NOT NULL, key TEXT NOT NULL, extensions TEXT NOT NULL, "
     "published_at BIGINT NOT NULL, data BYTEA NOT NULL, PRIMARY KEY (topic, partition, position))"},
    "CREATE UNIQUE INDEX event_order ON event (topic, position)",
    "CREATE UNIQUE INDEX event_id ON event (topic, id, source) WHERE id IS NOT NULL",
    {"CREATE TABLE event_group (id INTEGER PRIMARY KEY, topic BIGINT NOT NULL, name TEXT NOT NULL)",
     "CREATE TABLE event_group (id BIGSERIAL PRIMARY KEY, topic BIGINT NOT NULL, name TEXT NOT NULL)"},
    "CREATE UNIQUE INDEX event_group_name ON event_group (topic, name)",
    {"CREATE TABLE event_cursor (group_id BIGINT NOT NULL, partition BIGINT NOT NULL, committed BIGINT NOT NULL, "
     "delivered BIGINT NOT NULL, token BIGINT NOT NULL, member TEXT NOT NULL, lease_until BIGINT NOT NULL, "
     "failing BIGINT NOT NULL, attempts BIGINT NOT NULL, wait_until BIGINT NOT NULL, redriven BIGINT NOT NULL, "
     "redelivered BIGINT NOT NULL, PRIMARY KEY (group_id, partition)) WITHOUT ROWID",
     "CREATE TABLE event_cursor (group_id BIGINT NOT NULL, partition BIGINT NOT NULL, committed BIGINT NOT NULL, "
     "delivered BIGINT NOT NULL, token BIGINT NOT NULL, member TEXT NOT NULL, lease_until BIGINT NOT NULL, "
     "failing BIGINT NOT NULL, attempts BIGINT NOT NULL, wait_until BIGINT NOT NULL, redriven BIGINT NOT NULL, "
     "redelivered BIGINT NOT NULL, PRIMARY KEY (group_id, partition))"},
    {"CREATE TABLE event_member (group_id BIGINT NOT NULL, member TEXT NOT NULL, seen_until BIGINT NOT NULL, "
     "PRIMARY KEY (group_id, member)) WITHOUT ROWID",
     "CREATE TABLE event_member (group_id BIGINT NOT NULL, member TEXT NOT NULL, seen_until BIGINT NOT NULL, "
     "PRIMARY KEY (group_id, member))"},
    // Holds the events themselves: a dead letter outlives the retention of its topic. SQLite would not use the indexes
    // below if it were WITHOUT ROWID.
    {"CREATE TABLE event_dead_letter (group_id BIGINT NOT NULL, position BIGINT NOT NULL, partition BIGINT NOT NULL, "
     "redriven BIGINT NOT NULL, token BIGINT NOT NULL, attempts BIGINT NOT NULL, died_at BIGINT NOT NULL, "
     "error BLOB NOT NULL, id TEXT, source TEXT NOT NULL, type TEXT NOT NULL, subject TEXT NOT NULL, "
     "time BIGINT NOT NULL, content_type TEXT NOT NULL, data_schema TEXT NOT NULL, key TEXT NOT NULL, "
     "extensions TEXT NOT NULL, published_at BIGINT NOT NULL, data BLOB NOT NULL, "
     "PRIMARY KEY (group_id, position))",
     "CREATE TABLE event_dead_letter (group_id BIGINT NOT NULL, position BIGINT NOT NULL, partition BIGINT NOT NULL, "
     "redriven BIGINT NOT NULL, token BIGINT NOT NULL, attempts BIGINT NOT NULL, died_at BIGINT NOT NULL, "
     "error BYTEA NOT NULL, id TEXT, source TEXT NOT NULL, type TEXT NOT NULL, subject TEXT NOT NULL, "
     "time BIGINT NOT NULL, content_type TEXT NOT NULL, data_schema TEXT NOT NULL, key TEXT NOT NULL, "
     "extensions TEXT NOT NULL, published_at BIGINT NOT NULL, data BYTEA NOT NULL, "
     "PRIMARY KEY (group_id, position))"},
    "CREATE INDEX event_dead_letter_dead ON event_dead_letter (group_id, position) WHERE redriven = 0",
    "CREATE INDEX event_dead_letter_redriven ON event_dead_letter (group_id, partition, position) WHERE redriven = 1",
});

}  // namespace detoy::foundation::schema

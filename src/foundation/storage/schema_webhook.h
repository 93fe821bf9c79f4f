// The table of webhook endpoints (webhook.h).
#pragma once

#include <array>

#include "foundation/storage/statement.h"

namespace detoy::foundation::schema {

// Numbers are never given out twice: what was claimed from an endpoint that is gone is nobody else's.
inline constexpr std::array webhook = std::to_array<Statement>({
    {"CREATE TABLE webhook (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, name TEXT NOT NULL, "
     "topic TEXT NOT NULL, topic_id BIGINT NOT NULL, group_id BIGINT NOT NULL, url TEXT NOT NULL, "
     "secret TEXT NOT NULL, previous_secret TEXT NOT NULL, previous_until BIGINT NOT NULL, timeout BIGINT NOT NULL, "
     "backoff BIGINT NOT NULL, most_attempts BIGINT NOT NULL, state BIGINT NOT NULL, problem TEXT NOT NULL, "
     "created_at BIGINT NOT NULL, due_at BIGINT NOT NULL, lease_until BIGINT NOT NULL, token BIGINT NOT NULL, "
     "failing BIGINT NOT NULL, attempts BIGINT NOT NULL, failures BIGINT NOT NULL, failing_since BIGINT NOT NULL, "
     "last_at BIGINT NOT NULL, last_status BIGINT NOT NULL, last_error TEXT NOT NULL)",
     "CREATE TABLE webhook (id BIGSERIAL PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, "
     "topic TEXT NOT NULL, topic_id BIGINT NOT NULL, group_id BIGINT NOT NULL, url TEXT NOT NULL, "
     "secret TEXT NOT NULL, previous_secret TEXT NOT NULL, previous_until BIGINT NOT NULL, timeout BIGINT NOT NULL, "
     "backoff BIGINT NOT NULL, most_attempts BIGINT NOT NULL, state BIGINT NOT NULL, problem TEXT NOT NULL, "
     "created_at BIGINT NOT NULL, due_at BIGINT NOT NULL, lease_until BIGINT NOT NULL, token BIGINT NOT NULL, "
     "failing BIGINT NOT NULL, attempts BIGINT NOT NULL, failures BIGINT NOT NULL, failing_since BIGINT NOT NULL, "
     "last_at BIGINT NOT NULL, last_status BIGINT NOT NULL, last_error TEXT NOT NULL)"},
    "CREATE UNIQUE INDEX webhook_name ON webhook (tenant, name)",
    "CREATE INDEX webhook_due ON webhook (due_at) WHERE state = 0",
});

// What is wanted, as webhook_row.h writes it; nothing: all.
inline constexpr std::array webhook_types = std::to_array<Statement>({
    "ALTER TABLE webhook ADD COLUMN types TEXT NOT NULL DEFAULT ''",
});

}  // namespace detoy::foundation::schema

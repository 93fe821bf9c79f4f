// The steps of recurring jobs: see schema.h.
#pragma once

#include <array>

#include "foundation/storage/statement.h"

namespace detoy::foundation::schema {

inline constexpr std::array recurring_job = std::to_array<Statement>({
    {"CREATE TABLE recurring_job (tenant TEXT NOT NULL, name TEXT NOT NULL, cron TEXT NOT NULL, "
     "time_zone TEXT NOT NULL, queue TEXT NOT NULL, payload BLOB NOT NULL, priority BIGINT NOT NULL, "
     "most_attempts BIGINT NOT NULL, keep BIGINT NOT NULL, catch_up BIGINT NOT NULL, paused BIGINT NOT NULL, "
     "next_at BIGINT NOT NULL, last_at BIGINT NOT NULL, look_at BIGINT NOT NULL, problem TEXT NOT NULL, "
     "PRIMARY KEY (tenant, name)) WITHOUT ROWID",
     "CREATE TABLE recurring_job (tenant TEXT NOT NULL, name TEXT NOT NULL, cron TEXT NOT NULL, "
     "time_zone TEXT NOT NULL, queue TEXT NOT NULL, payload BYTEA NOT NULL, priority BIGINT NOT NULL, "
     "most_attempts BIGINT NOT NULL, keep BIGINT NOT NULL, catch_up BIGINT NOT NULL, paused BIGINT NOT NULL, "
     "next_at BIGINT NOT NULL, last_at BIGINT NOT NULL, look_at BIGINT NOT NULL, problem TEXT NOT NULL, "
     "PRIMARY KEY (tenant, name))"},
    // look_at is next_at, or later if the next tick could not be reckoned.
    "CREATE INDEX recurring_job_due ON recurring_job (look_at) WHERE paused = 0",
});

}  // namespace detoy::foundation::schema

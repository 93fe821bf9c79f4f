// The steps of timers: see schema.h.
#pragma once

#include <array>

#include "foundation/storage/statement.h"

namespace detoy::foundation::schema {

// The generation is the key, so that the store itself never gives one out twice, even after a timer was forgotten.
inline constexpr std::array timer = std::to_array<Statement>({
    {"CREATE TABLE timer (generation INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, name TEXT NOT NULL, "
     "queue TEXT NOT NULL, payload BLOB NOT NULL, state BIGINT NOT NULL, next_at BIGINT NOT NULL, "
     "remaining BIGINT NOT NULL, step BIGINT NOT NULL, steps TEXT NOT NULL, keep BIGINT NOT NULL, "
     "finished_at BIGINT NOT NULL, forget_at BIGINT NOT NULL)",
     "CREATE TABLE timer (generation BIGSERIAL PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, "
     "queue TEXT NOT NULL, payload BYTEA NOT NULL, state BIGINT NOT NULL, next_at BIGINT NOT NULL, "
     "remaining BIGINT NOT NULL, step BIGINT NOT NULL, steps TEXT NOT NULL, keep BIGINT NOT NULL, "
     "finished_at BIGINT NOT NULL, forget_at BIGINT NOT NULL)"},
    // One for each question: which one has this name, what is due, what is in a state, what may be forgotten.
    "CREATE UNIQUE INDEX timer_name ON timer (tenant, name)",
    "CREATE INDEX timer_due ON timer (next_at, generation) WHERE state = 0",
    "CREATE INDEX timer_state ON timer (tenant, state, name)",
    "CREATE INDEX timer_forgotten ON timer (forget_at) WHERE forget_at > 0",
});

// Timers that wait are most of them and change their state the most: they are listed by their names, so that scheduling
// and cancelling one moves no entry in an index of states.
inline constexpr std::array timer_set_aside = std::to_array<Statement>({
    "DROP INDEX timer_state",
    "CREATE INDEX timer_set_aside ON timer (tenant, state, name) WHERE state <> 0",
});

}  // namespace detoy::foundation::schema

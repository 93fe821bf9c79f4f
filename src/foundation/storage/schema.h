// The steps that migrations.h applies. A step that was released is never changed: a new one is added.
#pragma once

#include <array>

#include "foundation/storage/migrations.h"
#include "foundation/storage/schema_api_key.h"
#include "foundation/storage/schema_entity.h"
#include "foundation/storage/schema_event.h"
#include "foundation/storage/schema_idle.h"
#include "foundation/storage/schema_partition.h"
#include "foundation/storage/schema_recurring_job.h"
#include "foundation/storage/schema_tenant.h"
#include "foundation/storage/schema_timer.h"
#include "foundation/storage/schema_webhook.h"

namespace detoy::foundation::schema {

// Keys begin with the tenant, so that a query of one tenant never walks over rows of others; jobs, which are known by a
// number, are found so by their indexes. Times are microseconds since 1970, numbers are 64 bits wide in every engine.

inline constexpr std::array rate_limit = std::to_array<Statement>({
    {"CREATE TABLE rate_limit (tenant TEXT NOT NULL, key TEXT NOT NULL, rule TEXT NOT NULL, first BIGINT NOT NULL, "
     "second BIGINT NOT NULL, third BIGINT NOT NULL, expires_at BIGINT NOT NULL, "
     "PRIMARY KEY (tenant, key, rule)) WITHOUT ROWID",
     "CREATE TABLE rate_limit (tenant TEXT NOT NULL, key TEXT NOT NULL, rule TEXT NOT NULL, first BIGINT NOT NULL, "
     "second BIGINT NOT NULL, third BIGINT NOT NULL, expires_at BIGINT NOT NULL, "
     "PRIMARY KEY (tenant, key, rule))"},
    "CREATE INDEX rate_limit_expiry ON rate_limit (expires_at)",
});

inline constexpr std::array lock = std::to_array<Statement>({
    {"CREATE TABLE lock (tenant TEXT NOT NULL, name TEXT NOT NULL, token BIGINT NOT NULL, owner TEXT, "
     "expires_at BIGINT NOT NULL, PRIMARY KEY (tenant, name)) WITHOUT ROWID",
     "CREATE TABLE lock (tenant TEXT NOT NULL, name TEXT NOT NULL, token BIGINT NOT NULL, owner TEXT, "
     "expires_at BIGINT NOT NULL, PRIMARY KEY (tenant, name))"},
    {"CREATE TABLE lock_waiter (tenant TEXT NOT NULL, name TEXT NOT NULL, place BIGINT NOT NULL, owner TEXT NOT NULL, "
     "seen_until BIGINT NOT NULL, PRIMARY KEY (tenant, name, place)) WITHOUT ROWID",
     "CREATE TABLE lock_waiter (tenant TEXT NOT NULL, name TEXT NOT NULL, place BIGINT NOT NULL, owner TEXT NOT NULL, "
     "seen_until BIGINT NOT NULL, PRIMARY KEY (tenant, name, place))"},
    "CREATE UNIQUE INDEX lock_waiter_owner ON lock_waiter (tenant, name, owner)",
});

inline constexpr std::array idempotency = std::to_array<Statement>({
    {"CREATE TABLE idempotency (tenant TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, token BIGINT NOT NULL, "
     "lease_until BIGINT NOT NULL, response BLOB, expires_at BIGINT NOT NULL, PRIMARY KEY (tenant, key)) WITHOUT ROWID",
     "CREATE TABLE idempotency (tenant TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, token BIGINT NOT NULL, "
     "lease_until BIGINT NOT NULL, response BYTEA, expires_at BIGINT NOT NULL, PRIMARY KEY (tenant, key))"},
    "CREATE INDEX idempotency_expiry ON idempotency (expires_at)",
});

inline constexpr std::array cache = std::to_array<Statement>({
    {"CREATE TABLE cache (tenant TEXT NOT NULL, key TEXT NOT NULL, version BIGINT NOT NULL, value BLOB, "
     "expires_at BIGINT NOT NULL, size BIGINT NOT NULL, lease BIGINT NOT NULL, lease_at BIGINT NOT NULL, "
     "lease_until BIGINT NOT NULL, PRIMARY KEY (tenant, key)) WITHOUT ROWID",
     "CREATE TABLE cache (tenant TEXT NOT NULL, key TEXT NOT NULL, version BIGINT NOT NULL, value BYTEA, "
     "expires_at BIGINT NOT NULL, size BIGINT NOT NULL, lease BIGINT NOT NULL, lease_at BIGINT NOT NULL, "
     "lease_until BIGINT NOT NULL, PRIMARY KEY (tenant, key))"},
    "CREATE INDEX cache_expiry ON cache (expires_at)",
    "CREATE INDEX cache_order ON cache (tenant, expires_at)",
    {"CREATE TABLE cache_tag (tenant TEXT NOT NULL, tag TEXT NOT NULL, key TEXT NOT NULL, "
     "PRIMARY KEY (tenant, tag, key)) WITHOUT ROWID",
     "CREATE TABLE cache_tag (tenant TEXT NOT NULL, tag TEXT NOT NULL, key TEXT NOT NULL, "
     "PRIMARY KEY (tenant, tag, key))"},
    "CREATE INDEX cache_tag_key ON cache_tag (tenant, key)",
    // When a tag was last invalidated, for as long as a fill that began before may be under way.
    "CREATE TABLE cache_invalidation (tenant TEXT NOT NULL, tag TEXT NOT NULL, at BIGINT NOT NULL, "
    "expires_at BIGINT NOT NULL, PRIMARY KEY (tenant, tag))",
    "CREATE INDEX cache_invalidation_expiry ON cache_invalidation (expires_at)",
    "CREATE TABLE cache_usage (tenant TEXT PRIMARY KEY, entries BIGINT NOT NULL, bytes BIGINT NOT NULL)",
});

inline constexpr std::array breaker = std::to_array<Statement>({
    "CREATE TABLE breaker (tenant TEXT NOT NULL, name TEXT NOT NULL, phase BIGINT NOT NULL, force BIGINT NOT NULL, "
    "generation BIGINT NOT NULL, since BIGINT NOT NULL, window_start BIGINT NOT NULL, successes BIGINT NOT NULL, "
    "failures BIGINT NOT NULL, previous_successes BIGINT NOT NULL, previous_failures BIGINT NOT NULL, "
    "probes_out BIGINT NOT NULL, PRIMARY KEY (tenant, name))",
});

inline constexpr std::array job = std::to_array<Statement>({
    {"CREATE TABLE job (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, queue TEXT NOT NULL, "
     "payload BLOB NOT NULL, state BIGINT NOT NULL, priority BIGINT NOT NULL, attempts BIGINT NOT NULL, "
     "most_attempts BIGINT NOT NULL, run_at BIGINT NOT NULL, unique_key TEXT, token BIGINT NOT NULL, "
     "worker TEXT NOT NULL, lease_until BIGINT NOT NULL, progress BIGINT NOT NULL, result BLOB NOT NULL, "
     "keep BIGINT NOT NULL, finished_at BIGINT NOT NULL, forget_at BIGINT NOT NULL)",
     "CREATE TABLE job (id BIGSERIAL PRIMARY KEY, tenant TEXT NOT NULL, queue TEXT NOT NULL, "
     "payload BYTEA NOT NULL, state BIGINT NOT NULL, priority BIGINT NOT NULL, attempts BIGINT NOT NULL, "
     "most_attempts BIGINT NOT NULL, run_at BIGINT NOT NULL, unique_key TEXT, token BIGINT NOT NULL, "
     "worker TEXT NOT NULL, lease_until BIGINT NOT NULL, progress BIGINT NOT NULL, result BYTEA NOT NULL, "
     "keep BIGINT NOT NULL, finished_at BIGINT NOT NULL, forget_at BIGINT NOT NULL)"},
    // One for each question: what may be claimed, what comes due, whose lease ends, what is dead, what may be
    // forgotten.
    "CREATE INDEX job_ready ON job (queue, tenant, priority DESC, run_at, id) WHERE state = 0",
    "CREATE INDEX job_delayed ON job (run_at) WHERE state = 1",
    "CREATE INDEX job_leased ON job (lease_until) WHERE state = 2",
    "CREATE INDEX job_dead ON job (tenant, queue, id) WHERE state = 4",
    "CREATE INDEX job_forgotten ON job (forget_at) WHERE forget_at > 0",
    "CREATE UNIQUE INDEX job_unique ON job (tenant, queue, unique_key) "
    "WHERE unique_key IS NOT NULL AND state IN (0, 1, 2)",
    "CREATE TABLE job_turn (queue TEXT PRIMARY KEY, tenant TEXT NOT NULL)",
});

inline constexpr std::array all = std::to_array<Migration>({
    {1, "rate_limit", rate_limit},
    {2, "lock", lock},
    {3, "idempotency", idempotency},
    {4, "cache", cache},
    {5, "breaker", breaker},
    {6, "job", job},
    {7, "recurring_job", recurring_job},
    {8, "timer", timer},
    {9, "event", event},
    {10, "entity", entity},
    {11, "api_key", api_key},
    {12, "webhook", webhook},
    {13, "tenant", tenant},
    {14, "webhook_types", webhook_types},
    {15, "timer_set_aside", timer_set_aside},
    {16, "idle", idle},
    {17, "partition", partition},
});

}  // namespace detoy::foundation::schema

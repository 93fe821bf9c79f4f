// Row-level security of PostgreSQL (tenant_engine.h): what a transaction sees that runs for one tenant.
#pragma once

#include <array>

#include "foundation/storage/statement.h"

namespace detoy::foundation::schema {

// The setting that names the tenant is empty, or was never set, where the work of all tenants is done. FORCE: the owner
// of a table, who made it, is not exempt.
#define DETOY_TENANT "coalesce(current_setting('detoy.tenant', true), '')"
#define DETOY_SECURE(table, visible)                                  \
  {"SELECT 1", "ALTER TABLE " table " ENABLE ROW LEVEL SECURITY"},    \
      {"SELECT 1", "ALTER TABLE " table " FORCE ROW LEVEL SECURITY"}, \
      {"SELECT 1", "CREATE POLICY tenant ON " table " USING (" DETOY_TENANT " = '' OR (" visible "))"}
#define DETOY_BY_TENANT(table) DETOY_SECURE(table, "tenant = " DETOY_TENANT)
// Tables of events know their tenant by their topic or group only. PostgreSQL notes it from the setting. Where nobody
// had set it, the row of the topic tells, which is slower to find.
#define DETOY_NOTED(table, other)                                                              \
  {"SELECT 1", "ALTER TABLE " table " ADD COLUMN tenant TEXT NOT NULL DEFAULT " DETOY_TENANT}, \
      DETOY_SECURE(table, "tenant = " DETOY_TENANT " OR (tenant = '' AND " other ")")

inline constexpr std::array tenant = std::to_array<Statement>({
    DETOY_BY_TENANT("rate_limit"),
    DETOY_BY_TENANT("lock"),
    DETOY_BY_TENANT("lock_waiter"),
    DETOY_BY_TENANT("idempotency"),
    DETOY_BY_TENANT("cache"),
    DETOY_BY_TENANT("cache_tag"),
    DETOY_BY_TENANT("cache_invalidation"),
    DETOY_BY_TENANT("cache_usage"),
    DETOY_BY_TENANT("breaker"),
    DETOY_BY_TENANT("job"),
    DETOY_BY_TENANT("recurring_job"),
    DETOY_BY_TENANT("timer"),
    DETOY_BY_TENANT("event_topic"),
    DETOY_NOTED("event", "topic IN (SELECT id FROM event_topic)"),
    DETOY_NOTED("event_group", "topic IN (SELECT id FROM event_topic)"),
    DETOY_NOTED("event_cursor", "group_id IN (SELECT id FROM event_group)"),
    DETOY_NOTED("event_member", "group_id IN (SELECT id FROM event_group)"),
    DETOY_NOTED("event_dead_letter", "group_id IN (SELECT id FROM event_group)"),
    DETOY_BY_TENANT("entity_type"),
    DETOY_BY_TENANT("entity"),
    DETOY_BY_TENANT("entity_index"),
    DETOY_BY_TENANT("entity_change"),
    DETOY_BY_TENANT("webhook"),
    // Of no tenant's business.
    DETOY_SECURE("job_turn", "false"),
    DETOY_SECURE("api_key", "false"),
});

#undef DETOY_NOTED
#undef DETOY_BY_TENANT
#undef DETOY_SECURE
#undef DETOY_TENANT

}  // namespace detoy::foundation::schema

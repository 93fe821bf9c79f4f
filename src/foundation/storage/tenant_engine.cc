#include "foundation/storage/tenant_engine.h"

namespace detoy::foundation {

Result<bool> separates_tenants(Engine& engine) {
  static constexpr Statement ask = {
      "SELECT 0", "SELECT NOT (rolsuper OR rolbypassrls) FROM pg_catalog.pg_roles WHERE rolname = current_user"};
  const auto rows = engine.read([](Transaction& transaction) { return transaction.run(ask); });
  if (!rows) return std::unexpected(rows.error());
  return rows->number(0, 0) != 0;
}

}  // namespace detoy::foundation

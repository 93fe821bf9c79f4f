// A store as one tenant may see it.
//
// All statements of the primitives name the tenant whose rows they want. This is for the one that forgets it: where the
// engine has row-level security, whatever a unit of work asks for, it sees and writes the rows of its tenant only.
#pragma once

#include <string>
#include <utility>

#include "foundation/storage/engine.h"

namespace detoy::foundation {

// Thread-safe as the engine is, which must outlive it. SQLite has no row-level security: there it changes nothing.
class TenantEngine final : public Engine {
 public:
  TenantEngine(Engine& engine, std::string tenant) : engine_(engine), tenant_(std::move(tenant)) {}

 protected:
  Result<void> write_unit(Durability durability, const Unit& unit) override {
    return engine_.write_unit(durability, {unit.work, tenant_});
  }
  Result<void> read_unit(const Unit& unit) override { return engine_.read_unit({unit.work, tenant_}); }

 private:
  Engine& engine_;
  std::string tenant_;
};

// Whether the engine keeps tenants apart by itself: PostgreSQL does, unless its user is a superuser or has BYPASSRLS.
Result<bool> separates_tenants(Engine& engine);

}  // namespace detoy::foundation

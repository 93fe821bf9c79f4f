// Circuit breakers that all instances share. Contract: docs/foundation/breaker.md.
#pragma once

#include <string_view>

#include "foundation/breaker_rule.h"
#include "foundation/storage/engine.h"

namespace detoy::foundation {

// Thread-safe; holds no state of its own. Names are at most 256 bytes of any text.
class Breaker {
 public:
  explicit Breaker(Engine& engine, Durability durability = Durability::process)
      : engine_(engine), durability_(durability) {}

  // Whether the peer may be called. Only reads, unless it lets a probe out.
  Result<BreakerVerdict> ask(std::string_view tenant, std::string_view name, const BreakerSettings& settings);
  // Tells how a call ended that was let through with `generation`. The phase that it is in now.
  Result<BreakerVerdict> report(std::string_view tenant, std::string_view name, const BreakerSettings& settings,
                                std::int64_t generation, bool success);
  // Holds it open or closed until it is let go with `none`.
  Result<void> force(std::string_view tenant, std::string_view name, BreakerForce to);
  // What ask() would answer; lets no probe out.
  Result<BreakerVerdict> peek(std::string_view tenant, std::string_view name, const BreakerSettings& settings);

 private:
  Engine& engine_;
  Durability durability_;
};

}  // namespace detoy::foundation

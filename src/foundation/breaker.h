// Circuit breakers that all instances share. Contract: docs/foundation/breaker.md.
#pragma once

#include <string_view>

#include "foundation/breaker_rule.h"
#include "foundation/place.h"
#include "foundation/storage/engine.h"

namespace detoy::foundation {

// Thread-safe; holds no state of its own. Names are at most 256 bytes of any text.
class Breaker {
 public:
  // `durability` is an engine's; Redis keeps what it is set to keep. While Redis is gone and WhenGone::allow was
  // chosen, breakers are closed and reports are dropped.
  explicit Breaker(Place place, Durability durability = Durability::process) : place_(place), durability_(durability) {}

  // Whether the peer may be called. Only reads, unless it lets a probe out.
  Result<BreakerVerdict> ask(std::string_view tenant, std::string_view name, const BreakerSettings& settings);
  // Tells how a call ended that was let through with `generation`. The phase that it is in now.
  Result<BreakerVerdict> report(std::string_view tenant, std::string_view name, const BreakerSettings& settings,
                                std::int64_t generation, bool success);
  // Holds it open or closed until it is let go with `none`. Refused while Redis is gone.
  Result<void> force(std::string_view tenant, std::string_view name, BreakerForce to);
  // What ask() would answer; lets no probe out.
  Result<BreakerVerdict> peek(std::string_view tenant, std::string_view name, const BreakerSettings& settings);

  // Forgets up to `most` breakers of an engine that were closed, not forced and not asked about outcomes for thirty
  // days; how many. They are as new then.
  static Result<std::int64_t> sweep(Transaction& transaction, std::int64_t most);

 private:
  Result<BreakerVerdict> ask(std::string_view tenant, std::string_view name, const BreakerSettings& settings,
                             bool let_out);

  Place place_;
  Durability durability_;
};

}  // namespace detoy::foundation

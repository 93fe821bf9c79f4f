// Circuit breakers in Redis.
#pragma once

#include <string_view>

#include "foundation/breaker_rule.h"
#include "foundation/storage/redis_store.h"

namespace detoy::foundation::redis {

// What a call found and went on from, as breaker_rule.h says.
struct FoundBreaker {
  Micros now = 0;
  BreakerState state;
};

// As in breaker.h; names and settings must be valid. ask() keeps the probe that it lets out if `let_out`.
Result<FoundBreaker> ask(RedisStore& store, std::string_view tenant, std::string_view name,
                         const BreakerSettings& settings, bool let_out);
Result<FoundBreaker> report(RedisStore& store, std::string_view tenant, std::string_view name,
                            const BreakerSettings& settings, std::int64_t generation, bool success);
Result<void> force(RedisStore& store, std::string_view tenant, std::string_view name, BreakerForce to);

}  // namespace detoy::foundation::redis

// Rate limits in Redis. All limits of one tenant stand together in a cluster, since one call may check several keys.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "foundation/rate_limit.h"
#include "foundation/storage/redis_store.h"

namespace detoy::foundation::redis {

// What a call found, from which rate_rule.h tells the verdicts.
struct FoundRates {
  Micros now = 0;
  bool allowed = false;  // all checks allow
  std::vector<RateState> states;
};

// RateLimit::take(), and peek() if nothing is to be taken. The request must be valid.
Result<FoundRates> take(RedisStore& store, std::string_view tenant, std::span<const RateCheck> checks,
                        std::int64_t cost, bool take);
Result<void> reset(RedisStore& store, std::string_view tenant, std::string_view key);

}  // namespace detoy::foundation::redis

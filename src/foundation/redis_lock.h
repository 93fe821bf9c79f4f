// Locks in Redis. The tokens are microseconds since 1970 at least, so they go up also if Redis has lost the last one.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "foundation/lock.h"
#include "foundation/storage/redis_store.h"

namespace detoy::foundation::redis {

// As in lock.h. Requests must be valid.
Result<Lock::Answer> step(RedisStore& store, const Lock::Request& request,
                          std::optional<std::chrono::microseconds> patience);
Result<void> leave_queue(RedisStore& store, const Lock::Request& request);
// None: the lease was lost.
Result<std::optional<Lease>> renew(RedisStore& store, const Lock::Request& request, std::int64_t token);
Result<bool> release(RedisStore& store, std::string_view tenant, std::string_view name, std::int64_t token);

}  // namespace detoy::foundation::redis

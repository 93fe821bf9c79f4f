// Cached values in Redis. All keys of one tenant stand together in a cluster, since tags and bounds are of the tenant.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "foundation/cache.h"
#include "foundation/storage/redis_store.h"

namespace detoy::foundation::redis {

// As in cache.h. Requests must be valid.
Result<std::optional<Cache::Entry>> get(RedisStore& store, std::string_view tenant, std::string_view key);
Result<std::optional<std::int64_t>> set(RedisStore& store, const Cache::Put& put, const Cache::Bounds& bounds);
Result<bool> fill(RedisStore& store, const Cache::Put& put, const Cache::Bounds& bounds, std::int64_t token);
Result<Cache::Answer> get_or_fill(RedisStore& store, std::string_view tenant, std::string_view key,
                                  std::chrono::microseconds lease);
Result<bool> remove(RedisStore& store, std::string_view tenant, std::string_view key);
Result<std::int64_t> invalidate(RedisStore& store, std::string_view tenant, std::string_view tag);

}  // namespace detoy::foundation::redis

// Idempotency keys in Redis.
#pragma once

#include <string_view>

#include "foundation/idempotency.h"
#include "foundation/storage/redis_store.h"

namespace detoy::foundation::redis {

// As in idempotency.h. Requests must be valid.
Result<Idempotency::Answer> begin(RedisStore& store, const Idempotency::Request& request);
// False: another has taken the work over.
Result<bool> complete(RedisStore& store, const Idempotency::Request& request, std::int64_t token,
                      std::string_view response);
Result<bool> abandon(RedisStore& store, const Idempotency::Request& request, std::int64_t token);

}  // namespace detoy::foundation::redis

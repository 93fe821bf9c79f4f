#include "foundation/redis_idempotency.h"

#include "foundation/redis_scripts.h"

namespace detoy::foundation::redis {
namespace {

std::string key_of(const RedisStore& store, const Idempotency::Request& request) {
  return store.key("idempotency", {request.tenant, request.key});
}

}  // namespace

Result<Idempotency::Answer> begin(RedisStore& store, const Idempotency::Request& request) {
  const auto reply = store.run(redis_scripts::idempotency_begin, {key_of(store, request)},
                               {request.fingerprint, request.lease.count(), request.keep.count()});
  if (!reply) return std::unexpected(reply.error());
  return Idempotency::Answer{.outcome = static_cast<Idempotency::Outcome>(reply->number(0, 0)),
                             .token = reply->number(0, 1),
                             .until = reply->number(0, 2),
                             .response = reply->text(0, 3)};
}

Result<bool> complete(RedisStore& store, const Idempotency::Request& request, std::int64_t token,
                      std::string_view response) {
  const auto reply = store.run(redis_scripts::idempotency_complete, {key_of(store, request)},
                               {request.fingerprint, token, request.keep.count(), Bytes{response}});
  if (!reply) return std::unexpected(reply.error());
  return reply->number(0, 0) != 0;
}

Result<bool> abandon(RedisStore& store, const Idempotency::Request& request, std::int64_t token) {
  const auto reply = store.run(redis_scripts::idempotency_abandon, {key_of(store, request)}, {token});
  if (!reply) return std::unexpected(reply.error());
  return reply->number(0, 0) != 0;
}

}  // namespace detoy::foundation::redis

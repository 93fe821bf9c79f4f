#include "foundation/redis_lock.h"

#include "foundation/redis_scripts.h"

namespace detoy::foundation::redis {
namespace {

std::string lock_key(const RedisStore& store, std::string_view tenant, std::string_view name,
                     std::string_view what = {}) {
  return store.key("lock", {tenant, name}, what);
}

}  // namespace

Result<Lock::Answer> step(RedisStore& store, const Lock::Request& request,
                          std::optional<std::chrono::microseconds> patience) {
  const auto reply = store.run(
      redis_scripts::lock_step,
      {lock_key(store, request.tenant, request.name), lock_key(store, request.tenant, request.name, ":line"),
       lock_key(store, request.tenant, request.name, ":seen")},
      {request.owner, request.lease.count(), patience ? Param(patience->count()) : Param(std::string_view())});
  if (!reply) return std::unexpected(reply.error());
  if (reply->number(0, 0) != 0) return Lock::Answer{.lease = Lease{reply->number(0, 1), reply->number(0, 2)}};
  return Lock::Answer{.held_until = reply->number(0, 1), .ahead = reply->number(0, 2)};
}

Result<void> leave_queue(RedisStore& store, const Lock::Request& request) {
  const auto reply = store.run(
      redis_scripts::lock_leave,
      {lock_key(store, request.tenant, request.name, ":line"), lock_key(store, request.tenant, request.name, ":seen")},
      {request.owner});
  if (!reply) return std::unexpected(reply.error());
  return {};
}

Result<std::optional<Lease>> renew(RedisStore& store, const Lock::Request& request, std::int64_t token) {
  const auto reply = store.run(redis_scripts::lock_renew, {lock_key(store, request.tenant, request.name)},
                               {request.owner, request.lease.count(), token});
  if (!reply) return std::unexpected(reply.error());
  if (reply->number(0, 0) == 0) return std::nullopt;
  return Lease{token, reply->number(0, 1)};
}

Result<bool> release(RedisStore& store, std::string_view tenant, std::string_view name, std::int64_t token) {
  const auto reply = store.run(redis_scripts::lock_release, {lock_key(store, tenant, name)}, {token});
  if (!reply) return std::unexpected(reply.error());
  return reply->number(0, 0) != 0;
}

}  // namespace detoy::foundation::redis

#include "foundation/redis_cache.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/bounds.h"
#include "foundation/redis_scripts.h"

namespace detoy::foundation::redis {
namespace {

std::string prefix_of(const RedisStore& store, std::string_view tenant) {
  return store.key("cache", {tenant}, ":");
}

std::string entry_of(const RedisStore& store, std::string_view tenant, std::string_view key) {
  return prefix_of(store, tenant) + "entry:" + std::string(key);
}

// cache_store.lua, with the argument that its two users have for themselves.
Result<std::int64_t> put_by(RedisStore& store, const RedisScript& script, const Cache::Put& put,
                            const Cache::Bounds& bounds, std::string_view own) {
  const auto size = static_cast<std::int64_t>(put.key.size() + put.value.size());
  const std::string prefix = prefix_of(store, put.tenant);
  const std::string tags = fmt::format("{}", fmt::join(put.tags, "\n"));
  const auto reply = store.run(script, {entry_of(store, put.tenant, put.key)},
                               {std::string_view(prefix), put.key, Bytes{put.value}, put.keep.count(), size,
                                std::string_view(tags), bounds.entries, bounds.bytes, own});
  if (!reply) return std::unexpected(reply.error());
  return reply->number(0, 0);
}

}  // namespace

Result<std::optional<Cache::Entry>> get(RedisStore& store, std::string_view tenant, std::string_view key) {
  const auto reply = store.run(redis_scripts::cache_get, {entry_of(store, tenant, key)}, {});
  if (!reply) return std::unexpected(reply.error());
  if (reply->empty()) return std::nullopt;
  return Cache::Entry{reply->text(0, 0), reply->number(0, 1), reply->number(0, 2)};
}

Result<std::optional<std::int64_t>> set(RedisStore& store, const Cache::Put& put, const Cache::Bounds& bounds) {
  const std::string expected = put.if_version ? std::to_string(*put.if_version) : std::string();
  const auto version = put_by(store, redis_scripts::cache_set, put, bounds, expected);
  if (!version) return std::unexpected(version.error());
  return *version == 0 ? std::nullopt : std::optional(*version);
}

Result<bool> fill(RedisStore& store, const Cache::Put& put, const Cache::Bounds& bounds, std::int64_t token) {
  const auto taken = put_by(store, redis_scripts::cache_fill, put, bounds, std::to_string(token));
  if (!taken) return std::unexpected(taken.error());
  return *taken != 0;
}

Result<Cache::Answer> get_or_fill(RedisStore& store, std::string_view tenant, std::string_view key,
                                  std::chrono::microseconds lease) {
  const std::string prefix = prefix_of(store, tenant);
  const auto reply = store.run(redis_scripts::cache_get_or_fill, {entry_of(store, tenant, key)},
                               {std::string_view(prefix), key, lease.count()});
  if (!reply) return std::unexpected(reply.error());
  Cache::Answer answer{.outcome = static_cast<Cache::Outcome>(reply->number(0, 0))};
  if (answer.outcome == Cache::Outcome::hit) {
    answer.entry = {reply->text(0, 1), reply->number(0, 2), reply->number(0, 3)};
  } else {
    answer.token = reply->number(0, 1);
    answer.until = reply->number(0, 2);
  }
  return answer;
}

Result<bool> remove(RedisStore& store, std::string_view tenant, std::string_view key) {
  const std::string prefix = prefix_of(store, tenant);
  const auto reply =
      store.run(redis_scripts::cache_remove, {entry_of(store, tenant, key)}, {std::string_view(prefix), key});
  if (!reply) return std::unexpected(reply.error());
  return reply->number(0, 0) != 0;
}

Result<std::int64_t> invalidate(RedisStore& store, std::string_view tenant, std::string_view tag) {
  const std::string prefix = prefix_of(store, tenant);
  const auto reply = store.run(redis_scripts::cache_invalidate, {prefix + "tag:" + std::string(tag)},
                               {std::string_view(prefix), tag, longest_lease.count()});
  if (!reply) return std::unexpected(reply.error());
  return reply->number(0, 0);
}

}  // namespace detoy::foundation::redis

#include "foundation/cache.h"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/bounds.h"
#include "foundation/redis_cache.h"

namespace detoy::foundation {
namespace {

using std::chrono::microseconds;

constexpr microseconds shortest = std::chrono::milliseconds(1);
constexpr microseconds longest = std::chrono::hours(24 * 366);
constexpr std::size_t most_tags = 16;

constexpr Statement look =
    "SELECT value, version, expires_at FROM cache WHERE tenant = $1 AND key = $2 AND value IS NOT NULL "
    "AND expires_at > $3";
// The last column is the time at which PostgreSQL gave the row to us: when it had to be waited for, that is later than
// when the transaction began. Versions are made of it, so that they grow in the order in which they are given.
constexpr Statement hold = {
    "SELECT value, version, expires_at, lease, lease_until, lease_at, 0 FROM cache WHERE tenant = $1 AND key = $2",
    "INSERT INTO cache AS kept (tenant, key, version, value, expires_at, size, lease, lease_at, lease_until) "
    "VALUES ($1, $2, 0, NULL, 0, 0, 0, 0, 0) ON CONFLICT (tenant, key) DO UPDATE SET version = kept.version "
    "RETURNING value, version, expires_at, lease, lease_until, lease_at, "
    "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"};
constexpr Statement keep =
    "INSERT INTO cache (tenant, key, version, value, expires_at, size, lease, lease_at, lease_until) "
    "VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0) ON CONFLICT (tenant, key) DO UPDATE SET version = excluded.version, "
    "value = excluded.value, expires_at = excluded.expires_at, size = excluded.size, lease = 0, lease_at = 0, "
    "lease_until = 0";
constexpr Statement lease_key =
    "INSERT INTO cache (tenant, key, version, value, expires_at, size, lease, lease_at, lease_until) "
    "VALUES ($1, $2, $3, NULL, $5, 0, $4, $6, $5) ON CONFLICT (tenant, key) DO UPDATE SET version = excluded.version, "
    "value = NULL, size = 0, lease = excluded.lease, lease_at = excluded.lease_at, "
    "lease_until = excluded.lease_until, expires_at = excluded.expires_at";
// Whether there is a value is told by the size: SQLite 3.40 says of any column of a deleted row that it is not null.
constexpr Statement drop = "DELETE FROM cache WHERE tenant = $1 AND key = $2 RETURNING expires_at, size";
constexpr Statement drop_tags = "DELETE FROM cache_tag WHERE tenant = $1 AND key = $2";
constexpr Statement add_tag =
    "INSERT INTO cache_tag (tenant, tag, key) VALUES ($1, $2, $3) ON CONFLICT (tenant, tag, key) DO NOTHING";
constexpr Statement tagged = "SELECT key FROM cache_tag WHERE tenant = $1 AND tag = $2";
constexpr Statement note_invalidation =
    "INSERT INTO cache_invalidation (tenant, tag, at, expires_at) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (tenant, tag) DO UPDATE SET at = excluded.at, expires_at = excluded.expires_at";
constexpr Statement invalidated = "SELECT 1 FROM cache_invalidation WHERE tenant = $1 AND tag = $2 AND at >= $3";
constexpr Statement forget_invalidations = "DELETE FROM cache_invalidation WHERE expires_at <= $1";
constexpr Statement count = "SELECT entries, bytes FROM cache_usage WHERE tenant = $1";
constexpr Statement recount =
    "INSERT INTO cache_usage (tenant, entries, bytes) VALUES ($1, $2, $3) ON CONFLICT (tenant) DO UPDATE SET "
    "entries = cache_usage.entries + excluded.entries, bytes = cache_usage.bytes + excluded.bytes";
constexpr Statement next_to_go =
    "SELECT key FROM cache WHERE tenant = $1 AND key <> $2 AND value IS NOT NULL ORDER BY expires_at LIMIT 64";
constexpr Statement expired = {
    "SELECT tenant, key FROM cache WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
    "SELECT tenant, key FROM cache WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED"};

Result<void> check_key(std::string_view tenant, std::string_view key) {
  if (const auto named = check_name("tenant", tenant); !named) return named;
  return check_name("key", key);
}

Result<void> count_in(Transaction& transaction, std::string_view tenant, std::int64_t entries, std::int64_t bytes) {
  const auto done = transaction.run(recount, {tenant, entries, bytes});
  if (!done) return std::unexpected(done.error());
  return {};
}

// Whether there was a value that had not expired.
Result<bool> take_out(Transaction& transaction, std::string_view tenant, std::string_view key) {
  const auto gone = transaction.run(drop, {tenant, key});
  if (!gone) return std::unexpected(gone.error());
  if (gone->empty()) return false;
  const auto untagged = transaction.run(drop_tags, {tenant, key});
  if (!untagged) return std::unexpected(untagged.error());
  const bool had = gone->number(0, 1) > 0;
  if (had) {
    if (const auto counted = count_in(transaction, tenant, -1, -gone->number(0, 1)); !counted)
      return std::unexpected(counted.error());
  }
  return had && gone->number(0, 0) > transaction.now();
}

// Makes room, from what expires first on. The entry that was just put stays.
Result<void> evict(Transaction& transaction, std::string_view tenant, std::string_view kept,
                   const Cache::Bounds& bounds) {
  while (true) {
    const auto usage = transaction.run(count, {tenant});
    if (!usage) return std::unexpected(usage.error());
    if (usage->empty() || (usage->number(0, 0) <= bounds.entries && usage->number(0, 1) <= bounds.bytes)) return {};
    const auto oldest = transaction.run(next_to_go, {tenant, kept});
    if (!oldest) return std::unexpected(oldest.error());
    if (oldest->empty()) return {};
    std::int64_t entries = usage->number(0, 0);
    for (std::size_t i = 0; i < oldest->size(); ++i, --entries) {
      // By bytes, one at a time is enough to look again; by entries, the number is known.
      if (i > 0 && entries <= bounds.entries) break;
      const auto gone = take_out(transaction, tenant, oldest->text(i, 0));
      if (!gone) return std::unexpected(gone.error());
    }
  }
}

// Never one that the key had before, also after its row was swept away: time goes on.
std::int64_t next_version(Transaction& transaction, const Rows& held) {
  const Micros now = transaction.now();
  return held.empty() ? now : std::max({now, held.number(0, 1) + 1, held.number(0, 6)});
}

Result<std::optional<Cache::Entry>> look_up(Engine& engine, std::string_view tenant, std::string_view key) {
  return engine.read([&](Transaction& transaction) -> Result<std::optional<Cache::Entry>> {
    const auto rows = transaction.run(look, {tenant, key, transaction.now()});
    if (!rows) return std::unexpected(rows.error());
    std::optional<Cache::Entry> found;
    if (!rows->empty()) found = Cache::Entry{rows->text(0, 0), rows->number(0, 1), rows->number(0, 2)};
    return found;
  });
}

}  // namespace

Result<void> Cache::check(const Put& put) const {
  if (const auto named = check_key(put.tenant, put.key); !named) return named;
  if (put.keep < shortest || put.keep > longest)
    return fail(ErrorCategory::usage,
                fmt::format("a value is kept for 1 ms to 366 days, not {} microseconds", put.keep.count()));
  if (static_cast<std::int64_t>(put.value.size()) > bounds_.value_bytes)
    return fail(ErrorCategory::usage,
                fmt::format("a value may have {} bytes, and has {}", bounds_.value_bytes, put.value.size()));
  if (put.tags.size() > most_tags)
    return fail(ErrorCategory::usage, fmt::format("a value may have {} tags, and has {}", most_tags, put.tags.size()));
  for (const std::string_view tag : put.tags) {
    if (const auto named = check_name("tag", tag); !named) return named;
  }
  return {};
}

Result<std::optional<Cache::Entry>> Cache::get(std::string_view tenant, std::string_view key) {
  if (const auto named = check_key(tenant, key); !named) return std::unexpected(named.error());
  return place_.call([&] { return look_up(place_.engine(), tenant, key); },
                     [&](RedisStore& store) { return redis::get(store, tenant, key); },
                     [] { return Result<std::optional<Entry>>(std::nullopt); });
}

// Puts the value in the key's place, which the transaction holds.
Result<std::int64_t> Cache::store(Transaction& transaction, const Put& put, std::int64_t version) const {
  if (const auto gone = take_out(transaction, put.tenant, put.key); !gone) return std::unexpected(gone.error());
  const auto size = static_cast<std::int64_t>(put.key.size() + put.value.size());
  const auto kept = transaction.run(
      keep, {put.tenant, put.key, version, Bytes{put.value}, transaction.now() + put.keep.count(), size});
  if (!kept) return std::unexpected(kept.error());
  for (const std::string_view tag : put.tags) {
    const auto added = transaction.run(add_tag, {put.tenant, tag, put.key});
    if (!added) return std::unexpected(added.error());
  }
  if (const auto counted = count_in(transaction, put.tenant, 1, size); !counted)
    return std::unexpected(counted.error());
  if (const auto room = evict(transaction, put.tenant, put.key, bounds_); !room) return std::unexpected(room.error());
  return version;
}

Result<std::optional<std::int64_t>> Cache::set(const Put& put) {
  if (const auto valid = check(put); !valid) return std::unexpected(valid.error());
  const auto unit = [&](Transaction& transaction) -> Result<std::optional<std::int64_t>> {
    const auto held = transaction.run(hold, {put.tenant, put.key});
    if (!held) return std::unexpected(held.error());
    const bool there = !held->empty() && !held->is_null(0, 0) && held->number(0, 2) > transaction.now();
    if (put.if_version && *put.if_version != (there ? held->number(0, 1) : 0)) return std::nullopt;
    const auto version = store(transaction, put, next_version(transaction, *held));
    if (!version) return std::unexpected(version.error());
    return *version;
  };
  return place_.call([&] { return place_.engine().write(durability_, unit); },
                     [&](RedisStore& store) { return redis::set(store, put, bounds_); },
                     [] { return Result<std::optional<std::int64_t>>(std::nullopt); });
}

Result<bool> Cache::remove(std::string_view tenant, std::string_view key) {
  if (const auto named = check_key(tenant, key); !named) return std::unexpected(named.error());
  const auto unit = [&](Transaction& transaction) { return take_out(transaction, tenant, key); };
  return place_.call_or_refuse([&] { return place_.engine().write(durability_, unit); },
                               [&](RedisStore& store) { return redis::remove(store, tenant, key); });
}

Result<std::int64_t> Cache::invalidate(std::string_view tenant, std::string_view tag) {
  if (const auto named = check_name("tenant", tenant); !named) return std::unexpected(named.error());
  if (const auto named = check_name("tag", tag); !named) return std::unexpected(named.error());
  const auto unit = [&](Transaction& transaction) -> Result<std::int64_t> {
    const Micros now = transaction.now();
    const auto noted = transaction.run(note_invalidation, {tenant, tag, now, now + longest_lease.count()});
    if (!noted) return std::unexpected(noted.error());
    const auto keys = transaction.run(tagged, {tenant, tag});
    if (!keys) return std::unexpected(keys.error());
    std::int64_t dropped = 0;
    for (std::size_t i = 0; i < keys->size(); ++i) {
      const auto gone = take_out(transaction, tenant, keys->text(i, 0));
      if (!gone) return std::unexpected(gone.error());
      dropped += *gone ? 1 : 0;
    }
    return dropped;
  };
  return place_.call_or_refuse([&] { return place_.engine().write(durability_, unit); },
                               [&](RedisStore& store) { return redis::invalidate(store, tenant, tag); });
}

Result<Cache::Answer> Cache::get_or_fill(std::string_view tenant, std::string_view key, microseconds lease) {
  if (const auto named = check_key(tenant, key); !named) return std::unexpected(named.error());
  if (const auto valid = check_lease(lease); !valid) return std::unexpected(valid.error());
  const auto unit = [&](Transaction& transaction) -> Result<Answer> {
    const Micros now = transaction.now();
    const auto held = transaction.run(hold, {tenant, key});
    if (!held) return std::unexpected(held.error());
    if (!held->empty() && !held->is_null(0, 0) && held->number(0, 2) > now)
      return Answer{.outcome = Outcome::hit, .entry = {held->text(0, 0), held->number(0, 1), held->number(0, 2)}};
    if (!held->empty() && held->number(0, 4) > now)
      return Answer{.outcome = Outcome::wait, .until = held->number(0, 4)};
    const std::int64_t version = next_version(transaction, *held);
    // What has expired is taken out, with its tags and its share of the tenant's bounds.
    if (const auto gone = take_out(transaction, tenant, key); !gone) return std::unexpected(gone.error());
    const Micros until = now + lease.count();
    const auto leased = transaction.run(lease_key, {tenant, key, version, version, until, now});
    if (!leased) return std::unexpected(leased.error());
    return Answer{.outcome = Outcome::fill, .token = version, .until = until};
  };
  const auto in_engine = [&]() -> Result<Answer> {
    // Most find a value, and need not wait for those who write.
    const auto found = look_up(place_.engine(), tenant, key);
    if (!found) return std::unexpected(found.error());
    if (*found) return Answer{.outcome = Outcome::hit, .entry = **found};
    return place_.engine().write(durability_, unit);
  };
  // While Redis is gone everybody fills for themselves.
  return place_.call(
      in_engine, [&](RedisStore& store) { return redis::get_or_fill(store, tenant, key, lease); },
      [&]() -> Result<Answer> { return Answer{.outcome = Outcome::fill, .until = system_now() + lease.count()}; });
}

Result<bool> Cache::fill(const Put& put, std::int64_t token) {
  if (const auto valid = check(put); !valid) return std::unexpected(valid.error());
  const auto unit = [&](Transaction& transaction) -> Result<bool> {
    const auto held = transaction.run(hold, {put.tenant, put.key});
    if (!held) return std::unexpected(held.error());
    const bool mine = !held->empty() && held->number(0, 3) == token && held->number(0, 4) > transaction.now();
    if (!mine) return false;
    for (const std::string_view tag : put.tags) {
      const auto late = transaction.run(invalidated, {put.tenant, tag, held->number(0, 5)});
      if (!late) return std::unexpected(late.error());
      if (!late->empty()) return false;
    }
    const auto version = store(transaction, put, next_version(transaction, *held));
    if (!version) return std::unexpected(version.error());
    return true;
  };
  return place_.call([&] { return place_.engine().write(durability_, unit); },
                     [&](RedisStore& store) { return redis::fill(store, put, bounds_, token); },
                     [] { return Result<bool>(false); });
}

Result<std::int64_t> Cache::sweep(Transaction& transaction, std::int64_t most) {
  const auto forgotten = transaction.run(forget_invalidations, {transaction.now()});
  if (!forgotten) return std::unexpected(forgotten.error());
  const auto old = transaction.run(expired, {transaction.now(), most});
  if (!old) return std::unexpected(old.error());
  for (std::size_t i = 0; i < old->size(); ++i) {
    const auto gone = take_out(transaction, old->text(i, 0), old->text(i, 1));
    if (!gone) return std::unexpected(gone.error());
  }
  return static_cast<std::int64_t>(old->size());
}

}  // namespace detoy::foundation

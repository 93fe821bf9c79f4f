#include "foundation/idempotency.h"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/bounds.h"
#include "foundation/redis_idempotency.h"

namespace detoy::foundation {
namespace {

constexpr Micros second = 1'000'000;
constexpr Micros day = Micros{24} * 3600 * second;

// The last column is the time at which PostgreSQL gave the row to us: when it had to be waited for, that is later than
// when the transaction began. Tokens are made of it, so that they grow in the order in which they are given.
constexpr Statement hold = {
    "SELECT request, token, lease_until, response, expires_at, 0 FROM idempotency WHERE tenant = $1 AND key = $2",
    "INSERT INTO idempotency AS kept (tenant, key, request, token, lease_until, expires_at) "
    "VALUES ($1, $2, '', 0, 0, 0) ON CONFLICT (tenant, key) DO UPDATE SET token = kept.token "
    "RETURNING request, token, lease_until, response, expires_at, "
    "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"};
constexpr Statement take =
    "INSERT INTO idempotency (tenant, key, request, token, lease_until, response, expires_at) "
    "VALUES ($1, $2, $3, $4, $5, NULL, $6) ON CONFLICT (tenant, key) DO UPDATE SET request = excluded.request, "
    "token = excluded.token, lease_until = excluded.lease_until, response = NULL, expires_at = excluded.expires_at";
constexpr Statement finish =
    "UPDATE idempotency SET response = $5, expires_at = $6, lease_until = 0 "
    "WHERE tenant = $1 AND key = $2 AND token = $3 AND request = $4 AND response IS NULL";
constexpr Statement drop = "DELETE FROM idempotency WHERE tenant = $1 AND key = $2 AND token = $3 AND response IS NULL";
constexpr Statement forget_old = {
    "DELETE FROM idempotency WHERE (tenant, key) IN "
    "(SELECT tenant, key FROM idempotency WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    "DELETE FROM idempotency WHERE (tenant, key) IN "
    "(SELECT tenant, key FROM idempotency WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 "
    "FOR UPDATE SKIP LOCKED)"};

Result<void> check_request(const Idempotency::Request& request) {
  if (const auto named = check_name("tenant", request.tenant); !named) return named;
  if (const auto named = check_name("idempotency key", request.key); !named) return named;
  if (const auto named = check_name("fingerprint", request.fingerprint); !named) return named;
  if (const auto valid = check_lease(request.lease); !valid) return valid;
  if (request.keep.count() < second || request.keep.count() > 366 * day)
    return fail(ErrorCategory::usage,
                fmt::format("a response is kept for 1 second to 366 days, not {} microseconds", request.keep.count()));
  return {};
}

Error taken_over(std::string_view key) {
  return {ErrorCategory::conflict, fmt::format("the work of idempotency key '{}' was taken over by another", key)};
}

}  // namespace

Result<Idempotency::Answer> Idempotency::begin(Transaction& transaction, const Request& request) {
  if (const auto valid = check_request(request); !valid) return std::unexpected(valid.error());
  const Micros now = transaction.now();
  const auto held = transaction.run(hold, {request.tenant, request.key});
  if (!held) return std::unexpected(held.error());
  const bool known = !held->empty() && held->number(0, 4) > now;
  if (known && held->text(0, 0) != request.fingerprint) return Answer{.outcome = Outcome::mismatch};
  if (known && !held->is_null(0, 3)) return Answer{.outcome = Outcome::replay, .response = held->text(0, 3)};
  if (known && held->number(0, 2) > now) return Answer{.outcome = Outcome::in_progress, .until = held->number(0, 2)};
  // Never one that was given before, also after the row was swept away: time goes on.
  const std::int64_t token = held->empty() ? now : std::max({now, held->number(0, 1) + 1, held->number(0, 5)});
  const Micros lease_until = now + request.lease.count();
  const auto taken = transaction.run(
      take, {request.tenant, request.key, request.fingerprint, token, lease_until, lease_until + request.keep.count()});
  if (!taken) return std::unexpected(taken.error());
  return Answer{.outcome = Outcome::begun, .token = token, .until = lease_until};
}

Result<Idempotency::Answer> Idempotency::begin(const Request& request) {
  if (const auto valid = check_request(request); !valid) return std::unexpected(valid.error());
  const auto unit = [&](Transaction& transaction) { return begin(transaction, request); };
  return place_.call_or_refuse([&] { return place_.engine().write(durability_, unit); },
                               [&](RedisStore& store) { return redis::begin(store, request); });
}

Result<void> Idempotency::complete(Transaction& transaction, const Request& request, std::int64_t token,
                                   std::string_view response) {
  if (const auto valid = check_request(request); !valid) return valid;
  const auto done = transaction.run(finish, {request.tenant, request.key, token, request.fingerprint, Bytes{response},
                                             transaction.now() + request.keep.count()});
  if (!done) return std::unexpected(done.error());
  if (done->changed() == 0) return std::unexpected(taken_over(request.key));
  return {};
}

Result<void> Idempotency::complete(const Request& request, std::int64_t token, std::string_view response) {
  if (const auto valid = check_request(request); !valid) return valid;
  const auto unit = [&](Transaction& transaction) { return complete(transaction, request, token, response); };
  return place_.call_or_refuse([&] { return place_.engine().write(durability_, unit); },
                               [&](RedisStore& store) -> Result<void> {
                                 const auto kept = redis::complete(store, request, token, response);
                                 if (!kept) return std::unexpected(kept.error());
                                 if (!*kept) return std::unexpected(taken_over(request.key));
                                 return {};
                               });
}

Result<bool> Idempotency::abandon(const Request& request, std::int64_t token) {
  if (const auto valid = check_request(request); !valid) return std::unexpected(valid.error());
  const auto unit = [&](Transaction& transaction) -> Result<bool> {
    const auto done = transaction.run(drop, {request.tenant, request.key, token});
    if (!done) return std::unexpected(done.error());
    return done->changed() > 0;
  };
  return place_.call_or_refuse([&] { return place_.engine().write(durability_, unit); },
                               [&](RedisStore& store) { return redis::abandon(store, request, token); });
}

Result<std::int64_t> Idempotency::sweep(Transaction& transaction, std::int64_t most) {
  const auto done = transaction.run(forget_old, {transaction.now(), most});
  if (!done) return std::unexpected(done.error());
  return done->changed();
}

}  // namespace detoy::foundation

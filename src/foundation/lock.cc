#include "foundation/lock.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "foundation/bounds.h"
#include "foundation/redis_lock.h"

namespace detoy::foundation {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr Statement hold = {
    "SELECT token, owner, expires_at FROM lock WHERE tenant = $1 AND name = $2",
    "INSERT INTO lock AS held (tenant, name, token, owner, expires_at) VALUES ($1, $2, 0, NULL, 0) "
    "ON CONFLICT (tenant, name) DO UPDATE SET token = held.token RETURNING token, owner, expires_at"};
constexpr Statement take =
    "INSERT INTO lock (tenant, name, token, owner, expires_at) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (tenant, name) DO UPDATE SET token = excluded.token, owner = excluded.owner, "
    "expires_at = excluded.expires_at";
constexpr Statement prolong =
    "UPDATE lock SET expires_at = $4 WHERE tenant = $1 AND name = $2 AND token = $3 AND owner = $5 "
    "AND expires_at > $6";
constexpr Statement end =
    "UPDATE lock SET owner = NULL, expires_at = $4 WHERE tenant = $1 AND name = $2 AND token = $3 "
    "AND owner IS NOT NULL AND expires_at > $4";
constexpr Statement look =
    "SELECT 1 FROM lock WHERE tenant = $1 AND name = $2 AND token = $3 AND owner IS NOT NULL AND expires_at > $4";
constexpr Statement floor_of = "SELECT token FROM lock_floor WHERE tenant = $1";
#define IDLE_LOCKS "FROM lock WHERE expires_at <= $1 ORDER BY expires_at, tenant, name LIMIT $2"
constexpr Statement raise_floor =
    "INSERT INTO lock_floor (tenant, token) SELECT tenant, max(token) FROM (SELECT tenant, token " IDLE_LOCKS
    ") AS gone WHERE true GROUP BY tenant ON CONFLICT (tenant) DO UPDATE SET "
    "token = CASE WHEN lock_floor.token > excluded.token THEN lock_floor.token ELSE excluded.token END";
constexpr Statement forget = "DELETE FROM lock WHERE (tenant, name) IN (SELECT tenant, name " IDLE_LOCKS ")";
#undef IDLE_LOCKS
constexpr Statement tidy_queue = "DELETE FROM lock_waiter WHERE tenant = $1 AND name = $2 AND seen_until <= $3";
constexpr Statement own_place = "SELECT place FROM lock_waiter WHERE tenant = $1 AND name = $2 AND owner = $3";
constexpr Statement ahead_of = "SELECT count(*) FROM lock_waiter WHERE tenant = $1 AND name = $2 AND place < $3";
constexpr Statement last_place = "SELECT coalesce(max(place), 0) FROM lock_waiter WHERE tenant = $1 AND name = $2";
constexpr Statement queue_up =
    "INSERT INTO lock_waiter (tenant, name, place, owner, seen_until) VALUES ($1, $2, $3, $4, $5)";
constexpr Statement stay = "UPDATE lock_waiter SET seen_until = $4 WHERE tenant = $1 AND name = $2 AND owner = $3";
constexpr Statement leave = "DELETE FROM lock_waiter WHERE tenant = $1 AND name = $2 AND owner = $3";

Result<void> check_request(const Lock::Request& request) {
  if (const auto named = check_name("tenant", request.tenant); !named) return named;
  if (const auto named = check_name("the name of a lock", request.name); !named) return named;
  if (const auto named = check_name("owner", request.owner); !named) return named;
  return check_lease(request.lease);
}

// Places in the queue go up while anybody waits.
Result<std::int64_t> wait_in_line(Transaction& transaction, const Lock::Request& request, std::int64_t place,
                                  microseconds patience) {
  const Micros until = transaction.now() + patience.count();
  if (place != 0) {
    const auto stayed = transaction.run(stay, {request.tenant, request.name, request.owner, until});
    if (!stayed) return std::unexpected(stayed.error());
    return place;
  }
  const auto last = transaction.run(last_place, {request.tenant, request.name});
  if (!last) return std::unexpected(last.error());
  const std::int64_t next = last->number(0, 0) + 1;
  const auto queued = transaction.run(queue_up, {request.tenant, request.name, next, request.owner, until});
  if (!queued) return std::unexpected(queued.error());
  return next;
}

Result<std::int64_t> count_ahead(Transaction& transaction, const Lock::Request& request, std::int64_t place) {
  const std::int64_t mine = place == 0 ? std::numeric_limits<std::int64_t>::max() : place;
  const auto rows = transaction.run(ahead_of, {request.tenant, request.name, mine});
  if (!rows) return std::unexpected(rows.error());
  return rows->number(0, 0);
}

// The token of the lease before: 0 if there was none.
Result<std::int64_t> last_token(Transaction& transaction, const Lock::Request& request, const Rows& held) {
  if (!held.empty() && held.number(0, 0) != 0) return held.number(0, 0);
  const auto floor = transaction.run(floor_of, {request.tenant});
  if (!floor) return std::unexpected(floor.error());
  return floor->empty() ? 0 : floor->number(0, 0);
}

}  // namespace

Result<Lock::Answer> Lock::step(Transaction& transaction, const Request& request,
                                std::optional<microseconds> patience) {
  if (const auto valid = check_request(request); !valid) return std::unexpected(valid.error());
  const Micros now = transaction.now();
  const auto held = transaction.run(hold, {request.tenant, request.name});
  if (!held) return std::unexpected(held.error());
  const auto token = last_token(transaction, request, *held);
  if (!token) return std::unexpected(token.error());
  const bool taken = !held->empty() && !held->is_null(0, 1) && held->number(0, 2) > now;
  const bool own = taken && held->text(0, 1) == request.owner;

  const auto tidied = transaction.run(tidy_queue, {request.tenant, request.name, now});
  if (!tidied) return std::unexpected(tidied.error());
  const auto places = transaction.run(own_place, {request.tenant, request.name, request.owner});
  if (!places) return std::unexpected(places.error());
  const std::int64_t place = places->empty() ? 0 : places->number(0, 0);
  const auto ahead = count_ahead(transaction, request, place);
  if (!ahead) return std::unexpected(ahead.error());

  if (own || (!taken && *ahead == 0)) {
    const Lease lease{own ? *token : *token + 1, now + request.lease.count()};
    const auto kept =
        transaction.run(take, {request.tenant, request.name, lease.token, request.owner, lease.expires_at});
    if (!kept) return std::unexpected(kept.error());
    if (place != 0) {
      const auto left = transaction.run(leave, {request.tenant, request.name, request.owner});
      if (!left) return std::unexpected(left.error());
    }
    return Answer{.lease = lease};
  }
  Answer answer{.held_until = taken ? held->number(0, 2) : now, .ahead = *ahead};
  if (patience) {
    const auto waiting = wait_in_line(transaction, request, place, *patience);
    if (!waiting) return std::unexpected(waiting.error());
  }
  return answer;
}

Result<Lock::Answer> Lock::one_step(const Request& request, std::optional<microseconds> patience) {
  if (const auto valid = check_request(request); !valid) return std::unexpected(valid.error());
  const auto unit = [&](Transaction& transaction) { return step(transaction, request, patience); };
  return place_.call_or_refuse([&] { return place_.engine().write(durability_, unit); },
                               [&](RedisStore& store) { return redis::step(store, request, patience); });
}

Result<Lock::Answer> Lock::try_acquire(const Request& request) {
  return one_step(request, std::nullopt);
}

Result<Lock::Answer> Lock::acquire(const Request& request, microseconds at_most) {
  using Clock = std::chrono::steady_clock;
  constexpr microseconds shortest_pause = milliseconds(2);
  constexpr microseconds longest_pause = milliseconds(100);
  // A waiter that does not come back for so long lost its place: its process died.
  constexpr microseconds patience = std::chrono::seconds(2);
  const auto until = Clock::now() + at_most;
  microseconds pause = shortest_pause;
  while (true) {
    Result<Answer> answer = one_step(request, patience);
    if (!answer || answer->lease) return answer;
    const auto left = std::chrono::duration_cast<microseconds>(until - Clock::now());
    if (left <= microseconds::zero()) {
      if (const auto gone = leave_queue(request); !gone) return std::unexpected(gone.error());
      return answer;
    }
    std::this_thread::sleep_for(std::min(pause, left));
    pause = std::min(pause * 2, longest_pause);
  }
}

Result<void> Lock::leave_queue(const Request& request) {
  const auto unit = [&](Transaction& transaction) -> Result<void> {
    const auto done = transaction.run(leave, {request.tenant, request.name, request.owner});
    if (!done) return std::unexpected(done.error());
    return {};
  };
  return place_.call_or_refuse([&] { return place_.engine().write(durability_, unit); },
                               [&](RedisStore& store) { return redis::leave_queue(store, request); });
}

Result<Lease> Lock::renew(const Request& request, std::int64_t token) {
  if (const auto valid = check_request(request); !valid) return std::unexpected(valid.error());
  const auto unit = [&](Transaction& transaction) -> Result<std::optional<Lease>> {
    const Micros now = transaction.now();
    const Lease lease{token, now + request.lease.count()};
    const auto done =
        transaction.run(prolong, {request.tenant, request.name, token, lease.expires_at, request.owner, now});
    if (!done) return std::unexpected(done.error());
    return done->changed() == 0 ? std::nullopt : std::optional(lease);
  };
  const auto lease = place_.call_or_refuse([&] { return place_.engine().write(durability_, unit); },
                                           [&](RedisStore& store) { return redis::renew(store, request, token); });
  if (!lease) return std::unexpected(lease.error());
  if (!*lease) return fail(ErrorCategory::conflict, fmt::format("the lease of lock '{}' was lost", request.name));
  return **lease;
}

Result<bool> Lock::release(std::string_view tenant, std::string_view name, std::int64_t token) {
  if (const auto named = check_name("tenant", tenant); !named) return std::unexpected(named.error());
  if (const auto named = check_name("the name of a lock", name); !named) return std::unexpected(named.error());
  const auto unit = [&](Transaction& transaction) -> Result<bool> {
    const auto done = transaction.run(end, {tenant, name, token, transaction.now()});
    if (!done) return std::unexpected(done.error());
    return done->changed() > 0;
  };
  return place_.call_or_refuse([&] { return place_.engine().write(durability_, unit); },
                               [&](RedisStore& store) { return redis::release(store, tenant, name, token); });
}

Result<bool> Lock::holds(Transaction& transaction, std::string_view tenant, std::string_view name, std::int64_t token) {
  const auto rows = transaction.run(look, {tenant, name, token, transaction.now()});
  if (!rows) return std::unexpected(rows.error());
  return !rows->empty();
}

Result<std::int64_t> Lock::sweep(Transaction& transaction, std::int64_t most) {
  constexpr Micros idle = micros(std::chrono::hours(24));
  const Micros before = transaction.now() - idle;
  const auto raised = transaction.run(raise_floor, {before, most});
  if (!raised) return std::unexpected(raised.error());
  const auto done = transaction.run(forget, {before, most});
  if (!done) return std::unexpected(done.error());
  return done->changed();
}

}  // namespace detoy::foundation

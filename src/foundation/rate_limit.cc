#include "foundation/rate_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "foundation/bounds.h"
#include "foundation/redis_rate_limit.h"

namespace detoy::foundation {
namespace {

constexpr Statement look = "SELECT first, second, third FROM rate_limit WHERE tenant = $1 AND key = $2 AND rule = $3";
// PostgreSQL has many writers: the row is made first, so that there is something to hold.
constexpr Statement hold = {
    "SELECT first, second, third FROM rate_limit WHERE tenant = $1 AND key = $2 AND rule = $3",
    "INSERT INTO rate_limit AS kept (tenant, key, rule, first, second, third, expires_at) "
    "VALUES ($1, $2, $3, 0, 0, 0, 0) ON CONFLICT (tenant, key, rule) DO UPDATE SET expires_at = kept.expires_at "
    "RETURNING first, second, third"};
constexpr Statement keep =
    "INSERT INTO rate_limit (tenant, key, rule, first, second, third, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) "
    "ON CONFLICT (tenant, key, rule) DO UPDATE SET first = excluded.first, second = excluded.second, "
    "third = excluded.third, expires_at = excluded.expires_at";
constexpr Statement forget = "DELETE FROM rate_limit WHERE tenant = $1 AND key = $2";
constexpr Statement forget_old = {
    "DELETE FROM rate_limit WHERE (tenant, key, rule) IN "
    "(SELECT tenant, key, rule FROM rate_limit WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    "DELETE FROM rate_limit WHERE (tenant, key, rule) IN "
    "(SELECT tenant, key, rule FROM rate_limit WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 "
    "FOR UPDATE SKIP LOCKED)"};

constexpr std::size_t most_checks = 16;

Result<void> check_caller(std::string_view tenant, std::string_view key) {
  if (const auto named = check_name("tenant", tenant); !named) return named;
  return check_name("key", key);
}

Result<void> check_request(std::string_view tenant, std::span<const RateCheck> checks, std::int64_t cost) {
  if (const auto named = check_name("tenant", tenant); !named) return named;
  if (cost < 1) return fail(ErrorCategory::usage, fmt::format("cost must be at least 1, not {}", cost));
  if (checks.empty() || checks.size() > most_checks)
    return fail(ErrorCategory::usage, fmt::format("1 to {} limits can be checked at once", most_checks));
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (const auto named = check_name("key", checks[i].key); !named) return named;
    if (const auto named = check_name("the name of a rate limit", checks[i].rule->name); !named) return named;
    if (const auto valid = check(*checks[i].rule); !valid) return valid;
    for (std::size_t k = 0; k < i; ++k) {
      if (checks[k].key == checks[i].key && checks[k].rule->name == checks[i].rule->name)
        return fail(ErrorCategory::usage, fmt::format("'{}' is checked twice for one key", checks[i].rule->name));
    }
  }
  return {};
}

// Everybody holds rows in the same order, so that nobody waits in a circle.
std::vector<std::size_t> in_order(std::span<const RateCheck> checks) {
  std::vector<std::size_t> order(checks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(checks[a].key, checks[a].rule->name) < std::tie(checks[b].key, checks[b].rule->name);
  });
  return order;
}

std::size_t decisive(const std::vector<RateVerdict>& verdicts) {
  const auto worse = [](const RateVerdict& a, const RateVerdict& b) {
    if (a.allowed != b.allowed) return !a.allowed;
    if (!a.allowed) {
      if (a.retry_after.has_value() != b.retry_after.has_value()) return !a.retry_after.has_value();
      return a.retry_after.value_or(0) > b.retry_after.value_or(0);
    }
    return static_cast<double>(a.remaining) / static_cast<double>(a.limit) <
           static_cast<double>(b.remaining) / static_cast<double>(b.limit);
  };
  return static_cast<std::size_t>(std::min_element(verdicts.begin(), verdicts.end(), worse) - verdicts.begin());
}

// The answer to a request that met these states.
RateAnswer answer_of(std::span<const RateCheck> checks, std::span<const RateState> states, std::int64_t cost,
                     Micros now) {
  RateAnswer answer;
  answer.allowed = true;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    answer.verdicts.push_back(step(*checks[i].rule, states[i], cost, now).verdict);
    answer.allowed = answer.allowed && answer.verdicts.back().allowed;
  }
  answer.decisive = decisive(answer.verdicts);
  return answer;
}

Result<RateAnswer> ask_redis(RedisStore& store, std::string_view tenant, std::span<const RateCheck> checks,
                             std::int64_t cost, bool take) {
  const auto found = redis::take(store, tenant, checks, cost, take);
  if (!found) return std::unexpected(found.error());
  RateAnswer answer = answer_of(checks, found->states, cost, found->now);
  if (answer.allowed != found->allowed)
    return fail(ErrorCategory::internal, "Redis: rate_limit_take.lua and rate_rule.cc do not agree");
  return answer;
}

// As if nothing had been taken before.
RateAnswer answer_of_none(std::span<const RateCheck> checks, std::int64_t cost) {
  return answer_of(checks, std::vector<RateState>(checks.size()), cost, system_now());
}

Result<RateAnswer> ask_engine(Transaction& transaction, std::string_view tenant, std::span<const RateCheck> checks,
                              std::int64_t cost, bool take) {
  if (const auto valid = check_request(tenant, checks, cost); !valid) return std::unexpected(valid.error());
  RateAnswer answer;
  answer.allowed = true;
  answer.verdicts.resize(checks.size());
  std::vector<RateState> states(checks.size());
  for (const std::size_t i : in_order(checks)) {
    const RateCheck& check = checks[i];
    const auto rows = transaction.run(take ? hold : look, {tenant, check.key, std::string_view(check.rule->name)});
    if (!rows) return std::unexpected(rows.error());
    RateState state;
    if (!rows->empty()) state = {rows->number(0, 0), rows->number(0, 1), rows->number(0, 2)};
    const RateStep next = step(*check.rule, state, cost, transaction.now());
    answer.verdicts[i] = next.verdict;
    states[i] = next.state;
    answer.allowed = answer.allowed && next.verdict.allowed;
  }
  answer.decisive = decisive(answer.verdicts);
  if (!take || !answer.allowed) return answer;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const RateCheck& check = checks[i];
    const auto kept = transaction.run(keep, {tenant, check.key, std::string_view(check.rule->name), states[i].first,
                                             states[i].second, states[i].third, forgotten_at(*check.rule, states[i])});
    if (!kept) return std::unexpected(kept.error());
  }
  return answer;
}

}  // namespace

Result<RateAnswer> RateLimit::take(Transaction& transaction, std::string_view tenant, std::span<const RateCheck> checks,
                                   std::int64_t cost) {
  return ask_engine(transaction, tenant, checks, cost, true);
}

Result<RateAnswer> RateLimit::ask(std::string_view tenant, std::span<const RateCheck> checks, std::int64_t cost,
                                  bool take) {
  if (const auto valid = check_request(tenant, checks, cost); !valid) return std::unexpected(valid.error());
  const auto unit = [&](Transaction& transaction) { return ask_engine(transaction, tenant, checks, cost, take); };
  return place_.call([&] { return take ? place_.engine().write(durability_, unit) : place_.engine().read(unit); },
                     [&](RedisStore& store) { return ask_redis(store, tenant, checks, cost, take); },
                     [&] { return Result<RateAnswer>(answer_of_none(checks, cost)); });
}

Result<RateAnswer> RateLimit::take(std::string_view tenant, std::span<const RateCheck> checks, std::int64_t cost) {
  return ask(tenant, checks, cost, true);
}

Result<RateAnswer> RateLimit::peek(std::string_view tenant, std::span<const RateCheck> checks, std::int64_t cost) {
  return ask(tenant, checks, cost, false);
}

Result<void> RateLimit::reset(Transaction& transaction, std::string_view tenant, std::string_view key) {
  if (const auto valid = check_caller(tenant, key); !valid) return valid;
  const auto done = transaction.run(forget, {tenant, key});
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<void> RateLimit::reset(std::string_view tenant, std::string_view key) {
  if (const auto valid = check_caller(tenant, key); !valid) return valid;
  const auto unit = [&](Transaction& transaction) { return reset(transaction, tenant, key); };
  return place_.call_or_refuse([&] { return place_.engine().write(durability_, unit); },
                               [&](RedisStore& store) { return redis::reset(store, tenant, key); });
}

Result<std::int64_t> RateLimit::sweep(Transaction& transaction, std::int64_t most) {
  const auto done = transaction.run(forget_old, {transaction.now(), most});
  if (!done) return std::unexpected(done.error());
  return done->changed();
}

}  // namespace detoy::foundation

#include "foundation/redis_rate_limit.h"

#include "foundation/redis_scripts.h"

namespace detoy::foundation::redis {
namespace {

// Products of permits and nanoseconds of a year do not fit into 64 bits.
__extension__ using Wide = __int128;

constexpr std::int64_t nanos = 1'000;  // in a microsecond

std::string key_of(const RedisStore& store, std::string_view tenant, std::string_view key) {
  return store.key("rate_limit", {tenant}, ":" + std::string(key));
}

// What `permits` of a bucket cost, in microseconds and in parts of which `limit` make a nanosecond.
std::pair<std::int64_t, std::int64_t> price_of(const RateRule& rule, std::int64_t permits) {
  const Wide parts = Wide{rule.period} * nanos * permits;
  const Wide in_a_micro = Wide{rule.limit} * nanos;
  return {static_cast<std::int64_t>(parts / in_a_micro), static_cast<std::int64_t>(parts % in_a_micro)};
}

void append(std::vector<Param>& arguments, const RateRule& rule, std::int64_t cost) {
  const bool bucket = rule.algorithm == RateRule::Algorithm::token_bucket;
  const std::int64_t most = bucket && rule.burst != 0 ? rule.burst : rule.limit;
  const bool possible = cost <= most;
  const auto depth = bucket ? price_of(rule, most) : std::pair<std::int64_t, std::int64_t>{};
  const auto price = bucket && possible ? price_of(rule, cost) : std::pair<std::int64_t, std::int64_t>{};
  arguments.insert(arguments.end(), {std::string_view(rule.name), std::string_view(bucket ? "bucket" : "window"),
                                     rule.limit, rule.period, possible ? Param(cost) : Param(std::string_view()),
                                     depth.first, depth.second, price.first, price.second});
}

}  // namespace

Result<FoundRates> take(RedisStore& store, std::string_view tenant, std::span<const RateCheck> checks,
                        std::int64_t cost, bool take) {
  std::vector<std::string> keys;
  std::vector<Param> arguments = {std::string_view(take ? "1" : "0")};
  for (const RateCheck& check : checks) {
    keys.push_back(key_of(store, tenant, check.key));
    append(arguments, *check.rule, cost);
  }
  const auto reply = store.run(redis_scripts::rate_limit_take, keys, arguments);
  if (!reply) return std::unexpected(reply.error());
  FoundRates found{reply->number(0, 0), reply->number(0, 1) != 0, {}};
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const auto number = [&](std::size_t nth) { return reply->number(0, 2 + 3 * i + nth); };
    const bool bucket = checks[i].rule->algorithm == RateRule::Algorithm::token_bucket;
    found.states.push_back(bucket ? RateState{number(0) * nanos + number(1), number(2), 0}
                                  : RateState{number(0), number(1), number(2)});
  }
  return found;
}

Result<void> reset(RedisStore& store, std::string_view tenant, std::string_view key) {
  const std::string name = key_of(store, tenant, key);
  const auto done = store.command({std::string_view("DEL"), std::string_view(name)});
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace detoy::foundation::redis

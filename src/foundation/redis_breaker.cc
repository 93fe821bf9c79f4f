#include "foundation/redis_breaker.h"

#include "foundation/redis_scripts.h"

namespace detoy::foundation::redis {
namespace {

std::string_view flag(bool value) {
  return value ? "1" : "0";
}

FoundBreaker found(const Rows& reply) {
  const auto number = [&](std::size_t nth) { return reply.number(0, nth); };
  FoundBreaker found{.now = number(0), .state = {}};
  found.state.phase = static_cast<BreakerPhase>(number(1));
  found.state.force = static_cast<BreakerForce>(number(2));
  found.state.generation = number(3);
  found.state.since = number(4);
  found.state.window_start = number(5);
  found.state.successes = number(6);
  found.state.failures = number(7);
  found.state.previous_successes = number(8);
  found.state.previous_failures = number(9);
  found.state.probes_out = number(10);
  return found;
}

}  // namespace

Result<FoundBreaker> ask(RedisStore& store, std::string_view tenant, std::string_view name,
                         const BreakerSettings& settings, bool let_out) {
  const auto reply = store.run(redis_scripts::breaker_ask, {store.key("breaker", {tenant, name})},
                               {flag(let_out), settings.open_for, settings.probes, settings.probe_time});
  if (!reply) return std::unexpected(reply.error());
  return found(*reply);
}

Result<FoundBreaker> report(RedisStore& store, std::string_view tenant, std::string_view name,
                            const BreakerSettings& settings, std::int64_t generation, bool success) {
  const auto reply = store.run(
      redis_scripts::breaker_report, {store.key("breaker", {tenant, name})},
      {generation, flag(success), settings.window, settings.minimum_calls, settings.failure_percent, settings.probes});
  if (!reply) return std::unexpected(reply.error());
  return found(*reply);
}

Result<void> force(RedisStore& store, std::string_view tenant, std::string_view name, BreakerForce to) {
  const auto reply =
      store.run(redis_scripts::breaker_force, {store.key("breaker", {tenant, name})}, {static_cast<std::int64_t>(to)});
  if (!reply) return std::unexpected(reply.error());
  return {};
}

}  // namespace detoy::foundation::redis

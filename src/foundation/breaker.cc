#include "foundation/breaker.h"

#include "foundation/bounds.h"
#include "foundation/redis_breaker.h"

namespace detoy::foundation {
namespace {

constexpr Statement look =
    "SELECT phase, force, generation, since, window_start, successes, failures, previous_successes, "
    "previous_failures, probes_out FROM breaker WHERE tenant = $1 AND name = $2";
constexpr Statement hold = {
    look.sqlite,
    "INSERT INTO breaker AS kept (tenant, name, phase, force, generation, since, window_start, successes, failures, "
    "previous_successes, previous_failures, probes_out) VALUES ($1, $2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) "
    "ON CONFLICT (tenant, name) DO UPDATE SET phase = kept.phase RETURNING phase, force, generation, since, "
    "window_start, successes, failures, previous_successes, previous_failures, probes_out"};
constexpr Statement keep =
    "INSERT INTO breaker (tenant, name, phase, force, generation, since, window_start, successes, failures, "
    "previous_successes, previous_failures, probes_out) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
    "ON CONFLICT (tenant, name) DO UPDATE SET phase = excluded.phase, force = excluded.force, "
    "generation = excluded.generation, since = excluded.since, window_start = excluded.window_start, "
    "successes = excluded.successes, failures = excluded.failures, previous_successes = excluded.previous_successes, "
    "previous_failures = excluded.previous_failures, probes_out = excluded.probes_out";

constexpr Statement forget =
    "DELETE FROM breaker WHERE (tenant, name) IN (SELECT tenant, name FROM breaker WHERE phase = 0 AND force = 0 "
    "AND window_start <= $1 AND since <= $1 ORDER BY window_start, tenant, name LIMIT $2)";

Result<BreakerState> read(Transaction& transaction, const Statement& how, std::string_view tenant,
                          std::string_view name) {
  const auto rows = transaction.run(how, {tenant, name});
  if (!rows) return std::unexpected(rows.error());
  BreakerState state;
  if (rows->empty()) return state;
  state.phase = static_cast<BreakerPhase>(rows->number(0, 0));
  state.force = static_cast<BreakerForce>(rows->number(0, 1));
  state.generation = rows->number(0, 2);
  state.since = rows->number(0, 3);
  state.window_start = rows->number(0, 4);
  state.successes = rows->number(0, 5);
  state.failures = rows->number(0, 6);
  state.previous_successes = rows->number(0, 7);
  state.previous_failures = rows->number(0, 8);
  state.probes_out = rows->number(0, 9);
  return state;
}

Result<void> write(Transaction& transaction, std::string_view tenant, std::string_view name,
                   const BreakerState& state) {
  const auto done = transaction.run(
      keep, {tenant, name, static_cast<std::int64_t>(state.phase), static_cast<std::int64_t>(state.force),
             state.generation, state.since, state.window_start, state.successes, state.failures,
             state.previous_successes, state.previous_failures, state.probes_out});
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<void> check_names(std::string_view tenant, std::string_view name) {
  if (const auto named = check_name("tenant", tenant); !named) return named;
  return check_name("the name of a breaker", name);
}

// What asking would come to, and whether it would change anything.
struct Seen {
  BreakerVerdict verdict;
  bool changes = false;
};

Result<Seen> see(Engine& engine, std::string_view tenant, std::string_view name, const BreakerSettings& settings) {
  return engine.read([&](Transaction& transaction) -> Result<Seen> {
    const auto state = read(transaction, look, tenant, name);
    if (!state) return std::unexpected(state.error());
    const BreakerStep step = ask(settings, *state, transaction.now());
    return Seen{step.verdict, step.state != *state};
  });
}

// Only who changes something waits for those who write.
Result<BreakerVerdict> ask_engine(Engine& engine, Durability durability, std::string_view tenant, std::string_view name,
                                  const BreakerSettings& settings, bool let_out) {
  const Result<Seen> seen = see(engine, tenant, name, settings);
  if (!seen) return std::unexpected(seen.error());
  if (!let_out || !seen->changes) return seen->verdict;
  return engine.write(durability, [&](Transaction& transaction) -> Result<BreakerVerdict> {
    const auto state = read(transaction, hold, tenant, name);
    if (!state) return std::unexpected(state.error());
    const BreakerStep step = ask(settings, *state, transaction.now());
    if (step.state != *state) {
      if (const auto kept = write(transaction, tenant, name, step.state); !kept) return std::unexpected(kept.error());
    }
    return step.verdict;
  });
}

// Of a breaker that nobody knows anything of.
Result<BreakerVerdict> closed(const BreakerSettings& settings) {
  return ask(settings, BreakerState{}, 0).verdict;
}

}  // namespace

Result<BreakerVerdict> Breaker::ask(std::string_view tenant, std::string_view name, const BreakerSettings& settings,
                                    bool let_out) {
  if (const auto named = check_names(tenant, name); !named) return std::unexpected(named.error());
  if (const auto valid = check(settings); !valid) return std::unexpected(valid.error());
  return place_.call([&] { return ask_engine(place_.engine(), durability_, tenant, name, settings, let_out); },
                     [&](RedisStore& store) -> Result<BreakerVerdict> {
                       const auto found = redis::ask(store, tenant, name, settings, let_out);
                       if (!found) return std::unexpected(found.error());
                       return foundation::ask(settings, found->state, found->now).verdict;
                     },
                     [&] { return closed(settings); });
}

Result<BreakerVerdict> Breaker::peek(std::string_view tenant, std::string_view name, const BreakerSettings& settings) {
  return ask(tenant, name, settings, false);
}

Result<BreakerVerdict> Breaker::ask(std::string_view tenant, std::string_view name, const BreakerSettings& settings) {
  return ask(tenant, name, settings, true);
}

Result<BreakerVerdict> Breaker::report(std::string_view tenant, std::string_view name, const BreakerSettings& settings,
                                       std::int64_t generation, bool success) {
  if (const auto named = check_names(tenant, name); !named) return std::unexpected(named.error());
  if (const auto valid = check(settings); !valid) return std::unexpected(valid.error());
  const auto after = [&](const BreakerState& state, Micros now) {
    return foundation::report(settings, state, generation, success, now);
  };
  const auto unit = [&](Transaction& transaction) -> Result<BreakerVerdict> {
    const auto state = read(transaction, hold, tenant, name);
    if (!state) return std::unexpected(state.error());
    const BreakerState next = after(*state, transaction.now());
    if (next != *state) {
      if (const auto kept = write(transaction, tenant, name, next); !kept) return std::unexpected(kept.error());
    }
    return foundation::ask(settings, next, transaction.now()).verdict;
  };
  return place_.call([&] { return place_.engine().write(durability_, unit); },
                     [&](RedisStore& store) -> Result<BreakerVerdict> {
                       const auto found = redis::report(store, tenant, name, settings, generation, success);
                       if (!found) return std::unexpected(found.error());
                       return foundation::ask(settings, after(found->state, found->now), found->now).verdict;
                     },
                     [&] { return closed(settings); });
}

Result<void> Breaker::force(std::string_view tenant, std::string_view name, BreakerForce to) {
  if (const auto named = check_names(tenant, name); !named) return named;
  const auto unit = [&](Transaction& transaction) -> Result<void> {
    const auto state = read(transaction, hold, tenant, name);
    if (!state) return std::unexpected(state.error());
    return write(transaction, tenant, name, foundation::force(*state, to));
  };
  return place_.call_or_refuse([&] { return place_.engine().write(durability_, unit); },
                               [&](RedisStore& store) { return redis::force(store, tenant, name, to); });
}

Result<std::int64_t> Breaker::sweep(Transaction& transaction, std::int64_t most) {
  constexpr Micros idle = micros(std::chrono::hours(24 * 30));
  const auto done = transaction.run(forget, {transaction.now() - idle, most});
  if (!done) return std::unexpected(done.error());
  return done->changed();
}

}  // namespace detoy::foundation

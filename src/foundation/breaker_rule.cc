#include "foundation/breaker_rule.h"

#include "foundation/bounds.h"

namespace detoy::foundation {
namespace {

constexpr Micros day = Micros{24} * 3600 * 1'000'000;

BreakerState enter(const BreakerState& state, BreakerPhase phase, Micros now) {
  BreakerState next;
  next.phase = phase;
  next.force = state.force;
  next.generation = state.generation + 1;
  next.since = now;
  next.window_start = now;
  return next;
}

// Moves the windows on. One that lies ahead means that the clock was set back: then it counts as the current one.
void turn_window(const BreakerSettings& settings, BreakerState& state, Micros now) {
  const Micros age = now - state.window_start;
  if (age < settings.window) return;
  const bool next = age < 2 * settings.window;
  state.previous_successes = next ? state.successes : 0;
  state.previous_failures = next ? state.failures : 0;
  state.successes = 0;
  state.failures = 0;
  state.window_start = next ? state.window_start + settings.window : now;
}

// The previous window counts in full: a peer that fails must not be trusted again because a window has just begun.
bool failing(const BreakerSettings& settings, const BreakerState& state) {
  const std::int64_t failures = state.failures + state.previous_failures;
  const std::int64_t calls = failures + state.successes + state.previous_successes;
  return calls >= settings.minimum_calls && failures * 100 >= calls * settings.failure_percent;
}

}  // namespace

Result<void> check(const BreakerSettings& settings) {
  if (const auto valid = check_between("breaker: window (microseconds)", settings.window, 100'000, day); !valid)
    return valid;
  if (const auto valid = check_between("breaker: minimum_calls", settings.minimum_calls, 1, 1'000'000); !valid)
    return valid;
  if (const auto valid = check_between("breaker: failure_percent", settings.failure_percent, 1, 100); !valid)
    return valid;
  if (const auto valid = check_between("breaker: open_for (microseconds)", settings.open_for, 1'000, day); !valid)
    return valid;
  if (const auto valid = check_between("breaker: probes", settings.probes, 1, 1'000); !valid) return valid;
  return check_between("breaker: probe_time (microseconds)", settings.probe_time, 1'000, day);
}

BreakerStep ask(const BreakerSettings& settings, const BreakerState& state, Micros now) {
  BreakerStep step{.verdict = {}, .state = state};
  BreakerState& next = step.state;
  if (next.force == BreakerForce::none && next.phase == BreakerPhase::open) {
    // Opened in the future: the clock was set back, and the whole time begins again.
    if (next.since > now) next.since = now;
    if (now - next.since >= settings.open_for) next = enter(next, BreakerPhase::half_open, now);
  }
  BreakerVerdict& verdict = step.verdict;
  verdict.phase = next.phase;
  verdict.force = next.force;
  verdict.generation = next.generation;
  if (next.force != BreakerForce::none) {
    verdict.allowed = next.force == BreakerForce::closed;
    return step;
  }
  switch (next.phase) {
    case BreakerPhase::closed:
      verdict.allowed = true;
      break;
    case BreakerPhase::open:
      verdict.retry_after = next.since + settings.open_for - now;
      break;
    case BreakerPhase::half_open:
      if (next.since > now) next.since = now;
      // The outcome of these probes will not be told any more.
      if (next.probes_out > 0 && now - next.since >= settings.probe_time) next.probes_out = 0;
      verdict.allowed = next.probes_out < settings.probes;
      verdict.probe = verdict.allowed;
      if (verdict.allowed) {
        if (next.probes_out == 0) next.since = now;
        ++next.probes_out;
      } else {
        verdict.retry_after = next.since + settings.probe_time - now;
      }
      break;
  }
  return step;
}

BreakerState report(const BreakerSettings& settings, const BreakerState& state, std::int64_t generation, bool success,
                    Micros now) {
  if (state.force != BreakerForce::none || generation != state.generation) return state;
  BreakerState next = state;
  if (state.phase == BreakerPhase::half_open) {
    if (!success) return enter(state, BreakerPhase::open, now);
    if (next.probes_out > 0) --next.probes_out;
    ++next.successes;
    return next.successes >= settings.probes ? enter(state, BreakerPhase::closed, now) : next;
  }
  if (state.phase == BreakerPhase::open) return state;
  turn_window(settings, next, now);
  ++(success ? next.successes : next.failures);
  return !success && failing(settings, next) ? enter(next, BreakerPhase::open, now) : next;
}

BreakerState force(const BreakerState& state, BreakerForce to) {
  BreakerState next;
  next.generation = state.generation + 1;
  next.force = to;
  return next;
}

}  // namespace detoy::foundation

// When calls to a peer are let through: pure functions of the settings, what was kept, and the time. Every engine
// decides by these, and the tests compare histories with them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "foundation/storage/engine.h"

namespace detoy::foundation {

struct BreakerSettings {
  Micros window = 10'000'000;         // over which calls are counted: 100 ms to 1 day
  std::int64_t minimum_calls = 20;    // in the window, before the rate says anything: 1 to 1'000'000
  std::int64_t failure_percent = 50;  // opens at this rate: 1 to 100
  Micros open_for = 30'000'000;       // then lets probes through: 1 ms to 1 day
  std::int64_t probes = 3;            // at a time, over all instances; so many successes close it: 1 to 1'000
  // A probe whose outcome was not reported for so long is given to another: its process died. 1 ms to 1 day.
  Micros probe_time = 60'000'000;
};

enum class BreakerPhase : std::int64_t { closed = 0, open = 1, half_open = 2 };
enum class BreakerForce : std::int64_t { none = 0, closed = 1, open = 2 };

// What is kept of one breaker. All zero: closed, nothing counted.
struct BreakerState {
  BreakerPhase phase = BreakerPhase::closed;
  BreakerForce force = BreakerForce::none;
  // Goes up with every change of phase: what was called in an earlier one counts no more.
  std::int64_t generation = 0;
  Micros since = 0;            // open: when it opened. Half open: when its current probes began
  Micros window_start = 0;     // closed: of the current window, and what was counted in it and the one before
  std::int64_t successes = 0;  // half open: of probes
  std::int64_t failures = 0;
  std::int64_t previous_successes = 0;
  std::int64_t previous_failures = 0;
  std::int64_t probes_out = 0;  // half open: let through and not reported yet
  bool operator==(const BreakerState&) const = default;
};

struct BreakerVerdict {
  bool allowed = false;
  BreakerPhase phase = BreakerPhase::closed;
  BreakerForce force = BreakerForce::none;
  std::int64_t generation = 0;  // to be handed back with the outcome
  bool probe = false;
  // When denied: until a probe may be let through; none while it is forced open.
  std::optional<Micros> retry_after = {};
};

Result<void> check(const BreakerSettings& settings);

// Whether a call may go through now. Lets a probe out if it is time.
struct BreakerStep {
  BreakerVerdict verdict;
  BreakerState state;
};
BreakerStep ask(const BreakerSettings& settings, const BreakerState& state, Micros now);

// What the outcome of a call that was let through in `generation` makes of it. Outcomes of an earlier generation say
// nothing of the peer as it is now, and change nothing.
BreakerState report(const BreakerSettings& settings, const BreakerState& state, std::int64_t generation, bool success,
                    Micros now);

// Forced open or closed it counts nothing; let go, it begins closed.
BreakerState force(const BreakerState& state, BreakerForce to);

}  // namespace detoy::foundation

// What limits a caller, and the arithmetic of it: pure functions of a rule, what was kept, and the time. Every engine
// counts by these, and the tests compare histories with them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "foundation/storage/engine.h"

namespace detoy::foundation {

struct RateRule {
  enum class Algorithm : std::uint8_t {
    // Permits come back evenly, `limit` per period, and up to `burst` can be saved up. Kept as the generic cell rate
    // algorithm (ITU-T I.371): one time, exact.
    token_bucket,
    // At most `limit` in any stretch of one period, estimated from two fixed windows: what the previous one had counts
    // by the part of it that the stretch still covers. Right if requests were spread evenly over the previous window.
    sliding_window,
  };
  std::string name;  // tells several rules for one key apart, and keeps what was counted when the others change
  Algorithm algorithm = Algorithm::token_bucket;
  std::int64_t limit = 0;  // permits per period, 1 to 1'000'000'000
  Micros period = 0;       // 1 ms to 366 days
  std::int64_t burst = 0;  // token bucket: the most at once; 0: as much as `limit`
};

// What one rule says of one request.
struct RateVerdict {
  bool allowed = false;
  std::int64_t limit = 0;      // the most that can be had at once
  std::int64_t remaining = 0;  // permits left after this request
  Micros reset_after = 0;      // until all permits are back
  // Until the same request would be allowed, if nobody else asks; none if it asks for more than there ever is.
  std::optional<Micros> retry_after = {};
};

// What is kept of one rule and key. All zero: nothing was taken yet.
struct RateState {
  // token_bucket: when all permits are back, in nanoseconds since 1970, rounded down.
  // sliding_window: start of the current window, in microseconds since 1970.
  std::int64_t first = 0;
  // token_bucket: what was rounded away, in parts of a nanosecond of which `limit` make one.
  // sliding_window: permits taken in the current window.
  std::int64_t second = 0;
  std::int64_t third = 0;  // sliding_window: permits taken in the window before
  bool operator==(const RateState&) const = default;
};

// An error of category usage if the rule is out of bounds.
Result<void> check(const RateRule& rule);

// The verdict on a request for `cost` permits, and the state after it; that is the same state if it is denied. The rule
// must be valid, and cost not negative: 0 only looks.
struct RateStep {
  RateVerdict verdict;
  RateState state;
};
RateStep step(const RateRule& rule, const RateState& state, std::int64_t cost, Micros now);

// When the state means the same as no state at all.
Micros forgotten_at(const RateRule& rule, const RateState& state);

}  // namespace detoy::foundation

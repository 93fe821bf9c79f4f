#include "foundation/rate_rule.h"

#include <fmt/format.h>

#include <algorithm>

namespace detoy::foundation {
namespace {

// Products of permits and nanoseconds of a year do not fit into 64 bits.
__extension__ using Wide = __int128;

constexpr std::int64_t most_permits = 1'000'000'000;
constexpr Micros shortest_period = 1'000;
constexpr Micros longest_period = Micros{366} * 24 * 3600 * 1'000'000;
constexpr std::int64_t nanos = 1'000;  // in a microsecond

std::int64_t burst_of(const RateRule& rule) {
  return rule.burst == 0 ? rule.limit : rule.burst;
}

Micros up_to_micros(Wide nanoseconds) {
  return nanoseconds <= 0 ? 0 : static_cast<Micros>((nanoseconds + nanos - 1) / nanos);
}

// Debts are counted in parts of a nanosecond, `limit` of them to one, so that nothing is ever rounded: a permit costs
// `period` in them.
RateStep step_bucket(const RateRule& rule, const RateState& state, std::int64_t cost, Micros now_micros) {
  const std::int64_t now = now_micros * nanos;
  const std::int64_t burst = burst_of(rule);
  const Wide permit = Wide{rule.period} * nanos;
  const Wide depth = permit * burst;
  // A full debt is the most there can be: more means that the clock was set back.
  const Wide debt = std::clamp<Wide>(Wide{state.first - now} * rule.limit + state.second, 0, depth);
  RateStep result{.verdict = {.limit = burst}, .state = state};
  const bool possible = cost <= burst;
  const Wide wanted = possible ? debt + permit * cost : debt;
  result.verdict.allowed = possible && wanted <= depth;
  if (!result.verdict.allowed && possible)
    result.verdict.retry_after = up_to_micros((wanted - depth + rule.limit - 1) / rule.limit);
  const Wide owed = result.verdict.allowed ? wanted : debt;
  result.verdict.remaining = static_cast<std::int64_t>((depth - owed) / permit);
  result.verdict.reset_after = up_to_micros((owed + rule.limit - 1) / rule.limit);
  if (result.verdict.allowed && cost > 0) {
    result.state.first = now + static_cast<std::int64_t>(owed / rule.limit);
    result.state.second = static_cast<std::int64_t>(owed % rule.limit);
  }
  return result;
}

// Of the previous window, what the sliding one still covers, rounded up.
std::int64_t carried(const RateRule& rule, std::int64_t previous, Micros elapsed) {
  return static_cast<std::int64_t>((Wide{previous} * (rule.period - elapsed) + rule.period - 1) / rule.period);
}

// How long a window is entered until so many of its predecessor's permits have slid out that `room` covers the rest.
Micros until_covered(const RateRule& rule, std::int64_t previous, std::int64_t room) {
  if (previous <= room) return 0;
  return static_cast<Micros>((Wide{previous - room} * rule.period + previous - 1) / previous);
}

RateStep step_window(const RateRule& rule, const RateState& state, std::int64_t cost, Micros now) {
  RateState current = state;
  const Micros start = now - now % rule.period;
  if (start == current.first + rule.period) {
    current = {start, 0, current.second};
  } else if (start != current.first) {
    // Long ago; or ahead of us, when the clock was set back: then what was taken lately counts as just now.
    current = start < current.first ? RateState{start, current.second, 0} : RateState{start, 0, 0};
  }
  const Micros elapsed = now - start;
  const std::int64_t used = current.second + carried(rule, current.third, elapsed);
  RateStep result{.verdict = {.limit = rule.limit}, .state = state};
  const bool possible = cost <= rule.limit;
  result.verdict.allowed = possible && used + cost <= rule.limit;
  if (result.verdict.allowed) {
    current.second += cost;
    if (cost > 0) result.state = current;
  } else if (possible) {
    const std::int64_t room = rule.limit - cost;
    result.verdict.retry_after = current.second <= room
                                     ? until_covered(rule, current.third, room - current.second) - elapsed
                                     : rule.period - elapsed + until_covered(rule, current.second, room);
  }
  const std::int64_t left = rule.limit - used - (result.verdict.allowed ? cost : 0);
  result.verdict.remaining = std::max<std::int64_t>(left, 0);
  result.verdict.reset_after = current.second > 0  ? 2 * rule.period - elapsed
                               : current.third > 0 ? rule.period - elapsed
                                                   : 0;
  return result;
}

}  // namespace

Result<void> check(const RateRule& rule) {
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorCategory::usage, fmt::format("rate limit '{}': {}", rule.name, what));
  };
  if (rule.limit < 1 || rule.limit > most_permits)
    return wrong(fmt::format("limit must be between 1 and {}, not {}", most_permits, rule.limit));
  if (rule.period < shortest_period || rule.period > longest_period)
    return wrong(fmt::format("period must be between 1 ms and 366 days, not {} microseconds", rule.period));
  if (rule.burst < 0 || rule.burst > most_permits)
    return wrong(fmt::format("burst must be between 0 and {}, not {}", most_permits, rule.burst));
  if (rule.burst != 0 && rule.algorithm == RateRule::Algorithm::sliding_window)
    return wrong("a sliding window has no burst");
  // The time to refill must fit beside today's date into nanoseconds of 64 bits: until 2262.
  if (rule.algorithm == RateRule::Algorithm::token_bucket &&
      Wide{burst_of(rule)} * rule.period / rule.limit > Wide{longest_period} * 10)
    return wrong("a burst must be refilled within ten years");
  return {};
}

RateStep step(const RateRule& rule, const RateState& state, std::int64_t cost, Micros now) {
  return rule.algorithm == RateRule::Algorithm::token_bucket ? step_bucket(rule, state, cost, now)
                                                             : step_window(rule, state, cost, now);
}

Micros forgotten_at(const RateRule& rule, const RateState& state) {
  if (rule.algorithm == RateRule::Algorithm::token_bucket) return up_to_micros(state.first + 1);
  return state.first + 2 * rule.period;
}

}  // namespace detoy::foundation

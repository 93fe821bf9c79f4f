// What the driver does to a store, and what the test knows of it.
#pragma once

#include <chrono>
#include <string_view>

#include "foundation/idempotency.h"
#include "foundation/rate_rule.h"

namespace detoy::foundation::workload {

inline constexpr std::string_view tenant = "acme";

// A window of a year: nothing comes back while the test runs.
inline const RateRule budget{"budget", RateRule::Algorithm::sliding_window, 1'000'000'000,
                             Micros{366} * 86'400 * 1'000'000, 0};

// The lease lasts longer than the longest test, and the key outlives the request.
inline Idempotency::Request charge_request(std::string_view key) {
  return {tenant, key, "POST /charges", std::chrono::hours(24), std::chrono::hours(48)};
}

}  // namespace detoy::foundation::workload

#include "serve/route.h"

namespace detoy::serve {

std::vector<Route> all_routes() {
  std::vector<Route> all;
  for (auto* routes : {rate_limit_routes, cache_routes, lock_routes, idempotency_routes, breaker_routes, job_routes,
                       recurring_job_routes, timer_routes, event_routes, event_group_routes, webhook_routes,
                       entity_routes, unit_routes}) {
    const std::vector<Route> more = routes();
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace detoy::serve

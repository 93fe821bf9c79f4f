#include <algorithm>

#include "foundation/lock.h"
#include "serve/json_fields.h"
#include "serve/route.h"
#include "serve/waiting_room.h"

namespace detoy::serve {
namespace {

using foundation::Lock;
using nlohmann::json;

constexpr std::chrono::microseconds longest_wait = std::chrono::seconds(30);

json lease_of(const foundation::Lease& lease) {
  return {{"granted", true}, {"token", lease.token}, {"expires_at", time_text(lease.expires_at)}};
}

Result<Reply> acquire(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  const std::string owner = fields.text("owner");
  const auto lease = fields.milliseconds("lease_ms");
  const auto wait = fields.milliseconds_or("wait_ms", {});
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  if (wait > longest_wait) return fail(ErrorCategory::usage, "wait_ms must be between 0 and 30000");
  const Lock::Request request{call.tenant, name, owner, lease};
  Lock lock(call.place);
  Result<Lock::Answer> answer;
  if (wait.count() == 0) {
    answer = lock.try_acquire(request);
  } else {
    const WaitingRoom::Seat seat(call.waiting_room);
    if (!seat) return fail(ErrorCategory::unavailable, "too many calls wait already");
    answer = lock.acquire(request, wait);
  }
  if (!answer) return std::unexpected(answer.error());
  if (answer->lease) return Reply{lease_of(*answer->lease)};
  return Reply{{{"granted", false}, {"held_until", time_text(answer->held_until)}, {"ahead", answer->ahead}}};
}

Result<Reply> renew(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  const std::string owner = fields.text("owner");
  const auto lease = fields.milliseconds("lease_ms");
  const std::int64_t token = fields.number("token", 0, INT64_MAX);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto renewed = Lock(call.place).renew({call.tenant, name, owner, lease}, token);
  if (!renewed) return std::unexpected(renewed.error());
  return Reply{lease_of(*renewed)};
}

Result<Reply> release(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  const std::int64_t token = fields.number("token", 0, INT64_MAX);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto released = Lock(call.place).release(call.tenant, name, token);
  if (!released) return std::unexpected(released.error());
  return Reply{{{"released", *released}}};
}

}  // namespace

std::vector<Route> lock_routes() {
  return {
      {"lock", "acquire", "Takes the lease of a lock, or waits for it in line.",
       R"({"name": "invoices", "owner": "worker-1", "lease_ms": 30000, "wait_ms": 1000})",
       R"({"granted": true, "token": 1, "expires_at": "2026-01-01T00:00:30.000000Z"})", acquire},
      {"lock", "renew", "Makes the lease last from now.",
       R"({"name": "invoices", "owner": "worker-1", "lease_ms": 30000, "token": 1})",
       R"({"granted": true, "token": 1, "expires_at": "2026-01-01T00:00:40.000000Z"})", renew, Pace::quick},
      {"lock", "release", "Ends the lease.", R"({"name": "invoices", "token": 1})", R"({"released": true})", release,
       Pace::quick},
  };
}

}  // namespace detoy::serve

#include <array>

#include "foundation/idempotency.h"
#include "serve/json_fields.h"
#include "serve/route.h"

namespace detoy::serve {
namespace {

using foundation::Idempotency;

struct Asked {
  std::string key;
  std::string fingerprint;
  std::chrono::microseconds lease{};
  std::chrono::microseconds keep{};
  Idempotency::Request request(std::string_view tenant) const { return {tenant, key, fingerprint, lease, keep}; }
};

Asked asked_of(Fields& fields) {
  return {fields.text("key"), fields.text("fingerprint"), fields.milliseconds_or("lease_ms", std::chrono::minutes(1)),
          fields.milliseconds_or("keep_ms", std::chrono::hours(24))};
}

Result<Reply> begin(Call& call) {
  Fields fields(call.body, call.schema);
  const Asked asked = asked_of(fields);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto answer = Idempotency(call.place).begin(asked.request(call.tenant));
  if (!answer) return std::unexpected(answer.error());
  constexpr std::array names = {"begun", "in_progress", "replay", "mismatch"};
  Reply reply{{{"outcome", names[static_cast<std::size_t>(answer->outcome)]}}};
  using Outcome = Idempotency::Outcome;
  if (answer->outcome == Outcome::begun) reply.body["token"] = answer->token;
  if (answer->outcome == Outcome::begun || answer->outcome == Outcome::in_progress)
    reply.body["until"] = time_text(answer->until);
  if (answer->outcome == Outcome::replay) set_bytes(reply.body, "response", answer->response);
  return reply;
}

Result<Reply> complete(Call& call) {
  Fields fields(call.body, call.schema);
  const Asked asked = asked_of(fields);
  const std::int64_t token = fields.number("token", 0, INT64_MAX);
  const std::string response = fields.bytes("response");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto done = Idempotency(call.place).complete(asked.request(call.tenant), token, response);
  if (!done) return std::unexpected(done.error());
  return Reply{};
}

Result<Reply> abandon(Call& call) {
  Fields fields(call.body, call.schema);
  const Asked asked = asked_of(fields);
  const std::int64_t token = fields.number("token", 0, INT64_MAX);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto done = Idempotency(call.place).abandon(asked.request(call.tenant), token);
  if (!done) return std::unexpected(done.error());
  return Reply{{{"abandoned", *done}}};
}

}  // namespace

std::vector<Route> idempotency_routes() {
  return {
      {"idempotency", "begin",
       "Says whether the work of a key is to be done, is being done, or was done with which response.",
       R"({"key": "order-1", "fingerprint": "POST /orders 5f2b", "lease_ms": 60000, "keep_ms": 86400000})",
       R"({"outcome": "begun", "token": 1, "until": "2026-01-01T00:01:00.000000Z"})", begin, Pace::quick},
      {"idempotency", "complete", "Keeps the response, for whoever asks with the key again.",
       R"({"key": "order-1", "fingerprint": "POST /orders 5f2b", "token": 1, "response": "{\"id\": 7}"})", "{}",
       complete, Pace::quick, InUnit::joins},
      {"idempotency", "abandon", "Gives the key back, for instance after an error that trying again may mend.",
       R"({"key": "order-1", "fingerprint": "POST /orders 5f2b", "token": 1})", R"({"abandoned": false})", abandon,
       Pace::quick, InUnit::joins},
  };
}

}  // namespace detoy::serve

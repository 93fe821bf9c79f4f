#include <array>

#include "foundation/breaker.h"
#include "serve/json_fields.h"
#include "serve/route.h"

namespace detoy::serve {
namespace {

using foundation::Breaker;
using foundation::BreakerForce;
using foundation::BreakerSettings;
using foundation::BreakerVerdict;

BreakerSettings settings_of(Fields& fields) {
  BreakerSettings settings;
  if (!fields.has("settings")) return settings;
  Fields inner = fields.object("settings");
  const auto micros = [&](std::string_view name, foundation::Micros otherwise) {
    return inner.milliseconds_or(name, std::chrono::microseconds(otherwise)).count();
  };
  settings.window = micros("window_ms", settings.window);
  settings.minimum_calls = inner.number_or("minimum_calls", settings.minimum_calls, 1, 1'000'000);
  settings.failure_percent = inner.number_or("failure_percent", settings.failure_percent, 1, 100);
  settings.open_for = micros("open_for_ms", settings.open_for);
  settings.probes = inner.number_or("probes", settings.probes, 1, 1'000);
  settings.probe_time = micros("probe_time_ms", settings.probe_time);
  fields.join(inner);
  return settings;
}

Reply reply_of(const BreakerVerdict& verdict) {
  constexpr std::array phases = {"closed", "open", "half_open"};
  constexpr std::array forces = {"none", "closed", "open"};
  Reply reply{{{"allowed", verdict.allowed},
               {"phase", phases[static_cast<std::size_t>(verdict.phase)]},
               {"forced", forces[static_cast<std::size_t>(verdict.force)]},
               {"generation", verdict.generation},
               {"probe", verdict.probe}}};
  if (verdict.retry_after) reply.body["retry_after_ms"] = to_milliseconds(*verdict.retry_after);
  return reply;
}

Result<Reply> ask(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  const BreakerSettings settings = settings_of(fields);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto verdict = Breaker(call.place).ask(call.tenant, name, settings);
  if (!verdict) return std::unexpected(verdict.error());
  return reply_of(*verdict);
}

Result<Reply> peek(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  const BreakerSettings settings = settings_of(fields);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto verdict = Breaker(call.place).peek(call.tenant, name, settings);
  if (!verdict) return std::unexpected(verdict.error());
  return reply_of(*verdict);
}

Result<Reply> report(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  const std::int64_t generation = fields.number("generation", 0, INT64_MAX);
  const bool success = fields.flag("success");
  const BreakerSettings settings = settings_of(fields);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto verdict = Breaker(call.place).report(call.tenant, name, settings, generation, success);
  if (!verdict) return std::unexpected(verdict.error());
  return reply_of(*verdict);
}

Result<Reply> force(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  const auto to = static_cast<BreakerForce>(fields.choice("to", {"none", "closed", "open"}));
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto done = Breaker(call.place).force(call.tenant, name, to);
  if (!done) return std::unexpected(done.error());
  return Reply{};
}

}  // namespace

std::vector<Route> breaker_routes() {
  return {
      {"breaker", "ask", "Says whether the peer may be called.",
       R"({"name": "payments", "settings": {"window_ms": 10000, "minimum_calls": 20, "failure_percent": 50, "open_for_ms": 30000, "probes": 3}})",
       R"({"allowed": true, "phase": "closed", "forced": "none", "generation": 0, "probe": false})", ask, Pace::quick},
      {"breaker", "report", "Tells how a call ended that was let through.",
       R"({"name": "payments", "generation": 0, "success": true})",
       R"({"allowed": true, "phase": "closed", "forced": "none", "generation": 0, "probe": false})", report,
       Pace::quick},
      {"breaker", "force", "Holds it open or closed, until it is let go with none.",
       R"({"name": "payments", "to": "open"})", "{}", force, Pace::quick},
      {"breaker", "peek", "Says what ask would answer, and lets no probe out.", R"({"name": "payments"})",
       R"({"allowed": false, "phase": "closed", "forced": "open", "generation": 1, "probe": false})", peek,
       Pace::quick},
  };
}

}  // namespace detoy::serve

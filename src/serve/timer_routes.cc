#include <array>

#include "foundation/timer.h"
#include "serve/json_fields.h"
#include "serve/route.h"

namespace detoy::serve {
namespace {

using foundation::Timers;
using nlohmann::json;

constexpr std::size_t most_steps = 32;
constexpr std::chrono::milliseconds longest_wait = std::chrono::hours(24 * 3'660);
constexpr std::array states = {"scheduled", "paused", "done", "cancelled"};

json of(const Timers::Timer& timer) {
  json steps = json::array();
  for (const auto step : timer.steps) steps.push_back(to_milliseconds(step.count()));
  json told = {{"name", timer.name},
               {"queue", timer.queue},
               {"state", states[static_cast<std::size_t>(timer.state)]},
               {"generation", timer.generation},
               {"step", timer.step},
               {"remaining_ms", to_milliseconds(timer.remaining.count())},
               {"steps_ms", std::move(steps)}};
  if (timer.next_at != 0) told["next_at"] = time_text(timer.next_at);
  if (timer.finished_at != 0) told["finished_at"] = time_text(timer.finished_at);
  return told;
}

Result<Reply> schedule(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  const std::string queue = fields.text("queue");
  const std::string payload = fields.bytes_or("payload", "");
  Timers::NewTimer timer{.name = name, .queue = queue, .payload = payload};
  const bool at_time = fields.has("at");
  if (at_time) timer.at = fields.time("at");
  const auto after = fields.optional_number("after_ms", 0, longest_wait.count());
  if (at_time && after) fields.refuse("at", "and after_ms exclude each other");
  if (!at_time && !after) fields.refuse("after_ms", "is missing");
  timer.after = std::chrono::milliseconds(after.value_or(0));
  std::vector<std::chrono::microseconds> steps;
  for (const std::int64_t step : fields.numbers_or_none("steps_ms", most_steps))
    steps.emplace_back(std::chrono::milliseconds(step));
  timer.steps = steps;
  timer.keep = fields.milliseconds_or("keep_ms", timer.keep);
  if (!fields.flag_or("replace", true)) timer.if_there = Timers::IfThere::refuse;
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto scheduled = Timers(call.engine).schedule(call.tenant, timer);
  if (!scheduled) return std::unexpected(scheduled.error());
  return Reply{{{"generation", scheduled->generation}, {"next_at", time_text(scheduled->next_at)}}};
}

// pause, resume and cancel: a name, and whether anything was done.
template <Result<bool> (Timers::*Method)(std::string_view, std::string_view)>
Result<Reply> change(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  Timers timers(call.engine);
  const auto done = (timers.*Method)(call.tenant, name);
  if (!done) return std::unexpected(done.error());
  return Reply{{{"done", *done}}};
}

Result<Reply> cancel(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto done = Timers(call.engine).cancel(call.tenant, name);
  if (!done) return std::unexpected(done.error());
  return Reply{{{"done", *done}}};
}

Result<Reply> get(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto timer = Timers(call.engine).get(call.tenant, name);
  if (!timer) return std::unexpected(timer.error());
  Reply reply{{{"found", timer->has_value()}}};
  if (*timer) {
    reply.body["timer"] = of(**timer);
    set_bytes(reply.body["timer"], "payload", (*timer)->payload);
  }
  return reply;
}

Result<Reply> list(Call& call) {
  Fields fields(call.body, call.schema);
  const auto state = static_cast<Timers::State>(fields.choice("state", {"scheduled", "paused", "done", "cancelled"}));
  const std::string after = fields.text_or("after", "");
  const std::int64_t most = fields.number_or("most", 100, 1, 1'000);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto timers = Timers(call.engine).list(call.tenant, state, after, most);
  if (!timers) return std::unexpected(timers.error());
  Reply reply{{{"timers", json::array()}}};
  for (const Timers::Timer& timer : *timers) reply.body["timers"].push_back(of(timer));
  return reply;
}

}  // namespace

std::vector<Route> timer_routes() {
  return {
      {"timer", "schedule", "Enqueues a job when the time has come, and again at each further step.",
       R"({"name": "ticket-7", "queue": "sla", "payload": "ticket-7", "after_ms": 3600000, "steps_ms": [7200000]})",
       R"({"generation": 1, "next_at": "2026-01-01T01:00:00.000000Z"})", schedule, Pace::quick, InUnit::joins},
      {"timer", "pause", "Lets its time stand still.", R"({"name": "ticket-7"})", R"({"done": true})",
       change<&Timers::pause>, Pace::quick, InUnit::joins},
      {"timer", "list", "Timers in a state, by name.", R"({"state": "paused", "most": 10})",
       R"({"timers": [{"name": "ticket-7", "queue": "sla", "state": "paused", "generation": 1, "step": 0, "remaining_ms": 3600000, "steps_ms": [7200000]}]})",
       list},
      {"timer", "resume", "Goes on with the time that was left.", R"({"name": "ticket-7"})", R"({"done": true})",
       change<&Timers::resume>, Pace::quick, InUnit::joins},
      {"timer", "get", "One timer, with its payload.", R"({"name": "ticket-7"})",
       R"({"found": true, "timer": {"name": "ticket-7", "queue": "sla", "payload": "ticket-7", "state": "scheduled", "generation": 1, "step": 0, "remaining_ms": 3600000, "steps_ms": [7200000], "next_at": "2026-01-01T01:00:00.000000Z"}})",
       get, Pace::quick},
      {"timer", "cancel", "It does not fire any more.", R"({"name": "ticket-7"})", R"({"done": true})", cancel,
       Pace::quick, InUnit::joins},
  };
}

}  // namespace detoy::serve

#include "foundation/recurring_job.h"
#include "serve/json_fields.h"
#include "serve/route.h"

namespace detoy::serve {
namespace {

using foundation::RecurringJobs;
using nlohmann::json;

json of(const RecurringJobs::RecurringJob& job) {
  json told = {{"name", job.name},
               {"cron", job.cron},
               {"time_zone", job.time_zone},
               {"queue", job.queue},
               {"priority", job.priority},
               {"most_attempts", job.most_attempts},
               {"catch_up", job.catch_up == RecurringJobs::CatchUp::each ? "each" : "last"},
               {"paused", job.paused}};
  if (job.next_at != 0) told["next_at"] = time_text(job.next_at);
  if (job.last_at != 0) told["last_at"] = time_text(job.last_at);
  if (!job.problem.empty()) told["problem"] = job.problem;
  return told;
}

Result<Reply> set(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  const std::string cron = fields.text("cron");
  const std::string time_zone = fields.text_or("time_zone", "UTC");
  const std::string queue = fields.text("queue");
  const std::string payload = fields.bytes_or("payload", "");
  RecurringJobs::Schedule schedule{.cron = cron, .time_zone = time_zone, .queue = queue, .payload = payload};
  schedule.priority = fields.number_or("priority", schedule.priority, -100, 100);
  schedule.most_attempts = fields.number_or("most_attempts", schedule.most_attempts, 1, 1'000);
  schedule.keep = fields.milliseconds_or("keep_ms", schedule.keep);
  if (fields.has("catch_up"))
    schedule.catch_up = static_cast<RecurringJobs::CatchUp>(fields.choice("catch_up", {"last", "each"}));
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto next = RecurringJobs(call.engine).set(call.tenant, name, schedule);
  if (!next) return std::unexpected(next.error());
  Reply reply;
  if (*next != 0) reply.body["next_at"] = time_text(*next);
  return reply;
}

template <Result<bool> (RecurringJobs::*Method)(std::string_view, std::string_view)>
Result<Reply> change(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  RecurringJobs jobs(call.engine);
  const auto done = (jobs.*Method)(call.tenant, name);
  if (!done) return std::unexpected(done.error());
  return Reply{{{"done", *done}}};
}

Result<Reply> get(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string name = fields.text("name");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto job = RecurringJobs(call.engine).get(call.tenant, name);
  if (!job) return std::unexpected(job.error());
  Reply reply{{{"found", job->has_value()}}};
  if (*job) {
    reply.body["recurring_job"] = of(**job);
    set_bytes(reply.body["recurring_job"], "payload", (*job)->payload);
  }
  return reply;
}

Result<Reply> list(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string after = fields.text_or("after", "");
  const std::int64_t most = fields.number_or("most", 100, 1, 1'000);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto jobs = RecurringJobs(call.engine).list(call.tenant, after, most);
  if (!jobs) return std::unexpected(jobs.error());
  Reply reply{{{"recurring_jobs", json::array()}}};
  for (const RecurringJobs::RecurringJob& job : *jobs) reply.body["recurring_jobs"].push_back(of(job));
  return reply;
}

}  // namespace

std::vector<Route> recurring_job_routes() {
  return {
      {"recurring_job", "set", "Enqueues a job whenever a cron schedule comes.",
       R"({"name": "report", "cron": "0 6 1 1 *", "time_zone": "Europe/Zurich", "queue": "reports", "payload": "yearly"})",
       R"({"next_at": "2027-01-01T05:00:00.000000Z"})", set},
      {"recurring_job", "get", "One schedule, with the payload of its jobs.", R"({"name": "report"})",
       R"({"found": true, "recurring_job": {"name": "report", "cron": "0 6 1 1 *", "time_zone": "Europe/Zurich", "queue": "reports", "payload": "yearly", "priority": 0, "most_attempts": 20, "catch_up": "last", "paused": false, "next_at": "2027-01-01T05:00:00.000000Z"}})",
       get},
      {"recurring_job", "pause", "Times that come while it is paused make no jobs.", R"({"name": "report"})",
       R"({"done": true})", change<&RecurringJobs::pause>},
      {"recurring_job", "list", "Schedules, by name.", R"({"most": 10})",
       R"({"recurring_jobs": [{"name": "report", "cron": "0 6 1 1 *", "time_zone": "Europe/Zurich", "queue": "reports", "priority": 0, "most_attempts": 20, "catch_up": "last", "paused": true}]})",
       list},
      {"recurring_job", "resume", "Goes on from now.", R"({"name": "report"})", R"({"done": true})",
       change<&RecurringJobs::resume>},
      {"recurring_job", "remove", "Ends the schedule; jobs that were enqueued stay.", R"({"name": "report"})",
       R"({"done": true})", change<&RecurringJobs::remove>},
  };
}

}  // namespace detoy::serve

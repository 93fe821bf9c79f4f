#include <array>

#include "foundation/job.h"
#include "serve/json_fields.h"
#include "serve/route.h"

namespace detoy::serve {
namespace {

using foundation::Jobs;
using nlohmann::json;

constexpr std::size_t most_jobs = 1'000;
constexpr std::array states = {"queued", "delayed", "running", "done", "dead", "cancelled"};

// What a new job refers to.
struct Asked {
  std::string queue;
  std::string payload;
  std::string unique_key;
  Jobs::NewJob job;

  explicit Asked(Fields& fields)
      : queue(fields.text("queue")),
        payload(fields.bytes_or("payload", "")),
        unique_key(fields.text_or("unique_key", "")) {
    job.priority = fields.number_or("priority", 0, -100, 100);
    job.delay = fields.milliseconds_or("delay_ms", {});
    job.most_attempts = fields.number_or("most_attempts", job.most_attempts, 1, 1'000);
    job.keep = fields.milliseconds_or("keep_ms", job.keep);
  }
  Jobs::NewJob view() const {
    Jobs::NewJob whole = job;
    whole.queue = queue;
    whole.payload = payload;
    whole.unique_key = unique_key;
    return whole;
  }
};

json of(const Jobs::Enqueued& enqueued) {
  return {{"id", enqueued.id}, {"fresh", enqueued.fresh}};
}

json of(const Jobs::Job& job) {
  json told = {{"id", job.id},
               {"queue", job.queue},
               {"state", states[static_cast<std::size_t>(job.state)]},
               {"priority", job.priority},
               {"attempts", job.attempts},
               {"most_attempts", job.most_attempts},
               {"run_at", time_text(job.run_at)},
               {"progress", job.progress}};
  set_bytes(told, "payload", job.payload);
  set_bytes(told, "result", job.result);
  if (!job.unique_key.empty()) told["unique_key"] = job.unique_key;
  if (job.finished_at != 0) told["finished_at"] = time_text(job.finished_at);
  return told;
}

Result<Reply> enqueue(Call& call) {
  Fields fields(call.body, call.schema);
  const Asked asked(fields);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto done = Jobs(call.engine).enqueue(call.tenant, asked.view());
  if (!done) return std::unexpected(done.error());
  return Reply{of(*done)};
}

Result<Reply> enqueue_many(Call& call) {
  Fields fields(call.body, call.schema);
  std::vector<Asked> asked;
  for (Fields& job : fields.objects("jobs", most_jobs)) {
    asked.emplace_back(job);
    fields.join(job);
  }
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  std::vector<Jobs::NewJob> jobs;
  jobs.reserve(asked.size());
  for (const Asked& one : asked) jobs.push_back(one.view());
  const auto done = Jobs(call.engine).enqueue(call.tenant, jobs);
  if (!done) return std::unexpected(done.error());
  Reply reply{{{"jobs", json::array()}}};
  for (const Jobs::Enqueued& one : *done) reply.body["jobs"].push_back(of(one));
  return reply;
}

Result<Reply> claim(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string queue = fields.text("queue");
  const std::string worker = fields.text("worker");
  const auto lease = fields.milliseconds("lease_ms");
  const std::int64_t most = fields.number_or("most", 1, 1, static_cast<std::int64_t>(most_jobs));
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  // Only of the caller's own tenant, whatever the queue holds.
  const auto taken = Jobs(call.engine).claim({queue, worker, lease, most, call.tenant});
  if (!taken) return std::unexpected(taken.error());
  Reply reply{{{"jobs", json::array()}}};
  for (const Jobs::Job& job : *taken) {
    json told = of(job);
    told["token"] = job.token;
    told["lease_until"] = time_text(job.lease_until);
    reply.body["jobs"].push_back(std::move(told));
  }
  return reply;
}

struct Held {
  std::int64_t id = 0;
  std::int64_t token = 0;
  explicit Held(Fields& fields) : id(fields.number("id", 1, INT64_MAX)), token(fields.number("token", 0, INT64_MAX)) {}
};

Result<Reply> heartbeat(Call& call) {
  Fields fields(call.body, call.schema);
  const Held held(fields);
  const auto lease = fields.milliseconds("lease_ms");
  const auto progress = fields.optional_number("progress", 0, 1'000);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto until = Jobs(call.engine).heartbeat(call.tenant, held.id, held.token, lease, progress);
  if (!until) return std::unexpected(until.error());
  return Reply{{{"lease_until", time_text(*until)}}};
}

Result<Reply> complete(Call& call) {
  Fields fields(call.body, call.schema);
  const Held held(fields);
  const std::string result = fields.bytes_or("result", "");
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto done = Jobs(call.engine).complete(call.tenant, held.id, held.token, result);
  if (!done) return std::unexpected(done.error());
  return Reply{};
}

Result<Reply> fail_job(Call& call) {
  Fields fields(call.body, call.schema);
  const Held held(fields);
  const std::string error = fields.text("error");
  Jobs::Backoff backoff;
  backoff.first = fields.milliseconds_or("backoff_ms", backoff.first);
  backoff.longest = fields.milliseconds_or("longest_backoff_ms", backoff.longest);
  const bool for_good = fields.flag_or("for_good", false);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto state = Jobs(call.engine).fail(call.tenant, held.id, held.token, error, backoff, for_good);
  if (!state) return std::unexpected(state.error());
  return Reply{{{"state", states[static_cast<std::size_t>(*state)]}}};
}

Result<Reply> get(Call& call) {
  Fields fields(call.body, call.schema);
  const std::int64_t id = fields.number("id", 1, INT64_MAX);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto job = Jobs(call.engine).get(call.tenant, id);
  if (!job) return std::unexpected(job.error());
  Reply reply{{{"found", job->has_value()}}};
  if (*job) reply.body["job"] = of(**job);
  return reply;
}

Result<Reply> cancel(Call& call) {
  Fields fields(call.body, call.schema);
  const std::int64_t id = fields.number("id", 1, INT64_MAX);
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto done = Jobs(call.engine).cancel(call.tenant, id);
  if (!done) return std::unexpected(done.error());
  return Reply{{{"cancelled", *done}}};
}

Result<Reply> dead(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string queue = fields.text("queue");
  const std::int64_t after = fields.number_or("after", 0, 0, INT64_MAX);
  const std::int64_t most = fields.number_or("most", 100, 1, static_cast<std::int64_t>(most_jobs));
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto jobs = Jobs(call.engine).dead(call.tenant, queue, after, most);
  if (!jobs) return std::unexpected(jobs.error());
  Reply reply{{{"jobs", json::array()}}};
  for (const Jobs::Job& job : *jobs) reply.body["jobs"].push_back(of(job));
  return reply;
}

Result<Reply> redrive(Call& call) {
  Fields fields(call.body, call.schema);
  const std::string queue = fields.text("queue");
  const std::int64_t most = fields.number_or("most", 100, 1, static_cast<std::int64_t>(most_jobs));
  if (const auto valid = fields.finish(); !valid) return std::unexpected(valid.error());
  const auto done = Jobs(call.engine).redrive(call.tenant, queue, most);
  if (!done) return std::unexpected(done.error());
  return Reply{{{"redriven", *done}}};
}

}  // namespace

std::vector<Route> job_routes() {
  return {
      {"job", "enqueue", "Accepts a job, to be done by a worker.",
       R"({"queue": "mail", "payload": "{\"to\": \"ann\"}", "priority": 5, "unique_key": "welcome-ann"})",
       R"({"id": 1, "fresh": true})", enqueue, Pace::quick, InUnit::joins},
      {"job", "enqueue_many", "Accepts up to 1000 jobs, all or none.",
       R"({"jobs": [{"queue": "mail", "payload": "a"}, {"queue": "mail", "payload": "b", "delay_ms": 60000}]})",
       R"({"jobs": [{"id": 2, "fresh": true}, {"id": 3, "fresh": true}]})", enqueue_many, Pace::quick, InUnit::joins},
      {"job", "claim", "Takes jobs that are due, each for the time of a lease.",
       R"({"queue": "mail", "worker": "w-1", "lease_ms": 30000, "most": 2})",
       R"({"jobs": [{"id": 1, "queue": "mail", "payload": "{\"to\": \"ann\"}", "state": "running", "priority": 5, "attempts": 1, "most_attempts": 20, "unique_key": "welcome-ann", "run_at": "2026-01-01T00:00:00.000000Z", "progress": 0, "result": "", "token": 1, "lease_until": "2026-01-01T00:00:30.000000Z"}, {"id": 2, "queue": "mail", "payload": "a", "state": "running", "priority": 0, "attempts": 1, "most_attempts": 20, "run_at": "2026-01-01T00:00:00.000000Z", "progress": 0, "result": "", "token": 1, "lease_until": "2026-01-01T00:00:30.000000Z"}]})",
       claim, Pace::quick},
      {"job", "heartbeat", "Keeps a claim, and tells how far the work is, per mille.",
       R"({"id": 1, "token": 1, "lease_ms": 30000, "progress": 500})",
       R"({"lease_until": "2026-01-01T00:00:40.000000Z"})", heartbeat, Pace::quick},
      {"job", "complete", "Ends a claim: the job is done.", R"({"id": 1, "token": 1, "result": "sent"})", "{}",
       complete, Pace::quick, InUnit::joins},
      {"job", "fail", "Ends a claim: the job is tried again later, or is dead.",
       R"({"id": 2, "token": 1, "error": "no connection", "backoff_ms": 1000})", R"({"state": "delayed"})", fail_job,
       Pace::quick, InUnit::joins},
      {"job", "get", "State, progress and result of a job.", R"({"id": 1})",
       R"({"found": true, "job": {"id": 1, "queue": "mail", "payload": "{\"to\": \"ann\"}", "state": "done", "priority": 5, "attempts": 1, "most_attempts": 20, "unique_key": "welcome-ann", "run_at": "2026-01-01T00:00:00.000000Z", "progress": 1000, "result": "sent", "finished_at": "2026-01-01T00:00:20.000000Z"}})",
       get, Pace::quick},
      {"job", "cancel", "Takes a job back that is not finished, or dead.", R"({"id": 3})", R"({"cancelled": true})",
       cancel, Pace::quick, InUnit::joins},
      {"job", "dead", "Jobs that failed for good, by their ids.", R"({"queue": "mail", "after": 0, "most": 100})",
       R"({"jobs": []})", dead},
      {"job", "redrive", "Queues dead jobs again.", R"({"queue": "mail", "most": 100})", R"({"redriven": 0})", redrive},
  };
}

}  // namespace detoy::serve

#include "foundation/job.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "foundation/answer_room.h"
#include "foundation/bounds.h"

namespace detoy::foundation {
namespace {

using std::chrono::microseconds;

constexpr microseconds day = std::chrono::hours(24);
constexpr std::int64_t most_in_a_batch = 1'000;
constexpr std::int64_t most_brought_up = 1'000;  // in one claim
constexpr std::size_t longest_payload = 1 << 20;
constexpr std::size_t longest_result = 64 << 10;

// All that a job has, in the order in which job_of() reads it.
#define JOB_COLUMNS                                                                                              \
  "id, tenant, queue, payload, state, priority, attempts, most_attempts, run_at, token, lease_until, progress, " \
  "result, finished_at, unique_key"

constexpr Statement add =
    "INSERT INTO job (tenant, queue, payload, state, priority, attempts, most_attempts, run_at, unique_key, token, "
    "worker, lease_until, progress, result, keep, finished_at, forget_at) "
    "VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, 0, '', 0, 0, '', $9, 0, 0) ON CONFLICT DO NOTHING RETURNING id";
constexpr Statement same_key =
    "SELECT id FROM job WHERE tenant = $1 AND queue = $2 AND unique_key = $3 AND state IN (0, 1, 2)";
constexpr Statement wake = {
    "UPDATE job SET state = 0 WHERE id IN "
    "(SELECT id FROM job WHERE state = 1 AND run_at <= $1 ORDER BY run_at LIMIT $2)",
    "UPDATE job SET state = 0 WHERE id IN "
    "(SELECT id FROM job WHERE state = 1 AND run_at <= $1 ORDER BY run_at LIMIT $2 FOR UPDATE SKIP LOCKED)"};
constexpr Statement take_back = {
    "UPDATE job SET state = CASE WHEN attempts >= most_attempts THEN 4 ELSE 0 END, "
    "finished_at = CASE WHEN attempts >= most_attempts THEN $1 ELSE 0 END, "
    "result = 'the lease of the last attempt ended' WHERE id IN "
    "(SELECT id FROM job WHERE state = 2 AND lease_until <= $1 ORDER BY lease_until LIMIT $2)",
    "UPDATE job SET state = CASE WHEN attempts >= most_attempts THEN 4 ELSE 0 END, "
    "finished_at = CASE WHEN attempts >= most_attempts THEN $1 ELSE 0 END, "
    "result = 'the lease of the last attempt ended' WHERE id IN "
    "(SELECT id FROM job WHERE state = 2 AND lease_until <= $1 ORDER BY lease_until LIMIT $2 "
    "FOR UPDATE SKIP LOCKED)"};
constexpr Statement last_turn = "SELECT tenant FROM job_turn WHERE queue = $1";
constexpr Statement note_turn =
    "INSERT INTO job_turn (queue, tenant) VALUES ($1, $2) ON CONFLICT (queue) DO UPDATE SET tenant = excluded.tenant";
constexpr Statement next_tenant =
    "SELECT tenant FROM job WHERE queue = $1 AND state = 0 AND tenant > $2 ORDER BY tenant LIMIT 1";
constexpr Statement take = {
    "UPDATE job SET state = 2, token = token + 1, attempts = attempts + 1, worker = $4, lease_until = $5, progress = 0 "
    "WHERE id IN (SELECT id FROM job WHERE queue = $1 AND tenant = $2 AND state = 0 "
    "ORDER BY priority DESC, run_at, id LIMIT $3) RETURNING " JOB_COLUMNS,
    "UPDATE job SET state = 2, token = token + 1, attempts = attempts + 1, worker = $4, lease_until = $5, progress = 0 "
    "WHERE id IN (SELECT id FROM job WHERE queue = $1 AND tenant = $2 AND state = 0 "
    "ORDER BY priority DESC, run_at, id LIMIT $3 FOR UPDATE SKIP LOCKED) RETURNING " JOB_COLUMNS};
constexpr Statement sizes_to_take = {
    "SELECT length(payload) + length(result) FROM job WHERE queue = $1 AND tenant = $2 AND state = 0 "
    "ORDER BY priority DESC, run_at, id LIMIT $3",
    // Locked, so that these are the ones that are taken.
    "SELECT length(payload) + length(result) FROM job WHERE queue = $1 AND tenant = $2 AND state = 0 "
    "ORDER BY priority DESC, run_at, id LIMIT $3 FOR UPDATE SKIP LOCKED"};
constexpr Statement beat =
    "UPDATE job SET lease_until = $4, progress = coalesce($5, progress) "
    "WHERE tenant = $1 AND id = $2 AND token = $3 AND state = 2";
constexpr Statement finish =
    "UPDATE job SET state = $4, result = $5, finished_at = $6, forget_at = CASE WHEN $4 = 4 THEN 0 ELSE $6 + keep END, "
    "progress = CASE WHEN $4 = 3 THEN 1000 ELSE progress END "
    "WHERE tenant = $1 AND id = $2 AND token = $3 AND state = 2";
constexpr Statement postpone =
    "UPDATE job SET state = 1, result = $4, run_at = $5 WHERE tenant = $1 AND id = $2 AND token = $3 AND state = 2";
constexpr Statement attempts_of = {
    "SELECT attempts, most_attempts FROM job WHERE tenant = $1 AND id = $2 AND token = $3 AND state = 2",
    "SELECT attempts, most_attempts FROM job WHERE tenant = $1 AND id = $2 AND token = $3 AND state = 2 FOR UPDATE"};
constexpr Statement stop =
    "UPDATE job SET state = 5, finished_at = $3, forget_at = $3 + keep "
    "WHERE tenant = $1 AND id = $2 AND state IN (0, 1, 2, 4)";
constexpr Statement look = "SELECT " JOB_COLUMNS " FROM job WHERE tenant = $1 AND id = $2";
constexpr Statement list_dead =
    "SELECT " JOB_COLUMNS " FROM job WHERE tenant = $1 AND queue = $2 AND state = 4 AND id > $3 ORDER BY id LIMIT $4";
constexpr Statement sizes_of_dead =
    "SELECT length(payload) + length(result) FROM job WHERE tenant = $1 AND queue = $2 AND state = 4 AND id > $3 "
    "ORDER BY id LIMIT $4";
// A newer job with the same unique key comes first: the dead one stays dead.
// Two questions, since only each for itself has an index: is there a live one with its key, and an older dead one?
constexpr Statement revive =
    "UPDATE job SET state = 0, attempts = 0, run_at = $3, finished_at = 0, result = '' WHERE id IN "
    "(SELECT dead.id FROM job AS dead WHERE dead.tenant = $1 AND dead.queue = $2 AND dead.state = 4 "
    "AND (dead.unique_key IS NULL OR (NOT EXISTS "
    "(SELECT 1 FROM job AS live WHERE live.tenant = $1 AND live.queue = $2 AND live.unique_key = dead.unique_key "
    "AND live.unique_key IS NOT NULL AND live.state IN (0, 1, 2)) AND NOT EXISTS "
    "(SELECT 1 FROM job AS older WHERE older.tenant = $1 AND older.queue = $2 AND older.state = 4 "
    "AND older.id < dead.id AND older.unique_key = dead.unique_key))) ORDER BY dead.id LIMIT $4)";
constexpr Statement forget = {
    "DELETE FROM job WHERE id IN (SELECT id FROM job WHERE forget_at > 0 AND forget_at <= $1 ORDER BY forget_at LIMIT "
    "$2)",
    "DELETE FROM job WHERE id IN (SELECT id FROM job WHERE forget_at > 0 AND forget_at <= $1 ORDER BY forget_at LIMIT "
    "$2 "
    "FOR UPDATE SKIP LOCKED)"};

#undef JOB_COLUMNS

Jobs::Job job_of(const Rows& rows, std::size_t row) {
  Jobs::Job job;
  job.id = rows.number(row, 0);
  job.tenant = rows.text(row, 1);
  job.queue = rows.text(row, 2);
  job.payload = rows.text(row, 3);
  job.state = static_cast<Jobs::State>(rows.number(row, 4));
  job.priority = rows.number(row, 5);
  job.attempts = rows.number(row, 6);
  job.most_attempts = rows.number(row, 7);
  job.run_at = rows.number(row, 8);
  job.token = rows.number(row, 9);
  job.lease_until = rows.number(row, 10);
  job.progress = rows.number(row, 11);
  job.result = rows.text(row, 12);
  job.finished_at = rows.number(row, 13);
  job.unique_key = rows.text(row, 14);
  return job;
}

Result<void> lost(std::int64_t id) {
  return fail(ErrorCategory::conflict, fmt::format("the claim of job {} was lost", id));
}

// A number between 0 and 1023 that looks like chance, and is the same when a unit of work is run again.
std::int64_t scattered(std::int64_t id, std::int64_t token) {
  auto mixed = static_cast<std::uint64_t>(id) * 0x9e3779b97f4a7c15u + static_cast<std::uint64_t>(token);
  mixed = (mixed ^ (mixed >> 31)) * 0xbf58476d1ce4e5b9u;
  return static_cast<std::int64_t>((mixed ^ (mixed >> 29)) & 1023u);
}

Micros wait_before(std::int64_t attempts, std::int64_t id, std::int64_t token, const Jobs::Backoff& backoff) {
  Micros wait = backoff.first.count();
  for (std::int64_t i = 1; i < attempts && wait < backoff.longest.count(); ++i) wait *= 2;
  wait = std::min<Micros>(wait, backoff.longest.count());
  return wait / 2 + (wait - wait / 2) / 1023 * scattered(id, token);
}

// Takes up to `most` of one tenant's jobs, as there is room.
Result<void> take_from(Transaction& transaction, const Jobs::Claim& claim, std::string_view tenant, std::int64_t most,
                       AnswerRoom& room, std::vector<Jobs::Job>& taken) {
  const auto fitting = room.rows(transaction, sizes_to_take, {claim.queue, tenant, most}, most);
  if (!fitting) return std::unexpected(fitting.error());
  const auto rows =
      transaction.run(take, {claim.queue, tenant, *fitting, claim.worker, transaction.now() + claim.lease.count()});
  if (!rows) return std::unexpected(rows.error());
  const auto first = static_cast<std::ptrdiff_t>(taken.size());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    taken.push_back(job_of(*rows, i));
    room.take(taken.back().payload.size() + taken.back().result.size());
  }
  std::sort(taken.begin() + first, taken.end(), [](const Jobs::Job& a, const Jobs::Job& b) {
    return std::tuple(-a.priority, a.run_at, a.id) < std::tuple(-b.priority, b.run_at, b.id);
  });
  return {};
}

// From one tenant after the other, beginning behind the one that was served last: a tenant with a million jobs makes
// another one wait for a turn, not for a million jobs.
Result<void> take_in_turn(Transaction& transaction, const Jobs::Claim& claim, AnswerRoom& room,
                          std::vector<Jobs::Job>& taken) {
  const auto last = transaction.run(last_turn, {claim.queue});
  if (!last) return std::unexpected(last.error());
  std::string turn = last->empty() ? std::string() : last->text(0, 0);
  constexpr std::int64_t rounds = 8;
  const std::int64_t share = std::max<std::int64_t>(1, claim.most / rounds);
  const auto left = [&] { return claim.most - static_cast<std::int64_t>(taken.size()); };
  // A whole round over the tenants that takes nothing is the last. Jobs that another transaction is taking stay visible
  // until it has ended, and are not to be waited for: it may wait for this one.
  std::optional<std::size_t> before_round;
  while (left() > 0 && !room.full()) {
    const auto next = transaction.run(next_tenant, {claim.queue, std::string_view(turn)});
    if (!next) return std::unexpected(next.error());
    if (next->empty()) {
      if (before_round == taken.size()) break;
      before_round = taken.size();
      turn.clear();
      continue;
    }
    turn = next->text(0, 0);
    if (const auto done = take_from(transaction, claim, turn, std::min(share, left()), room, taken); !done) return done;
  }
  if (taken.empty()) return {};
  const auto noted = transaction.run(note_turn, {claim.queue, std::string_view(turn)});
  if (!noted) return std::unexpected(noted.error());
  return {};
}

// The parameters of `add`.
std::vector<Param> row_of(Transaction& transaction, std::string_view tenant, const Jobs::NewJob& job) {
  const bool later = job.delay > microseconds::zero();
  const auto state = static_cast<std::int64_t>(later ? Jobs::State::delayed : Jobs::State::queued);
  return {tenant,
          job.queue,
          Bytes{job.payload},
          state,
          job.priority,
          job.most_attempts,
          transaction.now() + job.delay.count(),
          job.unique_key.empty() ? Param(nullptr) : Param(job.unique_key),
          std::int64_t{job.keep.count()}};
}

// What `add` did: nothing, if there is a job with the unique key.
Result<Jobs::Enqueued> enqueued(Transaction& transaction, std::string_view tenant, const Jobs::NewJob& job,
                                const Rows& added) {
  if (!added.empty()) return Jobs::Enqueued{added.number(0, 0), true};
  const auto there = transaction.run(same_key, {tenant, job.queue, job.unique_key});
  if (!there) return std::unexpected(there.error());
  if (there->empty()) return std::unexpected(Error{ErrorCategory::unavailable, "the job with this key just ended"});
  return Jobs::Enqueued{there->number(0, 0), false};
}

}  // namespace

Result<void> Jobs::check(std::string_view tenant, const NewJob& job) {
  if (const auto named = check_name("tenant", tenant); !named) return named;
  if (const auto named = check_name("queue", job.queue); !named) return named;
  if (!job.unique_key.empty()) {
    if (const auto named = check_name("unique key", job.unique_key); !named) return named;
  }
  if (job.payload.size() > longest_payload)
    return detoy::fail(ErrorCategory::usage,
                       fmt::format("a payload may have {} bytes, and has {}", longest_payload, job.payload.size()));
  if (const auto valid = check_between("priority", job.priority, -100, 100); !valid) return valid;
  if (const auto valid = check_between("most attempts", job.most_attempts, 1, 1'000); !valid) return valid;
  if (const auto valid = check_between("delay (microseconds)", job.delay.count(), 0, 366 * day.count()); !valid)
    return valid;
  return check_between("keep (microseconds)", job.keep.count(), 0, 366 * day.count());
}

Result<Jobs::Enqueued> Jobs::enqueue(Transaction& transaction, std::string_view tenant, const NewJob& job) {
  if (const auto valid = check(tenant, job); !valid) return std::unexpected(valid.error());
  const auto added = transaction.run(add, row_of(transaction, tenant, job));
  if (!added) return std::unexpected(added.error());
  return enqueued(transaction, tenant, job, *added);
}

Result<Jobs::Enqueued> Jobs::enqueue(std::string_view tenant, const NewJob& job) {
  return engine_.write(durability_, [&](Transaction& transaction) { return enqueue(transaction, tenant, job); });
}

Result<std::vector<Jobs::Enqueued>> Jobs::enqueue(std::string_view tenant, std::span<const NewJob> jobs) {
  if (const auto valid = check_between("jobs in a batch", static_cast<std::int64_t>(jobs.size()), 1, most_in_a_batch);
      !valid)
    return std::unexpected(valid.error());
  for (const NewJob& job : jobs) {
    if (const auto valid = check(tenant, job); !valid) return std::unexpected(valid.error());
  }
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<std::vector<Enqueued>> {
    std::vector<std::vector<Param>> rows;
    rows.reserve(jobs.size());
    for (const NewJob& job : jobs) rows.push_back(row_of(transaction, tenant, job));
    const auto added = transaction.run_many(add, rows);
    if (!added) return std::unexpected(added.error());
    std::vector<Enqueued> all;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const auto one = enqueued(transaction, tenant, jobs[i], (*added)[i]);
      if (!one) return std::unexpected(one.error());
      all.push_back(*one);
    }
    return all;
  });
}

Result<std::vector<Jobs::Job>> Jobs::claim(const Claim& claim) {
  if (const auto named = check_name("queue", claim.queue); !named) return std::unexpected(named.error());
  if (const auto named = check_name("worker", claim.worker); !named) return std::unexpected(named.error());
  if (!claim.tenant.empty()) {
    if (const auto named = check_name("tenant", claim.tenant); !named) return std::unexpected(named.error());
  }
  if (const auto valid = check_between("jobs in a claim", claim.most, 1, most_in_a_batch); !valid)
    return std::unexpected(valid.error());
  if (const auto valid = check_lease(claim.lease); !valid) return std::unexpected(valid.error());
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<std::vector<Job>> {
    if (const auto ready = bring_up(transaction, most_brought_up); !ready) return std::unexpected(ready.error());
    std::vector<Job> taken;
    AnswerRoom room;
    const auto done = claim.tenant.empty() ? take_in_turn(transaction, claim, room, taken)
                                           : take_from(transaction, claim, claim.tenant, claim.most, room, taken);
    if (!done) return std::unexpected(done.error());
    return taken;
  });
}

Result<Micros> Jobs::heartbeat(std::string_view tenant, std::int64_t id, std::int64_t token, microseconds lease,
                               std::optional<std::int64_t> progress) {
  if (const auto valid = check_lease(lease); !valid) return std::unexpected(valid.error());
  if (progress) {
    if (const auto valid = check_between("progress", *progress, 0, 1'000); !valid)
      return std::unexpected(valid.error());
  }
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<Micros> {
    const Micros until = transaction.now() + lease.count();
    const auto done = transaction.run(beat, {tenant, id, token, until, param(progress)});
    if (!done) return std::unexpected(done.error());
    if (done->changed() == 0) return std::unexpected(lost(id).error());
    return until;
  });
}

Result<void> Jobs::complete(Transaction& transaction, std::string_view tenant, std::int64_t id, std::int64_t token,
                            std::string_view result) {
  if (result.size() > longest_result)
    return detoy::fail(ErrorCategory::usage,
                       fmt::format("a result may have {} bytes, and has {}", longest_result, result.size()));
  const auto done = transaction.run(
      finish, {tenant, id, token, static_cast<std::int64_t>(State::done), Bytes{result}, transaction.now()});
  if (!done) return std::unexpected(done.error());
  if (done->changed() == 0) return lost(id);
  return {};
}

Result<void> Jobs::complete(std::string_view tenant, std::int64_t id, std::int64_t token, std::string_view result) {
  return engine_.write(durability_,
                       [&](Transaction& transaction) { return complete(transaction, tenant, id, token, result); });
}

Result<Jobs::State> Jobs::fail(std::string_view tenant, std::int64_t id, std::int64_t token, std::string_view error,
                               const Backoff& backoff, bool for_good) {
  const std::string_view told = error.substr(0, longest_result);
  if (const auto valid = check_between("backoff (microseconds)", backoff.first.count(), 0, day.count()); !valid)
    return std::unexpected(valid.error());
  if (const auto valid = check_between("longest backoff (microseconds)", backoff.longest.count(), 0, 366 * day.count());
      !valid)
    return std::unexpected(valid.error());
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<State> {
    const Micros now = transaction.now();
    const auto held = transaction.run(attempts_of, {tenant, id, token});
    if (!held) return std::unexpected(held.error());
    if (held->empty()) return std::unexpected(lost(id).error());
    const std::int64_t attempts = held->number(0, 0);
    if (for_good || attempts >= held->number(0, 1)) {
      const auto done =
          transaction.run(finish, {tenant, id, token, static_cast<std::int64_t>(State::dead), Bytes{told}, now});
      if (!done) return std::unexpected(done.error());
      return State::dead;
    }
    const Micros run_at = now + wait_before(attempts, id, token, backoff);
    const auto done = transaction.run(postpone, {tenant, id, token, Bytes{told}, run_at});
    if (!done) return std::unexpected(done.error());
    return State::delayed;
  });
}

Result<bool> Jobs::cancel(std::string_view tenant, std::int64_t id) {
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<bool> {
    const auto done = transaction.run(stop, {tenant, id, transaction.now()});
    if (!done) return std::unexpected(done.error());
    return done->changed() > 0;
  });
}

Result<std::optional<Jobs::Job>> Jobs::get(std::string_view tenant, std::int64_t id) {
  return engine_.read([&](Transaction& transaction) -> Result<std::optional<Job>> {
    const auto rows = transaction.run(look, {tenant, id});
    if (!rows) return std::unexpected(rows.error());
    std::optional<Job> found;
    if (!rows->empty()) found = job_of(*rows, 0);
    return found;
  });
}

Result<std::vector<Jobs::Job>> Jobs::dead(std::string_view tenant, std::string_view queue, std::int64_t after,
                                          std::int64_t most) {
  if (const auto named = check_name("queue", queue); !named) return std::unexpected(named.error());
  if (const auto valid = check_between("jobs to list", most, 1, most_in_a_batch); !valid)
    return std::unexpected(valid.error());
  return engine_.read([&](Transaction& transaction) -> Result<std::vector<Job>> {
    const auto fitting = AnswerRoom().rows(transaction, sizes_of_dead, {tenant, queue, after, most}, most);
    if (!fitting) return std::unexpected(fitting.error());
    const auto rows = transaction.run(list_dead, {tenant, queue, after, *fitting});
    if (!rows) return std::unexpected(rows.error());
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < rows->size(); ++i) jobs.push_back(job_of(*rows, i));
    return jobs;
  });
}

Result<std::int64_t> Jobs::redrive(std::string_view tenant, std::string_view queue, std::int64_t most) {
  if (const auto valid = check_between("jobs to redrive", most, 1, most_in_a_batch); !valid)
    return std::unexpected(valid.error());
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<std::int64_t> {
    const auto done = transaction.run(revive, {tenant, queue, transaction.now(), most});
    if (!done) return std::unexpected(done.error());
    return done->changed();
  });
}

Result<std::int64_t> Jobs::bring_up(Transaction& transaction, std::int64_t most) {
  std::int64_t brought = 0;
  for (const Statement* statement : {&wake, &take_back}) {
    const auto done = transaction.run(*statement, {transaction.now(), most});
    if (!done) return std::unexpected(done.error());
    brought += done->changed();
  }
  return brought;
}

Result<std::int64_t> Jobs::sweep(Transaction& transaction, std::int64_t most) {
  const auto done = transaction.run(forget, {transaction.now(), most});
  if (!done) return std::unexpected(done.error());
  return done->changed();
}

}  // namespace detoy::foundation

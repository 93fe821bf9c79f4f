#include "foundation/recurring_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "foundation/bounds.h"
#include "foundation/cron.h"

namespace detoy::foundation {
namespace {

using std::chrono::microseconds;
using RecurringJob = RecurringJobs::RecurringJob;

constexpr std::int64_t most_in_a_batch = 1'000;
constexpr std::int64_t most_caught_up = 100;
constexpr std::size_t longest_recurring_name = 200;  // so that a tick fits into a unique key, too
constexpr Micros before_next_try = micros(std::chrono::minutes(10));

// All that a recurring job has, in the order in which read_row() reads it. The payload is last, since lists lack it.
#define LIST_COLUMNS \
  "tenant, name, cron, time_zone, queue, priority, most_attempts, keep, catch_up, paused, next_at, last_at, problem"
#define ALL_COLUMNS LIST_COLUMNS ", payload"

constexpr Statement look = "SELECT " ALL_COLUMNS " FROM recurring_job WHERE tenant = $1 AND name = $2";
constexpr Statement hold = {"SELECT " ALL_COLUMNS " FROM recurring_job WHERE tenant = $1 AND name = $2",
                            "SELECT " ALL_COLUMNS " FROM recurring_job WHERE tenant = $1 AND name = $2 FOR UPDATE"};
constexpr Statement list_behind =
    "SELECT " LIST_COLUMNS " FROM recurring_job WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3";
constexpr Statement oldest_due = {"SELECT " ALL_COLUMNS
                                  " FROM recurring_job WHERE paused = 0 AND look_at <= $1 ORDER BY look_at LIMIT 1",
                                  "SELECT " ALL_COLUMNS
                                  " FROM recurring_job WHERE paused = 0 AND look_at <= $1 ORDER BY look_at LIMIT 1 "
                                  "FOR UPDATE SKIP LOCKED"};
constexpr Statement put =
    "INSERT INTO recurring_job (tenant, name, cron, time_zone, queue, payload, priority, most_attempts, keep, "
    "catch_up, paused, next_at, last_at, look_at, problem) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, 0, $11, '') "
    "ON CONFLICT (tenant, name) DO UPDATE SET cron = excluded.cron, time_zone = excluded.time_zone, "
    "queue = excluded.queue, payload = excluded.payload, priority = excluded.priority, "
    "most_attempts = excluded.most_attempts, keep = excluded.keep, catch_up = excluded.catch_up, "
    "next_at = excluded.next_at, look_at = excluded.look_at, problem = ''";
constexpr Statement move_on =
    "UPDATE recurring_job SET next_at = $3, last_at = $4, look_at = $3, problem = '' WHERE tenant = $1 AND name = $2";
constexpr Statement put_aside = "UPDATE recurring_job SET look_at = $3, problem = $4 WHERE tenant = $1 AND name = $2";
constexpr Statement drop = "DELETE FROM recurring_job WHERE tenant = $1 AND name = $2";
constexpr Statement stop = "UPDATE recurring_job SET paused = 1 WHERE tenant = $1 AND name = $2 AND paused = 0";
constexpr Statement go_on =
    "UPDATE recurring_job SET paused = 0, next_at = $3, look_at = $3, problem = '' WHERE tenant = $1 AND name = $2";

#undef ALL_COLUMNS
#undef LIST_COLUMNS

struct Row {
  std::string tenant;
  RecurringJob job;
};

Row read_row(const Rows& rows, std::size_t row, bool with_payload) {
  Row read;
  RecurringJob& job = read.job;
  read.tenant = rows.text(row, 0);
  job.name = rows.text(row, 1);
  job.cron = rows.text(row, 2);
  job.time_zone = rows.text(row, 3);
  job.queue = rows.text(row, 4);
  job.priority = rows.number(row, 5);
  job.most_attempts = rows.number(row, 6);
  job.keep = microseconds(rows.number(row, 7));
  job.catch_up = static_cast<RecurringJobs::CatchUp>(rows.number(row, 8));
  job.paused = rows.number(row, 9) != 0;
  job.next_at = rows.number(row, 10);
  job.last_at = rows.number(row, 11);
  job.problem = rows.text(row, 12);
  if (with_payload) job.payload = rows.text(row, 13);
  return read;
}

RecurringJob shown(RecurringJob job) {
  if (job.paused) job.next_at = 0;
  return job;
}

Result<void> check(std::string_view tenant, std::string_view name) {
  if (const auto named = check_name("tenant", tenant); !named) return named;
  if (const auto named = check_name("the name of a recurring job", name); !named) return named;
  if (name.size() <= longest_recurring_name) return {};
  return fail(ErrorCategory::usage, fmt::format("the name of a recurring job must not be longer than {} bytes, and "
                                                "has {}",
                                                longest_recurring_name, name.size()));
}

std::string key_of(std::string_view name, Micros tick) {
  const std::chrono::sys_time<microseconds> at{microseconds(tick)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  return fmt::format("{}@{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", name, static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

Jobs::NewJob job_of(const RecurringJob& recurring, std::string_view unique_key) {
  return {.queue = recurring.queue,
          .payload = recurring.payload,
          .priority = recurring.priority,
          .most_attempts = recurring.most_attempts,
          .unique_key = unique_key,
          .keep = recurring.keep};
}

struct Due {
  std::vector<Micros> ticks;
  Micros next_at = 0;
};

Result<Due> due_of(const RecurringJob& job, Micros now) {
  const auto cron = Cron::parse(job.cron);
  if (!cron) return std::unexpected(cron.error());
  const std::int64_t most = job.catch_up == RecurringJobs::CatchUp::each ? most_caught_up : 1;
  auto ticks = cron->last(job.next_at, now, most, job.time_zone);
  if (!ticks) return std::unexpected(ticks.error());
  const auto next = cron->next(now, job.time_zone);
  if (!next) return std::unexpected(next.error());
  return Due{std::move(*ticks), *next};
}

// How many jobs were enqueued. A schedule that this machine can't reckon with is put aside: others must not wait for
// it, and no tick of it is lost.
Result<std::int64_t> run_one(Transaction& transaction, const Row& row) {
  const RecurringJob& job = row.job;
  const Micros now = transaction.now();
  const std::string_view tenant = row.tenant;
  const std::string_view name = job.name;
  const auto due = due_of(job, now);
  if (!due) {
    const auto aside =
        transaction.run(put_aside, {tenant, name, now + before_next_try, std::string_view(due.error().message)});
    if (!aside) return std::unexpected(aside.error());
    return 0;
  }
  for (const Micros tick : due->ticks) {
    const auto enqueued = Jobs::enqueue(transaction, tenant, job_of(job, key_of(name, tick)));
    if (!enqueued) return std::unexpected(enqueued.error());
  }
  const Micros last_at = due->ticks.empty() ? job.last_at : due->ticks.back();
  const auto moved = transaction.run(move_on, {tenant, name, due->next_at, last_at});
  if (!moved) return std::unexpected(moved.error());
  return static_cast<std::int64_t>(due->ticks.size());
}

// The clock may have been set back behind the last tick, which must not come again.
Result<Micros> next_tick(const Cron& cron, std::string_view time_zone, Micros now, Micros last_at) {
  return cron.next(std::max(now, last_at), time_zone);
}

}  // namespace

Result<Micros> RecurringJobs::set(std::string_view tenant, std::string_view name, const Schedule& schedule) {
  if (const auto valid = check(tenant, name); !valid) return std::unexpected(valid.error());
  const auto checked = Jobs::check(tenant, {.queue = schedule.queue,
                                            .payload = schedule.payload,
                                            .priority = schedule.priority,
                                            .most_attempts = schedule.most_attempts,
                                            .keep = schedule.keep});
  if (!checked) return std::unexpected(checked.error());
  const auto cron = Cron::parse(schedule.cron);
  if (!cron) return std::unexpected(cron.error());
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<Micros> {
    const auto rows = transaction.run(hold, {tenant, name});
    if (!rows) return std::unexpected(rows.error());
    const Row old = rows->empty() ? Row() : read_row(*rows, 0, true);
    const bool same = old.job.cron == schedule.cron && old.job.time_zone == schedule.time_zone;
    if (!rows->empty() && !same && !old.job.paused && old.job.next_at <= transaction.now()) {
      const auto caught_up = run_one(transaction, old);
      if (!caught_up) return std::unexpected(caught_up.error());
    }
    const auto next = same ? Result<Micros>(old.job.next_at)
                           : next_tick(*cron, schedule.time_zone, transaction.now(), old.job.last_at);
    if (!next) return std::unexpected(next.error());
    const auto kept =
        transaction.run(put, {tenant, name, schedule.cron, schedule.time_zone, schedule.queue, Bytes{schedule.payload},
                              schedule.priority, schedule.most_attempts, std::int64_t{schedule.keep.count()},
                              static_cast<std::int64_t>(schedule.catch_up), *next});
    if (!kept) return std::unexpected(kept.error());
    return old.job.paused ? 0 : *next;
  });
}

Result<bool> RecurringJobs::remove(std::string_view tenant, std::string_view name) {
  if (const auto valid = check(tenant, name); !valid) return std::unexpected(valid.error());
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<bool> {
    const auto done = transaction.run(drop, {tenant, name});
    if (!done) return std::unexpected(done.error());
    return done->changed() > 0;
  });
}

Result<std::optional<RecurringJob>> RecurringJobs::get(std::string_view tenant, std::string_view name) {
  if (const auto valid = check(tenant, name); !valid) return std::unexpected(valid.error());
  return engine_.read([&](Transaction& transaction) -> Result<std::optional<RecurringJob>> {
    const auto rows = transaction.run(look, {tenant, name});
    if (!rows) return std::unexpected(rows.error());
    std::optional<RecurringJob> found;
    if (!rows->empty()) found = shown(read_row(*rows, 0, true).job);
    return found;
  });
}

Result<std::vector<RecurringJob>> RecurringJobs::list(std::string_view tenant, std::string_view after,
                                                      std::int64_t most) {
  if (const auto named = check_name("tenant", tenant); !named) return std::unexpected(named.error());
  if (const auto valid = check_between("recurring jobs in a list", most, 1, most_in_a_batch); !valid)
    return std::unexpected(valid.error());
  return engine_.read([&](Transaction& transaction) -> Result<std::vector<RecurringJob>> {
    const auto rows = transaction.run(list_behind, {tenant, after, most});
    if (!rows) return std::unexpected(rows.error());
    std::vector<RecurringJob> all;
    for (std::size_t i = 0; i < rows->size(); ++i) all.push_back(shown(read_row(*rows, i, false).job));
    return all;
  });
}

Result<bool> RecurringJobs::pause(std::string_view tenant, std::string_view name) {
  if (const auto valid = check(tenant, name); !valid) return std::unexpected(valid.error());
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<bool> {
    const auto done = transaction.run(stop, {tenant, name});
    if (!done) return std::unexpected(done.error());
    return done->changed() > 0;
  });
}

Result<bool> RecurringJobs::resume(std::string_view tenant, std::string_view name) {
  if (const auto valid = check(tenant, name); !valid) return std::unexpected(valid.error());
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<bool> {
    const auto rows = transaction.run(hold, {tenant, name});
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return false;
    const RecurringJob job = read_row(*rows, 0, false).job;
    if (!job.paused) return false;
    const auto cron = Cron::parse(job.cron);
    if (!cron) return std::unexpected(cron.error());
    const auto next = next_tick(*cron, job.time_zone, transaction.now(), job.last_at);
    if (!next) return std::unexpected(next.error());
    const auto done = transaction.run(go_on, {tenant, name, *next});
    if (!done) return std::unexpected(done.error());
    return true;
  });
}

Result<std::int64_t> RecurringJobs::run_due(Transaction& transaction, std::int64_t most) {
  if (const auto valid = check_between("jobs of one run", most, 1, most_in_a_batch); !valid)
    return std::unexpected(valid.error());
  std::int64_t enqueued = 0;
  for (std::int64_t schedules = 0; schedules < most && enqueued < most; ++schedules) {
    const auto rows = transaction.run(oldest_due, {transaction.now()});
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) break;
    const auto done = run_one(transaction, read_row(*rows, 0, true));
    if (!done) return std::unexpected(done.error());
    enqueued += *done;
  }
  return enqueued;
}

std::optional<RecurringJobs::Tick> RecurringJobs::tick_of(std::string_view unique_key) {
  constexpr std::string_view pattern = "@0000-00-00T00:00:00Z";
  if (unique_key.size() <= pattern.size()) return std::nullopt;
  const std::string_view tick = unique_key.substr(unique_key.size() - pattern.size());
  std::array<int, 6> numbers{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool digit = tick[i] >= '0' && tick[i] <= '9';
    if (digit != (pattern[i] == '0') || (!digit && tick[i] != pattern[i])) return std::nullopt;
    if (!digit) continue;
    if (pattern[i - 1] != '0') ++count;
    int& number = numbers.at(count - 1);
    number = number * 10 + (tick[i] - '0');
  }
  const std::chrono::year_month_day date{std::chrono::year(numbers[0]),
                                         std::chrono::month(static_cast<unsigned>(numbers[1])),
                                         std::chrono::day(static_cast<unsigned>(numbers[2]))};
  if (!date.ok() || numbers[3] > 23 || numbers[4] > 59 || numbers[5] > 59) return std::nullopt;
  const microseconds at = std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(numbers[3]) +
                          std::chrono::minutes(numbers[4]) + std::chrono::seconds(numbers[5]);
  return Tick{std::string(unique_key.substr(0, unique_key.size() - pattern.size())), at.count()};
}

}  // namespace detoy::foundation

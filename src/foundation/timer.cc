#include "foundation/timer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "foundation/bounds.h"
#include "foundation/job.h"

namespace detoy::foundation {
namespace {

using std::chrono::microseconds;

constexpr microseconds day = std::chrono::hours(24);
constexpr microseconds longest_wait = 3'660 * day;
constexpr std::size_t most_steps = 32;
constexpr std::int64_t most_in_a_batch = 1'000;
constexpr std::size_t longest_timer_name = 200;  // so that a delivery id is a unique key
constexpr std::string_view delivery_prefix = "timer:";

// All that a timer has, in the order in which timer_of() reads it. The payload is last, since lists lack it.
#define LIST_COLUMNS "name, queue, state, generation, step, next_at, remaining, steps, finished_at"

constexpr Statement there = {"SELECT generation, state FROM timer WHERE tenant = $1 AND name = $2",
                             "SELECT generation, state FROM timer WHERE tenant = $1 AND name = $2 FOR UPDATE"};
constexpr Statement drop = "DELETE FROM timer WHERE tenant = $1 AND generation = $2";
constexpr Statement add =
    "INSERT INTO timer (tenant, name, queue, payload, state, next_at, remaining, step, steps, keep, finished_at, "
    "forget_at) VALUES ($1, $2, $3, $4, 0, $5, 0, 0, $6, $7, 0, 0) RETURNING generation";
constexpr Statement stop =
    "UPDATE timer SET state = 3, next_at = 0, remaining = 0, finished_at = $3, forget_at = $3 + keep "
    "WHERE tenant = $1 AND name = $2 AND state IN (0, 1)";
constexpr Statement hold_on =
    "UPDATE timer SET state = 1, remaining = CASE WHEN next_at > $3 THEN next_at - $3 ELSE 0 END, next_at = 0 "
    "WHERE tenant = $1 AND name = $2 AND state = 0";
constexpr Statement go_on =
    "UPDATE timer SET state = 0, next_at = $3 + remaining, remaining = 0 "
    "WHERE tenant = $1 AND name = $2 AND state = 1";
constexpr Statement look = "SELECT " LIST_COLUMNS ", payload FROM timer WHERE tenant = $1 AND name = $2";
// A statement for each index: see timer_set_aside in schema_timer.h.
constexpr Statement list_scheduled =
    "SELECT " LIST_COLUMNS " FROM timer WHERE tenant = $1 AND state = 0 AND name > $2 ORDER BY name LIMIT $3";
constexpr Statement list_set_aside =
    "SELECT " LIST_COLUMNS
    " FROM timer WHERE tenant = $1 AND name > $2 AND state = $4 AND state <> 0 ORDER BY name LIMIT $3";
constexpr Statement oldest_due = {
    "SELECT generation, tenant, name, queue, step, next_at, steps, payload FROM timer "
    "WHERE state = 0 AND next_at <= $1 ORDER BY next_at, generation LIMIT 1",
    "SELECT generation, tenant, name, queue, step, next_at, steps, payload FROM timer "
    "WHERE state = 0 AND next_at <= $1 ORDER BY next_at, generation LIMIT 1 FOR UPDATE SKIP LOCKED"};
constexpr Statement next_step = "UPDATE timer SET step = step + 1, next_at = $2 WHERE generation = $1";
constexpr Statement finish =
    "UPDATE timer SET step = step + 1, state = 2, next_at = 0, finished_at = $2, forget_at = $2 + keep "
    "WHERE generation = $1";
constexpr Statement forget = {
    "DELETE FROM timer WHERE generation IN "
    "(SELECT generation FROM timer WHERE forget_at > 0 AND forget_at <= $1 ORDER BY forget_at LIMIT $2)",
    "DELETE FROM timer WHERE generation IN "
    "(SELECT generation FROM timer WHERE forget_at > 0 AND forget_at <= $1 ORDER BY forget_at LIMIT $2 "
    "FOR UPDATE SKIP LOCKED)"};

#undef LIST_COLUMNS

// Steps are stored as text: microseconds, apart by commas.
std::string text_of(std::span<const microseconds> steps) {
  std::string text;
  for (const microseconds step : steps) text += fmt::format("{}{}", text.empty() ? "" : ",", step.count());
  return text;
}

std::vector<microseconds> steps_of(std::string_view text) {
  std::vector<microseconds> steps;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end; ++at) {
    std::int64_t step = 0;
    const auto [behind, error] = std::from_chars(at, end, step);
    if (error != std::errc()) break;
    steps.emplace_back(step);
    at = behind;
  }
  return steps;
}

Timers::Timer timer_of(const Rows& rows, std::size_t row, Micros now) {
  Timers::Timer timer;
  timer.name = rows.text(row, 0);
  timer.queue = rows.text(row, 1);
  timer.state = static_cast<Timers::State>(rows.number(row, 2));
  timer.generation = rows.number(row, 3);
  timer.step = rows.number(row, 4);
  timer.next_at = rows.number(row, 5);
  timer.remaining = microseconds(rows.number(row, 6));
  if (timer.state == Timers::State::scheduled) timer.remaining = microseconds(std::max<Micros>(timer.next_at - now, 0));
  timer.steps = steps_of(rows.text(row, 7));
  timer.finished_at = rows.number(row, 8);
  return timer;
}

Result<void> check(std::string_view tenant, std::string_view name) {
  if (const auto named = check_name("tenant", tenant); !named) return named;
  if (const auto named = check_name("the name of a timer", name); !named) return named;
  if (name.size() <= longest_timer_name) return {};
  return fail(ErrorCategory::usage, fmt::format("the name of a timer must not be longer than {} bytes, and has {}",
                                                longest_timer_name, name.size()));
}

Result<void> check(std::string_view tenant, const Timers::NewTimer& timer) {
  if (const auto valid = check(tenant, timer.name); !valid) return valid;
  if (const auto valid = Jobs::check(tenant, {.queue = timer.queue, .payload = timer.payload}); !valid) return valid;
  if (timer.at && timer.after != microseconds::zero())
    return fail(ErrorCategory::usage, "a timer fires at a time or after a while, not both");
  if (const auto valid = check_between("after (microseconds)", timer.after.count(), 0, longest_wait.count()); !valid)
    return valid;
  if (const auto valid = check_between("steps", static_cast<std::int64_t>(timer.steps.size()), 0, most_steps); !valid)
    return valid;
  for (const microseconds step : timer.steps) {
    if (const auto valid = check_between("a step (microseconds)", step.count(), 1'000, longest_wait.count()); !valid)
      return valid;
  }
  return check_between("keep (microseconds)", timer.keep.count(), 0, 366 * day.count());
}

std::string delivery_id(std::string_view name, std::int64_t generation, std::int64_t step) {
  return fmt::format("{}{}:{}:{}", delivery_prefix, name, generation, step);
}

// Fires the timer of the first row.
Result<void> fire(Transaction& transaction, const Rows& rows) {
  const std::int64_t generation = rows.number(0, 0);
  const std::int64_t step = rows.number(0, 4);
  const std::string id = delivery_id(rows.text(0, 2), generation, step);
  const auto enqueued = Jobs::enqueue(transaction, rows.text(0, 1),
                                      {.queue = rows.text(0, 3), .payload = rows.text(0, 7), .unique_key = id});
  if (!enqueued) return std::unexpected(enqueued.error());
  const std::vector<microseconds> steps = steps_of(rows.text(0, 6));
  const bool last = step >= static_cast<std::int64_t>(steps.size());
  // A step counts from when the one before was to fire, so that a late call does not move those that follow.
  const auto changed =
      last
          ? transaction.run(finish, {generation, transaction.now()})
          : transaction.run(next_step, {generation, rows.number(0, 5) + steps[static_cast<std::size_t>(step)].count()});
  if (!changed) return std::unexpected(changed.error());
  return {};
}

// Whether the statement, which takes a tenant, a name and the time, changed the timer.
Result<bool> change(Transaction& transaction, const Statement& statement, std::string_view tenant,
                    std::string_view name) {
  const auto done = transaction.run(statement, {tenant, name, transaction.now()});
  if (!done) return std::unexpected(done.error());
  return done->changed() > 0;
}

}  // namespace

Result<Timers::Scheduled> Timers::schedule(Transaction& transaction, std::string_view tenant, const NewTimer& timer) {
  if (const auto valid = check(tenant, timer); !valid) return std::unexpected(valid.error());
  const Micros now = transaction.now();
  const Micros next_at = timer.at ? *timer.at : now + timer.after.count();
  if (const auto valid = check_between("at (microseconds since 1970)", next_at, 0, now + longest_wait.count()); !valid)
    return std::unexpected(valid.error());
  const auto old = transaction.run(there, {tenant, timer.name});
  if (!old) return std::unexpected(old.error());
  if (!old->empty()) {
    const auto state = static_cast<State>(old->number(0, 1));
    const bool waits = state == State::scheduled || state == State::paused;
    if (waits && timer.if_there == IfThere::refuse)
      return fail(ErrorCategory::conflict, fmt::format("there is a timer '{}' already", timer.name));
    const auto dropped = transaction.run(drop, {tenant, old->number(0, 0)});
    if (!dropped) return std::unexpected(dropped.error());
  }
  const std::string steps = text_of(timer.steps);
  const auto added = transaction.run(add, {tenant, timer.name, timer.queue, Bytes{timer.payload}, next_at,
                                           std::string_view(steps), std::int64_t{timer.keep.count()}});
  if (!added) return std::unexpected(added.error());
  return Scheduled{added->number(0, 0), next_at};
}

Result<Timers::Scheduled> Timers::schedule(std::string_view tenant, const NewTimer& timer) {
  return engine_.write(durability_, [&](Transaction& transaction) { return schedule(transaction, tenant, timer); });
}

Result<bool> Timers::cancel(Transaction& transaction, std::string_view tenant, std::string_view name) {
  if (const auto valid = check(tenant, name); !valid) return std::unexpected(valid.error());
  return change(transaction, stop, tenant, name);
}

Result<bool> Timers::cancel(std::string_view tenant, std::string_view name) {
  return engine_.write(durability_, [&](Transaction& transaction) { return cancel(transaction, tenant, name); });
}

Result<bool> Timers::pause(std::string_view tenant, std::string_view name) {
  if (const auto valid = check(tenant, name); !valid) return std::unexpected(valid.error());
  return engine_.write(durability_,
                       [&](Transaction& transaction) { return change(transaction, hold_on, tenant, name); });
}

Result<bool> Timers::resume(std::string_view tenant, std::string_view name) {
  if (const auto valid = check(tenant, name); !valid) return std::unexpected(valid.error());
  return engine_.write(durability_, [&](Transaction& transaction) { return change(transaction, go_on, tenant, name); });
}

Result<std::optional<Timers::Timer>> Timers::get(std::string_view tenant, std::string_view name) {
  if (const auto valid = check(tenant, name); !valid) return std::unexpected(valid.error());
  return engine_.read([&](Transaction& transaction) -> Result<std::optional<Timer>> {
    const auto rows = transaction.run(look, {tenant, name});
    if (!rows) return std::unexpected(rows.error());
    std::optional<Timer> found;
    if (!rows->empty()) {
      found = timer_of(*rows, 0, transaction.now());
      found->payload = rows->text(0, 9);
    }
    return found;
  });
}

Result<std::vector<Timers::Timer>> Timers::list(std::string_view tenant, State state, std::string_view after,
                                                std::int64_t most) {
  if (const auto named = check_name("tenant", tenant); !named) return std::unexpected(named.error());
  if (const auto valid = check_between("timers in a list", most, 1, most_in_a_batch); !valid)
    return std::unexpected(valid.error());
  return engine_.read([&](Transaction& transaction) -> Result<std::vector<Timer>> {
    const auto rows = state == State::scheduled
                          ? transaction.run(list_scheduled, {tenant, after, most})
                          : transaction.run(list_set_aside, {tenant, after, most, static_cast<std::int64_t>(state)});
    if (!rows) return std::unexpected(rows.error());
    std::vector<Timer> all;
    for (std::size_t i = 0; i < rows->size(); ++i) all.push_back(timer_of(*rows, i, transaction.now()));
    return all;
  });
}

Result<std::int64_t> Timers::fire_due(Transaction& transaction, std::int64_t most) {
  if (const auto valid = check_between("firings of one call", most, 1, most_in_a_batch); !valid)
    return std::unexpected(valid.error());
  // One at a time: the next step of the one that fired may be due, and older than what else is.
  std::int64_t fired = 0;
  for (; fired < most; ++fired) {
    const auto rows = transaction.run(oldest_due, {transaction.now()});
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) break;
    if (const auto done = fire(transaction, *rows); !done) return std::unexpected(done.error());
  }
  return fired;
}

Result<std::int64_t> Timers::sweep(Transaction& transaction, std::int64_t most) {
  const auto done = transaction.run(forget, {transaction.now(), most});
  if (!done) return std::unexpected(done.error());
  return done->changed();
}

std::optional<Timers::Delivery> Timers::delivery_of(std::string_view unique_key) {
  if (!unique_key.starts_with(delivery_prefix)) return std::nullopt;
  unique_key.remove_prefix(delivery_prefix.size());
  // Names may contain colons: the numbers are behind the last two.
  const auto take_number = [&]() -> std::optional<std::int64_t> {
    const std::size_t colon = unique_key.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view digits = unique_key.substr(colon + 1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || value < 0) return std::nullopt;
    unique_key = unique_key.substr(0, colon);
    return value;
  };
  const std::optional<std::int64_t> step = take_number();
  const std::optional<std::int64_t> generation = take_number();
  if (!step || !generation || unique_key.empty()) return std::nullopt;
  return Delivery{std::string(unique_key), *generation, *step};
}

}  // namespace detoy::foundation

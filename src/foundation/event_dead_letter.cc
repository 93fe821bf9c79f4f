#include "foundation/event_dead_letter.h"

#include <fmt/format.h>

#include "foundation/bounds.h"
#include "foundation/event_envelope.h"

namespace detoy::foundation {
namespace {

constexpr std::int64_t most_in_a_call = 1'000;
constexpr std::size_t longest_error = 64 << 10;
constexpr std::chrono::microseconds longest_delay = std::chrono::hours(24);

constexpr Statement redriven = "SELECT attempts, " DETOY_EVENT_COLUMNS
                               " FROM event_dead_letter WHERE group_id = $1 AND partition = $2 AND redriven = 1 "
                               "ORDER BY position LIMIT $3";
constexpr Statement sizes_of_redriven =
    "SELECT length(data) FROM event_dead_letter WHERE group_id = $1 AND partition = $2 AND redriven = 1 "
    "ORDER BY position LIMIT $3";
constexpr Statement give_out =
    "UPDATE event_dead_letter SET token = $4 WHERE group_id = $1 AND partition = $2 AND redriven = 1 "
    "AND position <= $3";
constexpr Statement settle =
    "DELETE FROM event_dead_letter WHERE group_id = $1 AND partition = $2 AND redriven = 1 AND position <= $3 "
    "AND token = $4";
constexpr Statement last_open =
    "SELECT position FROM event_dead_letter WHERE group_id = $1 AND partition = $2 AND redriven = 1 AND token = $3 "
    "ORDER BY position DESC LIMIT 1";
constexpr Statement open_letter = {
    "SELECT attempts FROM event_dead_letter WHERE group_id = $1 AND position = $2 AND redriven = 1 AND token = $3",
    "SELECT attempts FROM event_dead_letter WHERE group_id = $1 AND position = $2 AND redriven = 1 AND token = $3 "
    "FOR UPDATE"};
constexpr Statement note_failure =
    "UPDATE event_dead_letter SET attempts = $3, error = $4, died_at = $5, redriven = $6, token = 0 "
    "WHERE group_id = $1 AND position = $2";
constexpr Statement first_behind =
    "SELECT position FROM event WHERE topic = $1 AND partition = $2 AND position > $3 ORDER BY position LIMIT 1";
// One that was dead before may come again after seek().
constexpr Statement add_letter = {
    "INSERT INTO event_dead_letter (group_id, redriven, token, attempts, died_at, error, " DETOY_EVENT_COLUMNS
    ") SELECT CAST($1 AS BIGINT), 0, 0, CAST($5 AS BIGINT), CAST($6 AS BIGINT), CAST($7 AS BLOB), " DETOY_EVENT_COLUMNS
    " FROM event WHERE topic = $2 AND partition = $3 AND position = $4 ON CONFLICT (group_id, position) DO UPDATE SET "
    "redriven = 0, token = 0, attempts = excluded.attempts, died_at = excluded.died_at, error = excluded.error",
    "INSERT INTO event_dead_letter (group_id, redriven, token, attempts, died_at, error, " DETOY_EVENT_COLUMNS
    ") SELECT CAST($1 AS BIGINT), 0, 0, CAST($5 AS BIGINT), CAST($6 AS BIGINT), CAST($7 AS BYTEA), " DETOY_EVENT_COLUMNS
    " FROM event WHERE topic = $2 AND partition = $3 AND position = $4 ON CONFLICT (group_id, position) DO UPDATE SET "
    "redriven = 0, token = 0, attempts = excluded.attempts, died_at = excluded.died_at, error = excluded.error"};
constexpr Statement list = "SELECT attempts, died_at, error, " DETOY_EVENT_COLUMNS
                           " FROM event_dead_letter WHERE group_id = $1 AND position > $2 AND redriven = 0 "
                           "ORDER BY position LIMIT $3";
constexpr Statement sizes_of_list =
    "SELECT length(data) + length(error) FROM event_dead_letter WHERE group_id = $1 AND position > $2 AND redriven = 0 "
    "ORDER BY position LIMIT $3";
constexpr Statement revive =
    "UPDATE event_dead_letter SET redriven = 1, token = 0, attempts = 0 WHERE group_id = $1 AND position = $2 "
    "AND redriven = 0 RETURNING partition";
constexpr Statement tell_cursor = "UPDATE event_cursor SET redriven = 1 WHERE group_id = $1 AND partition = $2";
constexpr Statement forget = "DELETE FROM event_dead_letter WHERE group_id = $1 AND position = $2 AND redriven = 0";

Result<void> run(Transaction& transaction, const Statement& statement, std::initializer_list<Param> params) {
  const auto done = transaction.run(statement, params);
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<void> note_open(Transaction& transaction, std::int64_t group, CursorRow& cursor) {
  const auto last = transaction.run(last_open, {group, cursor.partition, cursor.token});
  if (!last) return std::unexpected(last.error());
  cursor.redelivered = last->empty() ? 0 : last->number(0, 0);
  return put_cursor(transaction, group, cursor);
}

// All that is open is delivered again, and what comes late for it is refused.
Result<void> deliver_again(Transaction& transaction, std::int64_t group, CursorRow& cursor, Micros wait_until) {
  cursor.delivered = cursor.committed;
  cursor.redelivered = 0;
  ++cursor.token;
  cursor.wait_until = wait_until;
  return put_cursor(transaction, group, cursor);
}

std::unexpected<Error> not_first(const EventGroups::Failure& failure) {
  return detoy::fail(ErrorCategory::conflict, fmt::format("position {} of partition {} is not the first that is open",
                                                          failure.position, failure.partition));
}

Result<bool> fail_letter(Transaction& transaction, std::int64_t group, CursorRow& cursor,
                         const EventGroups::Failure& failure) {
  const auto letter = transaction.run(open_letter, {group, failure.position, cursor.token});
  if (!letter) return std::unexpected(letter.error());
  if (letter->empty()) return not_first(failure);
  const std::int64_t attempts = letter->number(0, 0) + 1;
  const bool dead = attempts >= failure.most_attempts;
  const auto noted =
      run(transaction, note_failure,
          {group, failure.position, attempts, Bytes{failure.error}, transaction.now(), std::int64_t{dead ? 0 : 1}});
  if (!noted) return std::unexpected(noted.error());
  const auto done = dead ? note_open(transaction, group, cursor)
                         : deliver_again(transaction, group, cursor, transaction.now() + failure.delay.count());
  if (!done) return std::unexpected(done.error());
  return dead;
}

Result<bool> fail_event(Transaction& transaction, const GroupRow& group, CursorRow& cursor,
                        const EventGroups::Failure& failure) {
  const auto first = transaction.run(first_behind, {group.topic.id, cursor.partition, cursor.committed});
  if (!first) return std::unexpected(first.error());
  if (failure.position > cursor.delivered || first->empty() || first->number(0, 0) != failure.position)
    return not_first(failure);
  const std::int64_t attempts = (cursor.failing == failure.position ? cursor.attempts : 0) + 1;
  const bool dead = attempts >= failure.most_attempts;
  if (!dead) {
    cursor.failing = failure.position;
    cursor.attempts = attempts;
    const auto done = deliver_again(transaction, group.id, cursor, transaction.now() + failure.delay.count());
    if (!done) return std::unexpected(done.error());
    return false;
  }
  if (const auto buried = bury(transaction, group, failure, attempts); !buried) return std::unexpected(buried.error());
  cursor.committed = failure.position;
  cursor.failing = 0;
  cursor.attempts = 0;
  const auto done = put_cursor(transaction, group.id, cursor);
  if (!done) return std::unexpected(done.error());
  return true;
}

Result<void> check_letters(const EventGroups::Group& group, std::span<const std::int64_t> positions) {
  if (const auto named = check_group(group); !named) return named;
  return check_between("positions in a call", static_cast<std::int64_t>(positions.size()), 1, most_in_a_call);
}

}  // namespace

Result<void> deliver_letters(Transaction& transaction, const GroupRow& group, CursorRow& cursor, std::int64_t most,
                             AnswerRoom& room, std::vector<EventGroups::Delivery>& deliveries) {
  const auto fitting = room.rows(transaction, sizes_of_redriven, {group.id, cursor.partition, most}, most);
  if (!fitting) return std::unexpected(fitting.error());
  const auto rows = transaction.run(redriven, {group.id, cursor.partition, *fitting});
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty()) {
    cursor.redriven = 0;
    return {};
  }
  for (std::size_t i = 0; i < rows->size(); ++i) {
    deliveries.push_back({.event = event_of(*rows, i, 1, group.topic.seed),
                          .token = cursor.token,
                          .attempts = rows->number(i, 0),
                          .redriven = true});
    room.take(deliveries.back().event.data.size());
  }
  cursor.redelivered = deliveries.back().event.position;
  return run(transaction, give_out, {group.id, cursor.partition, cursor.redelivered, cursor.token});
}

Result<void> settle_letters(Transaction& transaction, std::int64_t group, CursorRow& cursor, std::int64_t position) {
  if (const auto done = run(transaction, settle, {group, cursor.partition, position, cursor.token}); !done) return done;
  return note_open(transaction, group, cursor);
}

Result<void> bury(Transaction& transaction, const GroupRow& group, const EventGroups::Failure& failure,
                  std::int64_t attempts) {
  return run(transaction, add_letter,
             {group.id, group.topic.id, failure.partition, failure.position, attempts, transaction.now(),
              Bytes{failure.error}});
}

Result<bool> EventGroups::fail(const Group& group, const Failure& failure) {
  if (const auto named = check_group(group); !named) return std::unexpected(named.error());
  if (const auto valid = check_between("most attempts", failure.most_attempts, 1, 1'000); !valid)
    return std::unexpected(valid.error());
  if (const auto valid = check_between("delay (microseconds)", failure.delay.count(), 0, longest_delay.count()); !valid)
    return std::unexpected(valid.error());
  Failure told = failure;
  told.error = told.error.substr(0, longest_error);
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<bool> {
    const auto row = need_group(transaction, group);
    if (!row) return std::unexpected(row.error());
    auto cursor = cursor_of(transaction, row->id, told.partition);
    if (!cursor) return std::unexpected(cursor.error());
    if (!*cursor || (*cursor)->token != told.token || (*cursor)->member.empty())
      return lost_loan(group, told.partition);
    return (*cursor)->redelivered > 0 ? fail_letter(transaction, row->id, **cursor, told)
                                      : fail_event(transaction, *row, **cursor, told);
  });
}

Result<std::vector<EventGroups::DeadLetter>> EventGroups::dead_letters(const Group& group, std::int64_t after,
                                                                       std::int64_t most) {
  if (const auto named = check_group(group); !named) return std::unexpected(named.error());
  if (const auto valid = check_between("dead letters to list", most, 1, most_in_a_call); !valid)
    return std::unexpected(valid.error());
  return engine_.read([&](Transaction& transaction) -> Result<std::vector<DeadLetter>> {
    const auto row = need_group(transaction, group);
    if (!row) return std::unexpected(row.error());
    const auto fitting = AnswerRoom().rows(transaction, sizes_of_list, {row->id, after, most}, most);
    if (!fitting) return std::unexpected(fitting.error());
    const auto rows = transaction.run(list, {row->id, after, *fitting});
    if (!rows) return std::unexpected(rows.error());
    std::vector<DeadLetter> letters;
    letters.reserve(rows->size());
    for (std::size_t i = 0; i < rows->size(); ++i) {
      letters.push_back({.event = event_of(*rows, i, 3, row->topic.seed),
                         .attempts = rows->number(i, 0),
                         .error = rows->text(i, 2),
                         .died_at = rows->number(i, 1)});
    }
    return letters;
  });
}

Result<std::int64_t> EventGroups::redrive(const Group& group, std::span<const std::int64_t> positions) {
  if (const auto valid = check_letters(group, positions); !valid) return std::unexpected(valid.error());
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<std::int64_t> {
    const auto row = need_group(transaction, group);
    if (!row) return std::unexpected(row.error());
    std::int64_t count = 0;
    for (const std::int64_t position : positions) {
      const auto revived = transaction.run(revive, {row->id, position});
      if (!revived) return std::unexpected(revived.error());
      if (revived->empty()) continue;
      if (const auto told = run(transaction, tell_cursor, {row->id, revived->number(0, 0)}); !told)
        return std::unexpected(told.error());
      ++count;
    }
    return count;
  });
}

Result<std::int64_t> EventGroups::discard(const Group& group, std::span<const std::int64_t> positions) {
  if (const auto valid = check_letters(group, positions); !valid) return std::unexpected(valid.error());
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<std::int64_t> {
    const auto row = need_group(transaction, group);
    if (!row) return std::unexpected(row.error());
    std::int64_t count = 0;
    for (const std::int64_t position : positions) {
      const auto gone = transaction.run(forget, {row->id, position});
      if (!gone) return std::unexpected(gone.error());
      count += gone->changed();
    }
    return count;
  });
}

}  // namespace detoy::foundation

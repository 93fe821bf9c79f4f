#include "foundation/event_group.h"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/bounds.h"
#include "foundation/event_cursor.h"
#include "foundation/event_dead_letter.h"

namespace detoy::foundation {
namespace {

constexpr std::int64_t most_positions = 256;

// The usual case in one statement. Anything else is looked at by commit_slowly().
constexpr Statement move =
    "UPDATE event_cursor SET committed = $4, failing = 0, attempts = 0 WHERE group_id = $1 AND partition = $2 "
    "AND token = $3 AND member = $5 AND committed < $4 AND delivered >= $4 AND redelivered = 0";
constexpr Statement beat =
    "UPDATE event_cursor SET lease_until = $5 WHERE group_id = $1 AND partition = $2 AND token = $3 AND member = $4";
constexpr Statement give_back =
    "UPDATE event_cursor SET member = '', lease_until = 0 WHERE group_id = $1 AND member = $2";
constexpr Statement forget_member = "DELETE FROM event_member WHERE group_id = $1 AND member = $2";
constexpr Statement set_all =
    "UPDATE event_cursor SET committed = $2, delivered = $2, token = token + 1, member = '', lease_until = 0, "
    "failing = 0, attempts = 0, wait_until = 0, redelivered = 0 WHERE group_id = $1";
constexpr Statement count =
    "SELECT partition, committed, (SELECT count(*) FROM (SELECT 1 FROM event WHERE event.topic = $2 "
    "AND event.partition = event_cursor.partition AND event.position > event_cursor.committed LIMIT 10000) AS behind), "
    "CASE WHEN lease_until > $3 THEN member ELSE '' END FROM event_cursor WHERE group_id = $1 ORDER BY partition";

Result<void> check_positions(const EventGroups::Group& group, std::string_view member,
                             std::span<const EventGroups::Position> positions) {
  if (const auto named = check_group(group); !named) return named;
  if (const auto named = check_name("member", member); !named) return named;
  return check_between("positions in a call", static_cast<std::int64_t>(positions.size()), 1, most_positions);
}

// What was committed already, dead letters, and what is refused.
Result<void> commit_slowly(Transaction& transaction, const EventGroups::Group& group, std::int64_t group_id,
                           std::string_view member, const EventGroups::Position& position) {
  auto cursor = cursor_of(transaction, group_id, position.partition);
  if (!cursor) return std::unexpected(cursor.error());
  if (!*cursor || (*cursor)->token != position.token || (*cursor)->member != member)
    return lost_loan(group, position.partition);
  const bool letters = (*cursor)->redelivered > 0;
  const std::int64_t last = letters ? (*cursor)->redelivered : (*cursor)->delivered;
  if (position.position > last)
    return detoy::fail(ErrorCategory::conflict, fmt::format("position {} of partition {} was not delivered",
                                                            position.position, position.partition));
  if (!letters) return {};
  return settle_letters(transaction, group_id, **cursor, position.position);
}

Result<void> set_cursors(Transaction& transaction, const GroupRow& group, std::int64_t position) {
  const auto done = transaction.run(set_all, {group.id, std::min(position, group.topic.last_position)});
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace

Result<bool> EventGroups::create(const Group& group, Start start) {
  if (const auto named = check_group(group); !named) return std::unexpected(named.error());
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<bool> {
    bool fresh = false;
    const auto made = find_or_create_group(transaction, group, start, fresh);
    if (!made) return std::unexpected(made.error());
    return fresh;
  });
}

Result<void> EventGroups::commit(Transaction& transaction, const Group& group, std::string_view member,
                                 std::span<const Position> positions) {
  if (const auto valid = check_positions(group, member, positions); !valid) return valid;
  const auto row = need_group(transaction, group);
  if (!row) return std::unexpected(row.error());
  for (const Position& position : positions) {
    const auto moved = transaction.run(move, {row->id, position.partition, position.token, position.position, member});
    if (!moved) return std::unexpected(moved.error());
    if (moved->changed() > 0) continue;
    if (const auto done = commit_slowly(transaction, group, row->id, member, position); !done) return done;
  }
  return {};
}

Result<void> EventGroups::commit(const Group& group, std::string_view member, std::span<const Position> positions) {
  return engine_.write(durability_,
                       [&](Transaction& transaction) { return commit(transaction, group, member, positions); });
}

Result<Micros> EventGroups::heartbeat(const Group& group, std::string_view member, std::span<const Position> positions,
                                      std::chrono::microseconds lease) {
  if (const auto valid = check_positions(group, member, positions); !valid) return std::unexpected(valid.error());
  if (const auto valid = check_lease(lease); !valid) return std::unexpected(valid.error());
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<Micros> {
    const auto row = need_group(transaction, group);
    if (!row) return std::unexpected(row.error());
    const Micros until = transaction.now() + lease.count();
    for (const Position& position : positions) {
      const auto kept = transaction.run(beat, {row->id, position.partition, position.token, member, until});
      if (!kept) return std::unexpected(kept.error());
      if (kept->changed() == 0) return lost_loan(group, position.partition);
    }
    if (const auto noted = note_member(transaction, row->id, member, until); !noted)
      return std::unexpected(noted.error());
    return until;
  });
}

Result<std::int64_t> EventGroups::release(const Group& group, std::string_view member) {
  if (const auto named = check_group(group); !named) return std::unexpected(named.error());
  if (const auto named = check_name("member", member); !named) return std::unexpected(named.error());
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<std::int64_t> {
    const auto row = need_group(transaction, group);
    if (!row) return std::unexpected(row.error());
    const auto given = transaction.run(give_back, {row->id, member});
    if (!given) return std::unexpected(given.error());
    const auto forgotten = transaction.run(forget_member, {row->id, member});
    if (!forgotten) return std::unexpected(forgotten.error());
    return given->changed();
  });
}

Result<void> EventGroups::seek(const Group& group, std::int64_t position) {
  if (const auto named = check_group(group); !named) return named;
  if (const auto valid = check_between("position", position, 0, INT64_MAX); !valid) return valid;
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<void> {
    const auto row = need_group(transaction, group);
    if (!row) return std::unexpected(row.error());
    return set_cursors(transaction, *row, position);
  });
}

Result<void> EventGroups::seek_to_time(const Group& group, Micros time) {
  if (const auto named = check_group(group); !named) return named;
  return engine_.write(durability_, [&](Transaction& transaction) -> Result<void> {
    const auto row = need_group(transaction, group);
    if (!row) return std::unexpected(row.error());
    const auto position = position_before(transaction, row->topic, time);
    if (!position) return std::unexpected(position.error());
    return set_cursors(transaction, *row, *position);
  });
}

Result<std::vector<EventGroups::Lag>> EventGroups::lag(const Group& group) {
  if (const auto named = check_group(group); !named) return std::unexpected(named.error());
  return engine_.read([&](Transaction& transaction) -> Result<std::vector<Lag>> {
    const auto row = need_group(transaction, group);
    if (!row) return std::unexpected(row.error());
    const auto rows = transaction.run(count, {row->id, row->topic.id, transaction.now()});
    if (!rows) return std::unexpected(rows.error());
    std::vector<Lag> lags;
    for (std::size_t i = 0; i < rows->size(); ++i)
      lags.push_back({rows->number(i, 0), rows->number(i, 1), rows->number(i, 2), rows->text(i, 3)});
    return lags;
  });
}

}  // namespace detoy::foundation

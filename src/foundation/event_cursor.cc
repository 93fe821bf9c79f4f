#include "foundation/event_cursor.h"

#include <fmt/format.h>

#include "foundation/bounds.h"

namespace detoy::foundation {
namespace {

#define CURSOR_COLUMNS                                                                                     \
  "partition, committed, delivered, token, member, lease_until, failing, attempts, wait_until, redriven, " \
  "redelivered"

constexpr Statement look =
    "SELECT event_topic.id, event_topic.partitions, event_topic.last_position, event_topic.seed, event_topic.last_at, "
    "event_group.id FROM event_topic JOIN event_group ON event_group.topic = event_topic.id "
    "WHERE event_topic.tenant = $1 AND event_topic.name = $2 AND event_group.name = $3";
constexpr Statement add =
    "INSERT INTO event_group (topic, name) VALUES ($1, $2) ON CONFLICT (topic, name) DO NOTHING RETURNING id";
constexpr Statement add_cursors =
    "WITH RECURSIVE numbers (number) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT number + 1 FROM numbers "
    "WHERE number + 1 < CAST($2 AS BIGINT)) "
    "INSERT INTO event_cursor (group_id, " CURSOR_COLUMNS
    ") SELECT CAST($1 AS BIGINT), number, CAST($3 AS BIGINT), CAST($3 AS BIGINT), 0, '', 0, 0, 0, 0, 0, 0 FROM numbers";
constexpr Statement all = {"SELECT " CURSOR_COLUMNS " FROM event_cursor WHERE group_id = $1 ORDER BY partition",
                           "SELECT " CURSOR_COLUMNS
                           " FROM event_cursor WHERE group_id = $1 ORDER BY partition FOR UPDATE"};
constexpr Statement one = {"SELECT " CURSOR_COLUMNS " FROM event_cursor WHERE group_id = $1 AND partition = $2",
                           "SELECT " CURSOR_COLUMNS
                           " FROM event_cursor WHERE group_id = $1 AND partition = $2 FOR UPDATE"};
constexpr Statement put =
    "UPDATE event_cursor SET committed = $3, delivered = $4, token = $5, member = $6, lease_until = $7, failing = $8, "
    "attempts = $9, wait_until = $10, redriven = $11, redelivered = $12 WHERE group_id = $1 AND partition = $2";
constexpr Statement see =
    "INSERT INTO event_member (group_id, member, seen_until) VALUES ($1, $2, $3) "
    "ON CONFLICT (group_id, member) DO UPDATE SET seen_until = excluded.seen_until";

#undef CURSOR_COLUMNS

CursorRow cursor_in(const Rows& rows, std::size_t row) {
  return {.partition = rows.number(row, 0),
          .committed = rows.number(row, 1),
          .delivered = rows.number(row, 2),
          .token = rows.number(row, 3),
          .member = rows.text(row, 4),
          .lease_until = rows.number(row, 5),
          .failing = rows.number(row, 6),
          .attempts = rows.number(row, 7),
          .wait_until = rows.number(row, 8),
          .redriven = rows.number(row, 9),
          .redelivered = rows.number(row, 10)};
}

}  // namespace

Result<void> check_group(const EventGroups::Group& group) {
  if (const auto named = check_topic(group.tenant, group.topic); !named) return named;
  return check_name("group", group.name);
}

Result<std::optional<GroupRow>> find_group(Transaction& transaction, const EventGroups::Group& group) {
  const auto rows = transaction.run(look, {group.tenant, group.topic, group.name});
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty()) return std::nullopt;
  return GroupRow{.topic = {.id = rows->number(0, 0),
                            .partitions = rows->number(0, 1),
                            .last_position = rows->number(0, 2),
                            .seed = rows->number(0, 3),
                            .last_at = rows->number(0, 4)},
                  .id = rows->number(0, 5)};
}

Result<GroupRow> need_group(Transaction& transaction, const EventGroups::Group& group) {
  const auto found = find_group(transaction, group);
  if (!found) return std::unexpected(found.error());
  if (*found) return **found;
  return std::unexpected(
      Error{ErrorCategory::conflict, fmt::format("topic {} has no group {}", group.topic, group.name)});
}

Result<GroupRow> find_or_create_group(Transaction& transaction, const EventGroups::Group& group,
                                      EventGroups::Start start, bool& fresh) {
  fresh = false;
  const auto found = find_group(transaction, group);
  if (!found) return std::unexpected(found.error());
  if (*found) return **found;
  const auto topic = find_or_create_topic(transaction, group.tenant, group.topic);
  if (!topic) return std::unexpected(topic.error());
  const auto added = transaction.run(add, {topic->id, group.name});
  if (!added) return std::unexpected(added.error());
  if (added->empty()) return std::unexpected(Error{ErrorCategory::unavailable, "the group is just being made"});
  const std::int64_t id = added->number(0, 0);
  const std::int64_t begin = start == EventGroups::Start::latest ? topic->last_position : 0;
  const auto filled = transaction.run(add_cursors, {id, topic->partitions, begin});
  if (!filled) return std::unexpected(filled.error());
  fresh = true;
  return GroupRow{*topic, id};
}

Result<std::vector<CursorRow>> cursors_of(Transaction& transaction, std::int64_t group) {
  const auto rows = transaction.run(all, {group});
  if (!rows) return std::unexpected(rows.error());
  std::vector<CursorRow> cursors;
  cursors.reserve(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i) cursors.push_back(cursor_in(*rows, i));
  return cursors;
}

Result<std::optional<CursorRow>> cursor_of(Transaction& transaction, std::int64_t group, std::int64_t partition) {
  const auto rows = transaction.run(one, {group, partition});
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty()) return std::nullopt;
  return cursor_in(*rows, 0);
}

Result<void> put_cursor(Transaction& transaction, std::int64_t group, const CursorRow& cursor) {
  const auto done = transaction.run(put, {group, cursor.partition, cursor.committed, cursor.delivered, cursor.token,
                                          std::string_view(cursor.member), cursor.lease_until, cursor.failing,
                                          cursor.attempts, cursor.wait_until, cursor.redriven, cursor.redelivered});
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<void> note_member(Transaction& transaction, std::int64_t group, std::string_view member, Micros until) {
  const auto done = transaction.run(see, {group, member, until});
  if (!done) return std::unexpected(done.error());
  return {};
}

std::unexpected<Error> lost_loan(const EventGroups::Group& group, std::int64_t partition) {
  return detoy::fail(
      ErrorCategory::conflict,
      fmt::format("partition {} of {} is not lent to this member of {} any more", partition, group.topic, group.name));
}

}  // namespace detoy::foundation

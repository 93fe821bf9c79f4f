#include "foundation/webhook_cursor.h"

#include "foundation/event_dead_letter.h"
#include "foundation/event_envelope.h"
#include "foundation/webhook_row.h"

namespace detoy::foundation {
namespace {

constexpr Statement greatest_token = "SELECT coalesce(max(token), 0) FROM event_cursor WHERE group_id = $1";
constexpr Statement least_committed = "SELECT coalesce(min(committed), 0) FROM event_cursor WHERE group_id = $1";
constexpr Statement redriven =
    "SELECT attempts, " DETOY_EVENT_COLUMNS
    " FROM event_dead_letter WHERE group_id = $1 AND redriven = 1 ORDER BY position LIMIT $2";
// Cursors that are further than others were moved by somebody else.
#define DETOY_NEXT(position_in_text)                                                                          \
  "SELECT " DETOY_EVENT_COLUMNS                                                                               \
  " FROM event WHERE topic = $1 AND position > $2 AND position > (SELECT committed FROM event_cursor AS own " \
  "WHERE own.group_id = $3 AND own.partition = event.partition) AND position <= $5 "                          \
  "AND ($6 = '' OR " position_in_text "($6, '\n' || type || '\n') > 0) ORDER BY position LIMIT $4"
constexpr Statement next = {DETOY_NEXT("instr"), DETOY_NEXT("strpos")};
#undef DETOY_NEXT
constexpr Statement advance =
    "UPDATE event_cursor SET committed = $2, delivered = CASE WHEN delivered < $2 THEN $2 ELSE delivered END "
    "WHERE group_id = $1 AND committed < $2";
constexpr Statement settle = "DELETE FROM event_dead_letter WHERE group_id = $1 AND position = $2 AND redriven = 1";
constexpr Statement note =
    "UPDATE event_dead_letter SET attempts = $3 WHERE group_id = $1 AND position = $2 AND redriven = 1";
constexpr Statement die_again =
    "UPDATE event_dead_letter SET redriven = 0, token = 0, attempts = $3, died_at = $4, error = $5 "
    "WHERE group_id = $1 AND position = $2 AND redriven = 1";
constexpr Statement forget_letters = "DELETE FROM event_dead_letter WHERE group_id = $1";
constexpr Statement forget_members = "DELETE FROM event_member WHERE group_id = $1";
constexpr Statement forget_cursors = "DELETE FROM event_cursor WHERE group_id = $1";
constexpr Statement forget = "DELETE FROM event_group WHERE id = $1";

Result<void> run(Transaction& transaction, const Statement& statement, std::initializer_list<Param> params) {
  const auto done = transaction.run(statement, params);
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace

Result<std::int64_t> fence_of(Transaction& transaction, std::int64_t group) {
  const auto token = transaction.run(greatest_token, {group});
  if (!token) return std::unexpected(token.error());
  return token->number(0, 0);
}

Result<std::vector<EventGroups::Delivery>> next_of(Transaction& transaction, const GroupRow& group,
                                                   const std::vector<std::string>& types, std::int64_t most) {
  std::vector<EventGroups::Delivery> deliveries;
  const auto letters = transaction.run(redriven, {group.id, most});
  if (!letters) return std::unexpected(letters.error());
  for (std::size_t i = 0; i < letters->size(); ++i) {
    deliveries.push_back(
        {.event = event_of(*letters, i, 1, group.topic.seed), .attempts = letters->number(i, 0), .redriven = true});
  }
  if (!deliveries.empty()) return deliveries;
  const auto from = transaction.run(least_committed, {group.id});
  if (!from) return std::unexpected(from.error());
  const auto end = types.empty() ? Result<std::int64_t>(group.topic.last_position)
                                 : end_of_look(transaction, group.topic, from->number(0, 0));
  if (!end) return std::unexpected(end.error());
  const std::string wanted = types_text(types);
  const auto events =
      transaction.run(next, {group.topic.id, from->number(0, 0), group.id, most, *end, std::string_view(wanted)});
  if (!events) return std::unexpected(events.error());
  for (std::size_t i = 0; i < events->size(); ++i)
    deliveries.push_back({.event = event_of(*events, i, 0, group.topic.seed)});
  if (deliveries.empty()) {
    // Positions are not dense, and events may be older than the retention.
    if (const auto done = run(transaction, advance, {group.id, *end}); !done) return std::unexpected(done.error());
  }
  return deliveries;
}

Result<void> pass(Transaction& transaction, std::int64_t group, const EventGroups::Delivery& delivery) {
  return run(transaction, delivery.redriven ? settle : advance, {group, delivery.event.position});
}

Result<void> give_up(Transaction& transaction, const GroupRow& group, const EventGroups::Delivery& delivery,
                     std::int64_t attempts, std::string_view error) {
  const Event& event = delivery.event;
  if (delivery.redriven)
    return run(transaction, die_again, {group.id, event.position, attempts, transaction.now(), Bytes{error}});
  if (const auto buried = bury(transaction, group,
                               {.partition = event.partition, .position = event.position, .error = error}, attempts);
      !buried)
    return buried;
  return run(transaction, advance, {group.id, event.position});
}

Result<void> note_attempts(Transaction& transaction, std::int64_t group, const EventGroups::Delivery& delivery,
                           std::int64_t attempts) {
  if (!delivery.redriven) return {};
  return run(transaction, note, {group, delivery.event.position, attempts});
}

Result<void> forget_group(Transaction& transaction, std::int64_t group) {
  for (const Statement* statement : {&forget_letters, &forget_members, &forget_cursors, &forget}) {
    if (const auto done = run(transaction, *statement, {group}); !done) return done;
  }
  return {};
}

}  // namespace detoy::foundation

#include "foundation/event_topic.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <string>

#include "foundation/bounds.h"

namespace detoy::foundation {
namespace {

constexpr std::int64_t window = 10'000;

constexpr Statement look =
    "SELECT id, partitions, last_position, seed, last_at FROM event_topic WHERE tenant = $1 AND name = $2";
constexpr Statement add =
    "INSERT INTO event_topic (tenant, name, partitions, last_position, last_at, retention, sweep_at, seed) "
    "VALUES ($1, $2, $3, 0, 0, $4, 0, $5) ON CONFLICT (tenant, name) DO NOTHING";
// Times are kept in the order of positions, even if the clock is set back: sweep() and seek() rely on it.
constexpr Statement advance =
    "UPDATE event_topic SET last_position = last_position + $3, "
    "last_at = CASE WHEN last_at > $4 THEN last_at ELSE $4 END, "
    "sweep_at = CASE WHEN sweep_at = 0 AND retention > 0 THEN $4 + retention ELSE sweep_at END "
    "WHERE tenant = $1 AND name = $2 RETURNING id, partitions, last_position, seed, last_at";
// sweep() finds out when the oldest event is due.
constexpr Statement retain =
    "UPDATE event_topic SET retention = $3, sweep_at = $4 WHERE tenant = $1 AND name = $2 AND retention <> $3";

constexpr Statement next_event =
    "SELECT position, published_at FROM event WHERE topic = $1 AND position > $2 ORDER BY position LIMIT 1";

TopicRow topic_of(const Rows& rows) {
  return {.id = rows.number(0, 0),
          .partitions = rows.number(0, 1),
          .last_position = rows.number(0, 2),
          .seed = rows.number(0, 3),
          .last_at = rows.number(0, 4)};
}

Result<bool> add_topic(Transaction& transaction, std::string_view tenant, std::string_view topic,
                       const Events::Topic& options) {
  // No name has a line break. The time makes it another one than that of the same topic in another store.
  const std::string names = fmt::format("{}\n{}", tenant, topic);
  const auto seed = XXH3_64bits_withSeed(names.data(), names.size(), static_cast<std::uint64_t>(transaction.now()));
  const auto added = transaction.run(add, {tenant, topic, options.partitions, std::int64_t{options.retention.count()},
                                           static_cast<std::int64_t>(seed)});
  if (!added) return std::unexpected(added.error());
  return added->changed() > 0;
}

}  // namespace

Result<void> check_topic(std::string_view tenant, std::string_view topic) {
  if (const auto named = check_name("tenant", tenant); !named) return named;
  return check_name("topic", topic);
}

Result<std::optional<TopicRow>> find_topic(Transaction& transaction, std::string_view tenant, std::string_view topic) {
  const auto rows = transaction.run(look, {tenant, topic});
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty()) return std::nullopt;
  return topic_of(*rows);
}

Result<TopicRow> find_or_create_topic(Transaction& transaction, std::string_view tenant, std::string_view topic) {
  for (int tries = 0; tries < 2; ++tries) {
    const auto found = find_topic(transaction, tenant, topic);
    if (!found) return std::unexpected(found.error());
    if (*found) return **found;
    if (const auto added = add_topic(transaction, tenant, topic, {}); !added) return std::unexpected(added.error());
  }
  return std::unexpected(Error{ErrorCategory::unavailable, "the topic is just being made"});
}

Result<TopicRow> take_positions(Transaction& transaction, std::string_view tenant, std::string_view topic,
                                std::int64_t count) {
  for (int tries = 0; tries < 2; ++tries) {
    const auto rows = transaction.run(advance, {tenant, topic, count, transaction.now()});
    if (!rows) return std::unexpected(rows.error());
    if (!rows->empty()) return topic_of(*rows);
    if (const auto added = add_topic(transaction, tenant, topic, {}); !added) return std::unexpected(added.error());
  }
  return std::unexpected(Error{ErrorCategory::unavailable, "the topic is just being made"});
}

Result<bool> put_topic(Transaction& transaction, std::string_view tenant, std::string_view topic,
                       const Events::Topic& options) {
  const auto added = add_topic(transaction, tenant, topic, options);
  if (!added || *added) return added;
  const auto there = find_topic(transaction, tenant, topic);
  if (!there) return std::unexpected(there.error());
  if (*there && (*there)->partitions != options.partitions)
    return std::unexpected(Error{ErrorCategory::conflict, fmt::format("topic {} has {} partitions, and keeps them",
                                                                      topic, (*there)->partitions)});
  const std::int64_t retention = options.retention.count();
  const Micros sweep_at = retention > 0 ? transaction.now() : 0;
  const auto retained = transaction.run(retain, {tenant, topic, retention, sweep_at});
  if (!retained) return std::unexpected(retained.error());
  return false;
}

Result<std::int64_t> end_of_look(Transaction& transaction, const TopicRow& topic, std::int64_t after) {
  const auto first = transaction.run(next_event, {topic.id, after});
  if (!first) return std::unexpected(first.error());
  if (first->empty()) return topic.last_position;
  return std::min(topic.last_position, first->number(0, 0) + window - 1);
}

Result<std::int64_t> position_before(Transaction& transaction, const TopicRow& topic, Micros time) {
  std::int64_t before = 0;  // all up to here were published before
  std::int64_t end = topic.last_position;
  while (before < end) {
    const std::int64_t middle = before + (end - before) / 2;
    const auto next = transaction.run(next_event, {topic.id, middle});
    if (!next) return std::unexpected(next.error());
    if (!next->empty() && next->number(0, 1) < time) {
      before = next->number(0, 0);
    } else {
      end = middle;
    }
  }
  return before;
}

}  // namespace detoy::foundation

// The audit trail of entities: what entity.cc wrote of each change.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "foundation/bounds.h"
#include "foundation/entity.h"

namespace detoy::foundation {
namespace {

using Change = Entities::Change;
using Trail = Entities::Trail;

constexpr std::int64_t most_changes = 1'000;
constexpr std::int64_t rows_at_once = 50;
constexpr std::size_t most_bytes = 16 << 20;

// Each body is stored once: what was before is what the version before left.
#define CHANGES                                                                                      \
  "SELECT c.number, c.type, c.id, c.version, c.at, c.actor, c.request, c.operation, p.body, c.body " \
  "FROM entity_change AS c LEFT JOIN entity_change AS p "                                            \
  "ON p.tenant = c.tenant AND p.type = c.type AND p.id = c.id AND p.version = c.version - 1 "        \
  "WHERE c.tenant = $1 "
#define LATEST "AND (c.at, c.number) < ($2, $3) AND c.at >= $4 ORDER BY c.at DESC, c.number DESC LIMIT $5"

constexpr Statement of_record =
    CHANGES "AND c.type = $2 AND c.id = $3 AND c.version < $4 ORDER BY c.version DESC LIMIT $5";
constexpr Statement of_all = CHANGES LATEST;
constexpr Statement of_type = CHANGES "AND c.type = $6 " LATEST;
constexpr Statement of_actor = CHANGES "AND c.actor = $6 " LATEST;
constexpr Statement of_actor_and_type = CHANGES "AND c.actor = $6 AND c.type = $7 " LATEST;

#undef CHANGES
#undef LATEST

Change change_of(const Rows& rows, std::size_t row) {
  Change change;
  change.type = rows.text(row, 1);
  change.id = rows.text(row, 2);
  change.version = rows.number(row, 3);
  change.at = rows.number(row, 4);
  change.actor = rows.text(row, 5);
  change.request = rows.text(row, 6);
  change.operation = static_cast<Entities::Operation>(rows.number(row, 7));
  if (!rows.is_null(row, 8)) change.before = rows.text(row, 8);
  if (!rows.is_null(row, 9)) change.after = rows.text(row, 9);
  return change;
}

// Where the next page begins: below these.
struct TrailMark {
  std::int64_t at = std::numeric_limits<std::int64_t>::max();  // or the version
  std::int64_t number = std::numeric_limits<std::int64_t>::max();
};

std::string write_cursor(const TrailMark& mark) {
  return fmt::format("{}-{}", mark.at, mark.number);
}

Result<TrailMark> read_cursor(std::string_view cursor) {
  TrailMark mark;
  const char* end = cursor.data() + cursor.size();
  const auto first = std::from_chars(cursor.data(), end, mark.at);
  if (first.ec == std::errc() && first.ptr != end && *first.ptr == '-') {
    const auto second = std::from_chars(first.ptr + 1, end, mark.number);
    if (second.ec == std::errc() && second.ptr == end) return mark;
  }
  return fail(ErrorCategory::usage, "the cursor is not one of the audit trail");
}

// `next` gives the rows below a mark; `mark_of` tells the mark of a row.
template <typename Next, typename MarkOf>
Result<Trail> collect(TrailMark mark, std::int64_t limit, Next&& next, MarkOf&& mark_of) {
  Trail trail;
  std::size_t bytes = 0;
  while (true) {
    // One more than needed tells whether there is one.
    const std::int64_t most = std::min(limit - static_cast<std::int64_t>(trail.changes.size()) + 1, rows_at_once);
    const Result<Rows> rows = next(mark, most);
    if (!rows) return std::unexpected(rows.error());
    for (std::size_t row = 0; row < rows->size(); ++row) {
      Change change = change_of(*rows, row);
      bytes += change.before.value_or("").size() + change.after.value_or("").size();
      const bool full = static_cast<std::int64_t>(trail.changes.size()) == limit;
      if (full || (bytes > most_bytes && !trail.changes.empty())) {
        trail.cursor = write_cursor(mark);
        return trail;
      }
      trail.changes.push_back(std::move(change));
      mark = mark_of(*rows, row);
    }
    if (static_cast<std::int64_t>(rows->size()) < most) return trail;
  }
}

}  // namespace

Result<Trail> Entities::history(std::string_view tenant, std::string_view type, std::string_view id,
                                std::string_view cursor, std::int64_t limit) {
  if (const auto valid = check_between("limit", limit, 1, most_changes); !valid) return std::unexpected(valid.error());
  const auto from = cursor.empty() ? Result<TrailMark>(TrailMark()) : read_cursor(cursor);
  if (!from) return std::unexpected(from.error());
  return engine_.read([&](Transaction& transaction) {
    const auto next = [&](const TrailMark& mark, std::int64_t most) {
      return transaction.run(of_record, {tenant, type, id, mark.at, most});
    };
    return collect(*from, limit, next,
                   [](const Rows& rows, std::size_t row) { return TrailMark{rows.number(row, 3), 0}; });
  });
}

Result<Trail> Entities::audit(std::string_view tenant, const AuditQuery& query) {
  if (const auto valid = check_between("limit", query.limit, 1, most_changes); !valid)
    return std::unexpected(valid.error());
  auto from = query.cursor.empty() ? Result<TrailMark>(TrailMark()) : read_cursor(query.cursor);
  if (!from) return std::unexpected(from.error());
  // All at that time are out, whatever their numbers.
  if (query.until && *query.until <= from->at) *from = {*query.until, std::numeric_limits<std::int64_t>::min()};
  const Micros least = query.from.value_or(std::numeric_limits<std::int64_t>::min());
  return engine_.read([&](Transaction& transaction) {
    const auto next = [&](const TrailMark& mark, std::int64_t most) {
      if (!query.actor.empty() && !query.type.empty())
        return transaction.run(of_actor_and_type, {tenant, mark.at, mark.number, least, most, query.actor, query.type});
      if (!query.actor.empty())
        return transaction.run(of_actor, {tenant, mark.at, mark.number, least, most, query.actor});
      if (!query.type.empty()) return transaction.run(of_type, {tenant, mark.at, mark.number, least, most, query.type});
      return transaction.run(of_all, {tenant, mark.at, mark.number, least, most});
    };
    return collect(*from, query.limit, next, [](const Rows& rows, std::size_t row) {
      return TrailMark{rows.number(row, 4), rows.number(row, 0)};
    });
  });
}

}  // namespace detoy::foundation

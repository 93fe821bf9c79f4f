// Entities::query(): one range of one index is walked, from where the cursor stands.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/hexadecimal.h"
#include "foundation/bounds.h"
#include "foundation/entity.h"
#include "foundation/entity_definition.h"
#include "foundation/entity_document.h"
#include "foundation/entity_index.h"
#include "foundation/entity_record.h"

namespace detoy::foundation {
namespace {

using Condition = Entities::Condition;
using Page = Entities::Page;
using Query = Entities::Query;

constexpr std::int64_t most_records = 1'000;
constexpr std::int64_t most_walked = 5'000;
constexpr std::int64_t rows_at_once = 200;
constexpr std::size_t most_bytes = 16 << 20;
constexpr std::size_t most_filters = 3;
constexpr std::int64_t most_conditions = 16;

// The outer join keeps the order, and the place of what does not match.
#define COLUMNS "SELECT e.id, e.version, e.body, e.created_at, e.updated_at, e.deleted_at, i.value, i.id "
#define RECORD "LEFT JOIN entity AS e ON e.tenant = $1 AND e.type = $2 AND e.id = i.id "
#define FILTER(field, low, high)                                                                     \
  "AND EXISTS (SELECT 1 FROM entity_index AS f WHERE f.tenant = $1 AND f.type = $2 AND f.id = i.id " \
  "AND f.field = " field " AND f.value >= " low " AND f.value < " high ") "
#define NO_FILTERS ""
#define FILTERS FILTER("$8", "$9", "$10") FILTER("$11", "$12", "$13") FILTER("$14", "$15", "$16")
#define OF_FIELD "WHERE i.tenant = $1 AND i.type = $2 AND i.field = $3 "
#define UP "AND (i.value, i.id) > ($4, $5) AND i.value < $6 ORDER BY i.value, i.id LIMIT $7"
#define DOWN "AND (i.value, i.id) < ($4, $5) AND i.value >= $6 ORDER BY i.value DESC, i.id DESC LIMIT $7"
// SQLite would walk the primary key, over all deleted records on the way.
#define LIVE(filters, way)                                                                         \
  Statement(COLUMNS "FROM entity_index AS i INDEXED BY entity_index_live " RECORD filters OF_FIELD \
                    "AND i.deleted = 0 " way,                                                      \
            COLUMNS "FROM entity_index AS i " RECORD filters OF_FIELD "AND i.deleted = 0 " way)
#define ALL(filters, way) Statement(COLUMNS "FROM entity_index AS i " RECORD filters OF_FIELD way)

// [filtered][descending][deleted ones, too]
constexpr Statement walks[2][2][2] = {
    {{LIVE(NO_FILTERS, UP), ALL(NO_FILTERS, UP)}, {LIVE(NO_FILTERS, DOWN), ALL(NO_FILTERS, DOWN)}},
    {{LIVE(FILTERS, UP), ALL(FILTERS, UP)}, {LIVE(FILTERS, DOWN), ALL(FILTERS, DOWN)}}};

#undef COLUMNS
#undef RECORD
#undef FILTER
#undef NO_FILTERS
#undef FILTERS
#undef OF_FIELD
#undef UP
#undef DOWN
#undef LIVE
#undef ALL

// Keys from `low` up to, not including, `high`.
struct Range {
  std::int64_t field = id_field;
  std::string low;
  std::string high = std::string(after_all_keys);
};

struct Position {
  std::string value;
  std::string id;
};

Result<std::string> key_of(const EntityField& field, const Entities::Value& value) {
  const auto* text = std::get_if<std::string_view>(&value);
  if ((text != nullptr) != (field.kind == EntityField::Kind::text)) {
    return fail(ErrorCategory::usage, fmt::format("{} is indexed as {}", field.path,
                                                  text != nullptr ? "a number, not as text" : "text, not as a number"));
  }
  if (text != nullptr) {
    if (text->size() <= longest_indexed) return std::string(*text);
    return fail(ErrorCategory::usage,
                fmt::format("a text to look for may have {} bytes, and has {}", longest_indexed, text->size()));
  }
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return index_key(*whole);
  const double number = std::get<double>(value);
  if (std::isnan(number)) return fail(ErrorCategory::usage, "NaN is not in any order");
  return index_key(number);
}

void narrow(Range& range, Condition::Is is, const std::string& key) {
  using Is = Condition::Is;
  std::string next = key;
  next += '\0';  // the least one that is greater
  if (is == Is::equal || is == Is::at_least) range.low = std::max(range.low, key);
  if (is == Is::greater) range.low = std::max(range.low, next);
  if (is == Is::less) range.high = std::min(range.high, key);
  if (is == Is::equal || is == Is::at_most) range.high = std::min(range.high, next);
}

struct Plan {
  Range walked;
  std::vector<Range> filters;
};

Result<std::size_t> place_of(const EntityType& type, std::string_view path) {
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    if (type.fields[i].path == path) return i;
  }
  return fail(ErrorCategory::usage, fmt::format("{} is not an indexed field", shown(path)));
}

Result<Plan> plan_of(const StoredType& stored, const Query& query) {
  std::vector<Range> ranges;
  const auto range_of = [&](std::size_t place) -> Range& {
    const std::int64_t number = stored.numbers[place];
    for (Range& range : ranges) {
      if (range.field == number) return range;
    }
    return ranges.emplace_back(Range{.field = number, .low = {}});
  };
  if (!query.order_by.empty()) {
    const auto place = place_of(stored.type, query.order_by);
    if (!place) return std::unexpected(place.error());
    range_of(*place);
  }
  for (const Condition& condition : query.where) {
    const auto place = place_of(stored.type, condition.field);
    if (!place) return std::unexpected(place.error());
    const auto key = key_of(stored.type.fields[*place], condition.value);
    if (!key) return std::unexpected(key.error());
    narrow(range_of(*place), condition.is, *key);
  }
  if (ranges.empty()) ranges.emplace_back();
  if (ranges.size() > most_filters + 1)
    return fail(ErrorCategory::usage,
                fmt::format("a query may have {} fields, and has {}", most_filters + 1, ranges.size()));
  Plan plan{std::move(ranges.front()), {}};
  plan.filters.assign(std::make_move_iterator(ranges.begin() + 1), std::make_move_iterator(ranges.end()));
  return plan;
}

// Of all that decides where a cursor stands: one that was made for something else is refused.
std::uint64_t fingerprint(std::string_view type, const Plan& plan, const Query& query) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    hash = (hash ^ 0x1ffu) * 0x100000001b3u;
  };
  const auto add_range = [&](const Range& range) {
    add(std::to_string(range.field));
    add(range.low);
    add(range.high);
  };
  add(type);
  add(query.descending ? "down" : "up");
  add(query.include_deleted ? "all" : "live");
  add_range(plan.walked);
  for (const Range& range : plan.filters) add_range(range);
  return hash;
}

std::string write_cursor(std::uint64_t print, const Position& position) {
  return fmt::format("{:016x}{:04x}{}{}", print, position.value.size(), hexadecimal(position.value),
                     hexadecimal(position.id));
}

Result<Position> read_cursor(std::string_view cursor, std::uint64_t print) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  constexpr std::size_t head = 20;
  const bool all_digits = std::all_of(cursor.begin(), cursor.end(), [&](char c) { return digit(c) >= 0; });
  if (!all_digits || cursor.size() < head || cursor.size() % 2 != 0 ||
      cursor.substr(0, 16) != fmt::format("{:016x}", print))
    return fail(ErrorCategory::usage, "the cursor is not one of this query");
  std::size_t size = 0;
  for (const char c : cursor.substr(16, 4)) size = size * 16 + static_cast<std::size_t>(digit(c));
  std::string bytes;
  for (std::size_t i = head; i < cursor.size(); i += 2)
    bytes += static_cast<char>(digit(cursor[i]) * 16 + digit(cursor[i + 1]));
  if (size > bytes.size()) return fail(ErrorCategory::usage, "the cursor is not one of this query");
  Position position{bytes.substr(0, size), bytes.substr(size)};
  if (const auto named = check_name("id in the cursor", position.id); !named) return std::unexpected(named.error());
  return position;
}

Result<Rows> next_rows(Transaction& transaction, const EntityKey& key, const Plan& plan, const Query& query,
                       const Position& from, std::int64_t most) {
  const bool filtered = !plan.filters.empty();
  const Statement& statement = walks[filtered ? 1 : 0][query.descending ? 1 : 0][query.include_deleted ? 1 : 0];
  const std::string& end = query.descending ? plan.walked.low : plan.walked.high;
  std::vector<Param> params = {key.tenant, key.type, plan.walked.field, Bytes{from.value}, std::string_view(from.id),
                               Bytes{end}, most};
  static constexpr std::string_view least;
  for (std::size_t i = 0; filtered && i < most_filters; ++i) {
    // What is not needed asks for the id, which every record has.
    const Range* range = i < plan.filters.size() ? &plan.filters[i] : nullptr;
    params.emplace_back(range != nullptr ? range->field : id_field);
    params.emplace_back(Bytes{range != nullptr ? std::string_view(range->low) : least});
    params.emplace_back(Bytes{range != nullptr ? std::string_view(range->high) : after_all_keys});
  }
  return transaction.run(statement, params);
}

Result<Page> walk(Transaction& transaction, const EntityKey& key, const Plan& plan, const Query& query,
                  std::uint64_t print, Position at) {
  Page page;
  std::int64_t left = query.limit;
  std::int64_t walked = 0;
  std::size_t bytes = 0;
  while (walked < most_walked) {
    // One more than needed tells whether there is one.
    const std::int64_t most = plan.filters.empty() ? std::min(left + 1, rows_at_once) : rows_at_once;
    const auto rows = next_rows(transaction, key, plan, query, at, most);
    if (!rows) return std::unexpected(rows.error());
    for (std::size_t row = 0; row < rows->size(); ++row) {
      if (!rows->is_null(row, 0)) {
        Entities::Record record = record_of(*rows, row);
        bytes += record.body.size();
        if (left == 0 || (bytes > most_bytes && !page.records.empty())) {
          page.cursor = write_cursor(print, at);
          return page;
        }
        --left;
        page.records.push_back(std::move(record));
      }
      at = {rows->text(row, 6), rows->text(row, 7)};
      ++walked;
    }
    if (static_cast<std::int64_t>(rows->size()) < most) return page;
  }
  page.cursor = write_cursor(print, at);
  return page;
}

}  // namespace

Result<Page> Entities::query(std::string_view tenant, std::string_view type, const Query& query) {
  if (const auto valid = check_between("limit", query.limit, 1, most_records); !valid)
    return std::unexpected(valid.error());
  if (const auto valid = check_between("conditions", static_cast<std::int64_t>(query.where.size()), 0, most_conditions);
      !valid)
    return std::unexpected(valid.error());
  return engine_.read([&](Transaction& transaction) -> Result<Page> {
    const auto types = need_types(transaction, tenant, type);
    if (!types) return std::unexpected(types.error());
    const auto plan = plan_of(*types->current, query);
    if (!plan) return std::unexpected(plan.error());
    const std::uint64_t print = fingerprint(type, *plan, query);
    // No id is empty: this is before all records of the least value, or behind those below the end.
    Position at{query.descending ? plan->walked.high : plan->walked.low, {}};
    if (!query.cursor.empty()) {
      auto position = read_cursor(query.cursor, print);
      if (!position) return std::unexpected(position.error());
      // Whoever made it up does not leave the range.
      if (query.descending ? position->value < at.value : position->value >= at.value) at = std::move(*position);
    }
    if (plan->walked.low >= plan->walked.high) return Page{};
    return walk(transaction, {tenant, type, {}}, *plan, query, print, std::move(at));
  });
}

}  // namespace detoy::foundation

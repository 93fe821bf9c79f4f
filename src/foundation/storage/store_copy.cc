#include "foundation/storage/store_copy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "foundation/storage/schema_tables.h"

namespace detoy::foundation {
namespace {

// Rows that are in memory at a time. Some may be megabytes long.
constexpr std::size_t page = 64;

// The greatest number that was given out, which may be that of a row that is gone.
constexpr Statement highest_number = {
    "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = $1), 0)",
    "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass), 0)::bigint"};
constexpr Statement go_on_from = {"UPDATE sqlite_sequence SET seq = max(seq, $3) WHERE name = $1 AND $2 <> ''",
                                  "SELECT setval(pg_get_serial_sequence($1, $2), $3::bigint)"};
// A table whose rows are all gone, or that never had any, has no line of its own yet. Tables without AUTOINCREMENT
// never get one: they start from their greatest row.
constexpr Statement begin_numbers = {
    "INSERT INTO sqlite_sequence (name, seq) SELECT name, 0 FROM sqlite_schema WHERE name = $1 "
    "AND sql LIKE '%AUTOINCREMENT%' AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = $1)",
    "SELECT $1::text"};

std::string names(const Table& table) {
  std::vector<std::string_view> all;
  for (const Table::Column& column : table.columns) all.push_back(column.name);
  return fmt::format("{}", fmt::join(all, ", "));
}

std::string marks(std::size_t from, std::size_t count) {
  std::vector<std::string> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = fmt::format("${}", from + i + 1);
  return fmt::format("({})", fmt::join(all, ", "));
}

// In the order of the key; from the first row on, or from the one after that whose key is given.
std::string reading(const Table& table, bool first) {
  std::vector<std::string_view> key;
  for (const std::size_t column : table.key) key.push_back(table.columns[column].name);
  const std::string order = fmt::format("{}", fmt::join(key, ", "));
  const std::string after = first ? "" : fmt::format(" WHERE ({}) > {}", order, marks(0, key.size()));
  return fmt::format("SELECT {} FROM {}{} ORDER BY {} LIMIT {}", names(table), table.name, after, order, page);
}

std::string writing(const Table& table, std::size_t rows) {
  std::vector<std::string> values(rows);
  for (std::size_t row = 0; row < rows; ++row) values[row] = marks(row * table.columns.size(), table.columns.size());
  return fmt::format("INSERT INTO {} ({}) VALUES {}", table.name, names(table), fmt::join(values, ", "));
}

Param param_of(const Table& table, const Rows& rows, std::size_t row, std::size_t column) {
  if (rows.is_null(row, column)) return nullptr;
  if (table.columns[column].bytes) return Bytes{rows.text(row, column)};
  if (rows.is_number(row, column)) return rows.number(row, column);
  return std::string_view(rows.text(row, column));
}

Result<void> write_rows(Transaction& to, const Table& table, const Rows& rows) {
  std::vector<Param> params;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t column = 0; column < table.columns.size(); ++column)
      params.push_back(param_of(table, rows, row, column));
  }
  const auto written = to.run_once(writing(table, rows.size()), params);
  if (!written) return std::unexpected(written.error());
  return {};
}

Result<void> copy_numbers(Transaction& from, Transaction& to, const Table& table) {
  const std::string_view name = table.name;
  const std::string_view key = table.columns[table.key[0]].name;
  const auto highest = from.run(highest_number, {name, key});
  if (!highest) return std::unexpected(highest.error());
  // Engines that keep no count go on from the greatest row.
  const auto greatest = from.run_once(fmt::format("SELECT coalesce(max({}), 0) FROM {}", key, name), {});
  if (!greatest) return std::unexpected(greatest.error());
  const std::int64_t number = std::max(highest->number(0, 0), greatest->number(0, 0));
  if (number == 0) return {};
  if (const auto begun = to.run(begin_numbers, {name}); !begun) return std::unexpected(begun.error());
  if (const auto set = to.run(go_on_from, {name, key, number}); !set) return std::unexpected(set.error());
  return {};
}

Result<std::int64_t> copy_table(Transaction& from, Transaction& to, const Table& table) {
  const auto there = to.run_once(fmt::format("SELECT 1 FROM {} LIMIT 1", table.name), {});
  if (!there) return std::unexpected(there.error());
  if (!there->empty())
    return fail(ErrorCategory::conflict, fmt::format("the store is not empty: it has rows of {}", table.name));
  std::int64_t copied = 0;
  Rows rows;
  do {
    std::vector<Param> after;
    if (copied > 0) {
      for (const std::size_t column : table.key) after.push_back(param_of(table, rows, rows.size() - 1, column));
    }
    auto next = from.run_once(reading(table, copied == 0), after);
    if (!next) return std::unexpected(next.error());
    rows = std::move(*next);
    if (rows.empty()) break;
    if (const auto written = write_rows(to, table, rows); !written) return std::unexpected(written.error());
    copied += static_cast<std::int64_t>(rows.size());
  } while (rows.size() == page);
  if (table.numbered) {
    if (const auto numbered = copy_numbers(from, to, table); !numbered) return std::unexpected(numbered.error());
  }
  return copied;
}

}  // namespace

Result<CopiedStore> copy_store(Engine& from, Engine& to) {
  const auto tables = schema_tables();
  if (!tables) return std::unexpected(tables.error());
  return to.write(Durability::machine, [&](Transaction& target) {
    return from.read([&](Transaction& source) -> Result<CopiedStore> {
      CopiedStore all;
      for (const Table& table : *tables) {
        const auto copied = copy_table(source, target, table);
        if (!copied) return std::unexpected(copied.error());
        ++all.tables;
        all.rows += *copied;
      }
      return all;
    });
  });
}

}  // namespace detoy::foundation

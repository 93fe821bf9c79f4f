#include "foundation/storage/schema_tables.h"

#include <algorithm>
#include <string_view>

#include "foundation/storage/migrations.h"
#include "foundation/storage/sqlite_engine.h"

namespace detoy::foundation {
namespace {

// SQLite tells the most with the least words. Both dialects make the same tables and columns.
constexpr Statement columns =
    "SELECT t.name, c.name, c.type, c.pk FROM sqlite_schema t, pragma_table_info(t.name) c "
    "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'detoy_schema' ORDER BY t.name, c.cid";

std::vector<Table> tables_of(const Rows& rows) {
  std::vector<Table> tables;
  std::vector<std::pair<std::int64_t, std::size_t>> key;  // place in the key, column
  const auto end_table = [&] {
    std::sort(key.begin(), key.end());
    for (const auto& [place, column] : key) tables.back().key.push_back(column);
    key.clear();
  };
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (tables.empty() || tables.back().name != rows.text(row, 0)) {
      if (!tables.empty()) end_table();
      tables.push_back({.name = rows.text(row, 0), .columns = {}, .key = {}});
    }
    Table& table = tables.back();
    const std::string& type = rows.text(row, 2);
    const std::int64_t place = rows.number(row, 3);
    if (place > 0) key.emplace_back(place, table.columns.size());
    // All others are BIGINT or TEXT: INTEGER PRIMARY KEY is SQLite's way to say that it gives the numbers.
    if (type == "INTEGER") table.numbered = true;
    table.columns.push_back({rows.text(row, 1), type == "BLOB"});
  }
  if (!tables.empty()) end_table();
  return tables;
}

}  // namespace

Result<std::vector<Table>> schema_tables() {
  // Its connections would each have a database of their own: only the one that writes is used.
  auto scratch = SqliteEngine::open(":memory:");
  if (!scratch) return std::unexpected(scratch.error());
  if (const auto made = migrate(**scratch); !made) return std::unexpected(made.error());
  const auto rows = (*scratch)->write(Durability::process, [](Transaction& t) { return t.run(columns); });
  if (!rows) return std::unexpected(rows.error());
  return tables_of(*rows);
}

}  // namespace detoy::foundation

// All that a store has, for tests that compare stores.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "foundation/storage/engine.h"
#include "foundation/storage/schema_tables.h"

namespace detoy::foundation {

using Dump = std::vector<std::string>;

// Every row of every table, as text.
inline Dump dump(Engine& engine) {
  static const auto tables = schema_tables();
  EXPECT_TRUE(tables.has_value());
  Dump all;
  for (const Table& table : *tables) {
    std::string columns;
    for (const Table::Column& column : table.columns) columns += (columns.empty() ? "" : ", ") + column.name;
    const auto rows = engine.read([&](Transaction& transaction) {
      return transaction.run_once(fmt::format("SELECT {} FROM {}", columns, table.name), {});
    });
    EXPECT_TRUE(rows.has_value()) << (rows ? "" : rows.error().message);
    for (std::size_t row = 0; rows && row < rows->size(); ++row) {
      std::string line = table.name;
      for (std::size_t column = 0; column < table.columns.size(); ++column) {
        line += rows->is_null(row, column)     ? "|null"
                : rows->is_number(row, column) ? fmt::format("|{}", rows->number(row, column))
                                               : fmt::format("|'{}'", rows->text(row, column));
      }
      all.push_back(line);
    }
  }
  // The engines compare text in orders of their own.
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace detoy::foundation

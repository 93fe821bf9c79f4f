// The tables that the migrations make, as a database itself tells of them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace detoy::foundation {

struct Table {
  struct Column {
    std::string name;
    bool bytes = false;  // else text or a number
  };
  std::string name;
  std::vector<Column> columns;
  std::vector<std::size_t> key;  // the columns of the primary key, in its order
  bool numbered = false;         // the key is a number that the engine gives
};

// Without the one that the migrations keep for themselves, in the order of their names.
Result<std::vector<Table>> schema_tables();

}  // namespace detoy::foundation

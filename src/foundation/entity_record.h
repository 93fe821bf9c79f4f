// How a record comes out of the database. For entity.cc and entity_query.cc.
#pragma once

#include <cstddef>

#include "foundation/entity.h"

namespace detoy::foundation {

// Reads: id, version, body, created_at, updated_at, deleted_at, from column `first` on.
inline Entities::Record record_of(const Rows& rows, std::size_t row, std::size_t first = 0) {
  Entities::Record record;
  record.id = rows.text(row, first);
  record.version = rows.number(row, first + 1);
  record.body = rows.text(row, first + 2);
  record.created_at = rows.number(row, first + 3);
  record.updated_at = rows.number(row, first + 4);
  record.deleted_at = rows.number(row, first + 5);
  return record;
}

}  // namespace detoy::foundation

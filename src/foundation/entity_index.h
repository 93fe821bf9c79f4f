// The index entries of a record. For entity.cc and its neighbours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/entity_definition.h"
#include "foundation/storage/engine.h"

namespace detoy::foundation {

struct EntityKey {
  std::string_view tenant;
  std::string_view type;
  std::string_view id;
};

// Where each record has an entry with its id as the value.
inline constexpr std::int64_t id_field = 0;

// All fields that entries are kept for: of the current definition, and of one that is being built.
struct IndexedField {
  std::int64_t number = 0;
  const EntityField* field = nullptr;
};
std::vector<IndexedField> indexed_fields(const StoredTypes& types);

// Makes the entries those of `after`. Null: there was no record, or none is left. A deleted record keeps its entries,
// marked.
struct IndexedRecord {
  const Json* body = nullptr;
  bool deleted = false;
};
// An error of category conflict names the record that has a unique value already.
Result<void> update_entries(Transaction& transaction, const EntityKey& key, const std::vector<IndexedField>& fields,
                            const IndexedRecord& before, const IndexedRecord& after);

// Deletes up to `most` entries of a field of all records; how many there were.
Result<std::int64_t> delete_entries(Transaction& transaction, std::string_view tenant, std::string_view type,
                                    std::int64_t number, std::int64_t most);

}  // namespace detoy::foundation

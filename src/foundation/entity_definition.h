// Definitions of types as they are stored. For entity.cc and its neighbours.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "foundation/entity_document.h"
#include "foundation/entity_type.h"
#include "foundation/storage/engine.h"

namespace detoy::foundation {

struct StoredType {
  std::int64_t version = 0;
  EntityType type;
  Json schema;  // compiled
  // Of each field, in the index. A field that becomes another (its kind, unique or not) gets another number, so that
  // its old entries are never taken for new ones. Numbers are not used again.
  std::vector<std::int64_t> numbers;
  std::int64_t next_number = 1;
  std::vector<std::int64_t> unused;  // numbers whose entries are to be deleted
};

struct StoredTypes {
  std::optional<StoredType> current;  // what queries use
  std::optional<StoredType> pending;  // being built: writers keep its entries, too
};

Result<StoredTypes> load_types(Transaction& transaction, std::string_view tenant, std::string_view name);
// The one that is current, or an error: there is no such type.
Result<StoredTypes> need_types(Transaction& transaction, std::string_view tenant, std::string_view name);
Result<void> add_type(Transaction& transaction, std::string_view tenant, std::string_view name, const StoredType& type,
                      bool ready);
// Writes what changes without a new version: the numbers, and that it is ready.
Result<void> update_type(Transaction& transaction, std::string_view tenant, std::string_view name,
                         const StoredType& type, bool ready);
Result<void> drop_type(Transaction& transaction, std::string_view tenant, std::string_view name, std::int64_t version);

}  // namespace detoy::foundation

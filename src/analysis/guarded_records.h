// Rust structs that are kept under a lock or cell: Mutex<Totals>, Arc<RwLock<Option<Totals>>>.
#pragma once

#include <functional>
#include <string_view>
#include <unordered_map>

#include "analysis/symbols.h"
#include "catalog/catalog.h"

namespace detoy::analysis {

// The repository's own type that stands directly under a lock or cell in a type's text; 0 if there is none. What a
// collection under the lock holds are records.
TypeId type_under_lock(const Symbols& symbols, const catalog::Catalog& catalog, FileId file, std::string_view text);

// Fields of one value each are parts of the variable that holds the lock: together they are one state.
class GuardedRecords {
 public:
  GuardedRecords() = default;
  // `is_collection` tells of a field whether it is a state of its own. A record with such a field is left alone.
  GuardedRecords(const Symbols& symbols, const catalog::Catalog& catalog,
                 const std::function<bool(DeclarationId)>& is_collection);
  // The variable or field that holds the record which `field` belongs to; 0 if it belongs to none, or if several
  // variables hold such records.
  DeclarationId holder(DeclarationId field) const;

 private:
  std::unordered_map<DeclarationId, DeclarationId> holders_;  // by field
};

}  // namespace detoy::analysis

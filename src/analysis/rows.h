// Types whose objects are rows, records or handlers of one request: they come and go, and keep nothing for the process.
#pragma once

#include <vector>

#include "analysis/symbols.h"

namespace detoy::analysis {

class Rows {
 public:
  Rows(const Symbols& symbols, const catalog::Catalog& catalog);

  bool has(TypeId type) const;

 private:
  bool find(TypeId type) const;
  bool declares_columns(TypeId type) const;
  bool uses_row_members(TypeId type) const;

  const Symbols& symbols_;
  const catalog::Catalog& catalog_;
  mutable std::vector<std::uint8_t> known_;  // by type: 0 not asked, 1 no, 2 yes
};

}  // namespace detoy::analysis

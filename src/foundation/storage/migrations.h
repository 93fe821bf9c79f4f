// The schema of the foundation, in numbered steps. Each step is applied once, in order, by whichever instance comes
// first; the others wait for it. Steps only go forward.
#pragma once

#include <span>
#include <string_view>

#include "foundation/storage/engine.h"

namespace detoy::foundation {

struct Migration {
  int number = 0;  // 1, 2, ..., without gaps
  std::string_view name;
  std::span<const Statement> steps;
};

// All that this binary knows.
std::span<const Migration> migrations();

// Brings the schema up to date. An error of category `conflict` tells that the database was made by a newer binary, or
// that a step which was applied then is not the one that is known now.
Result<void> migrate(Engine& engine, std::span<const Migration> known = migrations());

}  // namespace detoy::foundation

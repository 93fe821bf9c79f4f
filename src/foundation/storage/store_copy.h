// Everything that one store holds, into another one of whatever engine.
#pragma once

#include <cstdint>

#include "foundation/storage/engine.h"

namespace detoy::foundation {

struct CopiedStore {
  std::int64_t tables = 0;
  std::int64_t rows = 0;
};

// Both stores must have the schema (migrations.h). What is copied is one state of `from`, which others may go on
// writing to meanwhile; `to` has all of it afterwards, or nothing. Numbers that `from` has given out are not given out
// by `to` again. An error of category `conflict` tells that `to` holds something already.
Result<CopiedStore> copy_store(Engine& from, Engine& to);

}  // namespace detoy::foundation

// A store in one file, made while it is in use. The file is an SQLite database with the foundation's schema, whatever
// the engine of the store: it can be restored into either, and opened with any tool that reads SQLite.
#pragma once

#include <string>

#include "foundation/storage/store_copy.h"

namespace detoy::foundation {

// `path` must not exist; it is there, synced, only when all of it is. Errors of category `io` name it.
Result<CopiedStore> back_up(Engine& store, const std::string& path);

// Into a store that is empty but for its schema: all of it, or nothing. The file is not changed. Errors of category
// `input` tell that it is no backup or damaged, those of category `conflict` that the store is not empty, or that a
// newer binary made the file.
Result<CopiedStore> restore(const std::string& path, Engine& store);

}  // namespace detoy::foundation

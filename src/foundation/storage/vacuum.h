// Space that is not used any more goes back to the disk.
#pragma once

#include <cstdint>

#include "foundation/storage/engine.h"

namespace detoy::foundation {

// SQLite: shortens the file by up to `most` of its free pages, and leaves a quarter of the file free for what comes
// next; files of versions before this keep their size. PostgreSQL does so by itself (autovacuum). How many pages.
Result<std::int64_t> give_back_pages(Transaction& transaction, std::int64_t most);

}  // namespace detoy::foundation

#include "foundation/storage/vacuum.h"

#include <fmt/format.h>

#include <algorithm>

namespace detoy::foundation {
namespace {

// Of what is no store of ours to shorten, there are no free pages.
constexpr Statement free_pages = {
    "SELECT free.freelist_count, all_pages.page_count FROM pragma_freelist_count AS free, "
    "pragma_page_count AS all_pages, pragma_auto_vacuum AS vacuum WHERE vacuum.auto_vacuum = 2",
    "SELECT 0, 0"};

}  // namespace

Result<std::int64_t> give_back_pages(Transaction& transaction, std::int64_t most) {
  constexpr std::int64_t worth_it = 256;  // 1 MiB
  const auto pages = transaction.run(free_pages);
  if (!pages) return std::unexpected(pages.error());
  if (pages->empty()) return 0;
  const std::int64_t beyond = std::min(most, pages->number(0, 0) - pages->number(0, 1) / 4);
  if (beyond < std::min(most, worth_it)) return 0;
  const auto done = transaction.run_once(fmt::format("PRAGMA incremental_vacuum({})", beyond), {});
  if (!done) return std::unexpected(done.error());
  return beyond;
}

}  // namespace detoy::foundation

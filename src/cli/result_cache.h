// What a scan of the very same input gave before.
//
// One file per scanned root beside the cache of facts (facts/facts_cache.h), with the same promises: it is seen whole
// or not at all, a damaged one counts as absent, and nothing that goes wrong with it is an error of the scan.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "facts/facts_cache.h"
#include "inventory/inventory.h"
#include "source/source.h"
#include "syntax/extract.h"

namespace detoy::cli {

// All that an inventory is made of: this program's build, the configuration's text, what the walk found, and what the
// files say. Nothing if the build cannot be told.
std::optional<facts::ContentKey> input_key(const source::Source& source,
                                           const std::vector<syntax::ExtractedFile>& extracted,
                                           std::string_view configuration);

class ResultCache {
 public:
  // Without a folder nothing is found or kept.
  ResultCache(const std::string& folder, std::string_view root);

  std::optional<inventory::Inventory> find(const facts::ContentKey& input) const;
  // In place of what was there. False if it could not be written.
  bool put(const facts::ContentKey& input, const inventory::Inventory& inventory) const;

 private:
  std::string path_;
};

}  // namespace detoy::cli

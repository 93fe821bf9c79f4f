// From a source tree to the facts of its files: reads, parses and caches, in parallel.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "facts/facts_cache.h"
#include "source/source.h"

namespace detoy::syntax {

struct ExtractedFile {
  bool readable = false;
  source::Role role = source::Role::production;  // settled by the content
  facts::ContentKey content;                     // of its text, if that was read as source code
  std::unique_ptr<facts::FileFacts> facts;       // null if not readable or not parsed
  std::vector<source::Warning> warnings;
};

// One result per file of `source.tree`, in its order. `done` counts files, for a progress line; may be null.
std::vector<ExtractedFile> extract(const source::Source& source, facts::FactsCache& cache, unsigned threads,
                                   std::atomic<std::size_t>* done = nullptr);

}  // namespace detoy::syntax

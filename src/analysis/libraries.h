// Which catalog entries a name from outside belongs to.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "analysis/symbols.h"

namespace detoy::analysis {

using LibraryList = std::vector<const catalog::Library*>;

class Libraries {
 public:
  Libraries(const Program& program, const catalog::Catalog& catalog);

  // The entries that `external`, used in a file of `language`, belongs to.
  const LibraryList& of(const External& external, Language language) const;
  // The first entry with this effect, or null.
  const catalog::Library* with_effect(const External& external, Language language,
                                      catalog::Library::Effect effect) const;
  // By the decorator's or attribute's name alone ("Cron", "app.get").
  const LibraryList& of_decorator(std::string_view name, Language language) const;
  // Entries that a string literal speaks of.
  const catalog::Library* of_literal(std::string_view text, catalog::Library::Effect effect) const;

 private:
  // A package pattern or global of one entry, with '.' between its segments.
  struct Pattern {
    const catalog::Library* library = nullptr;
    std::string name;
    bool prefix = false;  // ended in '*'
    bool global = false;
    const std::vector<std::string>* symbols = nullptr;
  };
  LibraryList match(std::string_view package, std::string_view symbol, Language language) const;

  const Program& program_;
  const catalog::Catalog& catalog_;
  std::vector<std::vector<std::string>> symbols_;                   // of each entry, with '.' between segments
  std::unordered_map<std::string, std::vector<Pattern>> by_first_;  // by the pattern's first segment
  std::vector<Pattern> open_;                                       // patterns whose first segment is open: "@aws-sdk*"
  mutable std::unordered_map<std::uint64_t, LibraryList> known_;
  mutable std::unordered_map<std::string, LibraryList> decorators_;
};

}  // namespace detoy::analysis

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
  const catalog::Library* with_effect(const External& external, Language language, catalog::Library::Effect effect) const;
  // By the decorator's or attribute's name alone ("Cron", "app.get").
  const LibraryList& of_decorator(std::string_view name, Language language) const;
  // Entries that a string literal speaks of.
  const catalog::Library* of_literal(std::string_view text, catalog::Library::Effect effect) const;

 private:
  bool matches(const catalog::Library& library, std::string_view package, std::string_view symbol) const;

  const Program& program_;
  const catalog::Catalog& catalog_;
  mutable std::unordered_map<std::uint64_t, LibraryList> known_;
  mutable std::unordered_map<std::string, LibraryList> decorators_;
};

}  // namespace detoy::analysis

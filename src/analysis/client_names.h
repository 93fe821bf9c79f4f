// Durable clients that are known by their name only: `app.prisma.invoice.create()`, `request.app.state.db.execute()`.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>

#include "catalog/catalog.h"
#include "facts/facts.h"

namespace detoy::analysis {

class ClientNames {
 public:
  explicit ClientNames(const catalog::Catalog& catalog);

  // The effects of a call of which only the path is known; 0 if no part of it is named like a client.
  std::uint32_t effects(const facts::FileFacts& facts, const facts::Path& path) const;

 private:
  using Names = std::unordered_set<std::string_view>;
  static Names names(const catalog::Catalog& catalog, std::string_view list);

  Names clients_, client_writes_, client_deletes_, client_reads_;
  Names connections_, connection_writes_;
};

}  // namespace detoy::analysis

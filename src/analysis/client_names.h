// Durable clients that are known by their name only: `app.prisma.invoice.create()`, `request.app.state.db.execute()`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/name_bits.h"
#include "analysis/program.h"
#include "catalog/catalog.h"

namespace detoy::analysis {

class ClientNames {
 public:
  ClientNames(const Program& program, const catalog::Catalog& catalog);

  // The effects of a call of which only the path is known; 0 if no part of it is named like a client.
  std::uint32_t effects(FileId file, const facts::Path& path) const;

 private:
  // Asked about for every call: a look at the name's number, instead of at its characters.
  enum Word : std::uint8_t {
    client = 1u << 0,
    client_write = 1u << 1,
    client_delete = 1u << 2,
    client_read = 1u << 3,
    connection = 1u << 4,
    connection_write = 1u << 5,
    guard = 1u << 6,
  };
  std::uint8_t words_of(FileId file, facts::StringId name) const;

  const Program& program_;
  NameBits words_;
};

}  // namespace detoy::analysis

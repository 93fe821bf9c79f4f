// Endless loops in which a process waits for the next connection, message or tick: their bodies are its work, even if
// they stand in `main`.
#pragma once

#include <vector>

#include "analysis/name_bits.h"
#include "analysis/program.h"
#include "catalog/catalog.h"

namespace detoy::analysis {

class ServingLoops {
 public:
  ServingLoops() = default;
  ServingLoops(const Program& program, const catalog::Catalog& catalog);

  // Whether code under the branch runs in a round of such a loop of its own function.
  bool covers(FileId file, facts::Index branch) const;
  bool has(FileId file) const { return !loops_[file].empty(); }
  // Whether such a loop stands in the function itself.
  bool in_function(const facts::FileFacts& facts, FileId file, facts::Index function) const;
  // Whether a loop of the file takes connections or datagrams.
  bool listens(FileId file) const { return listens_[file]; }

 private:
  void find(FileId file, const NameBits& words, const catalog::Catalog& catalog);
  void find_rounds(FileId file, const catalog::Catalog& catalog);
  facts::Index loop_around(const facts::FileFacts& facts, facts::Index call, bool iterated) const;

  const Program* program_ = nullptr;
  std::vector<std::vector<bool>> loops_;  // by file and branch; empty for most files
  std::vector<bool> listens_;
};

}  // namespace detoy::analysis

// Sets of names, told apart by bits: whether a name is in one is a look at its number, instead of at its characters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/program.h"

namespace detoy::analysis {

class NameBits {
 public:
  explicit NameBits(const Program& program) : program_(program) {}

  // Only names that the program has can be asked about later.
  void learn(std::string_view text, std::uint8_t bits) {
    const NameId name = program_.name(text);
    if (name >= bits_.size()) bits_.resize(name + 1, 0);
    bits_[name] |= bits;
  }
  template <typename List>
  void learn_all(const List& texts, std::uint8_t bits) {
    for (const auto& text : texts) learn(text, bits);
  }
  std::uint8_t of(NameId name) const { return name < bits_.size() ? bits_[name] : std::uint8_t{0}; }

 private:
  const Program& program_;
  std::vector<std::uint8_t> bits_;  // by name
};

}  // namespace detoy::analysis

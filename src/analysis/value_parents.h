// What a value of a file stands in. Values know their parts; this is the way back, made for files where it is asked.
#pragma once

#include <vector>

#include "facts/facts.h"

namespace detoy::analysis {

class ValueParents {
 public:
  explicit ValueParents(const facts::FileFacts& facts);

  struct Parent {
    enum class Kind : std::uint8_t { none, value, call, declaration, assignment };
    Kind kind = Kind::none;
    facts::Index index = 0;
  };
  Parent of_value(facts::Index value) const { return values_[value]; }
  // The value that a call is, or the later call of its chain.
  Parent of_call(facts::Index call) const { return calls_[call]; }

 private:
  std::vector<Parent> values_;
  std::vector<Parent> calls_;
};

}  // namespace detoy::analysis

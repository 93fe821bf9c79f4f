// Ends the run, with the input kept by libFuzzer, when something that must hold does not.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace detoy::fuzz {

inline void require(bool good, std::string_view what) {
  if (good) return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

}  // namespace detoy::fuzz

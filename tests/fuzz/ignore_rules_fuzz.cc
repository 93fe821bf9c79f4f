// Any bytes as the patterns of a .gitignore, their first line also as the path that is asked for.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "require.h"
#include "source/source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using detoy::source::IgnoreRules;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  const std::string_view path = text.substr(0, line);
  const std::string_view patterns = line == std::string_view::npos ? text : text.substr(line + 1);
  const IgnoreRules rules = IgnoreRules::parse(patterns);
  for (const bool folder : {false, true}) {
    const IgnoreRules::Match match = rules.match(path, folder);
    detoy::fuzz::require(!rules.empty() || match == IgnoreRules::Match::none, "no rules match nothing");
    detoy::fuzz::require(match == rules.match(path, folder), "the answer does not change");
  }
  return 0;
}

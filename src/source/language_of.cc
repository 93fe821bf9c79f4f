#include <array>
#include <utility>

#include "source/relative_path.h"
#include "source/walk.h"

namespace detoy::source {

Language language_of(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, Language>, 11> kExtensions = {{
      {".ts", Language::typescript},
      {".mts", Language::typescript},
      {".cts", Language::typescript},
      {".tsx", Language::tsx},
      {".js", Language::javascript},
      {".mjs", Language::javascript},
      {".cjs", Language::javascript},
      {".jsx", Language::javascript},
      {".py", Language::python},
      {".pyi", Language::python},
      {".rs", Language::rust},
  }};
  const auto extension = extension_of(path);
  for (const auto& [known, language] : kExtensions) {
    if (extension == known) return language;
  }
  return Language::none;
}

}  // namespace detoy::source

// Any bytes as a project's detoy.yaml: read or refused with a message, and a refused one changes nothing.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "catalog/catalog.h"
#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace detoy;
  static const Result<catalog::Catalog> built_in = catalog::Catalog::built_in();
  fuzz::require(built_in.has_value(), "the built-in catalog is good");
  catalog::Catalog extended = *built_in;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<catalog::Project> project = extended.extend(text, "detoy.yaml");
  if (project.has_value()) return 0;
  const std::string& message = project.error().message;
  fuzz::require(message.starts_with("detoy.yaml:"), "an error names the file");
  fuzz::require(message.find('\n') == std::string::npos, "an error is one line");
  fuzz::require(extended.kinds().size() == built_in->kinds().size() &&
                    extended.libraries().size() == built_in->libraries().size() &&
                    extended.domains().size() == built_in->domains().size(),
                "a refused file changes nothing");
  return 0;
}

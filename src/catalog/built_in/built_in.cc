// The catalog that detoy brings along. Apart from the rest of Catalog because compile_catalog, which is made of the
// rest, writes what is read here.
#include "catalog/built_in/embedded_catalog.h"
#include "catalog/catalog.h"
#include "catalog/compiled_node.h"
#include "catalog/fields.h"
#include "catalog/reader.h"

namespace detoy::catalog {

Result<Catalog> Catalog::built_in() {
  Catalog catalog;
  for (const EmbeddedFile& file : embedded_files()) {
    const std::string path = "catalog/" + std::string(file.path);
    const auto root = read_compiled_node(file.tree);
    if (!root) return fail(ErrorCategory::internal, path + ": its compiled form is damaged");
    Problems problems(path, ErrorCategory::internal);
    Reader(catalog, problems).read_file(file.path, *root);
    if (problems.first()) return std::unexpected(*problems.first());
  }
  return catalog;
}

}  // namespace detoy::catalog

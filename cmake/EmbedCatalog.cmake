# Writes OUTPUT, a C++ source that holds every YAML file below ROOT as a string (src/catalog/embedded_catalog.h).
file(GLOB files RELATIVE "${ROOT}" "${ROOT}/*.yaml" "${ROOT}/*/*.yaml")
list(SORT files)
set(entries "")
set(count 0)
foreach(file IN LISTS files)
  file(READ "${ROOT}/${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND data "const unsigned char file_${count}[] = {${bytes}0};\n")
  string(APPEND entries "    {\"${file}\", {reinterpret_cast<const char*>(file_${count}), sizeof(file_${count}) - 1}},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE "${OUTPUT}.tmp" "// Generated from catalog/ by cmake/EmbedCatalog.cmake.
#include \"catalog/embedded_catalog.h\"

namespace detoy::catalog {
namespace {
${data}
const EmbeddedFile files[] = {
${entries}};
}  // namespace

std::span<const EmbeddedFile> embedded_files() { return files; }

}  // namespace detoy::catalog
")
file(RENAME "${OUTPUT}.tmp" "${OUTPUT}")

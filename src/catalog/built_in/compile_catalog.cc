// Turns the YAML files of catalog/ into the source that builds them in (embedded_catalog.h). A part of the build.
//
//   compile_catalog OUTPUT ROOT FILE...
//
// Each FILE is below ROOT. A file that detoy could not read is reported as "path:line: what is wrong", and nothing is
// written.
#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/compiled_node.h"
#include "catalog/fields.h"
#include "catalog/node.h"
#include "catalog/reader.h"

namespace {

using namespace detoy;

struct File {
  std::string path;
  std::string name;  // the path relative to the root
};

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream.is_open() || stream.bad()) return std::nullopt;
  return text;
}

// The file's compiled tree, after it has been read into `catalog` as strictly as detoy itself does.
Result<std::string> compile_file(const File& file, catalog::Catalog& catalog) {
  const auto text = read_file(file.path);
  if (!text) return fail(ErrorCategory::io, fmt::format("{}: cannot be read", file.path));
  const auto tree = catalog::parse_yaml(*text, file.path, ErrorCategory::input);
  if (!tree) return std::unexpected(tree.error());
  catalog::Problems problems(file.path, ErrorCategory::input);
  catalog::Reader(catalog, problems).read_file(file.name, tree->root);
  if (problems.first()) return std::unexpected(*problems.first());
  return catalog::compile_node(tree->root);
}

// Bytes as a C++ string literal would be shorter, but compilers limit its length.
std::string byte_array(std::string_view bytes) {
  std::string array;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    fmt::format_to(std::back_inserter(array), "{}{},", i % 32 == 0 ? "\n" : "", static_cast<unsigned char>(bytes[i]));
  }
  return array;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr, "usage: compile_catalog OUTPUT ROOT FILE...\n");
    return 2;
  }
  std::vector<File> files;
  for (int i = 3; i < argc; ++i) {
    files.push_back({argv[i], std::filesystem::path(argv[i]).lexically_relative(argv[2]).generic_string()});
  }
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return catalog::reads_before(a.name, b.name); });

  bool good = true;
  catalog::Catalog catalog;
  std::string data;
  std::string entries;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto tree = compile_file(files[i], catalog);
    if (!tree) {
      fmt::print(stderr, "{}\n", tree.error().message);
      good = false;
      continue;
    }
    data += fmt::format("constexpr unsigned char tree_{}[] = {{{}}};\n", i, byte_array(*tree));
    entries += fmt::format("    {{\"{}\", {{reinterpret_cast<const char*>(tree_{}), sizeof tree_{}}}}},\n",
                           files[i].name, i, i);
  }
  if (!good) return 1;

  std::ofstream out(argv[1], std::ios::binary);
  out << "// Written from catalog/ by compile_catalog.\n"
         "#include \"catalog/built_in/embedded_catalog.h\"\n\n"
         "namespace detoy::catalog {\nnamespace {\n\n"
      << data << "\nconst EmbeddedFile files[] = {\n"
      << entries
      << "};\n\n}  // namespace\n\n"
         "std::span<const EmbeddedFile> embedded_files() { return files; }\n\n"
         "}  // namespace detoy::catalog\n";
  if (!out.flush()) {
    fmt::print(stderr, "{}: cannot be written\n", argv[1]);
    return 1;
  }
  return 0;
}

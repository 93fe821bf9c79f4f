// The compiled catalog against its YAML files, parsed anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "catalog/built_in/embedded_catalog.h"
#include "catalog/catalog.h"
#include "catalog/compiled_node.h"
#include "catalog/fields.h"
#include "catalog/reader.h"

namespace detoy::catalog {
namespace {

// The paths below catalog/ in the order in which they are to be read.
std::vector<std::string> source_paths() {
  const std::filesystem::path root = DETOY_CATALOG_FOLDER;
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path().lexically_relative(root).generic_string());
  }
  std::sort(paths.begin(), paths.end(), reads_before);
  return paths;
}

Tree parse_source(std::string_view path) {
  std::ifstream stream(std::filesystem::path(DETOY_CATALOG_FOLDER) / path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  auto tree = parse_yaml(text, std::string(path), ErrorCategory::internal);
  EXPECT_TRUE(tree) << tree.error().message;
  return tree ? std::move(*tree) : Tree();
}

TEST(EmbeddedFiles, AreTheYamlFilesInReadingOrder) {
  std::vector<std::string> paths;
  for (const EmbeddedFile& file : embedded_files()) paths.emplace_back(file.path);
  EXPECT_EQ(paths, source_paths());
  EXPECT_EQ(paths.front(), "words.yaml");
}

TEST(EmbeddedFiles, HoldTheTreesOfTheYamlFilesWithTheirLines) {
  for (const EmbeddedFile& file : embedded_files()) {
    const auto compiled = read_compiled_node(file.tree);
    ASSERT_TRUE(compiled) << file.path;
    EXPECT_FALSE(compiled->children.empty()) << file.path;
    EXPECT_TRUE(*compiled == parse_source(file.path).root) << file.path;
  }
}

TEST(BuiltInCatalog, EqualsTheCatalogReadFromTheYamlFiles) {
  Catalog anew;
  for (const std::string& path : source_paths()) {
    const Tree tree = parse_source(path);
    Problems problems(path, ErrorCategory::internal);
    Reader(anew, problems).read_file(path, tree.root);
    EXPECT_FALSE(problems.first()) << problems.first()->message;
  }
  const auto built_in = Catalog::built_in();
  ASSERT_TRUE(built_in) << built_in.error().message;
  EXPECT_EQ(built_in->kinds().size(), anew.kinds().size());
  EXPECT_TRUE(built_in->kinds() == anew.kinds());
  EXPECT_EQ(built_in->libraries().size(), anew.libraries().size());
  EXPECT_TRUE(built_in->libraries() == anew.libraries());
  EXPECT_TRUE(built_in->domains() == anew.domains());
  EXPECT_TRUE(*built_in == anew) << "words and policy";
}

}  // namespace
}  // namespace detoy::catalog

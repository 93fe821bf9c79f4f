#include "catalog/node.h"

#include <gtest/gtest.h>

#include <string>

namespace detoy::catalog {
namespace {

Result<Tree> parse(std::string_view text) {
  return parse_yaml(text, "a.yaml", ErrorCategory::usage);
}

std::string error_of(std::string_view text) {
  const auto tree = parse(text);
  return tree ? std::string() : tree.error().message;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(ParseYaml, KeepsOrderLinesAndQuotes) {
  const auto tree = parse("b: 1\na:\n  - x\n  - \"2\"\nc:\n");
  ASSERT_TRUE(tree) << tree.error().message;
  const Node* root = &tree->root;
  ASSERT_EQ(root->kind, Node::Kind::map);
  ASSERT_EQ(root->children.size(), 3u);
  EXPECT_EQ(root->children[0].key, "b");
  EXPECT_EQ(root->children[0].text, "1");
  EXPECT_FALSE(root->children[0].quoted);
  EXPECT_EQ(root->children[1].line, 2u);
  EXPECT_EQ(root->children[1].children[1].line, 4u);
  EXPECT_TRUE(root->children[1].children[1].quoted);
  EXPECT_EQ(root->children[2].kind, Node::Kind::null);
}

TEST(ParseYaml, AnEmptyTextIsNull) {
  const auto tree = parse("");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->root.kind, Node::Kind::null);
}

TEST(ParseYaml, ReportsSyntaxWithItsLine) {
  EXPECT_TRUE(error_of("a: 1\nb: [1, 2\n").starts_with("a.yaml:")) << error_of("a: 1\nb: [1, 2\n");
  EXPECT_TRUE(error_of("a: b: c\n").starts_with("a.yaml:1: "));
  EXPECT_EQ(error_of("a: 'open\nb: c\n"), "a.yaml:2: illegal EOF in scalar");
}

TEST(ParseYaml, RefusesWhatConfigurationDoesNotNeed) {
  EXPECT_EQ(error_of("a: 1\na: 2\n"), "a.yaml:2: key 'a' is given twice");
  EXPECT_EQ(error_of("a: &x 1\nb: *x\n"), "a.yaml:1: anchors and aliases are not supported");
  EXPECT_EQ(error_of("a: !!binary aGk=\n"), "a.yaml:1: tags are not supported");
  EXPECT_EQ(error_of("? [a, b]\n: c\n"), "a.yaml:1: a key must be plain text");
  EXPECT_EQ(error_of("a: 1\n---\nb: 2\n"), "a.yaml:3: one document is expected, here begins another");
}

TEST(ParseYaml, RefusesAliasesThatWouldMultiply) {
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + ", " + last + "]\n";
  }
  EXPECT_EQ(error_of(bomb), "a.yaml:1: anchors and aliases are not supported");
}

TEST(ParseYaml, RefusesDeepNesting) {
  EXPECT_EQ(error_of(repeated("[", 500'000)), "a.yaml:1: nested deeper than 32 levels");
  EXPECT_NE(error_of(repeated("{a: ", 900)), "");
  EXPECT_NE(error_of(repeated("{a: ", 200'000)), "");
  EXPECT_EQ(error_of(repeated("- ", 100'000) + "x"), "a.yaml:1: nested deeper than 32 levels");
  EXPECT_EQ(error_of("\n" + repeated("[", 33) + repeated("]", 33)), "a.yaml:2: nested deeper than 32 levels");
  EXPECT_EQ(error_of(repeated("[", 32) + repeated("]", 32)), "");
}

TEST(ParseYaml, RefusesWhatIsNoText) {
  EXPECT_EQ(error_of(std::string_view("a: 1\n\0\0", 7)), "a.yaml:2: not a text file in UTF-8");
  EXPECT_EQ(error_of("\x7f"
                     "ELF\x02\x01\x01"),
            "a.yaml:1: not a text file in UTF-8");
  EXPECT_EQ(error_of("a: \xff\xfe\n"), "a.yaml:1: not a text file in UTF-8");
  EXPECT_EQ(error_of("a: \xc0\xaf\n"), "a.yaml:1: not a text file in UTF-8");
  EXPECT_EQ(error_of("a: \xed\xa0\x80\n"), "a.yaml:1: not a text file in UTF-8");
  EXPECT_EQ(error_of("a: \xe2\x82"), "a.yaml:1: not a text file in UTF-8");
  EXPECT_EQ(error_of("a: Zürich 東京 🙂\n"), "");
}

TEST(ParseYaml, RefusesLargeTexts) {
  EXPECT_EQ(error_of(std::string(max_yaml_bytes + 1, '#')), "a.yaml:1: larger than 1048576 bytes");
  EXPECT_EQ(error_of(std::string(max_yaml_bytes, '#')), "");
  EXPECT_EQ(error_of("[" + repeated("x,", 200'000) + "]"), "a.yaml:1: more than 100000 values");
}

}  // namespace
}  // namespace detoy::catalog

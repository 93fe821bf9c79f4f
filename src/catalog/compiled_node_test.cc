#include "catalog/compiled_node.h"

#include <gtest/gtest.h>

#include <string>

namespace detoy::catalog {
namespace {

Tree parse(std::string_view text) {
  auto tree = parse_yaml(text, "a.yaml", ErrorCategory::usage);
  EXPECT_TRUE(tree) << tree.error().message;
  return tree ? std::move(*tree) : Tree();
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

// Every kind of node; keys and none; a line, a text and a list whose numbers take more than one byte.
std::string sample() {
  return "a: 1\nb: '1'\nc:\nd: [x, [], {}, {e: ü}]\n'': empty\n" + repeated("#\n", 300) +
         "long: " + std::string(20'000, 'x') + "\nmany: [" + repeated("y,", 200) + "]\n";
}

TEST(CompiledNode, IsTheSameTreeAfterReading) {
  for (const std::string& text : {sample(), std::string(), std::string("just text"), std::string("[]")}) {
    const Tree tree = parse(text);
    const std::string bytes = compile_node(tree.root);
    const auto read = read_compiled_node(bytes);
    ASSERT_TRUE(read);
    EXPECT_TRUE(*read == tree.root);
  }
}

TEST(CompiledNode, RefusesBytesThatEndEarlyOrLate) {
  const std::string bytes = compile_node(parse("a: {b: [c, 'd'], e: }\nf: g\n").root);
  ASSERT_TRUE(read_compiled_node(bytes));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::string part = bytes.substr(0, i);  // a string of its own, so that reading beyond it is noticed
    EXPECT_FALSE(read_compiled_node(part)) << i;
  }
  EXPECT_FALSE(read_compiled_node(bytes + '\0'));
}

TEST(CompiledNode, RefusesWhatNoTreeCompilesTo) {
  EXPECT_FALSE(read_compiled_node("\x10\x01")) << "an unknown flag";
  EXPECT_FALSE(read_compiled_node("\x01\x80\x80\x80\x80\x80\x01")) << "a number without an end";
  EXPECT_FALSE(read_compiled_node("\x01\x01\xff\xff\xff\xff\x0f")) << "a text beyond the bytes";
  EXPECT_FALSE(read_compiled_node("\x02\x01\xff\xff\xff\xff\x0f")) << "more children than bytes";
  EXPECT_FALSE(read_compiled_node(repeated("\x02\x01\x01", 100'000))) << "nested without limit";
}

}  // namespace
}  // namespace detoy::catalog

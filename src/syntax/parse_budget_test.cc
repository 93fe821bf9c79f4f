#include "syntax/parse_budget.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "syntax/front_end.h"

namespace detoy::syntax {
namespace {

const char* read(void* payload, std::uint32_t offset, TSPoint /*position*/, std::uint32_t* length) {
  const auto* text = static_cast<const std::string_view*>(payload);
  *length = offset < text->size() ? static_cast<std::uint32_t>(text->size() - offset) : 0;
  return offset < text->size() ? text->data() + offset : "";
}

class ParseBudget : public testing::Test {
 protected:
  ParseBudget() : parser_(ts_parser_new()) { ts_parser_set_language(parser_, javascript_front_end.grammar()); }
  ~ParseBudget() override { ts_parser_delete(parser_); }

  bool parses(std::string_view text, std::size_t size) {
    TSTree* tree = parse_within_budget(parser_, TSInput{&text, read, TSInputEncodingUTF8, nullptr}, size);
    if (tree != nullptr) ts_tree_delete(tree);
    return tree != nullptr;
  }

  TSParser* parser_;
};

TEST_F(ParseBudget, ParsesWhatIsWorthItsSize) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "f(a);\n";
  EXPECT_TRUE(parses(text, text.size()));
}

TEST_F(ParseBudget, GivesUpWhenTheStepsExceedTheBudgetAndParsesTheNextTextAgain) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "f(a);\n";
  EXPECT_FALSE(parses(text, 0));
  EXPECT_TRUE(parses("f(a);", 5));
}

// Found by fuzzing: recovering from these errors took minutes.
TEST_F(ParseBudget, TangledErrorsEnd) {
  std::string text =
      "if\x01te } ;\n  return (\n    <button \x91\x91\xbc\x9cick={() => { add('bo;;;hown(true); }}>\n      {sonhw ? "
      "items.length ;;\n";
  for (int i = 0; i < 6; ++i)
    text += "  return (\n    <button \x91ick={() => { add(\xde\x9d;;hown(true); }}>\n      (\n  tShowwn] = (\n";
  Tree tree;
  Parser().parse(tsx_front_end, text, tree);
}

}  // namespace
}  // namespace detoy::syntax

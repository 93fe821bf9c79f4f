#include "base/string_table.h"

#include <gtest/gtest.h>

namespace detoy {
namespace {

TEST(StringTable, EqualStringsHaveOneNumber) {
  StringTable table;
  EXPECT_EQ(table.intern("first"), 1u);
  EXPECT_EQ(table.intern("second"), 2u);
  EXPECT_EQ(table.intern("first"), 1u);
  EXPECT_EQ(table.at(1), "first");
  EXPECT_EQ(table.at(2), "second");
}

TEST(StringTable, EmptyStringIsNumberZero) {
  StringTable table;
  EXPECT_EQ(table.intern(""), 0u);
  EXPECT_EQ(table.at(0), "");
  table.intern("a");
  EXPECT_EQ(table.intern(""), 0u);
}

TEST(StringTable, StringsWithinOthersStayApart) {
  StringTable table;
  const auto longer = table.intern("abc");
  const auto shorter = table.intern("ab");
  const auto rest = table.intern("c");
  EXPECT_EQ(table.at(longer), "abc");
  EXPECT_EQ(table.at(shorter), "ab");
  EXPECT_EQ(table.at(rest), "c");
}

TEST(StringTable, NulBytesBelongToTheString) {
  StringTable table;
  const std::string with_nul("a\0b", 3);
  const auto first = table.intern(with_nul);
  const auto second = table.intern("a");
  EXPECT_NE(first, second);
  EXPECT_EQ(table.at(first), with_nul);
}

TEST(StringTable, KeepsItsNumbersWhileItGrows) {
  StringTable table;
  for (std::uint32_t i = 1; i <= 5000; ++i) ASSERT_EQ(table.intern("name" + std::to_string(i)), i);
  for (std::uint32_t i = 1; i <= 5000; ++i) {
    ASSERT_EQ(table.intern("name" + std::to_string(i)), i);
    ASSERT_EQ(table.at(i), "name" + std::to_string(i));
  }
  EXPECT_EQ(table.size(), 5001u);
}

TEST(StringTable, StringsStayWhereTheyAreWhileItGrows) {
  StringTable table;
  const std::string_view first = table.at(table.intern("first"));
  const char* place = first.data();
  for (int i = 0; i < 5000; ++i) table.intern("name" + std::to_string(i));
  table.intern(std::string(100'000, 'x'));
  EXPECT_EQ(first, "first");
  EXPECT_EQ(table.at(1).data(), place);
}

TEST(StringTable, ReleasedTableIsEmptyAndStartsAgain) {
  StringTable table;
  table.intern("one");
  table.intern("two");
  std::string characters;
  std::vector<std::uint32_t> ends;
  table.release(characters, ends);
  EXPECT_EQ(characters, "onetwo");
  EXPECT_EQ(ends, (std::vector<std::uint32_t>{0, 3, 6}));
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.intern("two"), 1u);
}

}  // namespace
}  // namespace detoy

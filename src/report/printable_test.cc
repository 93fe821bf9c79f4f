#include "report/printable.h"

#include <gtest/gtest.h>

namespace detoy::report {
namespace {

TEST(Printable, KeepsOrdinaryText) {
  EXPECT_EQ(printable("a Map<string, Zahlung> für 日本 🙂"), "a Map<string, Zahlung> für 日本 🙂");
  EXPECT_EQ(printable(""), "");
}

TEST(Printable, TabsAndLineBreaksBecomeOneSpace) {
  EXPECT_EQ(printable("a\r\n\tb\nc"), "a b c");
}

TEST(Printable, ControlCharactersBecomeVisible) {
  EXPECT_EQ(printable("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
  EXPECT_EQ(printable("\x7f"), "\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"), "\\x9b");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(Printable, ReorderingAndInvisibleCharactersBecomeVisible) {
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "evil\xe2\x81\xa6"),
            "\\u202eevil\\u2066");
  EXPECT_EQ(printable("\xe2\x80\x8b\xef\xbb\xbf"), "\\u200b\\ufeff");
  EXPECT_EQ(printable("\xf3\xa0\x81\x81"), "\\ue0041");
}

TEST(Printable, BytesThatAreNotUtf8AreReplaced) {
  const std::string mark = "\xef\xbf\xbd";
  EXPECT_EQ(printable("a\xff"
                      "b"),
            "a" + mark + "b");
  EXPECT_EQ(printable("\xc3"), mark);              // cut short
  EXPECT_EQ(printable("\xe2\x82z"), mark + "z");   // cut short by a letter
  EXPECT_EQ(printable("\xc0\xaf"), mark);          // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), mark);      // surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), mark);  // past the last code point
  EXPECT_EQ(printable("\x80\x80"), mark + mark);   // continuations alone
}

TEST(Columns, CountsCodePoints) {
  EXPECT_EQ(columns(""), 0u);
  EXPECT_EQ(columns("abc"), 3u);
  EXPECT_EQ(columns("für 日本"), 6u);
}

TEST(Clip, LeavesShortTextAlone) {
  EXPECT_EQ(clip("für", 3), "für");
  EXPECT_EQ(clip("", 0), "");
}

TEST(Clip, CutsBetweenCharactersAndMarksIt) {
  EXPECT_EQ(clip("überlang", 4), "übe…");
  EXPECT_EQ(clip("日本語です", 3), "日本…");
  EXPECT_EQ(clip("ab cd", 4), "ab…");
  EXPECT_EQ(clip("abc", 1), "…");
  EXPECT_EQ(clip("abc", 0), "");
}

}  // namespace
}  // namespace detoy::report

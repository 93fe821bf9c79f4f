#include "report/page.h"

#include <gtest/gtest.h>

namespace detoy::report {
namespace {

using Lines = std::vector<std::string>;

TEST(Wrap, BreaksAtSpacesOnly) {
  EXPECT_EQ(wrap("one two three", 7, 7), (Lines{"one two", "three"}));
  EXPECT_EQ(wrap("one  two ", 80, 80), (Lines{"one two"}));
  EXPECT_EQ(wrap("", 10, 10), (Lines{""}));
}

TEST(Wrap, FirstLineMayBeShorter) {
  EXPECT_EQ(wrap("a bb cc dd", 2, 5), (Lines{"a", "bb cc", "dd"}));
}

TEST(Wrap, LongWordsStayWhole) {
  EXPECT_EQ(wrap("see src/a/very/long/path.ts now", 8, 8), (Lines{"see", "src/a/very/long/path.ts", "now"}));
}

TEST(Wrap, CountsCodePointsNotBytes) {
  EXPECT_EQ(wrap("üüü üüü", 7, 7), (Lines{"üüü üüü"}));
}

TEST(Page, BlankLinesDoNotAddUp) {
  Page page({});
  page.blank();
  page.paragraph(0, "a");
  page.blank();
  page.blank();
  page.heading("b");
  EXPECT_EQ(page.take(), "a\n\nb\n");
}

TEST(Page, LabelledTextHangsBelowItself) {
  Page page({.width = 40});
  page.labelled(2, {"restart:", Style::faint}, 10, "everything that was paid since then is gone");
  EXPECT_EQ(page.take(),
            "  restart:  everything that was paid\n"
            "            since then is gone\n");
}

TEST(Page, SpansBreakBetweenSpansOnly) {
  Page page({.width = 30});
  page.spans(0, 4, {{"CRITICAL"}, {"src/store.ts:12"}, {"Store.some values"}});
  EXPECT_EQ(page.take(), "CRITICAL  src/store.ts:12\n    Store.some values\n");
}

TEST(Page, WidthZeroNeverWraps) {
  Page page({.width = 0});
  page.paragraph(0, std::string(50, 'a') + " " + std::string(300, 'b'));
  page.spans(0, 2, {{std::string(300, 'c')}, {"d"}});
  EXPECT_EQ(page.take(), std::string(50, 'a') + " " + std::string(300, 'b') + "\n" + std::string(300, 'c') + "  d\n");
}

TEST(Page, TableColumnsAlignAndTheLastWraps) {
  Page page({.width = 50});
  page.table(2,
             {{{"a.ts:1"}, {"x"}, {"short"}}, {{"long/b.ts:22"}, {"yyy"}, {"a reason that is too long for the line"}}});
  EXPECT_EQ(page.take(),
            "  a.ts:1        x    short\n"
            "  long/b.ts:22  yyy  a reason that is too long for\n"
            "                     the line\n");
}

TEST(Page, TableCellThatIsTooWideOverflowsAlone) {
  Page page({.width = 44});
  page.table(0, {{{"a.ts:1"}, {"first reason of the two"}},
                 {{"a/very/long/path/to/some/file.ts:100"}, {"second reason of the two"}}});
  EXPECT_EQ(page.take(),
            "a.ts:1  first reason of the two\n"
            "a/very/long/path/to/some/file.ts:100\n"
            "        second reason of the two\n");
}

TEST(Page, ColourIsResetWhereItEnds) {
  Page page({.colour = true});
  page.spans(0, 2, {{"bad", Style::bad}, {"plain"}});
  EXPECT_EQ(page.take(), "\x1b[31mbad\x1b[0m  plain\n");
}

TEST(Page, ContentCannotSteerTheTerminal) {
  Page page({.colour = false});
  page.heading("\x1b[2J", "\x07");
  page.paragraph(0, "\x1b");
  page.clipped(0, "a\nb\x1b", Style::code);
  page.labelled(0, {"\x1b"}, 4, "\x1b");
  page.spans(0, 0, {{"\x1b"}});
  page.table(0, {{{"\x1b"}, {"\x1b"}}});
  EXPECT_EQ(page.take().find_first_of("\x1b\x07"), std::string::npos);
}

}  // namespace
}  // namespace detoy::report

#include "report/markdown_escape.h"

#include <gtest/gtest.h>

namespace detoy::report {
namespace {

TEST(MarkdownEscaped, KeepsOrdinarySentences) {
  EXPECT_EQ(escaped("A restart loses (nearly) all: 5 of 6 rate_limit counters."),
            "A restart loses (nearly) all: 5 of 6 rate_limit counters.");
}

TEST(MarkdownEscaped, PunctuationThatMarkdownReadsIsEscaped) {
  EXPECT_EQ(escaped("a|b `c` *d* [e](f) \\g ~h~ $i$ #j"),
            "a\\|b \\`c\\` \\*d\\* \\[e\\](f) \\\\g \\~h\\~ \\$i\\$ \\#j");
  EXPECT_EQ(escaped("_private and __init__"), "\\_private and \\_\\_init\\_\\_");
}

TEST(MarkdownEscaped, HtmlIsText) {
  EXPECT_EQ(escaped("<b>&amp;</b>"), "&lt;b&gt;&amp;amp;&lt;/b&gt;");
}

TEST(MarkdownEscaped, AddressesAreNoLinks) {
  EXPECT_EQ(escaped("http://evil.example"), "http&#58;//evil.example");
}

TEST(MarkdownEscaped, StaysOnOneLine) {
  EXPECT_EQ(escaped("a\n| b |\r\n# c"), "a \\| b \\| \\# c");
}

TEST(MarkdownCode, IsASpanWhereThatIsSafe) {
  EXPECT_EQ(code("new Map<string, T>()"), "`new Map<string, T>()`");
  EXPECT_EQ(code(""), "");
}

TEST(MarkdownCode, BackticksPipesAndBackslashesNeedReferences) {
  EXPECT_EQ(code("a|b"), "<code>a&#124;b</code>");
  EXPECT_EQ(code("`x`"), "<code>&#96;x&#96;</code>");
  EXPECT_EQ(code("\\"), "<code>&#92;</code>");
  EXPECT_EQ(code("a|</code>"), "<code>a&#124;&#60;&#47;code&#62;</code>");
  EXPECT_EQ(code(" a"), "<code> a</code>");
}

TEST(MarkdownLink, PointsToTheLine) {
  EXPECT_EQ(link("src/a_b.ts", 12), "[`src/a_b.ts:12`](src/a_b.ts#L12)");
  EXPECT_EQ(link("src/a.ts", 0), "[`src/a.ts`](src/a.ts)");
  EXPECT_EQ(link("users", "src/a.ts", 3), "[`users`](src/a.ts#L3)");
}

TEST(MarkdownLink, TargetsAreEncodedAndStayRelative) {
  EXPECT_EQ(link("app/[id]/a b(1).ts", 1), "[`app/[id]/a b(1).ts:1`](app/%5Bid%5D/a%20b%281%29.ts#L1)");
  EXPECT_EQ(link("javascript:x", 0), "[`javascript:x`](javascript%3Ax)");
  EXPECT_EQ(link("//evil.example/x", 0), "[`//evil.example/x`](.//evil.example/x)");
  EXPECT_EQ(link("ü.ts", 0), "[`ü.ts`](%C3%BC.ts)");
}

}  // namespace
}  // namespace detoy::report

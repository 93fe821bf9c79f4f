#include <gtest/gtest.h>

#include "source/source.h"

namespace detoy::source {
namespace {

using Match = IgnoreRules::Match;

bool ignores(std::string_view rules, std::string_view path, bool is_folder = false) {
  return IgnoreRules::parse(rules).match(path, is_folder) == Match::ignored;
}

TEST(IgnoreRules, NameWithoutSlashMatchesAtEveryDepth) {
  EXPECT_TRUE(ignores("notes.txt", "notes.txt"));
  EXPECT_TRUE(ignores("notes.txt", "a/b/notes.txt"));
  EXPECT_FALSE(ignores("notes.txt", "a/notes.txt.bak"));
  EXPECT_TRUE(ignores("*.log", "a/b.log"));
}

TEST(IgnoreRules, SlashInFrontOrMiddleAnchors) {
  EXPECT_TRUE(ignores("/a.ts", "a.ts"));
  EXPECT_FALSE(ignores("/a.ts", "b/a.ts"));
  EXPECT_TRUE(ignores("doc/*.txt", "doc/a.txt"));
  EXPECT_FALSE(ignores("doc/*.txt", "x/doc/a.txt"));
  EXPECT_FALSE(ignores("doc/*.txt", "doc/deep/a.txt"));
}

TEST(IgnoreRules, SlashAtTheEndMeansFoldersOnly) {
  EXPECT_TRUE(ignores("build/", "x/build", true));
  EXPECT_FALSE(ignores("build/", "x/build", false));
  EXPECT_TRUE(ignores("a/b/", "a/b", true));
  EXPECT_FALSE(ignores("a/b/", "x/a/b", true));
}

TEST(IgnoreRules, LastMatchingPatternDecides) {
  const auto rules = IgnoreRules::parse("*.ts\n!keep.ts\nold/keep.ts\n");
  EXPECT_EQ(rules.match("a.ts", false), Match::ignored);
  EXPECT_EQ(rules.match("x/keep.ts", false), Match::included);
  EXPECT_EQ(rules.match("old/keep.ts", false), Match::ignored);
  EXPECT_EQ(rules.match("a.py", false), Match::none);
}

TEST(IgnoreRules, DoubleStarStandsForAnyNumberOfFolders) {
  EXPECT_TRUE(ignores("**/logs", "logs", true));
  EXPECT_TRUE(ignores("**/logs", "a/b/logs", true));
  EXPECT_TRUE(ignores("a/**/z.ts", "a/z.ts"));
  EXPECT_TRUE(ignores("a/**/z.ts", "a/b/c/z.ts"));
  EXPECT_FALSE(ignores("a/**/z.ts", "b/a/z.ts"));
  EXPECT_TRUE(ignores("logs/**", "logs/a/b.ts"));
  EXPECT_FALSE(ignores("logs/**", "logs", true));
  EXPECT_TRUE(ignores("a/**/b/**/c", "a/x/b/y/z/c"));
  EXPECT_TRUE(ignores("**/logs/debug.log", "x/logs/debug.log"));
}

TEST(IgnoreRules, OtherDoubledStarsAreSingleOnes) {
  EXPECT_TRUE(ignores("a**b", "axxb"));
  EXPECT_FALSE(ignores("/a**b", "ax/xb"));
}

TEST(IgnoreRules, QuestionMarkAndBracketsStandForOneByte) {
  EXPECT_TRUE(ignores("?.ts", "a.ts"));
  EXPECT_FALSE(ignores("?.ts", "ab.ts"));
  EXPECT_FALSE(ignores("a?b", "a/b"));
  EXPECT_TRUE(ignores("[a-c].ts", "b.ts"));
  EXPECT_FALSE(ignores("[!a-c].ts", "b.ts"));
  EXPECT_TRUE(ignores("[^a-c].ts", "d.ts"));
  EXPECT_TRUE(ignores("[]x].ts", "].ts"));
  EXPECT_TRUE(ignores("*.py[cod]", "x.pyc"));
  EXPECT_TRUE(ignores("v[[:digit:]].ts", "v7.ts"));
  EXPECT_FALSE(ignores("v[[:digit:]].ts", "vx.ts"));
}

TEST(IgnoreRules, UnclosedBracketAndLoneBackslashMatchNothing) {
  EXPECT_FALSE(ignores("a[b", "a[b"));
  EXPECT_FALSE(ignores("a\\", "a\\"));
}

TEST(IgnoreRules, BackslashTakesTheNextByteLiterally) {
  EXPECT_TRUE(ignores("\\#a", "#a"));
  EXPECT_TRUE(ignores("\\!a", "!a"));
  EXPECT_TRUE(ignores("\\*", "*"));
  EXPECT_FALSE(ignores("\\*", "a"));
}

TEST(IgnoreRules, TrailingSpacesCountOnlyWhenEscaped) {
  EXPECT_TRUE(ignores("a.ts   ", "a.ts"));
  EXPECT_TRUE(ignores("a\\ ", "a "));
  EXPECT_FALSE(ignores("a\\ ", "a"));
}

TEST(IgnoreRules, CommentsBlankLinesAndLineEndingsAreNoPatterns) {
  EXPECT_TRUE(IgnoreRules::parse("# a\n\n   \n/\n").empty());
  EXPECT_TRUE(
      ignores("\xEF\xBB\xBF"
              "a.ts\r\nb.ts\r\n",
              "a.ts"));
  EXPECT_TRUE(ignores("a.ts\r\nb.ts", "b.ts"));
}

TEST(IgnoreRules, StarsBacktrack) {
  EXPECT_TRUE(ignores("*a*b*c", "xxaxxbxxbxxc"));
  EXPECT_FALSE(ignores("*a*b*c", "xxaxxbxxbxx"));
  EXPECT_TRUE(ignores("src/*/x*y.ts", "src/a/xyxy.ts"));
}

TEST(IgnoreRules, ManyStarsTakeNoExponentialTime) {
  const std::string pattern = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
  EXPECT_FALSE(ignores(pattern, std::string(2000, 'a')));
}

TEST(IgnoreRules, FolderCoversAllBelow) {
  const auto covers = [](std::string_view pattern, std::string_view file) {
    return IgnoreRules::parse(pattern).covers(file);
  };
  EXPECT_TRUE(covers("src/", "src/a/b.ts"));
  EXPECT_TRUE(covers("src/", "packages/x/src/b.ts"));
  EXPECT_FALSE(covers("/src/", "packages/x/src/b.ts"));
  EXPECT_TRUE(covers("packages/x", "packages/x/src/b.ts"));
  EXPECT_TRUE(covers("b.ts", "src/b.ts"));
  EXPECT_FALSE(covers("src/", "src"));
  EXPECT_FALSE(covers("src/\n!src/a/", "src/a/b.ts"));
}

}  // namespace
}  // namespace detoy::source

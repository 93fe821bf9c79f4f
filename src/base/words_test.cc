#include "base/words.h"

#include <gtest/gtest.h>

namespace detoy {
namespace {

using Words = std::vector<std::string>;

TEST(SplitWords, AllWaysOfWritingAnIdentifierAreTheSameWords) {
  const Words expected = {"rate", "limit", "store"};
  EXPECT_EQ(split_words("rateLimitStore"), expected);
  EXPECT_EQ(split_words("RateLimitStore"), expected);
  EXPECT_EQ(split_words("rate_limit_store"), expected);
  EXPECT_EQ(split_words("RATE_LIMIT_STORE"), expected);
  EXPECT_EQ(split_words("rate-limit-store"), expected);
  EXPECT_EQ(split_words("rate.limit/store"), expected);
}

TEST(SplitWords, RunOfCapitalsIsOneWordUpToTheLastBeforeALowerLetter) {
  EXPECT_EQ(split_words("HTTPServer"), (Words{"http", "server"}));
  EXPECT_EQ(split_words("parseJSON"), (Words{"parse", "json"}));
  EXPECT_EQ(split_words("userIDs"), (Words{"user", "i", "ds"}));
}

TEST(SplitWords, DigitsStayWithTheWordBeforeThem) {
  EXPECT_EQ(split_words("oauth2Token"), (Words{"oauth2", "token"}));
  EXPECT_EQ(split_words("sha256"), (Words{"sha256"}));
  EXPECT_EQ(split_words("v2_cache"), (Words{"v2", "cache"}));
}

TEST(SplitWords, WhatIsNoLetterAndNoDigitSeparates) {
  EXPECT_EQ(split_words("Map<string, FooBar[]>"), (Words{"map", "string", "foo", "bar"}));
  EXPECT_EQ(split_words("_private__field$"), (Words{"private", "field"}));
  EXPECT_EQ(split_words("caf\xc3\xa9"
                        "Cache"),
            (Words{"caf", "cache"}));
}

TEST(SplitWords, NothingHasNoWords) {
  EXPECT_TRUE(split_words("").empty());
  EXPECT_TRUE(split_words("__--$$").empty());
}

TEST(HasPhrase, FindsConsecutiveWordsAnywhere) {
  const Words words = split_words("paymentRateLimitStore");
  EXPECT_TRUE(has_phrase(words, "rate limit"));
  EXPECT_TRUE(has_phrase(words, "payment"));
  EXPECT_TRUE(has_phrase(words, "store"));
  EXPECT_TRUE(has_phrase(words, "payment rate limit store"));
  EXPECT_FALSE(has_phrase(words, "payment limit"));
  EXPECT_FALSE(has_phrase(words, "limit rate"));
  EXPECT_FALSE(has_phrase(words, "limit store extra"));
}

TEST(HasPhrase, WordMatchesItsPluralButNoOtherLongerWord) {
  EXPECT_TRUE(has_phrase({"sessions"}, "session"));
  EXPECT_TRUE(has_phrase({"caches"}, "cache"));
  EXPECT_TRUE(has_phrase({"boxes"}, "box"));
  EXPECT_FALSE(has_phrase({"states"}, "stat"));
  EXPECT_TRUE(has_phrase({"batches"}, "batch"));
  EXPECT_TRUE(has_phrase({"rate", "limits"}, "rate limit"));
  EXPECT_FALSE(has_phrase({"session"}, "sessions"));
  EXPECT_FALSE(has_phrase({"sessional"}, "session"));
  EXPECT_FALSE(has_phrase({"dies"}, "entry"));
}

TEST(HasPhrase, SpacesAroundAPhraseDoNotCount) {
  EXPECT_TRUE(has_phrase({"rate", "limit"}, " rate  limit "));
}

TEST(HasPhrase, EmptyPhraseIsInNothing) {
  EXPECT_FALSE(has_phrase({"rate"}, ""));
  EXPECT_FALSE(has_phrase({"rate"}, "  "));
  EXPECT_FALSE(has_phrase({}, "rate"));
}

}  // namespace
}  // namespace detoy

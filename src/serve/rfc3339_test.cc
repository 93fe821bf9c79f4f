#include "serve/rfc3339.h"

#include <gtest/gtest.h>

#include "serve/json_fields.h"

namespace detoy::serve {
namespace {

TEST(Rfc3339, WhatAnswersHaveIsReadAgain) {
  for (const std::int64_t micros :
       {std::int64_t{0}, std::int64_t{1'795'273'445'000'006}, std::int64_t{951'782'399'999'999}})
    EXPECT_EQ(parse_time(time_text(micros)), micros) << time_text(micros);
}

TEST(Rfc3339, OffsetsFractionsAndLeapDaysAreKnown) {
  EXPECT_EQ(parse_time("1970-01-01T01:00:00+01:00"), 0);
  EXPECT_EQ(parse_time("1969-12-31T22:30:01.5-01:30"), 1'500'000);
  EXPECT_EQ(parse_time("1970-01-01t00:00:00.1234567z"), 123'456);
  EXPECT_EQ(parse_time("2024-02-29T00:00:00Z"), 1'709'164'800'000'000);
}

TEST(Rfc3339, AnythingElseIsNoTime) {
  for (const char* text :
       {"", "2026", "2026-11-21", "2026-11-21T15:04:05", "2026-11-21T15:04:05.Z", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T15:60:00Z", "2026-11-21T15:04:05Z ",
        "2026-11-21T15:04:05+0100", "2026-11-21T15:04:05+24:00", "1969-12-31T23:59:59Z", "+026-11-21T15:04:05Z"})
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
}

}  // namespace
}  // namespace detoy::serve

#include "foundation/cron.h"

#include <fmt/chrono.h>
#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <vector>

#include "foundation/recurring_job.h"

namespace detoy::foundation {
namespace {

using Times = std::vector<std::string>;

// "2026-03-29T00:59Z", as the tests write instants.
Micros at(const std::string& text) {
  const auto tick = RecurringJobs::tick_of("x@" + text.substr(0, text.size() - 1) + ":00Z");
  EXPECT_TRUE(tick.has_value()) << text;
  return tick ? tick->at : 0;
}

std::string text_of(Micros time) {
  return fmt::format("{:%Y-%m-%dT%H:%MZ}", fmt::gmtime(static_cast<std::time_t>(time / 1'000'000)));
}

Cron parsed(std::string_view text) {
  const auto cron = Cron::parse(text);
  EXPECT_TRUE(cron.has_value()) << (cron ? "" : cron.error().message);
  return cron.value_or(Cron());
}

// The next ticks after an instant.
Times next(std::string_view cron, const std::string& after, int count, std::string_view time_zone = "UTC") {
  const Cron schedule = parsed(cron);
  Times times;
  Micros last = at(after);
  for (int i = 0; i < count; ++i) {
    const auto tick = schedule.next(last, time_zone);
    EXPECT_TRUE(tick.has_value()) << (tick ? "" : tick.error().message);
    if (!tick) break;
    EXPECT_GT(*tick, last);
    EXPECT_EQ(*tick % 60'000'000, 0);
    last = *tick;
    times.push_back(text_of(last));
  }
  return times;
}

std::string error_of(std::string_view text) {
  const auto cron = Cron::parse(text);
  EXPECT_FALSE(cron) << text;
  if (cron) return "";
  EXPECT_EQ(cron.error().category, ErrorCategory::usage);
  return cron.error().message;
}

TEST(Cron, TheNextTickIsStrictlyLater) {
  EXPECT_EQ(next("30 4 * * *", "2026-05-01T04:29Z", 2), (Times{"2026-05-01T04:30Z", "2026-05-02T04:30Z"}));
  EXPECT_EQ(next("30 4 * * *", "2026-05-01T04:30Z", 1), Times{"2026-05-02T04:30Z"});
  const Cron cron = parsed("30 4 * * *");
  EXPECT_EQ(cron.next(at("2026-05-01T04:30Z") - 1, "UTC"), at("2026-05-01T04:30Z"));
  EXPECT_EQ(cron.next(at("2026-05-01T04:30Z") + 1, "UTC"), at("2026-05-02T04:30Z"));
}

TEST(Cron, FieldsAreListsOfValuesRangesAndSteps) {
  EXPECT_EQ(next("*/20 * * * *", "2026-05-01T23:30Z", 3),
            (Times{"2026-05-01T23:40Z", "2026-05-02T00:00Z", "2026-05-02T00:20Z"}));
  EXPECT_EQ(
      next("5,50-52 8-12/4 * * *", "2026-05-01T08:04Z", 5),
      (Times{"2026-05-01T08:05Z", "2026-05-01T08:50Z", "2026-05-01T08:51Z", "2026-05-01T08:52Z", "2026-05-01T12:05Z"}));
  EXPECT_EQ(next("0 0 1 2,11 *", "2026-05-01T00:00Z", 2), (Times{"2026-11-01T00:00Z", "2027-02-01T00:00Z"}));
  EXPECT_EQ(next("  0   0  31  *  * ", "2026-04-01T00:00Z", 2), (Times{"2026-05-31T00:00Z", "2026-07-31T00:00Z"}));
}

TEST(Cron, MonthsAndDaysOfTheWeekHaveNames) {
  EXPECT_EQ(next("0 0 1 jan,Dec *", "2026-05-01T00:00Z", 2), (Times{"2026-12-01T00:00Z", "2027-01-01T00:00Z"}));
  // 1 May 2026 is a Friday.
  EXPECT_EQ(next("0 0 * * MON-WED", "2026-05-01T00:00Z", 4),
            (Times{"2026-05-04T00:00Z", "2026-05-05T00:00Z", "2026-05-06T00:00Z", "2026-05-11T00:00Z"}));
  EXPECT_EQ(next("0 0 * * sat-sun", "2026-05-01T00:00Z", 3),
            (Times{"2026-05-02T00:00Z", "2026-05-03T00:00Z", "2026-05-09T00:00Z"}));
}

TEST(Cron, SundayIsZeroAndSeven) {
  for (const char* cron : {"0 0 * * 0", "0 0 * * 7", "0 0 * * SUN", "0 0 * * 7-7"})
    EXPECT_EQ(next(cron, "2026-05-01T00:00Z", 2), (Times{"2026-05-03T00:00Z", "2026-05-10T00:00Z"})) << cron;
  EXPECT_EQ(next("0 0 * * 6-7", "2026-05-01T00:00Z", 2), (Times{"2026-05-02T00:00Z", "2026-05-03T00:00Z"}));
}

TEST(Cron, TheDayOfMonthOrTheDayOfWeekIsEnoughIfBothAreRestricted) {
  EXPECT_EQ(next("0 0 13 * FRI", "2026-05-01T00:00Z", 4),
            (Times{"2026-05-08T00:00Z", "2026-05-13T00:00Z", "2026-05-15T00:00Z", "2026-05-22T00:00Z"}));
  EXPECT_EQ(next("0 0 13 * *", "2026-05-01T00:00Z", 1), Times{"2026-05-13T00:00Z"});
  // A field that begins with * restricts with its step, and does not offer a day by itself.
  EXPECT_EQ(next("0 0 */10 * FRI", "2026-05-01T00:00Z", 2), (Times{"2026-07-31T00:00Z", "2026-08-21T00:00Z"}));
}

TEST(Cron, ShorthandsStandForFields) {
  EXPECT_EQ(next("@hourly", "2026-05-01T04:29Z", 1), Times{"2026-05-01T05:00Z"});
  EXPECT_EQ(next("@daily", "2026-05-01T04:29Z", 1), Times{"2026-05-02T00:00Z"});
  EXPECT_EQ(next("@weekly", "2026-05-01T04:29Z", 1), Times{"2026-05-03T00:00Z"});
  EXPECT_EQ(next("@monthly", "2026-05-01T04:29Z", 1), Times{"2026-06-01T00:00Z"});
  EXPECT_EQ(next("@yearly", "2026-05-01T04:29Z", 1), Times{"2027-01-01T00:00Z"});
}

TEST(Cron, FieldsAreInTheLocalTimeOfTheZone) {
  EXPECT_EQ(next("0 9 * * *", "2026-01-10T00:00Z", 1, "Europe/Zurich"), Times{"2026-01-10T08:00Z"});
  EXPECT_EQ(next("0 9 * * *", "2026-07-10T00:00Z", 1, "Europe/Zurich"), Times{"2026-07-10T07:00Z"});
  // Where it is another day.
  EXPECT_EQ(next("0 9 1 * *", "2026-05-31T00:00Z", 1, "Pacific/Auckland"), Times{"2026-05-31T21:00Z"});
  EXPECT_EQ(next("15 0 * * *", "2026-05-01T00:00Z", 1, "Asia/Kathmandu"), Times{"2026-05-01T18:30Z"});
}

// In Zurich clocks go from 02:00 to 03:00 on 29 March 2026 at 01:00 UTC.
TEST(Cron, ALocalTimeThatIsSkippedComesAtTheFirstInstantBehindTheGap) {
  EXPECT_EQ(next("30 2 * * *", "2026-03-28T00:00Z", 3, "Europe/Zurich"),
            (Times{"2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z"}));
  EXPECT_EQ(next("*/30 * * * *", "2026-03-29T00:00Z", 4, "Europe/Zurich"),
            (Times{"2026-03-29T00:30Z", "2026-03-29T01:00Z", "2026-03-29T01:30Z", "2026-03-29T02:00Z"}));
}

// And from 03:00 to 02:00 on 25 October 2026 at 01:00 UTC.
TEST(Cron, ALocalTimeThatComesTwiceIsATickOnce) {
  EXPECT_EQ(next("30 2 * * *", "2026-10-24T22:00Z", 2, "Europe/Zurich"),
            (Times{"2026-10-25T00:30Z", "2026-10-26T01:30Z"}));
  EXPECT_EQ(next("30 2 * * *", "2026-10-25T01:10Z", 1, "Europe/Zurich"), Times{"2026-10-26T01:30Z"});
  EXPECT_EQ(next("*/30 * * * *", "2026-10-24T23:45Z", 4, "Europe/Zurich"),
            (Times{"2026-10-25T00:00Z", "2026-10-25T00:30Z", "2026-10-25T02:00Z", "2026-10-25T02:30Z"}));
}

// Samoa had no 30 December 2011: at its beginning it became the 31st.
TEST(Cron, ADayThatIsSkippedComesAtTheBeginningOfTheNext) {
  EXPECT_EQ(next("0 12 30 12 *", "2011-12-01T00:00Z", 2, "Pacific/Apia"),
            (Times{"2011-12-30T10:00Z", "2012-12-29T22:00Z"}));
}

TEST(Cron, WhatComesRarelyComes) {
  EXPECT_EQ(next("0 0 29 2 *", "2026-05-01T00:00Z", 2), (Times{"2028-02-29T00:00Z", "2032-02-29T00:00Z"}));
  EXPECT_EQ(next("0 0 29 2 */7", "2026-05-01T00:00Z", 2), (Times{"2032-02-29T00:00Z", "2060-02-29T00:00Z"}));
  EXPECT_EQ(next("0 0 29 2 *", "2096-03-01T00:00Z", 1), Times{"2104-02-29T00:00Z"});
}

TEST(Cron, WhatNeverComesIsAnError) {
  EXPECT_NE(error_of("0 0 31 2 *").find("never comes"), std::string::npos);
  EXPECT_NE(error_of("0 0 31 4,6,9,11 *").find("never comes"), std::string::npos);
  EXPECT_NE(error_of("0 0 30 FEB */2").find("never comes"), std::string::npos);
  // But Mondays in February do.
  EXPECT_EQ(next("0 0 31 2 MON", "2026-01-01T00:00Z", 1), Times{"2026-02-02T00:00Z"});
}

TEST(Cron, TheLastTicksAreFoundWithoutWalkingOverAllBefore) {
  const Cron cron = parsed("*/10 * * * *");
  const auto last = [&](const std::string& first, const std::string& until, std::int64_t most) {
    Times times;
    const auto ticks = cron.last(at(first), at(until), most, "UTC");
    EXPECT_TRUE(ticks.has_value());
    for (const Micros tick : ticks.value_or(std::vector<Micros>())) times.push_back(text_of(tick));
    return times;
  };
  EXPECT_EQ(last("2026-05-01T00:10Z", "2026-05-01T00:30Z", 3),
            (Times{"2026-05-01T00:10Z", "2026-05-01T00:20Z", "2026-05-01T00:30Z"}));
  EXPECT_EQ(last("2026-05-01T00:10Z", "2026-05-01T00:39Z", 2), (Times{"2026-05-01T00:20Z", "2026-05-01T00:30Z"}));
  EXPECT_EQ(last("1970-01-01T00:00Z", "2026-05-01T00:30Z", 1), Times{"2026-05-01T00:30Z"});
  EXPECT_EQ(last("1970-01-01T00:00Z", "2026-05-01T00:29Z", 2), (Times{"2026-05-01T00:10Z", "2026-05-01T00:20Z"}));
  EXPECT_EQ(last("2026-05-01T00:10Z", "2026-05-01T00:09Z", 2), Times{});
}

TEST(Cron, ErrorsNameTheFieldAndItsBounds) {
  EXPECT_EQ(error_of("60 * * * *"), "cron: minute must be 0 to 59, not '60'");
  EXPECT_EQ(error_of("* 24 * * *"), "cron: hour must be 0 to 23, not '24'");
  EXPECT_EQ(error_of("* * 0 * *"), "cron: day of month must be 1 to 31, not '0'");
  EXPECT_EQ(error_of("* * * 13 *"), "cron: month must be 1 to 12 or JAN to DEC, not '13'");
  EXPECT_EQ(error_of("* * * * 8"), "cron: day of week must be 0 to 7 or SUN to SAT, not '8'");
  EXPECT_EQ(error_of("*/0 * * * *"), "cron: the step of minute must be 1 to 59, not '0'");
  EXPECT_EQ(error_of("* 8-6 * * *"), "cron: the range '8-6' of hour ends before it begins");
  EXPECT_EQ(error_of("* 8/2 * * *"), "cron: the step in '8/2' of hour needs a range or *");
}

TEST(Cron, RefusesWhatIsNoSchedule) {
  for (const char* text : {"", "* * * *", "* * * * * *", "@often", "a * * * *", "1, * * * *", ",1 * * * *",
                           "1-2-3 * * * *", "-1 * * * *", "1- * * * *", "*/ * * * *", "*/2/3 * * * *", "** * * * *",
                           "+1 * * * *", "1.5 * * * *", "* * JAN * *", "99999999999 * * * *", "*\t* * * * *"})
    error_of(text);
  error_of(std::string(300, '1'));
}

TEST(Cron, AnUnknownTimeZoneIsAnError) {
  const Cron cron = parsed("@daily");
  for (const char* zone : {"Mars/Olympus", "", "../etc/passwd"}) {
    const auto tick = cron.next(at("2026-05-01T00:00Z"), zone);
    ASSERT_FALSE(tick) << zone;
    EXPECT_EQ(tick.error().category, ErrorCategory::usage);
  }
  EXPECT_FALSE(cron.next(-1, "UTC"));
}

}  // namespace
}  // namespace detoy::foundation

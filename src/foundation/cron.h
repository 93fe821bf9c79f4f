// When something recurs: schedules in the five fields of cron, in the local time of a time zone.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "foundation/storage/engine.h"

namespace detoy::foundation {

// "minute hour day-of-month month day-of-week", apart by spaces, or @hourly, @daily, @weekly, @monthly, @yearly.
//
//   minute        0 to 59
//   hour          0 to 23
//   day of month  1 to 31
//   month         1 to 12, or JAN to DEC
//   day of week   0 to 7, or SUN to SAT; 0 and 7 are Sunday
//
// A field is * (all), a value, a range (1-5), * or a range with a step (*/15, 8-18/2), or a list of these (1,15,20-25).
// A day must satisfy both the day of month and the day of week; but if neither of them begins with *, one is enough.
class Cron {
 public:
  // Errors have category usage and name the field and its bounds. What never comes (30 February) is one, too.
  static Result<Cron> parse(std::string_view text);

  // The first tick later than `after` in a time zone of the IANA's list ("Europe/Zurich", "UTC"). A local time that the
  // clocks skip in spring stands for the first instant behind the gap; of one that they show twice in autumn, the first
  // counts. So there is one tick where several local times fall into a gap, and none in the hour that is repeated.
  // Summer time is known until the end of 2037. An error of category usage tells that this machine knows no such time
  // zone.
  Result<Micros> next(Micros after, std::string_view time_zone) const;
  // The last ticks from `first` on and not later than `until`, at most `most` of them, in order. There may be millions
  // before them, which are not walked over.
  Result<std::vector<Micros>> last(Micros first, Micros until, std::int64_t most, std::string_view time_zone) const;

 private:
  Result<std::vector<Micros>> some_after(Micros after, Micros until, std::int64_t most,
                                         std::string_view time_zone) const;
  bool has_day(unsigned month, unsigned day, unsigned weekday) const;
  bool ever_comes() const;

  // Bit i stands for value i.
  std::uint64_t minutes_ = 0;
  std::uint64_t hours_ = 0;
  std::uint64_t days_ = 0;
  std::uint64_t months_ = 0;
  std::uint64_t weekdays_ = 0;  // without 7
  bool either_day_ = false;     // the day of month or the day of week is enough
};

}  // namespace detoy::foundation

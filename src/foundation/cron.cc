#include "foundation/cron.h"

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "foundation/bounds.h"

namespace detoy::foundation {
namespace {

struct Field {
  std::string_view name;
  unsigned least;
  unsigned greatest;
  std::span<const std::string_view> words;  // of the values from `first_word` on
  unsigned first_word;
};

constexpr auto month_words = std::to_array<std::string_view>(
    {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"});
constexpr auto weekday_words = std::to_array<std::string_view>({"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"});
constexpr Field minute_field{"minute", 0, 59, {}, 0};
constexpr Field hour_field{"hour", 0, 23, {}, 0};
constexpr Field day_field{"day of month", 1, 31, {}, 0};
constexpr Field month_field{"month", 1, 12, month_words, 1};
constexpr Field weekday_field{"day of week", 0, 7, weekday_words, 0};
constexpr unsigned sunday = 0;
constexpr unsigned other_sunday = 7;

constexpr auto shorthands = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"@hourly", "0 * * * *"},
    {"@daily", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"},
    {"@yearly", "0 0 1 1 *"},
});

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

bool same_word(std::string_view text, std::string_view word) {
  if (text.size() != word.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char upper = text[i] >= 'a' && text[i] <= 'z' ? static_cast<char>(text[i] - 'a' + 'A') : text[i];
    if (upper != word[i]) return false;
  }
  return true;
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<unsigned> value_of(const Field& field, std::string_view text) {
  for (std::size_t i = 0; i < field.words.size(); ++i) {
    if (same_word(text, field.words[i])) return field.first_word + static_cast<unsigned>(i);
  }
  const std::optional<unsigned> value = number(text);
  if (value && *value >= field.least && *value <= field.greatest) return *value;
  const std::string words =
      field.words.empty() ? std::string() : fmt::format(" or {} to {}", field.words.front(), field.words.back());
  return fail(ErrorCategory::usage, fmt::format("cron: {} must be {} to {}{}, not '{}'", field.name, field.least,
                                                field.greatest, words, text));
}

Result<unsigned> step_of(const Field& field, std::string_view text) {
  const std::optional<unsigned> value = number(text);
  if (value && *value >= 1 && *value <= field.greatest) return *value;
  return fail(ErrorCategory::usage,
              fmt::format("cron: the step of {} must be 1 to {}, not '{}'", field.name, field.greatest, text));
}

// One item of a list: a value, a range or all, perhaps with a step.
Result<std::uint64_t> parse_item(const Field& field, std::string_view item) {
  const std::size_t slash = item.find('/');
  const std::string_view range = item.substr(0, slash);
  const std::size_t dash = range.find('-');
  const bool all = range == "*";
  Result<unsigned> first = field.least;
  Result<unsigned> last = field.greatest;
  if (!all) {
    first = value_of(field, range.substr(0, dash));
    last = dash == std::string_view::npos ? first : value_of(field, range.substr(dash + 1));
  }
  if (!first) return std::unexpected(first.error());
  if (!last) return std::unexpected(last.error());
  // A week may end with its Sunday: FRI-SUN.
  const bool to_sunday =
      &field == &weekday_field && dash != std::string_view::npos && *last == sunday && *first > *last;
  if (to_sunday) last = other_sunday;
  if (*first > *last)
    return fail(ErrorCategory::usage,
                fmt::format("cron: the range '{}' of {} ends before it begins", range, field.name));
  unsigned step = 1;
  if (slash != std::string_view::npos) {
    if (!all && dash == std::string_view::npos)
      return fail(ErrorCategory::usage,
                  fmt::format("cron: the step in '{}' of {} needs a range or *", item, field.name));
    const Result<unsigned> given = step_of(field, item.substr(slash + 1));
    if (!given) return std::unexpected(given.error());
    step = *given;
  }
  std::uint64_t bits = 0;
  for (unsigned value = *first; value <= *last; value += step) bits |= std::uint64_t{1} << value;
  return bits;
}

Result<std::uint64_t> parse_field(const Field& field, std::string_view text) {
  std::uint64_t bits = 0;
  for (const std::string_view item : split(text, ',')) {
    const auto some = parse_item(field, item);
    if (!some) return std::unexpected(some.error());
    bits |= *some;
  }
  return bits;
}

bool has(std::uint64_t bits, unsigned value) {
  return ((bits >> value) & 1u) != 0;
}

// Calls `visit` with each value in order until it returns true; whether it did.
template <typename Visit>
bool any_of(std::uint64_t bits, Visit visit) {
  for (; bits != 0; bits &= bits - 1) {
    if (visit(std::countr_zero(bits))) return true;
  }
  return false;
}

// Later local times never give earlier instants, so whoever looks for the next one may go through local times.
date::sys_seconds instant_of(const date::time_zone& zone, date::local_seconds local) {
  const date::local_info info = zone.get_info(local);
  if (info.result == date::local_info::nonexistent) return info.second.begin;
  return date::sys_seconds(local.time_since_epoch() - info.first.offset);
}

// A 29 February of a given day of the week comes again after 40 years at the latest.
constexpr date::days longest_search(50 * 366);

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
  if (const auto named = check_name("cron", text); !named) return std::unexpected(named.error());
  std::string_view fields = text;
  for (const auto& [word, meaning] : shorthands) {
    if (text == word) fields = meaning;
  }
  if (fields.starts_with('@'))
    return fail(ErrorCategory::usage,
                fmt::format("cron: '{}' is none of @hourly, @daily, @weekly, @monthly and @yearly", text));
  std::vector<std::string_view> parts = split(fields, ' ');
  std::erase(parts, std::string_view());
  if (parts.size() != 5)
    return fail(ErrorCategory::usage,
                fmt::format("cron: '{}' must have five fields (minute, hour, day of month, month, day of week), not {}",
                            text, parts.size()));
  Cron cron;
  const auto targets = std::to_array<std::pair<const Field*, std::uint64_t*>>({{&minute_field, &cron.minutes_},
                                                                               {&hour_field, &cron.hours_},
                                                                               {&day_field, &cron.days_},
                                                                               {&month_field, &cron.months_},
                                                                               {&weekday_field, &cron.weekdays_}});
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto bits = parse_field(*targets[i].first, parts[i]);
    if (!bits) return std::unexpected(bits.error());
    *targets[i].second = *bits;
  }
  if (has(cron.weekdays_, other_sunday)) cron.weekdays_ |= 1u << sunday;
  cron.weekdays_ &= ~(std::uint64_t{1} << other_sunday);
  cron.either_day_ = !parts[2].starts_with('*') && !parts[4].starts_with('*');
  if (!cron.ever_comes())
    return fail(ErrorCategory::usage,
                fmt::format("cron: '{}' never comes: no such month has such a day of month", text));
  return cron;
}

bool Cron::ever_comes() const {
  if (either_day_) return true;
  constexpr auto longest = std::to_array<unsigned>({31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31});
  const auto first_day = static_cast<unsigned>(std::countr_zero(days_));
  return any_of(months_, [&](int value) { return first_day <= longest.at(static_cast<std::size_t>(value) - 1); });
}

bool Cron::has_day(unsigned month, unsigned day, unsigned weekday) const {
  if (!has(months_, month)) return false;
  const bool of_month = has(days_, day);
  const bool of_week = has(weekdays_, weekday);
  return either_day_ ? of_month || of_week : of_month && of_week;
}

Result<Micros> Cron::next(Micros after, std::string_view time_zone) const {
  if (const auto named = check_name("time zone", time_zone); !named) return std::unexpected(named.error());
  // The years 1970 to 9999.
  if (const auto valid = check_between("time (microseconds)", after, 0, 253'402'300'799'000'000); !valid)
    return std::unexpected(valid.error());
  try {
    const date::time_zone& zone = *date::locate_zone(time_zone);
    const auto since =
        date::floor<std::chrono::seconds>(date::sys_time<std::chrono::microseconds>(std::chrono::microseconds(after)));
    const date::local_seconds local = zone.to_local(since);
    const auto today = date::floor<date::days>(local);
    std::optional<date::sys_seconds> found;
    for (date::local_days day = today; !found && day < today + longest_search; day += date::days(1)) {
      const date::year_month_day calendar(day);
      if (!has_day(static_cast<unsigned>(calendar.month()), static_cast<unsigned>(calendar.day()),
                   date::weekday(day).c_encoding()))
        continue;
      any_of(hours_, [&](int hours) {
        return any_of(minutes_, [&](int minutes) {
          const date::local_seconds candidate = day + std::chrono::hours(hours) + std::chrono::minutes(minutes);
          // Looking up the zone is slow, and what is before `local` was before `after`.
          if (candidate + std::chrono::minutes(1) <= local) return false;
          const date::sys_seconds instant = instant_of(zone, candidate);
          if (instant > since) found = instant;
          return found.has_value();
        });
      });
    }
    if (found) return std::chrono::microseconds(found->time_since_epoch()).count();
  } catch (const std::exception& error) {
    return fail(ErrorCategory::usage, fmt::format("time zone '{}': {}", time_zone, error.what()));
  }
  return fail(ErrorCategory::internal, "cron: no tick within 50 years");
}

Result<std::vector<Micros>> Cron::some_after(Micros after, Micros until, std::int64_t most,
                                             std::string_view time_zone) const {
  std::vector<Micros> ticks;
  while (static_cast<std::int64_t>(ticks.size()) < most) {
    const auto tick = next(ticks.empty() ? after : ticks.back(), time_zone);
    if (!tick) return std::unexpected(tick.error());
    if (*tick > until) break;
    ticks.push_back(*tick);
  }
  return ticks;
}

Result<std::vector<Micros>> Cron::last(Micros first, Micros until, std::int64_t most,
                                       std::string_view time_zone) const {
  constexpr Micros second = 1'000'000;
  // After `enough` there are `most` ticks or more, after `few` fewer; ticks are whole seconds, and one at a time.
  Micros enough = std::max<Micros>(first - 1, 0);
  Micros few = until;
  auto all = some_after(enough, until, most + 1, time_zone);
  if (!all || static_cast<std::int64_t>(all->size()) <= most) return all;
  while (few - enough > second) {
    const Micros middle = enough + (few - enough) / 2;
    auto ticks = some_after(middle, until, most, time_zone);
    if (!ticks) return ticks;
    (static_cast<std::int64_t>(ticks->size()) == most ? enough : few) = middle;
  }
  return some_after(enough, until, most, time_zone);
}

}  // namespace detoy::foundation

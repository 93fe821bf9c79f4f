#include "serve/rfc3339.h"

#include <chrono>

namespace detoy::serve {
namespace {

// Takes exactly so many digits.
std::optional<int> digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool one_of(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// What is behind the seconds' point, in microseconds.
std::optional<std::int64_t> fraction(std::string_view& text) {
  std::int64_t value = 0;
  std::int64_t unit = 100'000;
  bool any = false;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    value += (text.front() - '0') * unit;
    unit /= 10;
    any = true;
    text.remove_prefix(1);
  }
  return any ? std::optional(value) : std::nullopt;
}

// In minutes.
std::optional<int> offset(std::string_view& text) {
  if (one_of(text, "Zz")) return 0;
  const bool behind = text.starts_with('-');
  if (!one_of(text, "+-")) return std::nullopt;
  const auto hours = digits(text, 2);
  if (!hours || !one_of(text, ":")) return std::nullopt;
  const auto minutes = digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const int all = *hours * 60 + *minutes;
  return behind ? -all : all;
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text) {
  using namespace std::chrono;
  const auto year_number = digits(text, 4);
  if (!year_number || !one_of(text, "-")) return std::nullopt;
  const auto month_number = digits(text, 2);
  if (!month_number || !one_of(text, "-")) return std::nullopt;
  const auto day_number = digits(text, 2);
  if (!day_number || !one_of(text, "Tt ")) return std::nullopt;
  const auto hour = digits(text, 2);
  if (!hour || *hour > 23 || !one_of(text, ":")) return std::nullopt;
  const auto minute = digits(text, 2);
  if (!minute || *minute > 59 || !one_of(text, ":")) return std::nullopt;
  const auto second = digits(text, 2);
  if (!second || *second > 60) return std::nullopt;
  std::optional<std::int64_t> behind_point = 0;
  if (one_of(text, ".")) behind_point = fraction(text);
  if (!behind_point) return std::nullopt;
  const auto ahead = offset(text);
  if (!ahead || !text.empty()) return std::nullopt;
  const year_month_day date{year(*year_number), month(static_cast<unsigned>(*month_number)),
                            day(static_cast<unsigned>(*day_number))};
  if (!date.ok()) return std::nullopt;
  const auto time = sys_days(date).time_since_epoch() + hours(*hour) + minutes(*minute - *ahead) + seconds(*second);
  const std::int64_t micros = duration_cast<microseconds>(time).count() + *behind_point;
  if (micros < 0) return std::nullopt;
  return micros;
}

}  // namespace detoy::serve

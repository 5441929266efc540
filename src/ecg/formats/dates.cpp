// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/dates.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "base/text.h"

namespace xingu::ecg {
namespace {

constexpr std::array<std::string_view, 12> months{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                  "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= 0 ? std::optional(value) : std::nullopt;
}

std::string only_digits(std::string_view text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

/// The digits at the front of a text, at most `limit`.
std::string leading_digits(std::string_view text, std::size_t limit) {
  return std::string(text.substr(0, std::min(limit, text.find_first_not_of("0123456789"))));
}

std::int64_t days_of(const CalendarDate& date) {
  const std::chrono::year_month_day day{std::chrono::year(date.year),
                                        std::chrono::month(static_cast<unsigned>(date.month)),
                                        std::chrono::day(static_cast<unsigned>(date.day))};
  return std::chrono::sys_days(day).time_since_epoch().count();
}

CalendarDate date_of(std::int64_t days) {
  const std::chrono::year_month_day day{std::chrono::sys_days(std::chrono::days(days))};
  return {static_cast<int>(day.year()), static_cast<int>(static_cast<unsigned>(day.month())),
          static_cast<int>(static_cast<unsigned>(day.day()))};
}

/// A moment on the clock of its place.
struct Moment {
  std::int64_t days = 0;
  double second_of_day = 0.0;
  std::optional<int> zone_min;
};

std::optional<Moment> parse_moment(std::string_view digits) {
  const std::size_t end = digits.find_first_of("+-");
  const std::string_view clock = digits.substr(0, end);
  const auto date = parse_iso_date(iso_date_from_digits(clock));
  if (!date) {
    return std::nullopt;
  }
  Moment moment{days_of(*date), 0.0, std::nullopt};
  const auto two = [&](std::size_t at) {
    return clock.size() < at + 2 ? 0 : whole_number(clock.substr(at, 2)).value_or(0);
  };
  moment.second_of_day = 3600.0 * two(8) + 60.0 * two(10) + two(12);
  if (clock.size() > 15 && clock[14] == '.') {
    const std::string part = leading_digits(clock.substr(15), 9);
    moment.second_of_day += whole_number(part).value_or(0) / std::pow(10.0, static_cast<double>(part.size()));
  }
  if (end != std::string_view::npos) {
    const auto hours_and_minutes = whole_number(leading_digits(digits.substr(end + 1), 4));
    const int sign = digits[end] == '-' ? -1 : 1;
    moment.zone_min = hours_and_minutes
                          ? std::optional(sign * (*hours_and_minutes / 100 * 60 + *hours_and_minutes % 100))
                          : std::nullopt;
  }
  return moment;
}

}  // namespace

std::string iso_date(const CalendarDate& date) {
  const bool is_date =
      date.year > 0 && date.year < 10000 && date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31;
  return is_date ? fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day) : std::string{};
}

std::optional<CalendarDate> parse_iso_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    return std::nullopt;
  }
  const auto year = whole_number(text.substr(0, 4));
  const auto month = whole_number(text.substr(5, 2));
  const auto day = whole_number(text.substr(8, 2));
  if (!year || !month || !day || iso_date({*year, *month, *day}).empty()) {
    return std::nullopt;
  }
  return CalendarDate{*year, *month, *day};
}

std::int64_t days_between(const CalendarDate& from, const CalendarDate& to) { return days_of(to) - days_of(from); }

std::string edf_date(std::string_view iso) {
  const auto date = parse_iso_date(iso);
  return date ? fmt::format("{:02}-{}-{:04}", date->day, months[static_cast<std::size_t>(date->month - 1)], date->year)
              : std::string{};
}

std::string iso_from_edf(std::string_view text) {
  if (text.size() != 11 || text[2] != '-' || text[6] != '-') {
    return {};
  }
  const std::string name = to_lower(text.substr(3, 3));
  const auto month =
      std::ranges::find_if(months, [&](std::string_view candidate) { return to_lower(candidate) == name; });
  const auto day = whole_number(text.substr(0, 2));
  const auto year = whole_number(text.substr(7));
  if (month == months.end() || !day || !year) {
    return {};
  }
  return iso_date({*year, static_cast<int>(month - months.begin()) + 1, *day});
}

std::string iso_date_from_digits(std::string_view digits) {
  if (digits.size() < 8) {
    return {};
  }
  const auto year = whole_number(digits.substr(0, 4));
  const auto month = whole_number(digits.substr(4, 2));
  const auto day = whole_number(digits.substr(6, 2));
  return year && month && day ? iso_date({*year, *month, *day}) : std::string{};
}

std::string iso_time_from_digits(std::string_view digits) {
  if (digits.size() < 14 || only_digits(digits.substr(0, 14)).size() != 14) {
    return {};
  }
  std::string time = fmt::format("{}:{}:{}", digits.substr(8, 2), digits.substr(10, 2), digits.substr(12, 2));
  if (digits.size() > 15 && digits[14] == '.') {
    time += '.' + leading_digits(digits.substr(15), 6);
  }
  return time;
}

std::string digits_of(std::string_view date, std::string_view time) {
  if (!parse_iso_date(date)) {
    return {};
  }
  const std::size_t point = time.find('.');
  std::string digits = only_digits(date) + only_digits(time.substr(0, point));
  if (point != std::string_view::npos) {
    digits += '.' + only_digits(time.substr(point));
  }
  return digits;
}

std::optional<double> seconds_between(std::string_view from, std::string_view to) {
  const auto first = parse_moment(from);
  const auto second = parse_moment(to);
  if (!first || !second) {
    return std::nullopt;
  }
  const int zones_min = first->zone_min && second->zone_min ? *first->zone_min - *second->zone_min : 0;
  return static_cast<double>(second->days - first->days) * 86400.0 + (second->second_of_day - first->second_of_day) +
         60.0 * zones_min;
}

std::string digits_after(std::string_view from, double seconds) {
  constexpr std::int64_t ns_per_s = 1'000'000'000;
  constexpr std::int64_t ns_per_day = 86400 * ns_per_s;
  const auto start = parse_moment(from);
  if (!start || !(std::abs(seconds) < 9e9)) {
    return {};
  }
  const std::int64_t ns = std::llround((start->second_of_day + seconds) * 1e9);
  const std::int64_t day = ns >= 0 ? ns / ns_per_day : -((ns_per_day - 1 - ns) / ns_per_day);
  const std::string date = iso_date(date_of(start->days + day));
  if (date.empty()) {
    return {};
  }
  const std::int64_t of_day = ns - day * ns_per_day;
  const std::int64_t second = of_day / ns_per_s;
  std::string part = fmt::format("{:09}", of_day % ns_per_s);
  part.resize(std::max<std::size_t>(3, part.find_last_not_of('0') + 1));
  return fmt::format("{}{:02}{:02}{:02}.{}", only_digits(date), second / 3600, second / 60 % 60, second % 60, part);
}

}  // namespace xingu::ecg

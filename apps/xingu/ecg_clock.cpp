// SPDX-License-Identifier: Apache-2.0
#include "ecg_clock.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "ecg/formats/dates.h"

namespace xingu {
namespace {

constexpr long day_s = 24 * 3600;

/// "22:30", "22:30:00" or "22:30:00.5" as seconds of the day.
std::optional<long> second_of_day(std::string_view text) {
  long parts[3] = {0, 0, 0};
  std::size_t number = 0;
  bool has_digit = false;
  for (const char c : text.substr(0, text.find('.'))) {
    if (c == ':' && has_digit && number < 2) {
      ++number;
      has_digit = false;
    } else if (c >= '0' && c <= '9' && parts[number] < 100) {
      parts[number] = 10 * parts[number] + (c - '0');
      has_digit = true;
    } else {
      return std::nullopt;
    }
  }
  const bool is_time = number > 0 && has_digit && parts[0] < 24 && parts[1] < 60 && parts[2] < 60;
  return is_time ? std::optional(3600 * parts[0] + 60 * parts[1] + parts[2]) : std::nullopt;
}

std::string time_text(long seconds) {
  return fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace

EcgClock::EcgClock(std::string_view start) {
  const std::size_t split = start.find('T');
  begin_s_ = second_of_day(split == std::string_view::npos ? start : start.substr(split + 1));
  if (const auto date = ecg::parse_iso_date(std::string(start.substr(0, split)))) {
    const std::chrono::year_month_day day{std::chrono::year(date->year),
                                          std::chrono::month(static_cast<unsigned>(date->month)),
                                          std::chrono::day(static_cast<unsigned>(date->day))};
    if (day.ok()) {
      date_ = std::chrono::sys_days(day);
    }
  }
}

int EcgClock::hour(double after_s) const {
  return static_cast<int>((begin_s_.value_or(0) + static_cast<long>(after_s)) % day_s / 3600);
}

std::optional<std::string> EcgClock::iso(double after_s) const {
  if (!begin_s_) {
    return std::nullopt;
  }
  const long second = *begin_s_ + static_cast<long>(after_s);
  if (!date_) {
    return time_text(second % day_s);
  }
  const std::chrono::year_month_day day(*date_ + std::chrono::days(second / day_s));
  return fmt::format("{:04}-{:02}-{:02}T{}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()), time_text(second % day_s));
}

std::string EcgClock::text(double after_s) const {
  if (!begin_s_) {
    return duration_text(after_s);
  }
  const long second = *begin_s_ + static_cast<long>(after_s);
  const std::string day = second < day_s ? std::string{} : fmt::format(" on day {}", second / day_s + 1);
  return time_text(second % day_s) + day;
}

std::string duration_text(double seconds) {
  const auto s = static_cast<long>(seconds);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

}  // namespace xingu

// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/dates.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

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
    time += '.' + only_digits(digits.substr(15, 6));
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

}  // namespace xingu::ecg

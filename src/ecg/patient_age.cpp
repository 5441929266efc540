// SPDX-License-Identifier: Apache-2.0
#include "ecg/patient_age.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/text.h"

namespace xingu::ecg {
namespace {

constexpr double oldest_years = 130.0;
constexpr double months_per_year = 12.0;
constexpr double days_per_year = 365.25;
constexpr double rounding = 1e-6;      // of a unit, by which a whole number of it may be missed
constexpr double told_in_years = 2.0;  // below it months say more
constexpr int most_counted = 999;      // three digits, as DICOM has them

double units_per_year(AgeUnit unit) {
  switch (unit) {
    case AgeUnit::years:
      return 1.0;
    case AgeUnit::months:
      return months_per_year;
    case AgeUnit::weeks:
      return days_per_year / 7.0;
    case AgeUnit::days:
      return days_per_year;
    case AgeUnit::hours:
      break;
  }
  return days_per_year * 24.0;
}

std::optional<AgeUnit> unit_named(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, AgeUnit>, 24> names{
      {{"y", AgeUnit::years},      {"a", AgeUnit::years},       {"yr", AgeUnit::years},    {"yrs", AgeUnit::years},
       {"year", AgeUnit::years},   {"years", AgeUnit::years},   {"m", AgeUnit::months},    {"mo", AgeUnit::months},
       {"mos", AgeUnit::months},   {"mon", AgeUnit::months},    {"mth", AgeUnit::months},  {"mths", AgeUnit::months},
       {"month", AgeUnit::months}, {"months", AgeUnit::months}, {"w", AgeUnit::weeks},     {"wk", AgeUnit::weeks},
       {"wks", AgeUnit::weeks},    {"week", AgeUnit::weeks},    {"weeks", AgeUnit::weeks}, {"d", AgeUnit::days},
       {"day", AgeUnit::days},     {"days", AgeUnit::days},     {"hour", AgeUnit::hours},  {"hours", AgeUnit::hours}}};
  const std::string name = to_lower(word);
  for (const auto& [known, unit] : names) {
    if (name == known) {
      return unit;
    }
  }
  return name == "h" || name == "hr" || name == "hrs" ? std::optional(AgeUnit::hours) : std::nullopt;
}

bool says_nothing(std::string_view text) {
  const std::string word = to_lower(text);
  for (const std::string_view known : {"", "n/a", "na", "nan", "none", "unknown", "unk", "?", "-", "--", "null"}) {
    if (word == known) {
      return true;
    }
  }
  return false;
}

std::string_view trimmed(std::string_view text, std::string_view what) {
  const std::size_t first = text.find_first_not_of(what);
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(what) + 1 - first);
}

/// The number at the front of a text, which is taken off.
std::optional<double> take_number(std::string_view& text) {
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

StatedAge not_used(std::string_view why) { return {std::nullopt, std::string(why)}; }

StatedAge judged(double years) {
  return is_possible_age(years) ? StatedAge{years, {}} : not_used("is no age of a person");
}

constexpr std::string_view unknown_unit = "has a unit that is not known";

}  // namespace

double years_of(double count, AgeUnit unit) { return count / units_per_year(unit); }

bool is_possible_age(double years) { return years >= 0.0 && years < oldest_years; }

StatedAge stated_age(double count, std::optional<AgeUnit> unit) {
  return unit ? judged(years_of(count, *unit)) : not_used(unknown_unit);
}

StatedAge parse_age(std::string_view text) {
  text = trimmed(text, " \t\r,;.");
  if (says_nothing(text)) {
    return {};
  }
  const bool is_hidden = text.starts_with('>');
  text.remove_prefix(is_hidden ? 1 : 0);
  double sum = is_hidden ? 1.0 : 0.0;
  for (bool is_first = true; !text.empty(); is_first = false) {
    const auto number = take_number(text);
    if (!number) {
      return not_used(is_first ? "is no number" : unknown_unit);
    }
    if (is_first && text.empty()) {
      return judged(sum + *number);
    }
    const bool is_apart = text.front() == ' ' || text.front() == '\t';
    text = trimmed(text, " \t");
    const std::string_view word = text.substr(0, text.find_first_of(" \t0123456789"));
    const auto unit = unit_named(word);
    if (is_apart && to_lower(word) == "m") {
      return not_used("has an 'm', which may be months or male");
    }
    if (!unit) {
      return not_used(unknown_unit);
    }
    sum += years_of(*number, *unit);
    text = trimmed(text.substr(word.size()), " \t");
    text = to_lower(text) == "old" ? std::string_view{} : text;
  }
  return judged(sum);
}

CountedAge counted_age(double years) {
  for (const AgeUnit unit : {AgeUnit::years, AgeUnit::months, AgeUnit::weeks, AgeUnit::days}) {
    const double count = years * units_per_year(unit);
    if (std::abs(count - std::round(count)) < rounding && count < most_counted + 0.5) {
      return {static_cast<int>(std::lround(count)), unit};
    }
  }
  const AgeUnit unit = years * days_per_year < most_counted + 1 ? AgeUnit::days : AgeUnit::months;
  const double count = std::floor(years * units_per_year(unit));
  return count <= most_counted ? CountedAge{static_cast<int>(count), unit}
                               : CountedAge{static_cast<int>(std::floor(years)), AgeUnit::years};
}

namespace {

/// The units in which an age is told: whole ones that are over.
CountedAge told_age(double years) {
  if (years >= told_in_years || years == std::floor(years)) {
    return {static_cast<int>(std::floor(years)), AgeUnit::years};
  }
  const auto months = static_cast<int>(std::floor(years * months_per_year + rounding));
  const auto days = static_cast<int>(std::floor(years * days_per_year + rounding));
  return months > 0 ? CountedAge{months, AgeUnit::months} : CountedAge{days, AgeUnit::days};
}

}  // namespace

std::string age_words(double years) {
  const auto [count, unit] = told_age(years);
  return fmt::format("{} {}{}", count,
                     unit == AgeUnit::years    ? "year"
                     : unit == AgeUnit::months ? "month"
                                               : "day",
                     count == 1 ? "" : "s");
}

std::string age_words_chinese(double years) {
  const auto [count, unit] = told_age(years);
  return fmt::format("{}{}", count, unit == AgeUnit::years ? " 岁" : unit == AgeUnit::months ? " 个月" : " 天");
}

}  // namespace xingu::ecg

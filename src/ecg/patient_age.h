// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace xingu::ecg {

/// In what an age is counted; the numbers are the codes of SCP-ECG (EN 1064, section 1, tag 4).
enum class AgeUnit { years = 1, months = 2, weeks = 3, days = 4, hours = 5 };

/// Years of so many units: twelve months a year, and 365.25 days.
[[nodiscard]] double years_of(double count, AgeUnit unit);
/// Whether a person can be so old: 0 to below 130 years; false for what is no number.
[[nodiscard]] bool is_possible_age(double years);

/// What a text says of an age.
struct StatedAge {
  std::optional<double> years;
  std::string doubt;  ///< why what it says is not used, of a file's sentence; empty where it is, or says nothing
};
/// "81", "81y", "6 months", "1 year 3 months", "12 d": whole and decimal numbers, each with its unit, years where there
/// is one number alone. Of ">89", as ages are hidden, the next year. "n/a", "unknown" and the like say nothing. A
/// number that is no age of a person, a unit that is not known, and an "m" apart, which may be months or male, are not
/// used.
[[nodiscard]] StatedAge parse_age(std::string_view text);
/// The same for a number and a unit that a file states apart. @param unit  empty if the file's code is not known
[[nodiscard]] StatedAge stated_age(double count, std::optional<AgeUnit> unit);

/// An age as a whole number of one unit.
struct CountedAge {
  int count = 0;
  AgeUnit unit = AgeUnit::years;
};
/// The largest unit, hours left out, of which the age is a whole number up to 999; else the days or months that are
/// over, the finer that fits. @param years  possible
[[nodiscard]] CountedAge counted_age(double years);

/// "6 months", "12 days" below two years, else whole years that are over: "15 years".
[[nodiscard]] std::string age_words(double years);
/// The same in Chinese.
[[nodiscard]] std::string age_words_chinese(double years);

}  // namespace xingu::ecg

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xingu::ecg {

/// A day of the calendar.
struct CalendarDate {
  int year = 0;
  int month = 0;
  int day = 0;
};

/// "2002-11-22" as a date; nothing for what is none.
[[nodiscard]] std::optional<CalendarDate> parse_iso_date(std::string_view text);
/// The reverse; empty for a date that the calendar does not have.
[[nodiscard]] std::string iso_date(const CalendarDate& date);
[[nodiscard]] std::int64_t days_between(const CalendarDate& from, const CalendarDate& to);
/// "08-MAY-1953", as EDF+ writes it; empty in, empty out.
[[nodiscard]] std::string edf_date(std::string_view iso);
/// The reverse of edf_date.
[[nodiscard]] std::string iso_from_edf(std::string_view text);
/// "20021122091000.000" of HL7 and DICOM, cut where it is short: "2002-11-22" and "09:10:00.000".
[[nodiscard]] std::string iso_date_from_digits(std::string_view digits);
[[nodiscard]] std::string iso_time_from_digits(std::string_view digits);
/// The reverse: "2002-11-22" and "09:10:00" give "20021122091000". Empty where the date is.
[[nodiscard]] std::string digits_of(std::string_view date, std::string_view time);
/// Seconds from one moment to another, both as digits of HL7 ("20021122091000.250", "-0500" behind them where the zone
/// is told; without it the other's zone is meant); nothing where one is no moment. To 1 ns within 100 days.
[[nodiscard]] std::optional<double> seconds_between(std::string_view from, std::string_view to);
/// The moment that many seconds after another, to 1 ns and at least three digits behind the point: the reverse. The
/// digits have a time and no zone. @return empty where `from` is no moment or the year would have more than four digits
[[nodiscard]] std::string digits_after(std::string_view from, double seconds);

}  // namespace xingu::ecg

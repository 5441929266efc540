// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace xingu {

/// Time of day within a recording, as far as its start is known.
class EcgClock {
 public:
  /// @param start  "2025-02-01T22:30:00", a date or a time alone, or nothing; what cannot be read counts as unknown
  explicit EcgClock(std::string_view start);

  [[nodiscard]] bool is_known() const { return begin_s_.has_value(); }
  /// Hour of the day, 0 to 23, some seconds after the start; only where is_known().
  [[nodiscard]] int hour(double after_s) const;
  /// For programs: "2025-02-02T03:12:00", "03:12:00" where the date is not known, nothing where the time is not.
  [[nodiscard]] std::optional<std::string> iso(double after_s) const;
  /// For people: "03:12:40 on day 2", the day left out for the first; time since the start, "4:42:40", where the time
  /// of day is not known.
  [[nodiscard]] std::string text(double after_s) const;

 private:
  std::optional<long> begin_s_;  ///< of the day
  std::optional<std::chrono::sys_days> date_;
};

/// "h:mm:ss"
[[nodiscard]] std::string duration_text(double seconds);

}  // namespace xingu

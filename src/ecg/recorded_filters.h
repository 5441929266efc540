// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace xingu::ecg {

/// What went through before samples were stored, Hz; absent where the file does not say.
struct RecordedFilters {
  std::optional<double> high_pass_Hz;
  std::optional<double> low_pass_Hz;
  std::optional<double> notch_Hz;

  [[nodiscard]] bool is_stated() const { return high_pass_Hz || low_pass_Hz || notch_Hz; }
  [[nodiscard]] bool operator==(const RecordedFilters&) const = default;
};

/// Reads a prefilter as EDF writes it, "HP:0.1Hz LP:75Hz N:50Hz" (Kemp 1992), in any order and case; what is no number
/// above 0, as "HP:DC", is not stated.
[[nodiscard]] RecordedFilters parse_prefilter(std::string_view text);
/// The same in EDF's words; empty where nothing is stated.
[[nodiscard]] std::string prefilter_text(const RecordedFilters& filters);

/// The narrowest of both bands: the higher high-pass, the lower low-pass, and a notch where one has it.
[[nodiscard]] RecordedFilters narrowest(const RecordedFilters& a, const RecordedFilters& b);

}  // namespace xingu::ecg

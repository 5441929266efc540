// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ecg/formats/dates.h"
#include "ecg/recorded_filters.h"

namespace xingu::ecg {

/// Bytes that a section of an SCP-ECG file begins with (EN 1064:2005, 5.2).
inline constexpr std::size_t scp_section_header = 16;

inline constexpr int scp_most_leads = 85;

/// What stands for an unknown day: the format needs one.
inline constexpr CalendarDate scp_unknown_day{1900, 1, 1};

/// Fields 27, 28 and 29 of section 1 (EN 1064:2005, 5.4.5), of all leads; 0 where nothing is stated.
struct ScpFilters {
  std::uint32_t high_pass_cHz = 0;  ///< hundredths of Hz
  std::uint32_t low_pass_Hz = 0;
  std::uint32_t others = 0;  ///< bit 0: notch at 60 Hz, bit 1: notch at 50 Hz
};
/// What these fields can say of filters: what is no whole hundredth of Hz, Hz, or another notch is left out.
[[nodiscard]] ScpFilters to_scp_filters(const RecordedFilters& filters);
[[nodiscard]] RecordedFilters from_scp_filters(const ScpFilters& fields);

/// CRC-CCITT (polynomial 0x1021, from 0xFFFF), as the standard prescribes it over files and sections.
[[nodiscard]] std::uint16_t scp_checksum(std::string_view bytes);

}  // namespace xingu::ecg

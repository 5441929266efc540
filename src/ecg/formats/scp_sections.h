// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ecg/formats/dates.h"

namespace xingu::ecg {

/// Bytes that a section of an SCP-ECG file begins with (EN 1064:2005, 5.2).
inline constexpr std::size_t scp_section_header = 16;

inline constexpr int scp_most_leads = 85;

/// What stands for an unknown day: the format needs one.
inline constexpr CalendarDate scp_unknown_day{1900, 1, 1};

/// CRC-CCITT (polynomial 0x1021, from 0xFFFF), as the standard prescribes it over files and sections.
[[nodiscard]] std::uint16_t scp_checksum(std::string_view bytes);

}  // namespace xingu::ecg

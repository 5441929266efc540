// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/scp_sections.h"

#include <cmath>

namespace xingu::ecg {
namespace {

constexpr double c_hertz = 100.0;  // in one Hz
constexpr double exact_within = 1e-6;
constexpr std::uint32_t notch_60_Hz = 1U;
constexpr std::uint32_t notch_50_Hz = 2U;

/// A whole number of 16 bits, or 0.
std::uint32_t whole_or_none(double value) {
  const double whole = std::round(value);
  return std::abs(value - whole) < exact_within && whole >= 1.0 && whole <= 65535.0 ? static_cast<std::uint32_t>(whole)
                                                                                    : 0;
}

}  // namespace

ScpFilters to_scp_filters(const RecordedFilters& filters) {
  return {whole_or_none(c_hertz * filters.high_pass_Hz.value_or(0.0)), whole_or_none(filters.low_pass_Hz.value_or(0.0)),
          filters.notch_Hz == 60.0   ? notch_60_Hz
          : filters.notch_Hz == 50.0 ? notch_50_Hz
                                     : 0U};
}

RecordedFilters from_scp_filters(const ScpFilters& fields) {
  RecordedFilters filters;
  if (fields.high_pass_cHz > 0) {
    filters.high_pass_Hz = fields.high_pass_cHz / c_hertz;
  }
  if (fields.low_pass_Hz > 0) {
    filters.low_pass_Hz = fields.low_pass_Hz;
  }
  if ((fields.others & (notch_60_Hz | notch_50_Hz)) != 0) {
    filters.notch_Hz = (fields.others & notch_50_Hz) != 0 ? 50.0 : 60.0;
  }
  return filters;
}

std::uint16_t scp_checksum(std::string_view bytes) {
  std::uint32_t crc = 0xFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(byte)) << 8;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000U) != 0 ? (crc << 1 ^ 0x1021U) : crc << 1;
    }
  }
  return static_cast<std::uint16_t>(crc);
}

}  // namespace xingu::ecg

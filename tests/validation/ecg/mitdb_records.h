// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/wfdb_annotation.h"
#include "support/test_paths.h"

namespace xingu::ecg::validation {

/// The 24 records of the MIT-BIH Arrhythmia Database that the tests know; the last two are paced.
inline constexpr std::array<const char*, 24> mitdb_records{"101", "106", "108", "109", "112", "114", "115", "116",
                                                           "118", "119", "122", "124", "201", "203", "205", "207",
                                                           "208", "209", "215", "220", "223", "230", "102", "104"};

/// The 150 ms of ANSI/AAMI EC57 in samples at 360 Hz.
inline constexpr std::int64_t mitdb_window = 54;

[[nodiscard]] inline std::filesystem::path ecg_dir() { return test::shared_dir() / "data" / "ecg"; }

/// Reference beats of a record, and the stretches of ventricular flutter, which EC57 leaves out.
struct ReferenceBeats {
  std::vector<std::int64_t> sample;
  std::vector<char> symbol;
  std::vector<std::pair<std::int64_t, std::int64_t>> flutter;
};

[[nodiscard]] ReferenceBeats reference_beats(const std::filesystem::path& annotation_file);

/// The part of the signals that begins at a time.
[[nodiscard]] inline LeadSignals stretch(const LeadSignals& signals, double from_s, double length_s) {
  const auto begin = static_cast<std::ptrdiff_t>(from_s * signals.rate_hz);
  const auto end = begin + static_cast<std::ptrdiff_t>(length_s * signals.rate_hz);
  LeadSignals out{signals.rate_hz, signals.names, {}};
  for (const std::vector<float>& lead : signals.mv) {
    out.mv.emplace_back(lead.begin() + begin, lead.begin() + end);
  }
  return out;
}

}  // namespace xingu::ecg::validation

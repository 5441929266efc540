// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ecg/record.h"

namespace xingu::ecg {

/// A stretch of an ECG for analysis: millivolts by lead, NaN where nothing was measured.
struct LeadSignals {
  double rate_hz = 0.0;
  std::vector<std::string> names;         ///< as standard_lead_name() writes them where they are known
  std::vector<std::vector<float>> leads;  ///< [lead][time] mV, all of one length

  [[nodiscard]] std::size_t num_samples() const { return leads.empty() ? 0 : leads.front().size(); }
  /// Number of samples nearest to a time, at least 1.
  [[nodiscard]] std::size_t samples_in(double seconds) const;
};

/// "ii" → "II", "avr" → "aVR", "V1" → "V1"; other names stay.
[[nodiscard]] std::string standard_lead_name(const std::string& name);

/// @throws InputError if a channel's unit is no voltage
[[nodiscard]] LeadSignals lead_signals(const EcgRecord& record);

/// The mean of every `factor` samples: low-pass and decimation in one. A group with an invalid sample is invalid.
[[nodiscard]] std::vector<float> decimated(const std::vector<float>& signal, std::size_t factor);

}  // namespace xingu::ecg

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// What the detector looks at: how much each moment resembles a QRS complex, over all leads.
struct QrsFeature {
  double rate_hz = 0.0;                    ///< of the feature, 125–250 Hz
  std::size_t factor = 1;                  ///< samples of the signal per sample of the feature
  std::vector<std::string> names;          ///< [lead] canonical
  std::vector<float> height;               ///< 1 = a typical QRS complex of this part of the recording; 0 = no signal
  std::vector<std::vector<float>> band;    ///< [lead][sample] mV, 5–22 Hz: the leads as the detector sees them
  std::vector<std::vector<float>> weight;  ///< [lead][half second] of the lead in `height`, 0 where it has no signal
};

/// Band-passes each lead to where the QRS complex has its energy (5–22 Hz: Thakor, Webster & Tompkins 1984,
/// BME-31:702), takes the root mean square over 90 ms, divides it by the lead's own typical complex (the median over 30
/// s of the largest in each 1.5 s), and adds the leads with the square of their peak-to-background ratio as weights: a
/// lead in noise weighs little, a dead one nothing. Cost O(leads · samples).
[[nodiscard]] QrsFeature compute_qrs_feature(const LeadSignals& signals);

}  // namespace xingu::ecg
